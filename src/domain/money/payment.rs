//! The money of a case: payments, cancellations, refunds and waivers, each with its own number.
//!
//! Cast: a [`Payment`] is money taken; a [`Reversal`] takes all of one back, as a cancellation (冲正: it was typed wrongly)
//! or a refund (退款: the case ended before anything was made); a [`Waiver`] (减免) is a part of the fee that nobody pays.
//! A [`ReceiptNumber`] identifies each of them on paper. Typed data are drafts.
//!
//! Guarantees: nothing is edited: a mistake is cancelled as a whole and taken again. Owed is total − waived − (taken −
//! cancelled − refunded); that never falls below 0, because no more is taken or waived than is owed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fee::FeeItem;
use crate::domain::base::running_number::{RunningNumber, Series};
use crate::domain::base::vocabulary::vocabulary;

vocabulary! {
    /// A payment method.
    pub enum PaymentMethod {
        /// Cash at the window (现金).
        Cash = "cash", "现金", "cash";
        /// Bank card at the window (刷卡).
        Card = "card", "刷卡", "card";
        /// Bank transfer (银行转账).
        Transfer = "transfer", "转账", "transfer";
        /// Online (网上支付).
        Online = "online", "网上支付", "online";
    }
}

vocabulary! {
    /// What a number was given to.
    pub enum EntryKind {
        /// Money was taken (收款).
        Taken = "taken", "收款", "taken";
        /// Money taken was cancelled (冲正).
        Cancelled = "cancelled", "冲正", "cancelled";
        /// Money taken was given back (退款).
        Refunded = "refunded", "退款", "refunded";
        /// A part of the fee was waived (减免); no money moves.
        Waived = "waived", "减免", "waived";
    }
}

impl Series for EntryKind {
    const SERIES: &'static [Self] = &Self::ALL;

    fn series(self) -> &'static str {
        self.code()
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Taken => "SK",
            Self::Cancelled => "CZ",
            Self::Refunded => "TK",
            Self::Waived => "JM",
        }
    }
}

/// The number of a receipt, such as `SK20260302-0001`.
pub type ReceiptNumber = RunningNumber<EntryKind>;

/// Money taken.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PaymentRequest)]
pub struct PaymentDraft {
    /// In fen.
    #[schema(minimum = 1, maximum = 9007199254740991_i64, example = 60000)]
    pub amount_fen: i64,
    /// Payment method: cash, card, transfer, online.
    #[schema(max_length = 32, example = "cash")]
    pub method: String,
    /// Number of the transfer or slip; the receipt gets its own number.
    #[schema(max_length = 120, nullable = false)]
    pub reference: Option<String>,
    /// The window, by the hall's name for it.
    #[schema(max_length = 20, nullable = false, example = "3")]
    pub window: Option<String>,
}

/// The mistyped payment to cancel, as a whole.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CancellationRequest)]
pub struct CancellationDraft {
    /// Number of its receipt.
    #[schema(max_length = 32, example = "SK20260302-0001")]
    pub receipt: String,
    /// At which window.
    #[schema(max_length = 20, nullable = false, example = "3")]
    pub window: Option<String>,
}

/// Where the refund is made; the amount follows from the payments.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RefundRequest)]
pub struct RefundDraft {
    /// At which window.
    #[schema(max_length = 20, nullable = false, example = "3")]
    pub window: Option<String>,
    /// Number of the transfer or slip.
    #[schema(max_length = 120, nullable = false)]
    pub reference: Option<String>,
}

/// The waiver: a line of the fee, an amount, or an amount of a line.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WaiverRequest)]
pub struct WaiverDraft {
    /// Code of the line's item; without an amount the whole rest of the line.
    #[schema(max_length = 32, nullable = false, example = "medium")]
    pub item: Option<String>,
    /// In fen.
    #[schema(minimum = 1, maximum = 9007199254740991_i64, nullable = false, example = 20000)]
    pub amount_fen: Option<i64>,
}

/// Money taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Payment {
    /// Number of the receipt that was given.
    #[schema(value_type = String)]
    pub receipt: ReceiptNumber,
    /// Code of the outlet that took it.
    pub outlet: String,
    /// In fen.
    pub amount_fen: i64,
    /// How.
    pub method: PaymentMethod,
    /// Number of the transfer or slip, where there is one.
    pub reference: Option<String>,
    /// At which window.
    pub window: Option<String>,
    /// Name of who took it.
    pub by: String,
    /// Accounts that gave it a receipt: who took the money, and whoever corrected since how it was paid. None of them gives it
    /// back. Events of before have none; then it is who recorded the event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_by: Vec<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The reversal of a whole payment: a cancellation or a refund, as its number says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reversal {
    /// Its own number.
    #[schema(value_type = String)]
    pub receipt: ReceiptNumber,
    /// Code of the outlet where it happened.
    pub outlet: String,
    /// Number of the payment's receipt.
    #[schema(value_type = String)]
    pub of: ReceiptNumber,
    /// Code of the outlet that had taken the payment.
    pub of_outlet: String,
    /// In fen: what had been taken.
    pub amount_fen: i64,
    /// The payment method, also used for the refund.
    pub method: PaymentMethod,
    /// Number of the transfer or slip, where there is one.
    pub reference: Option<String>,
    /// At which window.
    pub window: Option<String>,
    /// Why.
    pub reason: String,
    /// Name of who did it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A waived part of the fee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Waiver {
    /// Its own number.
    #[schema(value_type = String)]
    pub receipt: ReceiptNumber,
    /// Code of the outlet where it was granted.
    pub outlet: String,
    /// Of which line of the fee; none: of the whole.
    pub item: Option<FeeItem>,
    /// In fen.
    pub amount_fen: i64,
    /// Why.
    pub reason: String,
    /// Name of the supervisor who granted it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// All payments, reversals and waivers of a case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Money {
    /// Money taken.
    pub payments: Vec<Payment>,
    /// What of it was cancelled.
    pub cancellations: Vec<Reversal>,
    /// What of it was given back.
    pub refunds: Vec<Reversal>,
    /// What was waived.
    pub waivers: Vec<Waiver>,
}

impl Money {
    /// Taken and neither cancelled nor given back, in fen.
    pub fn paid_fen(&self) -> i64 {
        let taken: i64 = self.payments.iter().map(|payment| payment.amount_fen).sum();
        taken - sum(&self.cancellations) - sum(&self.refunds)
    }

    /// Given back, in fen.
    pub fn refunded_fen(&self) -> i64 {
        sum(&self.refunds)
    }

    /// Waived, in fen.
    pub fn waived_fen(&self) -> i64 {
        self.waivers.iter().map(|waiver| waiver.amount_fen).sum()
    }

    /// Waived of one line of the fee, in fen.
    pub fn waived_of(&self, item: FeeItem) -> i64 {
        self.waivers.iter().filter(|waiver| waiver.item == Some(item)).map(|waiver| waiver.amount_fen).sum()
    }

    /// Payments that were neither cancelled nor given back.
    pub fn standing(&self) -> impl DoubleEndedIterator<Item = &Payment> {
        self.payments.iter().filter(|payment| {
            let undone = |reversal: &&Reversal| reversal.of == payment.receipt && reversal.of_outlet == payment.outlet;
            self.cancellations.iter().chain(&self.refunds).find(undone).is_none()
        })
    }
}

fn sum(reversals: &[Reversal]) -> i64 {
    reversals.iter().map(|reversal| reversal.amount_fen).sum()
}

//! Money of a case: what was taken, cancelled, given back and waived, each with a number of its own.
//!
//! Cast: a [`Payment`] is money taken; a [`Reversal`] takes all of one back, as a cancellation (冲正: it was typed wrongly)
//! or a refund (退款: the case ended before anything was made); a [`Waiver`] (减免) is a part of the fee that nobody pays.
//! A [`ReceiptNumber`] names each of them on paper. What is typed comes in by the drafts.
//!
//! Guarantees: nothing is edited: a mistake is cancelled as a whole and taken again. Owed is total − waived − (taken −
//! cancelled − refunded); that never falls below 0, because no more is taken or waived than is owed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::fee::FeeItem;
use crate::domain::base::running_number::{RunningNumber, Series};
use crate::domain::base::words::Words;

/// Most characters of a window's name.
pub const WINDOW_CHARACTERS: usize = 20;

/// A way of paying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// Cash at the window (现金).
    Cash,
    /// Bank card at the window (刷卡).
    Card,
    /// Bank transfer (银行转账).
    Transfer,
    /// Online (网上支付).
    Online,
}

impl PaymentMethod {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Cash, Self::Card, Self::Transfer, Self::Online];

    /// Every code, for messages.
    pub const CODES: &'static [&'static str] = &["cash", "card", "transfer", "online"];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Card => "card",
            Self::Transfer => "transfer",
            Self::Online => "online",
        }
    }

    /// The way with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.code() == code)
    }

    /// What people call it.
    pub fn words(self) -> Words {
        match self {
            Self::Cash => Words::new("现金", "cash"),
            Self::Card => Words::new("刷卡", "card"),
            Self::Transfer => Words::new("转账", "transfer"),
            Self::Online => Words::new("网上支付", "online"),
        }
    }
}

/// What a number was given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntryKind {
    /// Money was taken (收款).
    Taken,
    /// Money taken was cancelled (冲正).
    Cancelled,
    /// Money taken was given back (退款).
    Refunded,
    /// A part of the fee was waived (减免); no money moves.
    Waived,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Taken, Self::Cancelled, Self::Refunded, Self::Waived];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
            Self::Waived => "waived",
        }
    }

    /// The one with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What people call it.
    pub fn words(self) -> Words {
        match self {
            Self::Taken => Words::new("收款", "taken"),
            Self::Cancelled => Words::new("冲正", "cancelled"),
            Self::Refunded => Words::new("退款", "refunded"),
            Self::Waived => Words::new("减免", "waived"),
        }
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

/// Money as a clerk types it.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)] // the fields are those of Payment
pub struct PaymentDraft {
    pub amount_fen: i64,
    pub method: String,
    pub reference: Option<String>,
    pub window: Option<String>,
}

/// Which payment is cancelled, as a supervisor types it.
#[derive(Debug, Clone, Default)]
pub struct CancellationDraft {
    /// Number of its receipt.
    pub receipt: String,
    /// At which window.
    pub window: Option<String>,
}

/// What is known of giving money back, besides what is given back.
#[derive(Debug, Clone, Default)]
pub struct RefundDraft {
    /// At which window.
    pub window: Option<String>,
    /// Number of the transfer, or of the card's slip.
    pub reference: Option<String>,
}

/// What is waived, as a supervisor types it: a line of the fee, an amount, or an amount of a line.
#[derive(Debug, Clone, Default)]
pub struct WaiverDraft {
    /// Code of the line's item.
    pub item: Option<String>,
    /// In fen; the whole line where it isn't given.
    pub amount_fen: Option<i64>,
}

/// Money taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Number of the receipt that was given.
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
    /// When.
    pub at: DateTime<Utc>,
}

/// All of a payment taken back: a cancellation or a refund, as its number says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    /// Its own number.
    pub receipt: ReceiptNumber,
    /// Code of the outlet where it happened.
    pub outlet: String,
    /// Number of the payment's receipt.
    pub of: ReceiptNumber,
    /// Code of the outlet that had taken the payment.
    pub of_outlet: String,
    /// In fen: what had been taken.
    pub amount_fen: i64,
    /// The way it had been paid, which is the way it goes back.
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

/// A part of the fee that nobody has to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// Its own number.
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

/// Everything that was taken, taken back and waived in a case.
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

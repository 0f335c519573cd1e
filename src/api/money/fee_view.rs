//! Response types of fee and payments: amounts in fen, explained in the caller's language.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::base::words::Language;
use crate::domain::cases::case::Case;
use crate::domain::money::fee::FeeItem;
use crate::domain::money::fee::FeeLine;
use crate::domain::money::payment::PaymentMethod;
use crate::domain::money::payment::{Payment, Reversal, Waiver};

/// Fee and payments in fen: outstanding = total − waived − paid.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeView<'a> {
    /// The price list it was computed from: the one in force on the day of the receipt.
    #[schema(required = true)]
    pub price_list: Option<&'a str>,
    /// Line by line.
    pub lines: Vec<FeeLineView>,
    /// Sum of the lines.
    pub total_fen: i64,
    /// Waived.
    pub waived_fen: i64,
    /// Paid, without cancelled and refunded payments.
    pub paid_fen: i64,
    /// Refunded.
    pub refunded_fen: i64,
    /// Outstanding; 0 for a rejected or withdrawn case.
    pub outstanding_fen: i64,
    /// What was taken, each with the number of its receipt.
    pub payments: Vec<PaymentView<'a>>,
    /// Cancelled payments.
    pub cancellations: Vec<ReversalView<'a>>,
    /// Refunded payments.
    pub refunds: Vec<ReversalView<'a>>,
    /// What was waived.
    pub waivers: Vec<WaiverView<'a>>,
}

/// One line of what is owed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeLineView {
    /// Code of what is charged.
    #[schema(value_type = FeeItem)]
    pub item: &'static str,
    /// What for, in the language asked for.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// The unit, in the requested language.
    pub unit: String,
    /// Price of one, in fen.
    pub unit_fen: i64,
    /// Amount, in fen.
    pub amount_fen: i64,
    /// The calculation as a sentence, in the requested language.
    #[schema(example = "certificate service: 200.00 yuan a year × 2 = 400.00 yuan")]
    pub explanation: String,
}

/// Money taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentView<'a> {
    /// Number of the receipt, counted by the outlet and the day.
    #[schema(example = "SK20260302-0001")]
    pub receipt: String,
    /// Code of the outlet that took it.
    pub outlet: &'a str,
    /// In fen.
    pub amount_fen: i64,
    /// Way of paying: cash, card, transfer, online.
    #[schema(value_type = PaymentMethod)]
    pub method: &'static str,
    /// Number of the transfer or slip.
    #[schema(required = true)]
    pub reference: Option<&'a str>,
    /// At which window.
    #[schema(required = true)]
    pub window: Option<&'a str>,
    /// Who took it.
    pub by: &'a str,
    /// When.
    pub at: DateTime<Utc>,
}

/// A cancellation or refund.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReversalView<'a> {
    /// Its own number.
    #[schema(example = "TK20260302-0001")]
    pub receipt: String,
    /// Number of the payment's receipt.
    #[schema(example = "SK20260302-0001")]
    pub of: String,
    /// Code of the outlet where it happened.
    pub outlet: &'a str,
    /// In fen.
    pub amount_fen: i64,
    /// The payment method, the same as of the payment.
    #[schema(value_type = PaymentMethod)]
    pub method: &'static str,
    /// Number of the transfer or slip.
    #[schema(required = true)]
    pub reference: Option<&'a str>,
    /// At which window.
    #[schema(required = true)]
    pub window: Option<&'a str>,
    /// Why.
    pub reason: &'a str,
    /// Who did it.
    pub by: &'a str,
    /// When.
    pub at: DateTime<Utc>,
}

/// A part of the fee that was waived.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaiverView<'a> {
    /// Its own number.
    #[schema(example = "JM20260302-0001")]
    pub receipt: String,
    /// Code of the outlet where it was granted.
    pub outlet: &'a str,
    /// Code of the line it is of; null: of the whole.
    #[schema(value_type = Option<FeeItem>, required = true)]
    pub item: Option<&'static str>,
    /// In fen.
    pub amount_fen: i64,
    /// Why.
    pub reason: &'a str,
    /// The supervisor who granted it.
    pub by: &'a str,
    /// When.
    pub at: DateTime<Utc>,
}

impl<'a> FeeView<'a> {
    /// The fee of a case in a language.
    pub fn new(case: &'a Case, language: Language) -> Self {
        let (fee, money) = (&case.fee, &case.money);
        Self {
            price_list: fee.price_list.as_deref(),
            lines: fee.lines.iter().map(|line| line_view(line, language)).collect(),
            total_fen: fee.total_fen,
            waived_fen: money.waived_fen(),
            paid_fen: money.paid_fen(),
            refunded_fen: money.refunded_fen(),
            outstanding_fen: case.outstanding_fen(),
            payments: money.payments.iter().map(PaymentView::from).collect(),
            cancellations: money.cancellations.iter().map(ReversalView::from).collect(),
            refunds: money.refunds.iter().map(ReversalView::from).collect(),
            waivers: money.waivers.iter().map(WaiverView::from).collect(),
        }
    }
}

fn line_view(line: &FeeLine, language: Language) -> FeeLineView {
    FeeLineView {
        item: line.item.code(),
        name: line.item.words().text(language).to_owned(),
        quantity: line.quantity,
        unit: line.item.unit().text(language).to_owned(),
        unit_fen: line.unit_fen,
        amount_fen: line.amount_fen,
        explanation: line.sentence().text(language).to_owned(),
    }
}

impl<'a> From<&'a Payment> for PaymentView<'a> {
    fn from(payment: &'a Payment) -> Self {
        Self {
            receipt: payment.receipt.to_string(),
            outlet: &payment.outlet,
            amount_fen: payment.amount_fen,
            method: payment.method.code(),
            reference: payment.reference.as_deref(),
            window: payment.window.as_deref(),
            by: &payment.by,
            at: payment.at,
        }
    }
}

impl<'a> From<&'a Reversal> for ReversalView<'a> {
    fn from(reversal: &'a Reversal) -> Self {
        Self {
            receipt: reversal.receipt.to_string(),
            of: reversal.of.to_string(),
            outlet: &reversal.outlet,
            amount_fen: reversal.amount_fen,
            method: reversal.method.code(),
            reference: reversal.reference.as_deref(),
            window: reversal.window.as_deref(),
            reason: &reversal.reason,
            by: &reversal.by,
            at: reversal.at,
        }
    }
}

impl<'a> From<&'a Waiver> for WaiverView<'a> {
    fn from(waiver: &'a Waiver) -> Self {
        Self {
            receipt: waiver.receipt.to_string(),
            outlet: &waiver.outlet,
            item: waiver.item.map(|item| item.code()),
            amount_fen: waiver.amount_fen,
            reason: &waiver.reason,
            by: &waiver.by,
            at: waiver.at,
        }
    }
}

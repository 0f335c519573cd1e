//! What the cash-up counts: every movement of money and every waiver, as it is kept beside the events.
//!
//! Cast: [`entries`] makes of the events of one action the [`Entry`]s that are added in the same transaction.
//!
//! Guarantees: a function of its arguments; an entry is never changed later, so that the cash-up of a day that is over says
//! the same whenever it is asked. A cancellation or refund is an entry of its own day and outlet, not of the payment's.

use chrono::{DateTime, Utc};

use super::payment::{PaymentMethod, ReceiptNumber, Reversal};
use crate::domain::base::recorded::Recorded;
use crate::domain::cases::case::Case;
use crate::domain::cases::event::Event;

/// One movement of money, or a waiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number, which says what it is and on which day it was.
    pub receipt: ReceiptNumber,
    /// Code of the outlet where it happened.
    pub outlet: String,
    /// Acceptance number of the case.
    pub acceptance_number: String,
    /// Code of its case type.
    pub case_type: String,
    /// Sequence of the event.
    pub sequence: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Account id of who did it.
    pub actor_id: String,
    /// In fen, above 0: the receipt's kind says which way it went.
    pub amount_fen: i64,
    /// The way of paying; none of a waiver.
    pub method: Option<PaymentMethod>,
    /// At which window.
    pub window: Option<String>,
    /// Number of the transfer or slip.
    pub reference: Option<String>,
    /// The payment that was cancelled or given back.
    pub of: Option<ReceiptNumber>,
    /// Why it was cancelled, given back or waived.
    pub reason: Option<String>,
}

/// The entries of what was recorded together; `after` is the case with it.
pub fn entries(recorded: &[Recorded<Event>], after: &Case) -> Vec<Entry> {
    recorded.iter().filter_map(|recorded| entry(recorded, after)).collect()
}

fn entry(recorded: &Recorded<Event>, case: &Case) -> Option<Entry> {
    let blank = |receipt: ReceiptNumber, outlet: &str, amount_fen: i64| Entry {
        receipt,
        outlet: outlet.to_owned(),
        acceptance_number: case.acceptance_number.clone(),
        case_type: case.case_type.code.clone(),
        sequence: recorded.sequence,
        at: recorded.at,
        actor_id: recorded.actor_id.clone(),
        amount_fen,
        method: None,
        window: None,
        reference: None,
        of: None,
        reason: None,
    };
    let reversed = |reversal: &Reversal| Entry {
        method: Some(reversal.method),
        window: reversal.window.clone(),
        reference: reversal.reference.clone(),
        of: Some(reversal.of),
        reason: Some(reversal.reason.clone()),
        ..blank(reversal.receipt, &reversal.outlet, reversal.amount_fen)
    };
    match &recorded.event {
        Event::PaymentRecorded { payment } => Some(Entry {
            method: Some(payment.method),
            window: payment.window.clone(),
            reference: payment.reference.clone(),
            ..blank(payment.receipt, &payment.outlet, payment.amount_fen)
        }),
        Event::PaymentCancelled { cancellation } => Some(reversed(cancellation)),
        Event::PaymentRefunded { refund } => Some(reversed(refund)),
        Event::FeeWaived { waiver } => Some(Entry {
            reason: Some(waiver.reason.clone()),
            ..blank(waiver.receipt, &waiver.outlet, waiver.amount_fen)
        }),
        _ => None,
    }
}

//! Corrects a payment method, whenever the mistake is noticed: most often in the evening, at the cash-up, when the
//! case has long been done.
//!
//! Nothing is edited: the payment is cancelled as a whole and taken again, the same amount on the right way, both with
//! numbers of their own. So what is owed stays what it was, a case that ended stays ended, and the cash-up of a day that
//! was printed says the same for ever.

use super::payment::{EntryKind, Payment, PaymentMethod, ReceiptNumber, Reversal};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::accounts::role::Role;
use crate::domain::base::form::{Form, NAME_CHARACTERS, REMARK_CHARACTERS};
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::Case;
use crate::domain::cases::context::Context;
use crate::domain::cases::event::Event;
use crate::domain::cases::money::unless_own;
use crate::domain::cases::refusal::Refusal;

/// Its code in the timeline.
pub const ACTION: &str = "correct_payment";

/// Who puts payments right.
pub const CORRECTORS: &[Role] = &[Role::Supervisor];

/// The way in which a payment was really made.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PaymentCorrectionRequest, example = json!({ "method": "card", "reference": "8842", "reason": "实为刷卡，误登为现金" }))]
pub struct PaymentCorrectionDraft {
    /// Way of paying: cash, card, transfer, online.
    #[schema(max_length = 32, example = "card")]
    pub method: String,
    /// Number of the transfer or slip.
    #[schema(max_length = 120, nullable = false)]
    pub reference: Option<String>,
    /// At which window; left out: where it was taken.
    #[schema(max_length = 20, nullable = false, example = "3")]
    pub window: Option<String>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// The two events of a correction; none where the case never had such a payment.
///
/// # Errors
/// The role that is missing, that the corrector took the payment, that the payment doesn't stand any more, or every fault of the data.
pub fn decide(
    definition: Definition<'_>,
    case: &Case,
    receipt: ReceiptNumber,
    draft: &PaymentCorrectionDraft,
    context: &Context<'_>,
) -> Result<Option<[Event; 2]>, Vec<Refusal>> {
    if let Some(refusal) = Refusal::unless_role(context.actor, CORRECTORS) {
        return Err(vec![refusal]);
    }
    if !case.money.payments.iter().any(|payment| payment.receipt == receipt) {
        return Ok(None);
    }
    let Some(wrong) = case.standing(receipt) else {
        return Err(vec![Refusal::PaymentReversed]);
    };
    if let Some(refusal) = unless_own(definition.workflow, wrong, context.actor, CORRECTORS) {
        return Err(vec![refusal]);
    }
    let mut form = Form::default();
    let right = checked(wrong, draft, &mut form);
    let events = right.map(|(method, reference, window, reason)| {
        let (outlet, by, at) = (case.application.outlet.clone(), context.actor.name.clone(), context.now);
        let number = |kind| ReceiptNumber::not_yet(kind, context.hall.hours.local_date(at));
        let cancellation = Reversal {
            receipt: number(EntryKind::Cancelled),
            outlet: outlet.clone(),
            of: wrong.receipt,
            of_outlet: wrong.outlet.clone(),
            amount_fen: wrong.amount_fen,
            method: wrong.method,
            reference: None,
            // Out of the drawer that it was put in by mistake, whichever the right one is.
            window: wrong.window.clone(),
            reason,
            by: by.clone(),
            at,
        };
        let (receipt, amount_fen) = (number(EntryKind::Taken), wrong.amount_fen);
        let mut taken_by = wrong.taken_by.clone();
        taken_by.push(context.actor.id.clone());
        let payment = Payment { receipt, outlet, amount_fen, method, reference, window, by, taken_by, at };
        [Event::PaymentCancelled { cancellation }, Event::PaymentRecorded { payment }]
    });
    form.finish(events).map(Some).map_err(|faults| vec![Refusal::InvalidInput { faults }])
}

type Right = (PaymentMethod, Option<String>, Option<String>, String);

fn checked(wrong: &Payment, draft: &PaymentCorrectionDraft, form: &mut Form) -> Option<Right> {
    let method = PaymentMethod::from_code(&draft.method);
    if method.is_none() {
        form.not_one_of("/method", PaymentMethod::CODES);
    }
    let reference = draft.reference.as_deref().and_then(|text| form.line("/reference", text, NAME_CHARACTERS));
    let window = draft.window.as_deref().and_then(|text| form.window("/window", text));
    let reason = form.text("/reason", &draft.reason, REMARK_CHARACTERS);
    let window = window.or_else(|| wrong.window.clone());
    if (method, &reference, &window) == (Some(wrong.method), &wrong.reference, &wrong.window) {
        form.fault("/method", "nothing_changed", "与原登记一致", "the payment is already recorded with this method");
    }
    Some((method?, reference, window, reason?))
}

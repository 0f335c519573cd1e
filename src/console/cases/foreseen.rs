//! What an action on a case does, in sentences that read the same before it is done and after: beyond the case, to a certificate or to money;
//! and that it ends the case for good.

use std::fmt::Display;

use crate::console::certificates::happenings::{changes, happens};
use crate::console::page::visitor::Visitor;
use crate::domain::applicants::paper::{refusal_notice, refuses};
use crate::domain::base::recorded::Recorded;
use crate::domain::case_types::codes::InputPart;
use crate::domain::case_types::workflow::State;
use crate::domain::cases::actions::Offer;
use crate::domain::cases::case::Case;
use crate::domain::cases::event::Event;
use crate::domain::certificates::event::CertificateEvent;
use crate::domain::money::yuan::yuan;
use crate::service::cases::details::CaseDetails;

/// What an event does beyond the case: to a certificate that the case didn't make, or one that ends, or to money that was paid. It
/// reads the same before it is done.
pub(in crate::console) fn beyond(visitor: &Visitor, case: &Case, event: &Event) -> Option<String> {
    match event {
        Event::Certificate { id, serial, event } => {
            let is_own = case.certificate.as_ref().is_some_and(|made| made.id == *id);
            let ends = matches!(**event, CertificateEvent::Revoked { .. });
            if is_own && !ends { None } else { happens(visitor, serial, event) }
        }
        Event::PaymentRefunded { refund } => {
            let messages = visitor.messages;
            let (amount, method) = (yuan(refund.amount_fen), messages.of(&refund.method.words()).to_owned());
            let gaps: [(&str, &dyn Display); 3] = [("amount", &amount), ("method", &method), ("receipt", &refund.of)];
            Some(messages.with("timeline.refunded", &gaps))
        }
        _ => None,
    }
}

/// What an action would do beyond the case, in sentences.
pub(in crate::console) fn foreseen(visitor: &Visitor, case: &Case, offer: &Offer<'_>) -> Vec<String> {
    offer.foreseen.iter().filter_map(|event| beyond(visitor, case, event)).collect()
}

/// Where an action ends the case, and nothing undoes that; none where the case goes on.
pub(in crate::console) fn end<'a>(details: &'a CaseDetails<'_>, offer: &Offer<'_>) -> Option<&'a State> {
    let to = offer.action.to.as_deref().and_then(|to| details.definition.workflow.state(to));
    to.filter(|state| state.is_final)
}

/// That an action ends the case for good, and who reads the reason that it asks for; nothing of one after which the case goes on.
pub(in crate::console) fn endings(visitor: &Visitor, details: &CaseDetails<'_>, offer: &Offer<'_>) -> Vec<String> {
    let messages = visitor.messages;
    let Some(to) = end(details, offer) else { return Vec::new() };
    let asks = offer.requires.contains(&InputPart::Reason) || offer.accepts.contains(&InputPart::Reason);
    let read = match refuses(offer.action) {
        true => messages.fill("action.reason_printed", "paper", messages.of(&refusal_notice(&to.words))),
        false => messages.t("action.reason_recorded").to_owned(),
    };
    std::iter::once(messages.t("action.ends").to_owned()).chain(asks.then_some(read)).collect()
}

/// What the case changes, or has changed, on the certificate held: a line for each field, as it was and as it is to be.
pub(in crate::console) fn changed_on_held(
    visitor: &Visitor,
    details: &CaseDetails<'_>,
    events: &[Recorded<Event>],
) -> Vec<String> {
    let done = events.iter().rev().find_map(|recorded| match &recorded.event {
        Event::Certificate { event, .. } => match &**event {
            CertificateEvent::Changed { before, after } => Some((&**before, &**after)),
            _ => None,
        },
        _ => None,
    });
    let change = done.or_else(|| details.change.as_ref().map(|(before, after)| (before, after)));
    change.map(|(before, after)| changes(visitor.messages, before, after)).unwrap_or_default()
}

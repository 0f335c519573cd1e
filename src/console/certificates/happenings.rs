//! What happens to a certificate, in a sentence: the same before a button is pressed, in the record of the case, and in the register's.

use super::acts::label;
use super::names::{last_day, reason_called, service_called};
use crate::console::page::messages::Messages;
use crate::console::page::visitor::Visitor;
use crate::domain::certificates::authorization::first_minute;
use crate::domain::certificates::event::CertificateEvent;
use crate::domain::certificates::particulars::Particulars;

/// Which certificate, and what happens to it; none of what only concerns its medium on its way, which the action's own name says.
pub(in crate::console) fn happens(visitor: &Visitor, serial: &str, event: &CertificateEvent) -> Option<String> {
    use CertificateEvent as E;
    let messages = visitor.messages;
    Some(match event {
        E::Revoked { .. } => messages.fill("happens.revoked", "serial", serial),
        E::Unlocked { .. } => messages.fill("happens.unlocked", "serial", serial),
        E::Activated => messages.fill("happens.activated", "serial", serial),
        E::Suspended { suspension } => {
            let reason = reason_called(messages, &suspension.reason);
            messages.with("happens.suspended", &[("serial", &serial), ("reason", &reason)])
        }
        E::MediumRetired => messages.fill("happens.retired", "serial", serial),
        E::GivenBack { .. } => messages.fill("happens.given_back", "serial", serial),
        E::Renewed { before, valid_until } => {
            let (before, after) = (last_day(visitor, *before), last_day(visitor, *valid_until));
            messages.with("happens.renewed", &[("serial", &serial), ("before", &before), ("after", &after)])
        }
        E::Changed { before, after } => {
            let changes = changes(messages, before, after).join(messages.t("list.between_reasons"));
            messages.with("happens.changed", &[("serial", &serial), ("changes", &changes)])
        }
        E::ServiceOpened { code, usable_from, .. } => {
            let (service, at) = (service_called(visitor, code), visitor.dates().moment(first_minute(*usable_from)));
            messages.with("happens.opened", &[("serial", &serial), ("service", &service), ("at", &at)])
        }
        _ => return None,
    })
}

/// What is written on a certificate otherwise than before, a line each: what it is, as it was, and as it is.
pub(in crate::console) fn changes(messages: Messages, before: &Particulars, after: &Particulars) -> Vec<String> {
    let differences = before.differences(after).into_iter();
    let said = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    differences
        .map(|(field, before, after)| {
            let (before, after) = (said(before), said(after));
            messages
                .with("happens.change", &[("field", &messages.t(label(field))), ("before", &before), ("after", &after)])
        })
        .collect()
}

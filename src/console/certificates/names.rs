//! What services and the hall's own reasons are called, and how the end of a term is written.

use chrono::{DateTime, TimeDelta, Utc};

use crate::console::applicants::paper::written;
use crate::console::page::messages::Messages;
use crate::console::page::visitor::Visitor;
use crate::domain::case_types::case_type::ReplacementReason;
use crate::domain::cases::deadlines::plan::own_reason;
use crate::domain::certificates::certificate::{E_SEAL_CODE, OpenedService, ServiceKind};
use crate::domain::certificates::import::ImportState;

/// The last day that is valid, of an end that is excluded, with its year: validity is told in years.
pub(super) fn last_day(visitor: &Visitor, until: DateTime<Utc>) -> String {
    first_day(visitor, until - TimeDelta::nanoseconds(1))
}

/// The day from which something is valid, likewise.
pub(super) fn first_day(visitor: &Visitor, from: DateTime<Utc>) -> String {
    written(visitor.messages, visitor.dates().date(from))
}

/// A reason as somebody typed it; one that the hall gave itself, which is recorded in Chinese, in the reader's language.
pub(in crate::console) fn reason_called(messages: Messages, reason: &str) -> String {
    let own = [ReplacementReason::Lost.words(), ImportState::Failed.words(), own_reason()];
    let known = own.iter().find(|own| own.zh == reason);
    known.map_or_else(|| reason.to_owned(), |own| messages.of(own).to_owned())
}

/// What a service on it is called.
pub(super) fn service_name(visitor: &Visitor, opened: &OpenedService) -> String {
    let application = visitor.service.hall().applications.iter().find(|known| known.code == opened.code);
    match (opened.kind, application) {
        (ServiceKind::ESeal, _) => visitor.messages.t("certificate.e_seal").to_owned(),
        (ServiceKind::Application, Some(known)) => visitor.messages.of(&known.words).to_owned(),
        (ServiceKind::Application, None) => opened.code.clone(),
    }
}

/// What the service of a code is called: there is one e-seal, and applications have names.
pub(super) fn service_called(visitor: &Visitor, code: &str) -> String {
    let application = visitor.service.hall().applications.iter().find(|known| known.code == code);
    match application {
        Some(known) => visitor.messages.of(&known.words).to_owned(),
        None if code == E_SEAL_CODE => visitor.messages.t("certificate.e_seal").to_owned(),
        None => code.to_owned(),
    }
}

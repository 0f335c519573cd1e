//! What services are called, and how the end of a term is written.

use chrono::{DateTime, TimeDelta, Utc};

use crate::console::page::visitor::Visitor;
use crate::domain::certificates::certificate::{E_SEAL_CODE, OpenedService, ServiceKind};

/// The last day that is valid, of an end that is excluded.
pub(super) fn last_day(visitor: &Visitor, until: DateTime<Utc>) -> String {
    let dates = visitor.dates();
    dates.day(dates.date(until - TimeDelta::nanoseconds(1)))
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

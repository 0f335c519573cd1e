//! What the register knows of the certificate that an application is about: it is said, and filled in.

use chrono::TimeDelta;

use super::intake_draft::{AGENT, OTHER};
use crate::console::certificates::happenings::changes;
use crate::console::page::forms::fields::Typed;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words;
use crate::domain::case_types::case_type::CaseType;
use crate::domain::case_types::codes::Effect;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::particulars::Particulars;

/// What the names of hidden fields begin with that hold what was filled in.
pub(super) const FOUND: &str = "found/";

/// Who holds which certificate, and until when; of one that has expired, that it has. The day has its year, whichever that is.
pub(super) fn holds(visitor: &Visitor, held: &Certificate) -> String {
    let (dates, organization, serial) = (visitor.dates(), &held.organization_name, &held.serial);
    let until = visitor.messages.of(&words::day(dates.date(held.valid_until - TimeDelta::seconds(1)))).to_owned();
    let key = if held.valid_until <= dates.now { "intake.held_expired" } else { "intake.holds" };
    let gaps: [(&str, &dyn std::fmt::Display); 3] =
        [("organization", organization), ("serial", serial), ("until", &until)];
    visitor.messages.with(key, &gaps)
}

/// What is written on the certificate held, of a case type that changes that: as it is, and with what was typed otherwise.
pub(super) fn changes_on(visitor: &Visitor, case_type: &CaseType, typed: &Typed, held: &Certificate) -> Vec<String> {
    let opens = visitor.service.catalog().opening(&case_type.code);
    if !opens.is_some_and(|opens| opens.workflow.has_effect(Effect::ChangeCertificate)) {
        return Vec::new();
    }
    let (messages, before) = (visitor.messages, held.particulars());
    let person = if typed.one(AGENT) == OTHER { "agent/name" } else { "applicant/name" };
    let after = Particulars {
        organization_name: typed.given("organization/name").unwrap_or_else(|| before.organization_name.clone()),
        handler: typed.given(person).or_else(|| before.handler.clone()),
        seal: typed.given("seal").or_else(|| before.seal.clone()),
        ..before.clone()
    };
    let (handler, seal) = (before.handler.as_deref().unwrap_or("–"), before.seal.as_deref().unwrap_or("–"));
    let now = messages.with("intake.registered", &[("handler", &handler), ("seal", &seal)]);
    std::iter::once(now).chain(changes(messages, &before, &after)).collect()
}

/// Fills a field with what the register knows, unless somebody typed something else there.
pub(super) fn know(typed: &mut Typed, field: &str, known: Option<&str>) {
    let before = format!("{FOUND}{field}");
    if typed.one(field) == typed.one(&before) {
        typed.clear(field);
    }
    typed.clear(&before);
    if let Some(known) = known {
        typed.fill(field, known);
        typed.fill(&before, known);
    }
}

//! What waits for a second person on a certificate: what it would change, who asks for it and why, and that they can't approve it
//! themselves.

use chrono::{DateTime, Utc};

use super::acts::{Act, Acts, label};
use super::names::{first_day, last_day, service_name};
use crate::console::page::visitor::Visitor;
use crate::domain::base::organization_code::hyphenated;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::pending_correction::{Asker, PendingCorrection};

/// A field as it is in the register, and as it would be.
pub(super) struct Change {
    pub(super) field: String,
    pub(super) before: String,
    pub(super) after: String,
}

/// Something that waits.
pub(super) struct Proposal {
    pub(super) title: String,
    /// What comes of its approval.
    pub(super) effect: String,
    pub(super) by: String,
    pub(super) why: Option<String>,
    /// Who may approve it.
    pub(super) second: String,
    /// Whether the reader asked for it.
    pub(super) is_own: bool,
    pub(super) changes: Vec<Change>,
    pub(super) acts: Vec<Act>,
    /// Where it is decided with the others of its import; none of what is decided here.
    pub(super) import: Option<String>,
}

impl Acts<'_> {
    /// What waits on the certificate.
    pub(super) fn proposals(&self) -> Vec<Proposal> {
        let (visitor, certificate) = (self.visitor, self.certificate);
        let registration = certificate.registration.as_ref().map(|entered| Proposal {
            why: None,
            changes: entered_fields(visitor, certificate),
            acts: self.of_registration(),
            import: certificate.import.map(|id| format!("/console/certificates/imports/{id}")),
            title: visitor.messages.t("certificate.registration").to_owned(),
            effect: visitor.messages.t("proposal.registration_effect").to_owned(),
            ..Proposal::of(visitor, &entered.entered_by, entered.entered_at)
        });
        let correction = certificate.correction.as_ref().map(|correction| Proposal {
            why: Some(correction.reason.clone()),
            changes: corrected_fields(visitor, correction),
            acts: self.of_correction(),
            title: visitor.messages.t("certificate.correction").to_owned(),
            effect: visitor.messages.t("proposal.correction_effect").to_owned(),
            ..Proposal::of(visitor, &correction.asked_by, correction.asked_at)
        });
        registration.into_iter().chain(correction).collect()
    }
}

impl Proposal {
    fn of(visitor: &Visitor, by: &Asker, at: DateTime<Utc>) -> Self {
        let messages = visitor.messages;
        let is_own = by.id == visitor.caller.actor.id;
        Self {
            title: String::new(),
            effect: String::new(),
            by: messages.with("proposal.by", &[("name", &by.name), ("at", &visitor.dates().moment(at))]),
            why: None,
            second: messages.t(second(is_own)).to_owned(),
            is_own,
            changes: Vec::new(),
            acts: Vec::new(),
            import: None,
        }
    }
}

/// The key of who may approve what the reader asked for, or somebody else.
pub(super) fn second(is_own: bool) -> &'static str {
    if is_own { "proposal.own" } else { "proposal.second" }
}

/// What a correction changes; days and codes are written as people read them.
pub(super) fn corrected_fields(visitor: &Visitor, correction: &PendingCorrection) -> Vec<Change> {
    let day = |field: &str, text: Option<String>| {
        let text = text.unwrap_or_else(|| "–".to_owned());
        if field == "organization_code" {
            return hyphenated(&text);
        }
        let Ok(at) = DateTime::parse_from_rfc3339(&text).map(|at| at.with_timezone(&Utc)) else { return text };
        match field {
            "valid_from" => first_day(visitor, at),
            "valid_until" => last_day(visitor, at),
            _ => text,
        }
    };
    let change = |(field, before, after): (&str, Option<String>, Option<String>)| Change {
        field: visitor.messages.t(label(field)).to_owned(),
        before: day(field, before),
        after: day(field, after),
    };
    correction.changes().into_iter().map(change).collect()
}

/// What a registration brings into the register, which had nothing before.
fn entered_fields(visitor: &Visitor, certificate: &Certificate) -> Vec<Change> {
    let (messages, dates) = (visitor.messages, visitor.dates());
    let services: Vec<String> = certificate.services.iter().map(|opened| service_name(visitor, opened)).collect();
    let fields = [
        ("serial", Some(certificate.serial.clone())),
        ("medium_number", Some(certificate.medium_number.clone())),
        ("organization_name", Some(certificate.organization_name.clone())),
        ("unified_social_credit_code", certificate.unified_code.clone()),
        ("organization_code", Some(hyphenated(&certificate.organization_code))),
        ("handler", certificate.handler.clone()),
        ("valid_from", Some(first_day(visitor, certificate.valid_from))),
        ("valid_until", Some(last_day(visitor, certificate.valid_until))),
        ("applications", Some(services.join(messages.t("list.between"))).filter(|text| !text.is_empty())),
        ("lock", certificate.lock.as_ref().map(|lock| dates.moment(lock.at))),
    ];
    let change = |(field, after): (&str, Option<String>)| {
        let field = messages.t(label(field)).to_owned();
        after.map(|after| Change { field, before: "–".to_owned(), after })
    };
    fields.into_iter().filter_map(change).collect()
}

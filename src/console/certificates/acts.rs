//! What can be done with a certificate at once, outside any case: for whom it is, and what blocks it now.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::console::page::visitor::Visitor;
use crate::domain::accounts::role::Role;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::{Certificate, OpenedService};
use crate::domain::certificates::refusal::CertificateRefusal;
use crate::domain::certificates::state::ServiceStatus;
use crate::domain::certificates::verb::Verb;
use crate::service::certificates::services::ServiceAct;

/// What a form said that came back with faults.
#[derive(Debug, Default, Clone)]
pub(super) struct Typed {
    /// The form, by the end of its address.
    pub(super) act: String,
    /// Its fields.
    pub(super) fields: BTreeMap<String, String>,
}

impl Typed {
    /// What a field of a form held.
    fn value(&self, act: &str, field: &str) -> String {
        let held = if self.act == act { self.fields.get(field).cloned() } else { None };
        held.unwrap_or_default()
    }
}

/// A field of a form.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) kind: &'static str,
    pub(super) value: String,
    pub(super) most: usize,
    pub(super) is_required: bool,
}

/// An act: a small form, or what blocks it.
pub(super) struct Act {
    pub(super) name: String,
    /// The end of its address.
    pub(super) path: String,
    pub(super) fields: Vec<Field>,
    pub(super) version: i64,
    pub(super) blocked: Option<String>,
    pub(super) is_open: bool,
}

/// Makes forms of a certificate for whoever looks at it.
pub(super) struct Acts<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) certificate: &'a Certificate,
    pub(super) now: DateTime<Utc>,
    pub(super) typed: &'a Typed,
}

impl Acts<'_> {
    /// Reports, restorations and corrections.
    pub(super) fn of_certificate(&self) -> Vec<Act> {
        let (service, caller) = (&self.visitor.service, &self.visitor.caller);
        let mut acts = Vec::new();
        if service.may_report_locks(caller).is_ok() {
            let fields = [("locked_at", "datetime-local", 0, false), ("reference", "text", 120, false)];
            acts.push(self.act("act.report_lock", "lock-reports", &fields, self.blocked(Verb::ReportLock)));
        }
        if service.may_report_losses(caller).is_ok() {
            acts.push(self.reasoned("act.report_loss", "loss-reports", self.blocked(Verb::Suspend)));
        }
        if service.may_restore(caller).is_ok() {
            acts.push(self.reasoned("act.restore", "restore", self.blocked(Verb::Restore)));
        }
        if service.may_ask_corrections(caller).is_ok() {
            let waits = self.certificate.correction.is_some();
            let pending = || self.words(CertificateRefusal::CorrectionPending);
            let blocked = if waits { Some(pending()) } else { self.blocked(Verb::Correct) };
            let fields = [
                ("serial", "text", 64, false),
                ("medium_number", "text", 64, false),
                ("organization_name", "text", 120, false),
                ("organization_code", "text", 40, false),
                ("handler", "text", 120, false),
                ("reason", "text", 500, true),
            ];
            acts.push(self.act("act.ask_correction", "corrections", &fields, blocked));
        }
        acts
    }

    /// The decision on a correction that waits.
    pub(super) fn of_correction(&self) -> Vec<Act> {
        let (service, caller) = (&self.visitor.service, &self.visitor.caller);
        let Some(correction) = &self.certificate.correction else { return Vec::new() };
        let is_own = correction.asked_by.id == caller.actor.id;
        let mut acts = Vec::new();
        if service.may_approve_corrections(caller).is_ok() {
            acts.push(self.act("act.approve_correction", "corrections/approve", &[], self.second_person(is_own)));
        }
        if service.may_ask_corrections(caller).is_ok() && (is_own || caller.actor.has_any(&[Role::Supervisor])) {
            let name = if is_own { "act.withdraw_correction" } else { "act.decline_correction" };
            acts.push(self.reasoned(name, "corrections/decline", None));
        }
        acts
    }

    /// The decision on a registration that waits by itself.
    pub(super) fn of_registration(&self) -> Vec<Act> {
        let Some(registration) = &self.certificate.registration else { return Vec::new() };
        if self.visitor.service.may_register(&self.visitor.caller).is_err() {
            return Vec::new();
        }
        let of_import = self.certificate.import.map(|id| self.words(CertificateRefusal::PartOfImport { id }));
        let is_own = registration.entered_by.id == self.visitor.caller.actor.id;
        let second = of_import.clone().or_else(|| self.second_person(is_own));
        vec![
            self.act("act.approve_registration", "registration/approve", &[], second),
            self.reasoned("act.reject_registration", "registration/reject", of_import),
        ]
    }

    /// What can be done with a service on it.
    pub(super) fn of_service(&self, opened: &OpenedService) -> Vec<Act> {
        let possible: &[(ServiceAct, &str, &str, Verb)] = match self.certificate.status_of(opened, self.now) {
            ServiceStatus::Open => &[
                (ServiceAct::Suspend, "act.suspend_service", "suspend", Verb::SuspendService),
                (ServiceAct::Close, "act.close_service", "close", Verb::CloseService),
            ],
            ServiceStatus::Suspended => &[
                (ServiceAct::Restore, "act.restore_service", "restore", Verb::RestoreService),
                (ServiceAct::Close, "act.close_service", "close", Verb::CloseService),
            ],
            ServiceStatus::Closed => &[(ServiceAct::Open, "act.open_service", "open", Verb::OpenService)],
        };
        let may = |act: ServiceAct| self.visitor.service.may_act_on_service(&self.visitor.caller, act).is_ok();
        let permitted = possible.iter().filter(|(act, ..)| may(*act));
        permitted
            .map(|(_, name, path, verb)| {
                self.reasoned(name, &format!("services/{}/{path}", opened.code), self.blocked(*verb))
            })
            .collect()
    }

    fn reasoned(&self, name: &str, path: &str, blocked: Option<String>) -> Act {
        self.act(name, path, &[("reason", "text", 500, true)], blocked)
    }

    fn act(
        &self,
        name: &str,
        path: &str,
        fields: &[(&'static str, &'static str, usize, bool)],
        blocked: Option<String>,
    ) -> Act {
        let messages = self.visitor.messages;
        let field = |(name, kind, most, is_required): &(&'static str, &'static str, usize, bool)| Field {
            name,
            label: messages.t(label(name)).to_owned(),
            kind,
            value: self.typed.value(path, name),
            most: *most,
            is_required: *is_required,
        };
        Act {
            name: messages.t(name).to_owned(),
            path: path.to_owned(),
            fields: fields.iter().map(field).collect(),
            version: self.certificate.version,
            is_open: self.typed.act == path,
            blocked,
        }
    }

    fn blocked(&self, verb: Verb) -> Option<String> {
        self.certificate.permits(verb, self.now).err().map(|refusal| self.words(refusal))
    }

    fn second_person(&self, is_own: bool) -> Option<String> {
        is_own.then(|| self.words(CertificateRefusal::SecondPersonNeeded))
    }

    fn words(&self, refusal: CertificateRefusal) -> String {
        self.visitor.messages.of(&Refusal::from(refusal).words()).to_owned()
    }
}

/// The key of a field's name.
pub(super) fn label(field: &str) -> &'static str {
    match field {
        "locked_at" => "field.locked_at",
        "reference" => "field.reference",
        "serial" => "certificate.serial",
        "medium_number" => "certificate.medium",
        "organization_name" => "certificate.organization",
        "unified_social_credit_code" => "field.unified_code",
        "organization_code" => "certificate.code",
        "handler" => "certificate.handler",
        "valid_from" => "certificate.from",
        "valid_until" => "certificate.until",
        "applications" => "certificate.services",
        "e_seal" => "certificate.e_seal",
        "lock" => "certificate.locked",
        "check_override_reason" => "intake.override",
        _ => "field.reason",
    }
}

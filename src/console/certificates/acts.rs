//! What can be done with a certificate at once, outside any case: for whom it is, and what blocks it now.

use chrono::{DateTime, Utc};

use crate::console::page::forms::field::{Control, Field};
use crate::console::page::forms::fields::Typed;
use crate::console::page::visitor::Visitor;
use crate::domain::cases::held::unless_own_loss;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::{Certificate, OpenedService};
use crate::domain::certificates::refusal::CertificateRefusal;
use crate::domain::certificates::verb::Verb;
use crate::service::certificates::services::ServiceAct;

/// A form that came back: the acts of a page are one form, so that none takes away what was typed into another; a field's name begins with
/// its act.
#[derive(Debug, Default, Clone)]
pub(super) struct Sent {
    /// Which, by the end of its address.
    pub(super) act: String,
    /// What was typed.
    pub(super) typed: Typed,
}

/// An act: a small form, or what blocks it.
pub(super) struct Act {
    pub(super) name: String,
    /// The end of its address.
    pub(super) path: String,
    pub(super) fields: Vec<Field>,
    pub(super) blocked: Option<String>,
    pub(super) is_open: bool,
}

impl Act {
    /// Whether anything is typed into its fields.
    pub(super) fn is_begun(&self) -> bool {
        self.fields.iter().any(|field| !field.value.trim().is_empty())
    }
}

/// Makes forms of a certificate for whoever looks at it.
pub(super) struct Acts<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) certificate: &'a Certificate,
    pub(super) now: DateTime<Utc>,
    pub(super) sent: &'a Sent,
}

impl Acts<'_> {
    /// Reports, restorations and corrections.
    pub(super) fn of_certificate(&self) -> Vec<Act> {
        let (service, caller) = (&self.visitor.service, &self.visitor.caller);
        let mut acts = Vec::new();
        if service.may_report_locks(caller).is_ok() {
            let at = self.field("lock-reports", "locked_at").control(Control::Moment);
            let fields = vec![at, self.field("lock-reports", "reference")];
            acts.push(self.act("act.report_lock", "lock-reports", fields, self.blocked(Verb::ReportLock)));
        }
        if service.may_report_losses(caller).is_ok() {
            acts.push(self.reasoned("act.report_loss", "loss-reports", self.blocked(Verb::Suspend)));
        }
        if service.may_restore(caller).is_ok() {
            let own = || {
                unless_own_loss(service.hall(), self.certificate, &caller.actor)
                    .map(|refusal| self.visitor.messages.line(&refusal.words()))
            };
            let blocked = self.blocked(Verb::Restore).or_else(own);
            acts.push(self.reasoned("act.restore", "restore", blocked));
        }
        if service.may_ask_corrections(caller).is_ok() {
            let waits = self.certificate.correction.is_some();
            let pending = || self.words(CertificateRefusal::CorrectionPending);
            let blocked = if waits { Some(pending()) } else { self.blocked(Verb::Correct) };
            let corrected = ["serial", "medium_number", "organization_name", "organization_code", "handler"];
            // That nothing is corrected is told at the first of them.
            let line = |name| {
                let field = self.field("corrections", name);
                match name {
                    "serial" => field.known_as(&["serial", ""]).for_codes(),
                    "medium_number" | "organization_code" => field.for_codes(),
                    _ => field,
                }
            };
            let mut fields: Vec<Field> = corrected.map(line).into();
            fields.push(self.reason("corrections"));
            acts.push(self.act("act.ask_correction", "corrections", fields, blocked));
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
            let blocked = self.certificate.approve_correction(&caller.actor.id, self.now).err();
            let blocked = blocked.map(|refusal| self.words(refusal));
            acts.push(self.act("act.approve_correction", "corrections/approve", Vec::new(), blocked));
        }
        if service.may_decline_correction(caller, correction).is_ok() {
            let name = if is_own { "act.withdraw_correction" } else { "act.decline_correction" };
            acts.push(self.reasoned(name, "corrections/decline", None));
        }
        acts
    }

    /// The decision on a registration that waits by itself.
    pub(super) fn of_registration(&self) -> Vec<Act> {
        let certificate = self.certificate;
        let is_alone = certificate.registration.is_some() && certificate.import.is_none();
        if !is_alone || self.visitor.service.may_register(&self.visitor.caller).is_err() {
            return Vec::new();
        }
        let approved = certificate.approve_registration(None, &self.visitor.caller.actor.id, self.now);
        let rejected = certificate.reject_registration(None, String::new(), self.now);
        let [approve, reject] = [approved, rejected].map(|done| done.err().map(|refusal| self.words(refusal)));
        vec![
            self.act("act.approve_registration", "registration/approve", Vec::new(), approve),
            self.reasoned("act.reject_registration", "registration/reject", reject),
        ]
    }

    /// What can be done with a service on it.
    pub(super) fn of_service(&self, opened: &OpenedService) -> Vec<Act> {
        let may = |act: &ServiceAct| self.visitor.service.may_act_on_service(&self.visitor.caller, *act).is_ok();
        let possible = ServiceAct::possible(self.certificate.status_of(opened, self.now)).iter().copied().filter(may);
        let act = |act: ServiceAct| {
            let path = format!("services/{}/{}", opened.code, act.code());
            self.reasoned(service_act_name(act), &path, self.blocked(act.verb()))
        };
        possible.map(act).collect()
    }

    fn reasoned(&self, name: &str, path: &str, blocked: Option<String>) -> Act {
        self.act(name, path, vec![self.reason(path)], blocked)
    }

    fn reason(&self, path: &str) -> Field {
        self.field(path, "reason").required()
    }

    fn field(&self, path: &str, name: &str) -> Field {
        let nothing = Typed::default();
        // What was left blank in another act isn't asked for.
        let is_typed = self.sent.act == path || self.sent.typed.names(&format!("{path}/")).next().is_some();
        let typed = if is_typed { &self.sent.typed } else { &nothing };
        let field = Field::text(&format!("{path}/{name}"), self.visitor.messages.t(label(name)), typed);
        field.known_as(pointer(name))
    }

    fn act(&self, name: &str, path: &str, fields: Vec<Field>, blocked: Option<String>) -> Act {
        let is_open = self.sent.act == path || fields.iter().any(|field| !field.value.trim().is_empty());
        Act { name: self.visitor.messages.t(name).to_owned(), path: path.to_owned(), fields, is_open, blocked }
    }

    fn blocked(&self, verb: Verb) -> Option<String> {
        self.certificate.permits(verb, self.now).err().map(|refusal| self.words(refusal))
    }

    fn words(&self, refusal: CertificateRefusal) -> String {
        self.visitor.messages.line(&Refusal::from(refusal).words())
    }
}

fn service_act_name(act: ServiceAct) -> &'static str {
    match act {
        ServiceAct::Suspend => "act.suspend_service",
        ServiceAct::Restore => "act.restore_service",
        ServiceAct::Close => "act.close_service",
        ServiceAct::Open => "act.open_service",
    }
}

/// What the rules call a field.
fn pointer(field: &str) -> &'static [&'static str] {
    match field {
        "locked_at" => &["locked_at"],
        "reference" => &["reference"],
        "serial" => &["serial"],
        "medium_number" => &["medium_number"],
        "organization_name" => &["organization_name"],
        "organization_code" => &["organization_code"],
        "handler" => &["handler"],
        _ => &["reason"],
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
        "seal" => "certificate.seal",
        "valid_from" => "certificate.from",
        "valid_until" => "certificate.until",
        "applications" => "certificate.services",
        "e_seal" => "certificate.e_seal",
        "lock" => "certificate.locked",
        "check_override_reason" => "intake.override",
        _ => "field.reason",
    }
}

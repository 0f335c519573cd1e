//! Acts on a certificate: each asks the use case that the API calls, and goes back to the certificate.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::acts::Sent;
use super::certificate::{CertificatePage, after};
use crate::console::page::address::address;
use crate::console::page::answer::{rendered, see};
use crate::console::page::forms::day::moment;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words::Fault;
use crate::domain::certificates::correction::CertificateCorrectionDraft;
use crate::http::problem::{Problem, kinds};
use crate::service::base::error::ServiceError;
use crate::service::certificates::certificate::CertificateAt;
use crate::service::certificates::lock_and_loss::Report;
use crate::service::certificates::services::ServiceAct;

/// An act that was sent, and the certificate it was sent for.
struct Act {
    visitor: Visitor,
    serial: String,
    /// What its own fields say.
    typed: Typed,
    /// What all fields of the page say.
    page: Typed,
}

/// A certificate was reported locked.
pub(in crate::console) async fn report_lock(form: Form<Typed>, serial: Path<String>) -> Result<HttpResponse, Problem> {
    let sent = Act::of(form, serial.into_inner(), "lock-reports");
    let zone = sent.visitor.service.hall().hours.zone;
    let report = match moment(sent.typed.one("locked_at"), "/locked_at", zone) {
        Ok(at) => sent.visitor.service.lock_report(at, sent.typed.given("reference").as_deref()),
        Err(fault) => Err(vec![fault]),
    };
    sent.report("lock-reports", report).await
}

/// A certificate was reported lost.
pub(in crate::console) async fn report_loss(form: Form<Typed>, serial: Path<String>) -> Result<HttpResponse, Problem> {
    let sent = Act::of(form, serial.into_inner(), "loss-reports");
    let report = sent.visitor.service.loss_report(sent.typed.one("reason"));
    sent.report("loss-reports", report).await
}

/// Its suspension is lifted.
pub(in crate::console) async fn restore(form: Form<Typed>, serial: Path<String>) -> Result<HttpResponse, Problem> {
    let sent = Act::of(form, serial.into_inner(), "restore");
    let report = sent.visitor.service.restoration(sent.typed.one("reason"));
    sent.report("restore", report).await
}

/// A correction is asked for.
pub(in crate::console) async fn correct(form: Form<Typed>, serial: Path<String>) -> Result<HttpResponse, Problem> {
    let sent = Act::of(form, serial.into_inner(), "corrections");
    let (service, caller) = (&sent.visitor.service, &sent.visitor.caller);
    service.may_ask_corrections(caller)?;
    let done = match service.correction(&wanted(&sent.typed)) {
        Ok(correction) => service.ask_correction(caller, &sent.serial, correction, sent.visitor.once()).await,
        Err(faults) => Err(ServiceError::Invalid(faults)),
    };
    sent.answer("corrections", done).await
}

fn wanted(typed: &Typed) -> CertificateCorrectionDraft {
    CertificateCorrectionDraft {
        serial: typed.given("serial"),
        medium_number: typed.given("medium_number"),
        organization_name: typed.given("organization_name"),
        organization_code: typed.given("organization_code"),
        handler: typed.given("handler"),
        reason: typed.one("reason").to_owned(),
        ..CertificateCorrectionDraft::default()
    }
}

/// The correction that waits is approved, of the certificate as it was seen.
pub(in crate::console) async fn approve_correction(
    form: Form<Typed>,
    serial: Path<String>,
) -> Result<HttpResponse, Problem> {
    let sent = Act::of(form, serial.into_inner(), "corrections/approve");
    let (service, seen) = (&sent.visitor.service, sent.typed.version());
    let done = service.approve_correction(&sent.visitor.caller, &sent.serial, seen, sent.visitor.once()).await;
    sent.answer("corrections/approve", done).await
}

/// The correction that waits is declined, or taken back.
pub(in crate::console) async fn decline_correction(
    form: Form<Typed>,
    serial: Path<String>,
) -> Result<HttpResponse, Problem> {
    let sent = Act::of(form, serial.into_inner(), "corrections/decline");
    let (service, caller) = (&sent.visitor.service, &sent.visitor.caller);
    service.may_ask_corrections(caller)?;
    let done = match sent.reason() {
        Ok(reason) => service.decline_correction(caller, &sent.serial, reason, sent.visitor.once()).await,
        Err(error) => Err(error),
    };
    sent.answer("corrections/decline", done).await
}

/// A registration that waits is approved, of the certificate as it was seen.
pub(in crate::console) async fn approve_registration(
    form: Form<Typed>,
    serial: Path<String>,
) -> Result<HttpResponse, Problem> {
    let sent = Act::of(form, serial.into_inner(), "registration/approve");
    let (service, seen) = (&sent.visitor.service, sent.typed.version());
    let done = service.approve_registration(&sent.visitor.caller, &sent.serial, seen, sent.visitor.once()).await;
    sent.answer("registration/approve", done).await
}

/// A registration that waits is rejected: the certificate leaves the register, so the way back is to what waits.
pub(in crate::console) async fn reject_registration(
    form: Form<Typed>,
    serial: Path<String>,
) -> Result<HttpResponse, Problem> {
    let sent = Act::of(form, serial.into_inner(), "registration/reject");
    let (service, caller) = (&sent.visitor.service, &sent.visitor.caller);
    service.may_register(caller)?;
    let done = match sent.reason() {
        Ok(reason) => service.reject_registration(caller, &sent.serial, reason, sent.visitor.once()).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(see(&address("/console/certificates/registrations", &[("saved", "registration-rejected")]))),
        Err(error) => sent.again("registration/reject", error).await,
    }
}

/// A service on it is suspended, restored, closed or opened again.
pub(in crate::console) async fn act_on_service(
    form: Form<Typed>,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let (serial, code, name) = path.into_inner();
    let act = ServiceAct::from_code(&name).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))?;
    let sent = Act::of(form, serial, &format!("services/{code}/{name}"));
    let (service, caller) = (&sent.visitor.service, &sent.visitor.caller);
    service.may_act_on_service(caller, act)?;
    let done = match sent.reason() {
        Ok(reason) => service.act_on_service(caller, &sent.serial, &code, act, reason, sent.visitor.once()).await,
        Err(error) => Err(error),
    };
    sent.answer(&format!("services/{code}/{name}"), done).await
}

impl Act {
    fn of(form: Form<Typed>, serial: String, act: &str) -> Self {
        let (visitor, mut page) = (form.visitor, form.sent);
        let of_act = format!("{act}/");
        let own =
            |(name, value): (&str, &str)| (name.strip_prefix(&of_act).unwrap_or(name).to_owned(), value.to_owned());
        // A form that has but this act says its fields by their own names.
        let (short, long): (Vec<_>, Vec<_>) = page.fields().partition(|(name, _)| !name.contains('/'));
        let typed = Typed::from(short.iter().chain(&long).copied().map(own).collect::<Vec<_>>());
        let short: Vec<(String, String)> =
            short.iter().map(|(name, value)| (format!("{of_act}{name}"), (*value).to_owned())).collect();
        short.iter().for_each(|(name, value)| page.fill(name, value));
        Self { visitor, serial, typed, page }
    }

    fn reason(&self) -> Result<String, ServiceError> {
        self.visitor.service.register_reason(self.typed.one("reason")).map_err(ServiceError::Invalid)
    }

    async fn report(self, act: &str, report: Result<Report, Vec<Fault>>) -> Result<HttpResponse, Problem> {
        let (service, caller) = (&self.visitor.service, &self.visitor.caller);
        match act {
            "lock-reports" => service.may_report_locks(caller)?,
            "loss-reports" => service.may_report_losses(caller)?,
            _ => service.may_restore(caller)?,
        }
        let done = match report {
            Ok(report) => service.enter_report(caller, &self.serial, report, self.visitor.once()).await,
            Err(faults) => Err(ServiceError::Invalid(faults)),
        };
        self.answer(act, done).await
    }

    /// Back to the certificate, under the serial that it has now, where what was typed for another act stands still; or the page once
    /// more with why it stays as it is.
    async fn answer(self, act: &str, done: Result<CertificateAt, ServiceError>) -> Result<HttpResponse, Problem> {
        match done {
            Ok(at) => self.went_well(act, &at.certificate.serial).await,
            Err(error) => self.again(act, error).await,
        }
    }

    async fn went_well(mut self, act: &str, serial: &str) -> Result<HttpResponse, Problem> {
        let done: Vec<String> = self.page.names(&format!("{act}/")).map(|name| format!("{act}/{name}")).collect();
        done.iter().for_each(|name| self.page.clear(name));
        let sent = Sent { act: String::new(), typed: self.page };
        let mut page = CertificatePage::read(&self.visitor.after_change().await?, serial, &sent).await?;
        if !page.is_begun() {
            return Ok(see(&after(serial)));
        }
        page.layout.saved = page.last(&self.visitor);
        Ok(rendered(StatusCode::OK, &page))
    }

    async fn again(self, act: &str, refused: ServiceError) -> Result<HttpResponse, Problem> {
        let sent = Sent { act: act.to_owned(), typed: self.page };
        let mut page = CertificatePage::read(&self.visitor, &self.serial, &sent).await?;
        page.told = self.visitor.told(refused, page.fields_of(act))?;
        Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
    }
}

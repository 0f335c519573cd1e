//! Acts on a certificate: each asks the use case that the API calls, and goes back to the certificate.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::Path;
use actix_web::{HttpResponse, post};
use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};

use super::acts::Typed;
use super::certificate::CertificatePage;
use crate::console::page::answer::{rendered, see};
use crate::console::page::forms::form::Form;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words::{Fault, Words};
use crate::domain::certificates::correction::CertificateCorrectionDraft;
use crate::http::problem::{Problem, kinds};
use crate::service::base::error::ServiceError;
use crate::service::certificates::certificate::CertificateAt;
use crate::service::certificates::lock_and_loss::Report;
use crate::service::certificates::services::ServiceAct;

/// What a form says, by the names of its fields.
type Fields = BTreeMap<String, String>;

/// An act that was sent, and the certificate it was sent for.
struct Sent {
    visitor: Visitor,
    serial: String,
    fields: Fields,
}

/// A certificate was reported locked.
#[post("/certificates/{serial}/lock-reports")]
pub(in crate::console) async fn report_lock(form: Form<Fields>, serial: Path<String>) -> Result<HttpResponse, Problem> {
    let sent = Sent::of(form, serial.into_inner());
    let report = sent.instant("locked_at").and_then(|at| {
        let report = sent.visitor.service.lock_report(at, sent.given("reference").as_deref());
        report.map_err(ServiceError::Invalid)
    });
    sent.report("lock-reports", report).await
}

/// A certificate was reported lost.
#[post("/certificates/{serial}/loss-reports")]
pub(in crate::console) async fn report_loss(form: Form<Fields>, serial: Path<String>) -> Result<HttpResponse, Problem> {
    let sent = Sent::of(form, serial.into_inner());
    let report = sent.visitor.service.loss_report(sent.field("reason")).map_err(ServiceError::Invalid);
    sent.report("loss-reports", report).await
}

/// Its suspension is lifted.
#[post("/certificates/{serial}/restore")]
pub(in crate::console) async fn restore(form: Form<Fields>, serial: Path<String>) -> Result<HttpResponse, Problem> {
    let sent = Sent::of(form, serial.into_inner());
    let report = sent.visitor.service.restoration(sent.field("reason")).map_err(ServiceError::Invalid);
    sent.report("restore", report).await
}

/// A correction is asked for.
#[post("/certificates/{serial}/corrections")]
pub(in crate::console) async fn correct(form: Form<Fields>, serial: Path<String>) -> Result<HttpResponse, Problem> {
    let sent = Sent::of(form, serial.into_inner());
    let (service, caller) = (&sent.visitor.service, &sent.visitor.caller);
    service.may_ask_corrections(caller)?;
    let draft = CertificateCorrectionDraft {
        serial: sent.given("serial"),
        medium_number: sent.given("medium_number"),
        organization_name: sent.given("organization_name"),
        organization_code: sent.given("organization_code"),
        handler: sent.given("handler"),
        reason: sent.field("reason").to_owned(),
        ..CertificateCorrectionDraft::default()
    };
    let done = match service.correction(&draft) {
        Ok(wanted) => service.ask_correction(caller, &sent.serial, wanted, None).await,
        Err(faults) => Err(ServiceError::Invalid(faults)),
    };
    sent.answer("corrections", done).await
}

/// The correction that waits is approved, of the certificate as it was seen.
#[post("/certificates/{serial}/corrections/approve")]
pub(in crate::console) async fn approve_correction(
    form: Form<Fields>,
    serial: Path<String>,
) -> Result<HttpResponse, Problem> {
    let sent = Sent::of(form, serial.into_inner());
    let (service, seen) = (&sent.visitor.service, sent.version()?);
    let done = service.approve_correction(&sent.visitor.caller, &sent.serial, seen, None).await;
    sent.answer("corrections/approve", done).await
}

/// The correction that waits is declined, or taken back.
#[post("/certificates/{serial}/corrections/decline")]
pub(in crate::console) async fn decline_correction(
    form: Form<Fields>,
    serial: Path<String>,
) -> Result<HttpResponse, Problem> {
    let sent = Sent::of(form, serial.into_inner());
    let (service, caller) = (&sent.visitor.service, &sent.visitor.caller);
    service.may_ask_corrections(caller)?;
    let done = match sent.reason() {
        Ok(reason) => service.decline_correction(caller, &sent.serial, reason, None).await,
        Err(error) => Err(error),
    };
    sent.answer("corrections/decline", done).await
}

/// A registration that waits is approved, of the certificate as it was seen.
#[post("/certificates/{serial}/registration/approve")]
pub(in crate::console) async fn approve_registration(
    form: Form<Fields>,
    serial: Path<String>,
) -> Result<HttpResponse, Problem> {
    let sent = Sent::of(form, serial.into_inner());
    let (service, seen) = (&sent.visitor.service, sent.version()?);
    let done = service.approve_registration(&sent.visitor.caller, &sent.serial, seen, None).await;
    sent.answer("registration/approve", done).await
}

/// A registration that waits is rejected: the certificate leaves the register, so the way back is to what waits.
#[post("/certificates/{serial}/registration/reject")]
pub(in crate::console) async fn reject_registration(
    form: Form<Fields>,
    serial: Path<String>,
) -> Result<HttpResponse, Problem> {
    let sent = Sent::of(form, serial.into_inner());
    let (service, caller) = (&sent.visitor.service, &sent.visitor.caller);
    service.may_register(caller)?;
    let done = match sent.reason() {
        Ok(reason) => service.reject_registration(caller, &sent.serial, reason, None).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(see("/console/certificates/registrations")),
        Err(error) => sent.again("registration/reject", error).await,
    }
}

/// A service on it is suspended, restored, closed or opened again.
#[post("/certificates/{serial}/services/{code}/{act}")]
pub(in crate::console) async fn act_on_service(
    form: Form<Fields>,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let (serial, code, name) = path.into_inner();
    let act = service_act(&name).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))?;
    let sent = Sent::of(form, serial);
    let (service, caller) = (&sent.visitor.service, &sent.visitor.caller);
    service.may_act_on_service(caller, act)?;
    let done = match sent.reason() {
        Ok(reason) => service.act_on_service(caller, &sent.serial, &code, act, reason, None).await,
        Err(error) => Err(error),
    };
    sent.answer(&format!("services/{code}/{name}"), done).await
}

fn service_act(name: &str) -> Option<ServiceAct> {
    match name {
        "suspend" => Some(ServiceAct::Suspend),
        "restore" => Some(ServiceAct::Restore),
        "close" => Some(ServiceAct::Close),
        "open" => Some(ServiceAct::Open),
        _ => None,
    }
}

impl Sent {
    fn of(form: Form<Fields>, serial: String) -> Self {
        Self { visitor: form.visitor, serial, fields: form.sent }
    }

    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |value| value.trim())
    }

    fn given(&self, name: &str) -> Option<String> {
        Some(self.field(name).to_owned()).filter(|value| !value.is_empty())
    }

    fn reason(&self) -> Result<String, ServiceError> {
        self.visitor.service.register_reason(self.field("reason")).map_err(ServiceError::Invalid)
    }

    fn version(&self) -> Result<i64, Problem> {
        self.field("version").parse().map_err(|_| Problem::of(&kinds::INVALID_REQUEST))
    }

    /// An instant as a browser's field sends it, in the hall's zone; none where it is empty.
    fn instant(&self, name: &str) -> Result<Option<DateTime<Utc>>, ServiceError> {
        let Some(text) = self.given(name) else { return Ok(None) };
        let zone = self.visitor.service.hall().hours.zone;
        let local = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M").ok();
        let at = local.and_then(|local| zone.from_local_datetime(&local).earliest());
        let words = || Words::new("时间格式有误", "the time can't be read");
        let fault = || ServiceError::Invalid(vec![Fault::new(format!("/{name}"), "bad_time", words())]);
        Ok(Some(at.ok_or_else(fault)?.with_timezone(&Utc)))
    }

    async fn report(self, act: &str, report: Result<Report, ServiceError>) -> Result<HttpResponse, Problem> {
        let (service, caller) = (&self.visitor.service, &self.visitor.caller);
        match act {
            "lock-reports" => service.may_report_locks(caller)?,
            "loss-reports" => service.may_report_losses(caller)?,
            _ => service.may_restore(caller)?,
        }
        let done = match report {
            Ok(report) => service.enter_report(caller, &self.serial, report, None).await,
            Err(error) => Err(error),
        };
        self.answer(act, done).await
    }

    /// Back to the certificate, under the serial that it has now; or the page once more with why it stays as it is.
    async fn answer(self, act: &str, done: Result<CertificateAt, ServiceError>) -> Result<HttpResponse, Problem> {
        match done {
            Ok(at) => Ok(see(&format!("/console/certificates/{}", at.certificate.serial))),
            Err(error) => self.again(act, error).await,
        }
    }

    async fn again(self, act: &str, error: ServiceError) -> Result<HttpResponse, Problem> {
        let faults = self.visitor.faults_of(error)?;
        let typed = Typed { act: act.to_owned(), fields: self.fields };
        let mut page = CertificatePage::read(&self.visitor, &self.serial, &typed).await?;
        page.faults = faults;
        Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
    }
}

//! Routes of lock reports, loss reports, and restoring a suspended certificate.

use actix_web::post;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;

use super::certificate::{CertificateAnswer, CertificatePath, answer};
use crate::api::accounts::rights::{LiftSuspensions, May, ReportLocks, ReportLosses};
use crate::http::answers::NotChanged;
use crate::http::body::Body;
use crate::http::change::Change;
use crate::http::problem::{Problem, ProblemView};

/// A lock report. It contains no PIN.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "locked_at": "2026-03-02T09:30:00+08:00", "reference": "LOGIN-20260302-00417" }))]
pub struct LockReportRequest {
    /// Start of the lock; by default now.
    #[schema(nullable = false)]
    pub locked_at: Option<DateTime<Utc>>,
    /// By which the reporter finds it again, such as the number of an event in another system's log.
    #[schema(nullable = false, min_length = 1, max_length = 120, example = "LOGIN-20260302-00417")]
    pub reference: Option<String>,
}

/// A loss report: the certificate was lost or stolen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "经办人电话挂失：介质遗失" }))]
pub struct LossReportRequest {
    /// The reporter's words.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A request to lift a suspension.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "介质已找回，经办人到窗口确认" }))]
pub struct RestoreRequest {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Records that a certificate is locked after five wrong PINs. For clerks, supervisors, and systems with the scope
/// `certificates:report`. A system may report so many in an hour, as the setting `lock_reports.per_system_and_hour` says.
#[utoipa::path(
    tag = "certificates",
    request_body = LockReportRequest,
    params(May<ReportLocks>, Change<CertificatePath>),
    responses(CertificateAnswer, NotChanged, (status = 429, description = "The system has reported too many locks within an hour; `Retry-After` says when it may again.", body = ProblemView))
)]
#[post("/certificates/{serial}/lock-reports")]
pub(in crate::api) async fn report_lock(
    may: May<ReportLocks>,
    change: Change<CertificatePath>,
    body: Body<LockReportRequest>,
) -> Result<CertificateAnswer, Problem> {
    let idempotency = change.idempotent(&body.canonical);
    let report = body.checked(|request| may.service.lock_report(request.locked_at, request.reference.as_deref()))?;
    Ok(answer(&may, may.service.enter_report(&may.caller, &change.path.serial, report, idempotency).await?))
}

/// Suspends a certificate that was reported lost, at once and before any papers are brought. For clerks and supervisors.
#[utoipa::path(
    tag = "certificates",
    request_body = LossReportRequest,
    params(May<ReportLosses>, Change<CertificatePath>),
    responses(CertificateAnswer, NotChanged)
)]
#[post("/certificates/{serial}/loss-reports")]
pub(in crate::api) async fn report_loss(
    may: May<ReportLosses>,
    change: Change<CertificatePath>,
    body: Body<LossReportRequest>,
) -> Result<CertificateAnswer, Problem> {
    let idempotency = change.idempotent(&body.canonical);
    let report = body.checked(|request| may.service.loss_report(&request.reason))?;
    Ok(answer(&may, may.service.enter_report(&may.caller, &change.path.serial, report, idempotency).await?))
}

/// Lifts a suspension, with a reason. For supervisors; in a hall with four eyes not for one who reported the loss.
#[utoipa::path(
    tag = "certificates",
    request_body = RestoreRequest,
    params(May<LiftSuspensions>, Change<CertificatePath>),
    responses(CertificateAnswer, NotChanged, (status = 409, description = "The certificate is not suspended.", body = ProblemView))
)]
#[post("/certificates/{serial}/restore")]
pub(in crate::api) async fn restore_certificate(
    may: May<LiftSuspensions>,
    change: Change<CertificatePath>,
    body: Body<RestoreRequest>,
) -> Result<CertificateAnswer, Problem> {
    let idempotency = change.idempotent(&body.canonical);
    let report = body.checked(|request| may.service.restoration(&request.reason))?;
    Ok(answer(&may, may.service.enter_report(&may.caller, &change.path.serial, report, idempotency).await?))
}

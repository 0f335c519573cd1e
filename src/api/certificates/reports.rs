//! What is reported at the register over HTTP: a lock, a loss, and that a suspension is lifted.

use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;

use super::certificate::answer;
use super::view::CertificateView;
use crate::api::accounts::auth::Authenticated;
use crate::api::http::body::Body;
use crate::api::http::keys::IdempotencyKey;
use crate::api::http::language::AcceptedLanguage;
use crate::api::http::problem::{Problem, ProblemView};
use crate::service::Service;

/// A report that a certificate is locked. A PIN is no part of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "locked_at": "2026-03-02T09:30:00+08:00" }))]
pub struct LockReportRequest {
    /// Since when it is locked; left out: since now.
    #[schema(nullable = false)]
    pub locked_at: Option<DateTime<Utc>>,
}

/// A report that a certificate was lost or stolen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "经办人电话挂失：介质遗失" }))]
pub struct LossReportRequest {
    /// In the words of whoever reports it.
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

/// Takes down that a certificate is locked after five wrong PINs: for clerks, supervisors, and systems with the scope
/// `certificates:report`.
#[utoipa::path(
    tag = "certificates",
    request_body = LockReportRequest,
    params(
        ("serial" = String, Path, description = "Serial number"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body answer the same certificate."),
    ),
    responses(
        (status = 200, description = "Locked; the certificate as it is now.", body = CertificateView),
        (status = 404, body = ProblemView),
        (status = 409, description = "Not in its state.", body = ProblemView),
        (status = 422, description = "All faults.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/certificates/{serial}/lock-reports")]
pub(in crate::api) async fn report_lock(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    key: IdempotencyKey,
    path: web::Path<String>,
    body: Body<LockReportRequest>,
) -> Result<HttpResponse, Problem> {
    service.may_report_locks(&caller)?;
    let once = key.once(&format!("POST /certificates/{path}/lock-reports"), body.raw());
    let report = body.checked(|request| service.lock_report(request.locked_at))?;
    Ok(answer(service.enter_report(&caller, &path, report, once).await?, language.0))
}

/// Suspends a certificate that was reported lost, at once and before any papers: for clerks and supervisors.
#[utoipa::path(
    tag = "certificates",
    request_body = LossReportRequest,
    params(
        ("serial" = String, Path, description = "Serial number"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body answer the same certificate."),
    ),
    responses(
        (status = 200, description = "Suspended; the certificate as it is now.", body = CertificateView),
        (status = 403, description = "Not with this role.", body = ProblemView),
        (status = 404, body = ProblemView),
        (status = 409, description = "Not in its state.", body = ProblemView),
        (status = 422, description = "All faults.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/certificates/{serial}/loss-reports")]
pub(in crate::api) async fn report_loss(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    key: IdempotencyKey,
    path: web::Path<String>,
    body: Body<LossReportRequest>,
) -> Result<HttpResponse, Problem> {
    service.may_report_losses(&caller)?;
    let once = key.once(&format!("POST /certificates/{path}/loss-reports"), body.raw());
    let report = body.checked(|request| service.loss_report(&request.reason))?;
    Ok(answer(service.enter_report(&caller, &path, report, once).await?, language.0))
}

/// Lifts a suspension, with the reason: for supervisors.
#[utoipa::path(
    tag = "certificates",
    request_body = RestoreRequest,
    params(
        ("serial" = String, Path, description = "Serial number"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body answer the same certificate."),
    ),
    responses(
        (status = 200, description = "Restored; the certificate as it is now.", body = CertificateView),
        (status = 403, description = "Not with this role.", body = ProblemView),
        (status = 404, body = ProblemView),
        (status = 409, description = "It isn't suspended.", body = ProblemView),
        (status = 422, description = "All faults.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/certificates/{serial}/restore")]
pub(in crate::api) async fn restore_certificate(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    key: IdempotencyKey,
    path: web::Path<String>,
    body: Body<RestoreRequest>,
) -> Result<HttpResponse, Problem> {
    service.may_restore(&caller)?;
    let once = key.once(&format!("POST /certificates/{path}/restore"), body.raw());
    let report = body.checked(|request| service.restoration(&request.reason))?;
    Ok(answer(service.enter_report(&caller, &path, report, once).await?, language.0))
}

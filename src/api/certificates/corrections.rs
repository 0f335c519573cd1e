//! Corrections of certificates over HTTP: asked by one, approved or declined by another.

use actix_web::{HttpResponse, post, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::certificate::answer;
use super::view::CertificateView;
use crate::api::accounts::auth::Authenticated;
use crate::api::http::body::Body;
use crate::api::http::conditional::IfMatch;
use crate::api::http::keys::IdempotencyKey;
use crate::api::http::language::AcceptedLanguage;
use crate::api::http::problem::{Problem, ProblemView};
use crate::domain::certificates::correction::CertificateCorrectionDraft;
use crate::service::Service;

/// What was recorded wrongly, as it should be; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "serial": "GZ2013-004712", "reason": "登记时序列号末位录错，与介质标签核对" }))]
pub struct CorrectionOfCertificateRequest {
    /// Serial number.
    #[schema(min_length = 4, max_length = 64, nullable = false)]
    pub serial: Option<String>,
    /// Number of the medium.
    #[schema(min_length = 4, max_length = 64, nullable = false)]
    pub medium_number: Option<String>,
    /// Name of its holder.
    #[schema(min_length = 1, max_length = 120, nullable = false)]
    pub organization_name: Option<String>,
    /// Unified social credit code of its holder; its organization code goes along.
    #[schema(max_length = 40, nullable = false)]
    pub unified_social_credit_code: Option<String>,
    /// Organization code of its holder.
    #[schema(max_length = 40, nullable = false)]
    pub organization_code: Option<String>,
    /// Name of the person who handles it.
    #[schema(min_length = 1, max_length = 120, nullable = false)]
    pub handler: Option<String>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// An approval takes no data.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct ApprovalRequest {}

/// Why a correction is declined, or taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "与介质标签不符，请重新核对" }))]
pub struct DeclineRequest {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Asks for what was recorded wrongly to be put right; a second person approves it. For clerks and supervisors.
#[utoipa::path(
    tag = "certificates",
    request_body = CorrectionOfCertificateRequest,
    params(
        ("serial" = String, Path, description = "Serial number"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body answer the same certificate."),
    ),
    responses(
        (status = 200, description = "It waits; the certificate as it is now.", body = CertificateView),
        (status = 403, description = "Not with this role.", body = ProblemView),
        (status = 404, body = ProblemView),
        (status = 409, description = "One waits already, an open case names the certificate, or a number is another one's.", body = ProblemView),
        (status = 422, description = "All faults.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/certificates/{serial}/corrections")]
pub(in crate::api) async fn ask_correction(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    key: IdempotencyKey,
    path: web::Path<String>,
    body: Body<CorrectionOfCertificateRequest>,
) -> Result<HttpResponse, Problem> {
    service.may_ask_corrections(&caller)?;
    let once = key.once(&format!("POST /certificates/{path}/corrections"), body.raw());
    let wanted = body.checked(|request| service.correction(&request.into()))?;
    Ok(answer(service.ask_correction(&caller, &path, wanted, once).await?, language.0))
}

/// Approves the correction that waits, of the certificate in the version that was seen: for supervisors, and never for
/// whoever asked.
#[utoipa::path(
    tag = "certificates",
    request_body = ApprovalRequest,
    params(
        ("serial" = String, Path, description = "Serial number, as it is recorded now"),
        ("If-Match" = String, Header, description = "Version of the certificate"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body answer the same certificate."),
    ),
    responses(
        (status = 200, description = "Put right; the certificate as it is now.", body = CertificateView),
        (status = 403, description = "Not with this role.", body = ProblemView),
        (status = 404, body = ProblemView),
        (status = 409, description = "None waits, a second person is needed, or something stands in the way now.", body = ProblemView),
        (status = 412, description = "The certificate has changed.", body = ProblemView),
        (status = 428, description = "Which version is approved?", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/certificates/{serial}/corrections/approve")]
pub(in crate::api) async fn approve_correction(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    key: IdempotencyKey,
    IfMatch(version): IfMatch,
    path: web::Path<String>,
    body: Body<ApprovalRequest>,
) -> Result<HttpResponse, Problem> {
    service.may_approve_corrections(&caller)?;
    let once = key.once(&format!("POST /certificates/{path}/corrections/approve"), body.raw());
    body.into_value()?;
    Ok(answer(service.approve_correction(&caller, &path, version, once).await?, language.0))
}

/// Declines the correction that waits (supervisors), or takes it back (whoever asked).
#[utoipa::path(
    tag = "certificates",
    request_body = DeclineRequest,
    params(
        ("serial" = String, Path, description = "Serial number"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body answer the same certificate."),
    ),
    responses(
        (status = 200, description = "It waits no more; the certificate as it is now.", body = CertificateView),
        (status = 403, description = "Not with this role.", body = ProblemView),
        (status = 404, body = ProblemView),
        (status = 409, description = "None waits.", body = ProblemView),
        (status = 422, description = "All faults.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/certificates/{serial}/corrections/decline")]
pub(in crate::api) async fn decline_correction(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    key: IdempotencyKey,
    path: web::Path<String>,
    body: Body<DeclineRequest>,
) -> Result<HttpResponse, Problem> {
    service.may_ask_corrections(&caller)?;
    let once = key.once(&format!("POST /certificates/{path}/corrections/decline"), body.raw());
    let reason = body.checked(|request| service.register_reason(&request.reason))?;
    Ok(answer(service.decline_correction(&caller, &path, reason, once).await?, language.0))
}

impl From<CorrectionOfCertificateRequest> for CertificateCorrectionDraft {
    fn from(request: CorrectionOfCertificateRequest) -> Self {
        Self {
            serial: request.serial,
            medium_number: request.medium_number,
            organization_name: request.organization_name,
            unified_social_credit_code: request.unified_social_credit_code,
            organization_code: request.organization_code,
            handler: request.handler,
            reason: request.reason,
        }
    }
}

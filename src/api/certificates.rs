//! The register of certificates over HTTP: eligibility before applying, registering, looking up, and the 24-hour answer.

use actix_web::http::header;
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::auth::Authenticated;
use super::body::Body;
use super::case_requests::OrganizationRequest;
use super::conditional::etag;
use super::language::AcceptedLanguage;
use super::problem::{Problem, ProblemView};
use super::query::Query;
use super::refusals::alternatives;
use crate::domain::certificate::{Certificate, CertificateSource, CertificateStatus, OpenedService, ServiceKind};
use crate::domain::refusal::Refusal;
use crate::domain::words::Language;
use crate::service::Service;
use crate::service::certificates::{Eligibility, RegistrationDraft};

/// Whether an organization may apply for a certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct EligibilityView {
    /// The code that identifies it under either kind of papers.
    pub organization_code: String,
    /// It may apply for a new certificate.
    pub eligible: bool,
    /// Why not.
    #[schema(value_type = Option<Object>)]
    pub reason: Option<ReasonView>,
    /// What it can do instead.
    #[schema(value_type = Vec<Object>)]
    pub alternatives: serde_json::Value,
}

/// A reason with its code.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonView {
    /// Stable code.
    pub code: &'static str,
    /// Words in the language asked for.
    pub message: String,
}

impl EligibilityView {
    fn new(eligibility: Eligibility, language: Language) -> Self {
        let alternatives = eligibility.held_by.as_ref().map_or_else(|| serde_json::json!([]), alternatives);
        let reason = eligibility.held_by.map(|held_by| {
            let refusal = Refusal::AlreadyApplied { held_by };
            ReasonView { code: refusal.code(), message: refusal.words().text(language).to_owned() }
        });
        let organization_code = eligibility.organization_code;
        Self { organization_code, eligible: reason.is_none(), reason, alternatives }
    }
}

/// Whether an organization may apply for a new certificate, under its unified code or its organization code.
#[utoipa::path(
    tag = "certificates",
    params(("code" = String, Path, description = "Unified social credit code or organization code")),
    responses(
        (status = 200, description = "The answer, with what it can do instead.", body = EligibilityView),
        (status = 422, description = "The code is none.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[get("/organizations/{code}/eligibility")]
pub(super) async fn read_eligibility(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let eligibility = service.eligibility(&caller, &path).await?;
    Ok(HttpResponse::Ok().json(EligibilityView::new(eligibility, language.0)))
}

/// A certificate issued before Casehall.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "serial": "GZ2013-004711",
    "medium_number": "KEY-0004711",
    "organization": { "name": "广州市汇诚工程造价咨询有限公司", "organization_code": "PDY47483-X" },
    "valid_from": "2025-01-01T00:00:00+08:00",
    "valid_until": "2028-01-01T00:00:00+08:00",
    "applications": ["urban-construction"],
}))]
pub struct RegistrationRequest {
    /// Serial number.
    #[schema(min_length = 4, max_length = 64, example = "GZ2013-004711")]
    pub serial: String,
    /// Number of the medium.
    #[schema(min_length = 4, max_length = 64, example = "KEY-0004711")]
    pub medium_number: String,
    /// Its holder.
    pub organization: OrganizationRequest,
    /// From when it is valid.
    pub valid_from: DateTime<Utc>,
    /// Until when, this instant excluded.
    pub valid_until: DateTime<Utc>,
    /// Since when it is locked, where it is.
    #[schema(nullable = false)]
    pub locked_at: Option<DateTime<Utc>>,
    /// Codes of the applications open on it.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub applications: Vec<String>,
}

impl From<RegistrationRequest> for RegistrationDraft {
    fn from(request: RegistrationRequest) -> Self {
        Self {
            serial: request.serial,
            medium_number: request.medium_number,
            organization: request.organization.into(),
            valid_from: request.valid_from,
            valid_until: request.valid_until,
            locked_at: request.locked_at,
            applications: request.applications,
        }
    }
}

/// A certificate in the register.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificateView {
    /// Serial number.
    pub serial: String,
    /// Number of the medium.
    pub medium_number: String,
    /// Organization code of its holder.
    pub organization_code: String,
    /// Unified social credit code of its holder.
    pub unified_social_credit_code: Option<String>,
    /// Name of its holder.
    pub organization_name: String,
    /// made, issued, active or revoked.
    #[schema(value_type = String)]
    pub status: CertificateStatus,
    /// From when it is valid.
    pub valid_from: DateTime<Utc>,
    /// Until when, excluded.
    pub valid_until: DateTime<Utc>,
    /// Since when it is locked.
    pub locked_at: Option<DateTime<Utc>>,
    /// case or registered.
    #[schema(value_type = String)]
    pub source: CertificateSource,
    /// The case it was made in.
    pub case_id: Option<Uuid>,
    /// What is opened on it.
    pub services: Vec<OpenedServiceView>,
    /// Changes with every change.
    pub version: i64,
}

/// A service opened on a certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedServiceView {
    /// application or e_seal.
    #[schema(value_type = String)]
    pub service: ServiceKind,
    /// Code.
    pub code: String,
    /// waiting or usable, as far as the service itself goes.
    pub status: &'static str,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// From when it can be used.
    pub usable_from: DateTime<Utc>,
}

impl CertificateView {
    fn new(certificate: Certificate, now: DateTime<Utc>) -> Self {
        let service = |opened: OpenedService| OpenedServiceView {
            service: opened.kind,
            code: opened.code,
            status: if now >= opened.usable_from { "usable" } else { "waiting" },
            opened_at: opened.opened_at,
            usable_from: opened.usable_from,
        };
        Self {
            serial: certificate.serial,
            medium_number: certificate.medium_number,
            organization_code: certificate.organization_code,
            unified_social_credit_code: certificate.unified_code,
            organization_name: certificate.organization_name,
            status: certificate.status,
            valid_from: certificate.valid_from,
            valid_until: certificate.valid_until,
            locked_at: certificate.locked_at,
            source: certificate.source,
            case_id: certificate.case_id,
            services: certificate.services.into_iter().map(service).collect(),
            version: certificate.version,
        }
    }
}

/// Registers a certificate issued before Casehall, active; for supervisors.
#[utoipa::path(
    tag = "certificates",
    request_body = RegistrationRequest,
    responses(
        (status = 201, description = "Registered.", body = CertificateView),
        (status = 409, description = "Serial, medium or organization stands in the register.", body = ProblemView),
        (status = 422, description = "All faults.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/certificates")]
pub(super) async fn register_certificate(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    body: Body<RegistrationRequest>,
) -> Result<HttpResponse, Problem> {
    service.may_register(&caller)?;
    let draft = body.checked(|request| {
        let draft = RegistrationDraft::from(request);
        service.registration(&draft).map(|_| draft)
    })?;
    let certificate = service.register_certificate(&caller, draft).await?;
    let location = format!("/api/v1/certificates/{}", certificate.serial);
    let tag = etag(certificate.version);
    let view = CertificateView::new(certificate, service.now());
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .insert_header((header::ETAG, tag))
        .json(view))
}

/// Which certificates are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CertificateQuery {
    /// Of this organization, under either of its codes.
    #[param(min_length = 1, max_length = 40)]
    pub organization_code: String,
}

/// Certificates of an organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificateListView {
    /// Newest first.
    pub certificates: Vec<CertificateView>,
}

/// The certificates of an organization, newest first.
#[utoipa::path(
    tag = "certificates",
    params(CertificateQuery),
    responses((status = 200, description = "The certificates.", body = CertificateListView)),
    security(("bearer" = []))
)]
#[get("/certificates")]
pub(super) async fn list_certificates(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    query: Query<CertificateQuery>,
) -> Result<HttpResponse, Problem> {
    let found = service.certificates_of(&caller, &query.into_value()?.organization_code).await?;
    let now = service.now();
    let certificates = found.into_iter().map(|certificate| CertificateView::new(certificate, now)).collect();
    Ok(HttpResponse::Ok().json(CertificateListView { certificates }))
}

/// A certificate by its serial.
#[utoipa::path(
    tag = "certificates",
    params(("serial" = String, Path, description = "Serial number")),
    responses((status = 200, description = "The certificate.", body = CertificateView), (status = 404, body = ProblemView)),
    security(("bearer" = []))
)]
#[get("/certificates/{serial}")]
pub(super) async fn read_certificate(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let certificate = service.certificate(&caller, &path).await?;
    let tag = etag(certificate.version);
    Ok(HttpResponse::Ok().insert_header((header::ETAG, tag)).json(CertificateView::new(certificate, service.now())))
}

/// Whether a certificate may log in to an application.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorizationView {
    /// It may, now.
    pub usable: bool,
    /// From when, where the application is open on it.
    pub usable_from: Option<DateTime<Utc>>,
    /// Seconds until then, rounded up.
    pub seconds_left: Option<i64>,
    /// Why not.
    #[schema(value_type = Option<Object>)]
    pub reason: Option<AuthorizationReasonView>,
}

/// Why a certificate may not log in.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorizationReasonView {
    /// revoked, expired, locked, not_activated, not_yet_valid, application_not_open or waiting.
    #[schema(value_type = String)]
    pub code: crate::domain::certificate::NotUsable,
    /// Words in the language asked for.
    pub message: String,
}

/// Whether a certificate may log in to an application: computed from time alone, right to the second.
#[utoipa::path(
    tag = "certificates",
    params(
        ("serial" = String, Path, description = "Serial number"),
        ("application" = String, Path, description = "Code of the application"),
    ),
    responses((status = 200, description = "The answer.", body = AuthorizationView), (status = 404, body = ProblemView)),
    security(("bearer" = []))
)]
#[get("/certificates/{serial}/authorizations/{application}")]
pub(super) async fn read_authorization(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (serial, application) = path.into_inner();
    let answer = service.authorization(&caller, &serial, &application).await?;
    let reason = answer.reason.map(|code| {
        let message = code.words().text(language.0).to_owned();
        AuthorizationReasonView { code, message }
    });
    let (usable, usable_from, seconds_left) = (answer.usable, answer.usable_from, answer.seconds_left);
    Ok(HttpResponse::Ok().json(AuthorizationView { usable, usable_from, seconds_left, reason }))
}

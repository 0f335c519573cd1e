//! The register of certificates over HTTP: registering, searching, looking up, and what happened to each.

use actix_web::http::header;
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::view::{CertificateEventView, CertificateHistoryView, CertificateView};
use crate::api::accounts::auth::Authenticated;
use crate::api::cases::requests::OrganizationRequest;
use crate::api::http::body::Body;
use crate::api::http::conditional::etag;
use crate::api::http::keys::IdempotencyKey;
use crate::api::http::language::AcceptedLanguage;
use crate::api::http::paging::next_link;
use crate::api::http::problem::{Problem, ProblemView};
use crate::api::http::query::Query;
use crate::domain::base::words::Language;
use crate::service::Service;
use crate::service::certificates::certificate::{CertificateAt, CertificateSearch, RegistrationDraft};

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
    /// Name of the person who handles it.
    #[schema(nullable = false, min_length = 1, max_length = 120, example = "刘少芬")]
    pub handler: Option<String>,
    /// Codes of the applications open on it.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub applications: Vec<String>,
    /// The e-seal is open on it.
    #[serde(default)]
    pub e_seal: bool,
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
            handler: request.handler,
            applications: request.applications,
            e_seal: request.e_seal,
        }
    }
}

/// Registers a certificate issued before Casehall, active; for supervisors.
#[utoipa::path(
    tag = "certificates",
    request_body = RegistrationRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body answer the same certificate.")),
    responses(
        (status = 201, description = "Registered.", body = CertificateView),
        (status = 409, description = "Serial, medium or organization stands in the register.", body = ProblemView),
        (status = 422, description = "All faults.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/certificates")]
pub(in crate::api) async fn register_certificate(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    key: IdempotencyKey,
    body: Body<RegistrationRequest>,
) -> Result<HttpResponse, Problem> {
    service.may_register(&caller)?;
    let once = key.once("POST /certificates", body.raw());
    let draft = body.checked(|request| {
        let draft = RegistrationDraft::from(request);
        service.registration(&caller, &draft).map(|_| draft)
    })?;
    let registered = service.register_certificate(&caller, draft, once).await?;
    let location = format!("/api/v1/certificates/{}", registered.certificate.serial);
    let tag = etag(registered.certificate.version);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .insert_header((header::ETAG, tag))
        .json(CertificateView::new(registered, language.0)))
}

/// Which certificates are asked for; every parameter narrows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CertificateQuery {
    /// With this serial number, now or before it was corrected.
    #[param(min_length = 1, max_length = 64)]
    pub serial: Option<String>,
    /// On this medium.
    #[param(min_length = 1, max_length = 64)]
    pub medium_number: Option<String>,
    /// Of this organization, under either of its codes.
    #[param(min_length = 1, max_length = 40)]
    pub organization_code: Option<String>,
    /// With this in the organization's name: two characters at least, however they are typed.
    #[param(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    /// With this in the name of the person who handles it: two characters at least.
    #[param(min_length = 1, max_length = 120)]
    pub handler: Option<String>,
    /// In this state now: made, in_custody, issued, active, suspended, locked, expired or revoked.
    #[param(max_length = 20)]
    pub state: Option<String>,
    /// Whose medium the hall has at this outlet.
    #[param(max_length = 64)]
    pub kept_at: Option<String>,
    /// Whose medium is in this box.
    #[param(min_length = 1, max_length = 20)]
    pub box_number: Option<String>,
    /// `pending`: only those with a correction that waits for a second person.
    #[param(max_length = 20)]
    pub correction: Option<String>,
    /// Continue after this certificate, as `next` of the page before says.
    pub after: Option<Uuid>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A page of certificates.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificateListView {
    /// Newest in the register first. Where a page had to look at very many, fewer than asked for, or none: `next` goes on.
    pub certificates: Vec<CertificateView>,
    /// `after` of the next page; none: this is the last.
    pub next: Option<Uuid>,
}

/// Certificates in the register, newest first, a page at a time.
#[utoipa::path(
    tag = "certificates",
    params(CertificateQuery),
    responses((status = 200, description = "A page; the Link header leads to the next.", body = CertificateListView)),
    security(("bearer" = []))
)]
#[get("/certificates")]
pub(in crate::api) async fn list_certificates(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    query: Query<CertificateQuery>,
    request: actix_web::HttpRequest,
) -> Result<HttpResponse, Problem> {
    let search = query.checked(|query| service.certificate_search(&CertificateSearch::from(query)))?;
    let now = service.now();
    let found = service.search_certificates(&caller, search).await?;
    let view = |certificate| CertificateView::new(CertificateAt { certificate, now }, language.0);
    let body =
        CertificateListView { certificates: found.certificates.into_iter().map(view).collect(), next: found.next };
    let mut response = HttpResponse::Ok();
    if let Some(next) = found.next {
        response.insert_header(next_link(&request, &next.to_string()));
    }
    Ok(response.json(body))
}

impl From<CertificateQuery> for CertificateSearch {
    fn from(query: CertificateQuery) -> Self {
        Self {
            serial: query.serial,
            medium_number: query.medium_number,
            organization_code: query.organization_code,
            name: query.name,
            handler: query.handler,
            state: query.state,
            kept_at: query.kept_at,
            box_number: query.box_number,
            correction: query.correction,
            after: query.after,
            limit: query.limit.unwrap_or(50),
        }
    }
}

/// A certificate by its serial.
#[utoipa::path(
    tag = "certificates",
    params(("serial" = String, Path, description = "Serial number")),
    responses((status = 200, description = "The certificate.", body = CertificateView), (status = 404, body = ProblemView)),
    security(("bearer" = []))
)]
#[get("/certificates/{serial}")]
pub(in crate::api) async fn read_certificate(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    Ok(answer(service.certificate(&caller, &path).await?, language.0))
}

/// The history of a certificate and of each service on it, with before and after.
#[utoipa::path(
    tag = "certificates",
    params(("serial" = String, Path, description = "Serial number")),
    responses((status = 200, description = "The history.", body = CertificateHistoryView), (status = 404, body = ProblemView)),
    security(("bearer" = []))
)]
#[get("/certificates/{serial}/events")]
pub(in crate::api) async fn read_certificate_events(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let recorded = service.certificate_history(&caller, &path).await?;
    let events = recorded.into_iter().map(CertificateEventView::new).collect::<Result<Vec<_>, _>>()?;
    Ok(HttpResponse::Ok().json(CertificateHistoryView { events }))
}

/// 200 with the certificate and its ETag.
pub(in crate::api) fn answer(at: CertificateAt, language: Language) -> HttpResponse {
    let tag = etag(at.certificate.version);
    HttpResponse::Ok().insert_header((header::ETAG, tag)).json(CertificateView::new(at, language))
}

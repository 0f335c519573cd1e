//! Routes of the register of certificates: registering, searching, reading, history.

use crate::domain::certificates::registration::RegistrationDraft;
use actix_web::web::Path;
use actix_web::{get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::view::{CertificateEventView, CertificateHistoryView, CertificateView};
use crate::api::accounts::rights::{May, ReadCertificates, RegisterCertificates};
use crate::api::timeline::TimelineQuery;
use crate::http::answers::{Made, NotFound, NotMade, Paged, Revalidated, Versioned};
use crate::http::body::Body;
use crate::http::change::{Change, Collection};
use crate::http::conditional::IfNoneMatch;
use crate::http::problem::{Problem, ProblemView};
use crate::http::query::{Code, Query, id_cursor, id_cursor_text};
use crate::service::certificates::certificate::{CertificateAt, CertificateSearch};

/// Registers a certificate issued before Casehall; for supervisors. It is `unapproved`, and can't be used, until another supervisor
/// approves it.
#[utoipa::path(
    tag = "certificates",
    request_body = RegistrationDraft,
    params(May<RegisterCertificates>, Change<Collection>),
    responses(Made<CertificateView>, NotMade, (status = 409, description = "Serial, medium or organization is already in the register.", body = ProblemView))
)]
#[post("/certificates")]
pub(in crate::api) async fn register_certificate(
    may: May<RegisterCertificates>,
    change: Change<Collection>,
    body: Body<RegistrationDraft>,
) -> Result<Made<CertificateView>, Problem> {
    let idempotency = change.idempotent(&body.canonical);
    let registered = may.service.register_certificate(&may.caller, body.value, idempotency).await?;
    let location = format!("/api/v1/certificates/{}", registered.certificate.serial);
    let Versioned { version, view } = answer(&may, registered);
    Ok(Made { location, version, view })
}

/// Query of certificates; parameters are combined with and.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CertificateQuery {
    /// With this serial number, now or before it was corrected.
    #[param(min_length = 1, max_length = 64)]
    pub serial: Option<String>,
    /// Only the certificate on this medium.
    #[param(min_length = 1, max_length = 64)]
    pub medium_number: Option<String>,
    /// Of this organization, under either of its codes.
    #[param(min_length = 1, max_length = 40)]
    pub organization_code: Option<String>,
    /// A part of the organization's name, at least two characters; spelling variants match.
    #[param(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    /// A part of the handler's name, at least two characters.
    #[param(min_length = 1, max_length = 120)]
    pub handler: Option<String>,
    /// In this state now: unapproved, made, in_custody, issued, active, suspended, locked, expired or revoked; may be given several times: in one
    /// of these.
    #[serde(default)]
    #[param(inline, max_items = 20)]
    pub state: Vec<Code>,
    /// Only certificates whose validity ends on this day in the hall's zone or later.
    pub valid_until_from: Option<NaiveDate>,
    /// Only certificates whose validity ends on this day or earlier.
    pub valid_until_to: Option<NaiveDate>,
    /// Only certificates whose medium is at this outlet.
    #[param(max_length = 64)]
    pub kept_at: Option<String>,
    /// Only certificates whose medium is in this box.
    #[param(min_length = 1, max_length = 20)]
    pub box_number: Option<String>,
    /// `pending`: only certificates with a pending correction.
    #[param(max_length = 20)]
    pub correction: Option<String>,
    /// `pending`: only certificates that were registered by hand and wait for a second supervisor's approval.
    #[param(max_length = 20)]
    pub registration: Option<String>,
    /// Only certificates of this import.
    pub import: Option<Uuid>,
    /// Continue after this certificate, as `next` of the page before says.
    #[param(max_length = 49, pattern = "^certificates\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    pub after: Option<String>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// What cursors of certificates begin with.
const LIST: &str = "certificates";

/// A page of certificates.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificateListView {
    /// Newest in the register first. A page that had to examine very many may hold fewer than requested, or none, and still have a `next`.
    pub items: Vec<CertificateView>,
    /// `after` of the next page; none: this is the last.
    #[schema(required = true)]
    pub next: Option<String>,
}

/// Certificates in the register, newest first, a page at a time.
#[utoipa::path(tag = "certificates", params(May<ReadCertificates>, CertificateQuery), responses(Paged<CertificateListView>))]
#[get("/certificates")]
pub(in crate::api) async fn list_certificates(
    may: May<ReadCertificates>,
    query: Query<CertificateQuery>,
) -> Result<Paged<CertificateListView>, Problem> {
    let search = query.checked(|query| may.service.certificate_search(&CertificateSearch::from(query)))?;
    let now = may.service.now();
    let found = may.service.search_certificates(&may.caller, search).await?;
    let view = |certificate| shown(&may, CertificateAt { certificate, now });
    let certificates = found.certificates.into_iter().map(view).collect();
    let next = found.next.map(|next| id_cursor_text(LIST, next));
    Ok(Paged { view: CertificateListView { items: certificates, next: next.clone() }, next })
}

impl From<CertificateQuery> for CertificateSearch {
    fn from(query: CertificateQuery) -> Self {
        Self {
            serial: query.serial,
            medium_number: query.medium_number,
            organization_code: query.organization_code,
            name: query.name,
            handler: query.handler,
            states: Code::texts(query.state),
            valid_until_from: query.valid_until_from,
            valid_until_to: query.valid_until_to,
            kept_at: query.kept_at,
            box_number: query.box_number,
            correction: query.correction,
            registration: query.registration,
            import: query.import,
            after: id_cursor(LIST, query.after.as_deref()),
            limit: query.limit.unwrap_or(50),
        }
    }
}

/// A certificate by its serial.
#[utoipa::path(tag = "certificates", params(May<ReadCertificates>, CertificatePath, IfNoneMatch), responses(Revalidated<CertificateView>, NotFound))]
#[get("/certificates/{serial}")]
pub(in crate::api) async fn read_certificate(
    may: May<ReadCertificates>,
    path: Path<CertificatePath>,
) -> Result<Revalidated<CertificateView>, Problem> {
    Ok(answer(&may, may.service.certificate(&may.caller, &path.serial).await?).into())
}

/// A certificate that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct CertificatePath {
    /// Serial number
    #[param(min_length = 1, max_length = 64, example = "GZ2013-004711")]
    pub serial: String,
}

/// The history of a certificate and of each service on it, a page at a time.
#[utoipa::path(tag = "certificates", params(May<ReadCertificates>, CertificatePath, TimelineQuery), responses(Paged<CertificateHistoryView>, NotFound))]
#[get("/certificates/{serial}/events")]
pub(in crate::api) async fn read_certificate_events(
    may: May<ReadCertificates>,
    path: Path<CertificatePath>,
    Query(query): Query<TimelineQuery>,
) -> Result<Paged<CertificateHistoryView>, Problem> {
    let (after, most) = query.page();
    let found = may.service.certificate_history_page(&may.caller, &path.serial, after, most).await?;
    let (recorded, next) = query.shown(found);
    let events = recorded.into_iter().map(|entry| CertificateEventView::new(entry, &may.caller));
    let events = events.collect::<Result<Vec<_>, _>>()?;
    Ok(Paged { view: CertificateHistoryView { items: events, next }, next: next.map(|next| next.to_string()) })
}

/// A certificate as its caller sees it.
pub type CertificateAnswer = Versioned<CertificateView>;

/// The certificate as the caller sees it now.
pub(in crate::api) fn answer<R>(may: &May<R>, at: CertificateAt) -> CertificateAnswer {
    Versioned { version: at.certificate.version, view: shown(may, at) }
}

/// The certificate, with its cases where the caller may see them.
pub(in crate::api) fn shown<R>(may: &May<R>, at: CertificateAt) -> CertificateView {
    let mut view = CertificateView::new(at, may.language);
    if !may.caller.sees_cases_of_certificates() {
        view.to_system();
    }
    view
}

//! The services on a certificate over HTTP: the e-seal and the applications, each with its own record.

use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::certificate::answer;
use super::view::{CertificateEventView, CertificateView, OpenedServiceView, service_view};
use crate::api::accounts::auth::Authenticated;
use crate::api::http::body::Body;
use crate::api::http::keys::IdempotencyKey;
use crate::api::http::language::AcceptedLanguage;
use crate::api::http::problem::{Problem, ProblemView};
use crate::service::Service;
use crate::service::certificates::certificate::CertificateAt;
use crate::service::certificates::services::ServiceAct;

/// A service on a certificate, with its own record.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceRecordView {
    /// Serial of the certificate.
    pub serial: String,
    /// As it is now.
    pub service: OpenedServiceView,
    /// Since when it alone is suspended.
    pub suspended_at: Option<DateTime<Utc>>,
    /// When it was closed: by itself, or with the certificate's end.
    pub closed_at: Option<DateTime<Utc>>,
    /// What happened to it, oldest first, and what ended the certificate.
    pub events: Vec<CertificateEventView>,
}

/// Why a service is suspended, restored, closed or opened again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "单位来函：印章停用待换" }))]
pub struct ServiceActRequest {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A certificate, a service on it, and what is to be done.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ServicePath {
    /// Serial number.
    pub serial: String,
    /// `e-seal`, or the code of an application.
    pub code: String,
    /// suspend, restore, close or open.
    #[param(inline)]
    pub act: ServiceActName,
}

/// What can be done to a service.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceActName {
    /// Hold it up.
    Suspend,
    /// Let it be used again.
    Restore,
    /// Close it.
    Close,
    /// Open it again.
    Open,
}

impl From<ServiceActName> for ServiceAct {
    fn from(name: ServiceActName) -> Self {
        match name {
            ServiceActName::Suspend => Self::Suspend,
            ServiceActName::Restore => Self::Restore,
            ServiceActName::Close => Self::Close,
            ServiceActName::Open => Self::Open,
        }
    }
}

/// A service on a certificate, with its own record: the e-seal, or an application.
#[utoipa::path(
    tag = "certificates",
    params(
        ("serial" = String, Path, description = "Serial number"),
        ("code" = String, Path, description = "`e-seal`, or the code of an application"),
    ),
    responses(
        (status = 200, description = "The service.", body = ServiceRecordView),
        (status = 404, description = "No such certificate, or it was never opened on it.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[get("/certificates/{serial}/services/{code}")]
pub(in crate::api) async fn read_service(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let found = service.certificate_service(&caller, &path.0, &path.1).await?;
    let CertificateAt { certificate, now } = found.at;
    // With the certificate's end by time nothing happened, and yet it is closed.
    let end = certificate.revoked_at.map_or(certificate.valid_until, |at| at.min(certificate.valid_until));
    let closed_at = found.service.closed_at;
    let closed_at = if certificate.is_living(now) { closed_at } else { Some(closed_at.map_or(end, |at| at.min(end))) };
    let events = found.record.into_iter().map(CertificateEventView::new).collect::<Result<_, _>>()?;
    Ok(HttpResponse::Ok().json(ServiceRecordView {
        service: service_view(&certificate, &found.service, now),
        suspended_at: found.service.suspended_at,
        closed_at,
        serial: certificate.serial,
        events,
    }))
}

/// Suspends a service (clerks, supervisors), restores it, closes it, or opens it again after it was closed, usable after the
/// authorization delay (supervisors). What was never opened on the certificate is opened by a case.
#[utoipa::path(
    tag = "certificates",
    request_body = ServiceActRequest,
    params(
        ServicePath,
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body answer the same certificate."),
    ),
    responses(
        (status = 200, description = "Done; the certificate as it is now.", body = CertificateView),
        (status = 403, description = "Not with this role.", body = ProblemView),
        (status = 404, body = ProblemView),
        (status = 409, description = "The service or the certificate isn't in its state.", body = ProblemView),
        (status = 422, description = "All faults.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/certificates/{serial}/services/{code}/{act}")]
pub(in crate::api) async fn act_on_service(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    key: IdempotencyKey,
    path: web::Path<ServicePath>,
    body: Body<ServiceActRequest>,
) -> Result<HttpResponse, Problem> {
    let ServicePath { serial, code, act: name } = path.into_inner();
    let act = ServiceAct::from(name);
    service.may_act_on_service(&caller, act)?;
    let once = key.once(&format!("POST /certificates/{serial}/services/{code}/{}", act.action()), body.raw());
    let reason = body.checked(|request| service.register_reason(&request.reason))?;
    Ok(answer(service.act_on_service(&caller, &serial, &code, act, reason, once).await?, language.0))
}

//! Routes of the services on a certificate: the e-seal and the login applications, each with its own history.

use actix_web::web::Path;
use actix_web::{HttpRequest, get, post};
use chrono::{DateTime, Utc};
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::certificate::{CertificateAnswer, answer};
use super::view::{CertificateEventView, CertificateEvents, OpenedServiceView, service_view};
use crate::api::accounts::rights::{May, ReadCertificates, Right};
use crate::domain::accounts::role::Role;
use crate::http::answers::{NotChanged, NotFound, Shown};
use crate::http::body::Body;
use crate::http::change::Change;
use crate::http::problem::Problem;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
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
    #[schema(required = true)]
    pub suspended_at: Option<DateTime<Utc>>,
    /// When it was closed: by itself, or with the certificate's end.
    #[schema(required = true)]
    pub closed_at: Option<DateTime<Utc>>,
    /// Its history, oldest first, including the end of the certificate.
    #[schema(value_type = Vec<CertificateEvents>)]
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

/// A certificate and a service on it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OpenedPath {
    /// Serial number
    #[param(min_length = 1, max_length = 64, example = "GZ2013-004711")]
    pub serial: String,
    /// `e-seal`, or the code of a login application
    #[param(min_length = 1, max_length = 64, example = "e-seal")]
    pub code: String,
}

/// A certificate, a service on it, and what is to be done.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ServicePath {
    /// Serial number.
    #[param(min_length = 1, max_length = 64, example = "GZ2013-004711")]
    pub serial: String,
    /// `e-seal`, or the code of a login application.
    #[param(min_length = 1, max_length = 64, example = "e-seal")]
    pub code: String,
    /// suspend, restore, close or open.
    #[param(inline)]
    pub act: ServiceActName,
}

/// What can be done to a service.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceActName {
    /// Suspend it.
    Suspend,
    /// Restore it.
    Restore,
    /// Close it.
    Close,
    /// Open it again.
    Open,
}

/// Do to a service what the path says.
#[derive(Debug)]
pub enum ActOnService {}

impl Right for ActOnService {
    const ROLES: &'static [Role] = &[Role::Clerk, Role::Supervisor];

    fn granted(service: &Service, caller: &Caller, request: &HttpRequest) -> Result<(), Problem> {
        let act: StrDeserializer<'_, Error> = request.match_info().query("act").into_deserializer();
        match ServiceActName::deserialize(act) {
            Ok(act) => Ok(service.may_act_on_service(caller, act.into())?),
            Err(_) => Ok(()), // the path is refused for what it is
        }
    }
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

/// A service on a certificate, with its own history: the e-seal or a login application.
#[utoipa::path(tag = "certificates", params(May<ReadCertificates>, OpenedPath), responses(Shown<ServiceRecordView>, NotFound))]
#[get("/certificates/{serial}/services/{code}")]
pub(in crate::api) async fn read_service(
    may: May<ReadCertificates>,
    path: Path<OpenedPath>,
) -> Result<Shown<ServiceRecordView>, Problem> {
    let found = may.service.certificate_service(&may.caller, &path.serial, &path.code).await?;
    let CertificateAt { certificate, now } = found.at;
    // With the certificate's end by time nothing happened, and yet it is closed.
    let end = certificate.revoked_at.map_or(certificate.valid_until, |at| at.min(certificate.valid_until));
    let closed_at = found.service.closed_at;
    let closed_at = if certificate.is_living(now) { closed_at } else { Some(closed_at.map_or(end, |at| at.min(end))) };
    let events = found.record.into_iter().map(|entry| CertificateEventView::new(entry, &may.caller));
    let events = events.collect::<Result<_, _>>()?;
    Ok(Shown(ServiceRecordView {
        service: service_view(&certificate, &found.service, now),
        suspended_at: found.service.suspended_at,
        closed_at,
        serial: certificate.serial,
        events,
    }))
}

/// Suspends, restores or closes a service, or opens a closed one again. Clerks and supervisors suspend, so many in an hour as the setting
/// `lock_reports.per_account_and_hour` says; supervisors do the rest. One that is opened again is usable after the authorization delay; one that was
/// never opened on the certificate is opened by a case.
#[utoipa::path(
    operation_id = "change_service",
    tag = "certificates",
    request_body = ServiceActRequest,
    params(May<ActOnService>, Change<ServicePath>),
    responses(CertificateAnswer, NotChanged)
)]
#[post("/certificates/{serial}/services/{code}/{act}")]
pub(in crate::api) async fn act_on_service(
    may: May<ActOnService>,
    change: Change<ServicePath>,
    body: Body<ServiceActRequest>,
) -> Result<CertificateAnswer, Problem> {
    let idempotency = change.idempotent(&body.canonical);
    let ServicePath { serial, code, act } = change.path;
    let reason = body.checked(|request| may.service.register_reason(&request.reason))?;
    Ok(answer(&may, may.service.act_on_service(&may.caller, &serial, &code, act.into(), reason, idempotency).await?))
}

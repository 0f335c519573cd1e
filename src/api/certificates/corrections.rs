//! Routes of corrections of certificates: requested by one person, approved or declined by another.

use actix_web::post;
use serde::Deserialize;
use utoipa::ToSchema;

use super::certificate::{CertificateAnswer, CertificatePath, answer};
use crate::api::accounts::rights::{ApproveCorrections, AskForCorrections, May};
use crate::domain::certificates::correction::CertificateCorrectionDraft;
use crate::http::answers::{NotChanged, Unseen};
use crate::http::body::Body;
use crate::http::change::Change;
use crate::http::conditional::IfMatch;
use crate::http::problem::{Problem, ProblemView};

/// An approval takes no data.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct ApprovalRequest {}

/// A request to decline or withdraw a correction.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "与介质标签不符，请重新核对" }))]
pub struct DeclineRequest {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Requests a correction of wrong data; a second person approves it. For clerks and supervisors.
#[utoipa::path(
    tag = "certificates",
    request_body = CertificateCorrectionDraft,
    params(May<AskForCorrections>, Change<CertificatePath>),
    responses(CertificateAnswer, NotChanged, (status = 409, description = "A correction is already pending, an open case names the certificate, or a number belongs to another certificate.", body = ProblemView))
)]
#[post("/certificates/{serial}/corrections")]
pub(in crate::api) async fn ask_correction(
    may: May<AskForCorrections>,
    change: Change<CertificatePath>,
    body: Body<CertificateCorrectionDraft>,
) -> Result<CertificateAnswer, Problem> {
    let idempotency = change.idempotent(&body.canonical);
    let wanted = body.checked(|request| may.service.correction(&request))?;
    Ok(answer(&may, may.service.ask_correction(&may.caller, &change.path.serial, wanted, idempotency).await?))
}

/// Approves the pending correction for the version of the certificate that was seen. For supervisors, but never for
/// the requester.
#[utoipa::path(
    tag = "certificates",
    request_body = ApprovalRequest,
    params(May<ApproveCorrections>, Change<CertificatePath, IfMatch>),
    responses(CertificateAnswer, NotChanged, Unseen, (status = 409, description = "No correction is pending, a second person is required, or it is no longer possible.", body = ProblemView))
)]
#[post("/certificates/{serial}/corrections/approve")]
pub(in crate::api) async fn approve_correction(
    may: May<ApproveCorrections>,
    change: Change<CertificatePath, IfMatch>,
    body: Body<ApprovalRequest>,
) -> Result<CertificateAnswer, Problem> {
    let (idempotency, serial, seen) = (change.idempotent(&body.canonical), &change.path.serial, change.seen.0);
    Ok(answer(&may, may.service.approve_correction(&may.caller, serial, seen, idempotency).await?))
}

/// Declines the pending correction (supervisors), or withdraws it (the requester).
#[utoipa::path(
    tag = "certificates",
    request_body = DeclineRequest,
    params(May<AskForCorrections>, Change<CertificatePath>),
    responses(CertificateAnswer, NotChanged, (status = 409, description = "None waits.", body = ProblemView))
)]
#[post("/certificates/{serial}/corrections/decline")]
pub(in crate::api) async fn decline_correction(
    may: May<AskForCorrections>,
    change: Change<CertificatePath>,
    body: Body<DeclineRequest>,
) -> Result<CertificateAnswer, Problem> {
    let idempotency = change.idempotent(&body.canonical);
    let reason = body.checked(|request| may.service.register_reason(&request.reason))?;
    Ok(answer(&may, may.service.decline_correction(&may.caller, &change.path.serial, reason, idempotency).await?))
}

//! The persons of a case: their numbers in clear, which no other route answers, and the holds that keep them from erasure.

use actix_web::post;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::case::{CaseAnswer, answer};
use crate::api::accounts::rights::{DisclosePersons, HoldCases, May};
use crate::domain::accounts::disclosure::{DisclosureDraft, PersonOfCase};
use crate::http::answers::{Forbidden, Invalid, NotChanged, NotFound, Shown};
use crate::http::body::Body;
use crate::http::change::Change;
use crate::http::keys::{CasePath, case_named};
use crate::http::problem::{Problem, ProblemView};
use crate::service::accounts::disclosures::Disclosed;
use crate::service::cases::case::CaseKey;
use crate::service::retention::holds::HoldRequest;

/// One person's numbers in clear.
#[derive(Serialize, ToSchema)]
pub struct DisclosureView {
    /// Whose.
    #[schema(value_type = String, example = "applicant")]
    pub person: PersonOfCase,
    /// Name.
    pub name: String,
    /// Number of the identity document, if it was asked for.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_number: Option<String>,
    /// Phone, if it was asked for.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl From<Disclosed> for DisclosureView {
    fn from(Disclosed { person, name, identity_number, phone }: Disclosed) -> Self {
        Self { person, name, identity_number, phone }
    }
}

/// Shows one person's identity number or phone in clear, for a purpose and with a reason: to the roles that the settings name, and
/// only so often within an hour. Each showing is entered in the audit trail, and nowhere else is either ever answered in clear.
#[utoipa::path(
    tag = "cases",
    request_body = DisclosureDraft,
    params(May<DisclosePersons>, CasePath),
    responses(
        Shown<DisclosureView>,
        Forbidden,
        NotFound,
        Invalid,
        (status = 429, description = "As many as may be within an hour were shown to this account; Retry-After says when the next may be.", body = ProblemView),
    )
)]
#[post("/cases/{key}/disclosures")]
pub(in crate::api) async fn disclose_person(
    may: May<DisclosePersons>,
    path: actix_web::web::Path<CasePath>,
    body: Body<DisclosureDraft>,
) -> Result<Shown<DisclosureView>, Problem> {
    Ok(Shown(may.service.disclose(&may.caller, path.into_inner().key, body.value).await?.into()))
}

/// A hold on a case, or its end.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "单位就证书使用提出异议，复核期间保留" }))]
pub struct HoldReason {
    /// Why, in words; no person's number belongs here.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A hold of a case.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct HoldPath {
    /// Id or acceptance number
    #[serde(deserialize_with = "case_named")]
    #[param(value_type = String, min_length = 1, max_length = 45, example = "260601000140")]
    pub key: CaseKey,
    /// Number of the hold, as `holds` of the case counts them
    #[param(minimum = 1, maximum = 2147483647)]
    pub number: u32,
}

/// Places a hold: for a dispute or an audit, the case is kept from the erasure of its persons until the hold is lifted. For supervisors.
#[utoipa::path(tag = "cases", request_body = HoldReason, params(May<HoldCases>, Change<CasePath>), responses(CaseAnswer, NotChanged))]
#[post("/cases/{key}/holds")]
pub(in crate::api) async fn place_hold(
    may: May<HoldCases>,
    change: Change<CasePath>,
    body: Body<HoldReason>,
) -> Result<CaseAnswer, Problem> {
    let (idempotency, reason) = (change.idempotent(&body.canonical), body.value.reason);
    let asked = HoldRequest::Place;
    answer(&may, may.service.change_holds(&may.caller, change.path.key, asked, reason, idempotency).await?)
}

/// Lifts a hold, with a reason. For supervisors.
#[utoipa::path(tag = "cases", request_body = HoldReason, params(May<HoldCases>, Change<HoldPath>), responses(CaseAnswer, NotChanged))]
#[post("/cases/{key}/holds/{number}/lift")]
pub(in crate::api) async fn lift_hold(
    may: May<HoldCases>,
    change: Change<HoldPath>,
    body: Body<HoldReason>,
) -> Result<CaseAnswer, Problem> {
    let (idempotency, reason) = (change.idempotent(&body.canonical), body.value.reason);
    let HoldPath { key, number } = change.path;
    answer(&may, may.service.change_holds(&may.caller, key, HoldRequest::Lift(number), reason, idempotency).await?)
}

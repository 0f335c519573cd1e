//! Whose a case is, over HTTP: claim, release, assign; and the staff that cases can be assigned to.

use actix_web::{HttpResponse, get, post, put, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::case::answer;
use super::view::CaseView;
use super::worklists::known_outlet;
use crate::api::accounts::auth::Authenticated;
use crate::api::http::body::Body;
use crate::api::http::conditional::MaybeIfMatch;
use crate::api::http::keys::{CasePath, IdempotencyKey};
use crate::api::http::language::{AcceptedLanguage, NamedView};
use crate::api::http::problem::{Problem, ProblemView};
use crate::api::http::query::Query;
use crate::domain::accounts::role::Role;
use crate::service::Service;
use crate::service::cases::assignment::{Colleague, Wanted};
use crate::service::cases::case::Expected;

/// Nothing: a claim needs no data.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct ClaimRequest {}

/// Why a case is given back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct ReleaseRequest {
    /// Why; needed where it takes work from somebody else.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub reason: Option<String>,
}

/// Whose a case is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "assignee": "clerk", "reason": "休假" }))]
pub struct AssigneeRequest {
    /// The name that they sign in with, or their account id.
    #[schema(min_length = 1, max_length = 64, example = "clerk")]
    pub assignee: String,
    /// Why; needed where it takes work from somebody else.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub reason: Option<String>,
}

/// Of which outlet.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StaffQuery {
    /// Of this outlet; of the whole hall where the caller belongs to none.
    #[param(max_length = 64)]
    pub outlet: Option<String>,
}

/// The staff whose work cases can be.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffView {
    /// By name.
    pub staff: Vec<ColleagueView>,
}

/// A member of staff.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColleagueView {
    /// Account id.
    pub id: String,
    /// The name that they sign in with.
    pub username: String,
    /// Name.
    pub name: String,
    /// What they may do.
    pub roles: Vec<NamedView>,
    /// The outlet they act in; none: the whole hall.
    pub outlet: Option<String>,
}

/// Takes a case that is nobody's; one's own stays one's own. Of two who claim it at once one gets it.
#[utoipa::path(
    tag = "work",
    request_body = ClaimRequest,
    params(
        ("key" = String, Path, description = "Id or acceptance number"),
        ("If-Match" = Option<String>, Header, description = "Only if this is the case's version."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body answer the same case."),
    ),
    responses(
        (status = 200, description = "It is the caller's.", body = CaseView),
        (status = 403, description = "The caller works on no cases.", body = ProblemView),
        (status = 409, description = "It is somebody else's, or has ended.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/cases/{key}/claim")]
pub(in crate::api) async fn claim(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    key: IdempotencyKey,
    version: MaybeIfMatch,
    path: CasePath,
    body: Body<ClaimRequest>,
) -> Result<HttpResponse, Problem> {
    let once = key.once(&format!("POST /cases/{}/claim", path.text), body.raw());
    body.into_value()?;
    let expected = version.0.map_or(Expected::Any, Expected::Case);
    let after = service.assign(&caller, path.key, Wanted::Claim, None, expected, once).await?;
    answer(&service, &after, &caller, language.0)
}

/// Makes a case nobody's again. Somebody else's is released by a supervisor, with a reason.
#[utoipa::path(
    tag = "work",
    request_body = ReleaseRequest,
    params(
        ("key" = String, Path, description = "Id or acceptance number"),
        ("If-Match" = Option<String>, Header, description = "Only if this is the case's version."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body answer the same case."),
    ),
    responses(
        (status = 200, description = "It is nobody's.", body = CaseView),
        (status = 409, description = "It is somebody else's, or has ended.", body = ProblemView),
        (status = 422, description = "A reason is needed.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/cases/{key}/release")]
pub(in crate::api) async fn release(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    key: IdempotencyKey,
    version: MaybeIfMatch,
    path: CasePath,
    body: Body<ReleaseRequest>,
) -> Result<HttpResponse, Problem> {
    let once = key.once(&format!("POST /cases/{}/release", path.text), body.raw());
    let reason = body.into_value()?.reason;
    let expected = version.0.map_or(Expected::Any, Expected::Case);
    let after = service.assign(&caller, path.key, Wanted::Release, reason, expected, once).await?;
    answer(&service, &after, &caller, language.0)
}

/// Gives a case to somebody: one's own to a colleague, nobody's and somebody else's by a supervisor, the latter with a reason.
#[utoipa::path(
    tag = "work",
    request_body = AssigneeRequest,
    params(
        ("key" = String, Path, description = "Id or acceptance number"),
        ("If-Match" = Option<String>, Header, description = "Only if this is the case's version."),
    ),
    responses(
        (status = 200, description = "It is theirs.", body = CaseView),
        (status = 403, description = "Only supervisors give out what is nobody's.", body = ProblemView),
        (status = 409, description = "It is somebody else's, or has ended.", body = ProblemView),
        (status = 422, description = "A reason is needed, or they don't work on cases of the outlet.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[put("/cases/{key}/assignee")]
pub(in crate::api) async fn assign(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    version: MaybeIfMatch,
    path: CasePath,
    body: Body<AssigneeRequest>,
) -> Result<HttpResponse, Problem> {
    let AssigneeRequest { assignee, reason } = body.into_value()?;
    let expected = version.0.map_or(Expected::Any, Expected::Case);
    let after = service.assign(&caller, path.key, Wanted::Assign(assignee), reason, expected, None).await?;
    answer(&service, &after, &caller, language.0)
}

/// The staff of the caller's outlet whose work cases can be.
#[utoipa::path(
    tag = "work",
    params(StaffQuery),
    responses(
        (status = 200, description = "The staff, by name.", body = StaffView),
        (status = 403, description = "The caller works on no cases.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[get("/staff")]
pub(in crate::api) async fn list_staff(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    query: Query<StaffQuery>,
) -> Result<HttpResponse, Problem> {
    let outlet = query.checked(|query| known_outlet(&service, query.outlet))?;
    let staff = service.colleagues(&caller, outlet).await?;
    let role = |role: Role| NamedView::new(role.code(), &role.words(), language.0);
    let view = |Colleague { id, username, name, roles, outlet }| ColleagueView {
        id,
        username,
        name,
        roles: roles.into_iter().map(role).collect(),
        outlet,
    };
    Ok(HttpResponse::Ok().json(StaffView { staff: staff.into_iter().map(view).collect() }))
}

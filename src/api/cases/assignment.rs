//! Routes of assignment: claim, release, assign; and the staff to whom cases can be assigned.

use actix_web::{get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::case::{CaseAnswer, answer};
use crate::api::accounts::rights::{May, WorkOnCases};
use crate::api::closed::RoleView;
use crate::domain::accounts::role::Role;
use crate::http::answers::{Forbidden, NotChanged, Shown, Stale};
use crate::http::body::Body;
use crate::http::change::{Change, Replace};
use crate::http::conditional::MaybeIfMatch;
use crate::http::keys::CasePath;
use crate::http::language::NamedView;
use crate::http::problem::{Problem, ProblemView};
use crate::http::query::Query;
use crate::service::cases::assignment::{Colleague, Wanted};

/// Nothing: a claim needs no data.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct ClaimRequest {}

/// A request to release a case.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct ReleaseRequest {
    /// Why; needed where it takes work from somebody else.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub reason: Option<String>,
}

/// A request to assign a case.
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

/// Query of the staff list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StaffQuery {
    /// Only this outlet; by default the caller's outlet, or the whole hall for callers without one.
    #[param(max_length = 64)]
    pub outlet: Option<String>,
}

/// The staff to whom cases can be assigned.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffView {
    /// By name.
    pub items: Vec<ColleagueView>,
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
    #[schema(value_type = Vec<RoleView>)]
    pub roles: Vec<NamedView>,
    /// The outlet they act in; none: the whole hall.
    #[schema(required = true)]
    pub outlet: Option<String>,
}

/// Claims an unassigned case; claiming one's own case changes nothing. Of two simultaneous claims one succeeds.
#[utoipa::path(operation_id = "claim_case", tag = "cases", request_body = ClaimRequest, params(May<WorkOnCases>, Change<CasePath, MaybeIfMatch>), responses(CaseAnswer, NotChanged, Stale, (status = 409, description = "The case is assigned to somebody else, or is closed.", body = ProblemView)))]
#[post("/cases/{key}/claim")]
pub(in crate::api) async fn claim(
    may: May<WorkOnCases>,
    change: Change<CasePath, MaybeIfMatch>,
    body: Body<ClaimRequest>,
) -> Result<CaseAnswer, Problem> {
    let (idempotency, expected) = (change.idempotent(&body.canonical), change.seen.into());
    answer(&may, may.service.assign(&may.caller, change.path.key, Wanted::Claim, None, expected, idempotency).await?)
}

/// Makes a case unassigned. Only a supervisor releases somebody else's case, with a reason.
#[utoipa::path(operation_id = "release_case", tag = "cases", request_body = ReleaseRequest, params(May<WorkOnCases>, Change<CasePath, MaybeIfMatch>), responses(CaseAnswer, NotChanged, Stale, (status = 409, description = "The case is assigned to somebody else, or is closed.", body = ProblemView)))]
#[post("/cases/{key}/release")]
pub(in crate::api) async fn release(
    may: May<WorkOnCases>,
    change: Change<CasePath, MaybeIfMatch>,
    body: Body<ReleaseRequest>,
) -> Result<CaseAnswer, Problem> {
    let (idempotency, expected) = (change.idempotent(&body.canonical), change.seen.into());
    answer(
        &may,
        may.service
            .assign(&may.caller, change.path.key, Wanted::Release, body.value.reason, expected, idempotency)
            .await?,
    )
}

/// Assigns a case: one's own case to a colleague; a supervisor also assigns unassigned cases and, with a reason, other people's.
#[utoipa::path(operation_id = "assign_case", tag = "cases", request_body = AssigneeRequest, params(May<WorkOnCases>, Replace<CasePath, MaybeIfMatch>), responses(CaseAnswer, NotChanged, Stale, (status = 409, description = "The case is assigned to somebody else, or is closed.", body = ProblemView)))]
#[put("/cases/{key}/assignee")]
pub(in crate::api) async fn assign(
    may: May<WorkOnCases>,
    Replace { path, seen }: Replace<CasePath, MaybeIfMatch>,
    body: Body<AssigneeRequest>,
) -> Result<CaseAnswer, Problem> {
    let AssigneeRequest { assignee, reason } = body.value;
    let wanted = Wanted::Assign(assignee);
    answer(&may, may.service.assign(&may.caller, path.key, wanted, reason, seen.into(), None).await?)
}

/// The staff of the caller's outlet to whom cases can be assigned.
#[utoipa::path(tag = "cases", params(May<WorkOnCases>, StaffQuery), responses(Shown<StaffView>, Forbidden))]
#[get("/staff")]
pub(in crate::api) async fn list_staff(
    may: May<WorkOnCases>,
    query: Query<StaffQuery>,
) -> Result<Shown<StaffView>, Problem> {
    let outlet = query.checked(|query| may.service.known_outlet(query.outlet.as_deref()))?;
    let staff = may.service.colleagues(&may.caller, outlet).await?;
    let role = |role: Role| NamedView::new(role.code(), &role.words(), may.language);
    let view = |Colleague { id, username, name, roles, outlet }| ColleagueView {
        id,
        username,
        name,
        roles: roles.into_iter().map(role).collect(),
        outlet,
    };
    Ok(Shown(StaffView { items: staff.into_iter().map(view).collect() }))
}

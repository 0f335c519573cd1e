//! Whose a case is, over HTTP: claim, release, assign; and the staff that cases can be assigned to.

use actix_web::{get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::case::{CaseAnswer, answer};
use super::worklists::known_outlet;
use crate::api::accounts::rights::{ActAsStaff, May};
use crate::api::http::answers::{Forbidden, NotChanged, Shown, Stale};
use crate::api::http::body::Body;
use crate::api::http::change::{Change, Replace};
use crate::api::http::conditional::MaybeIfMatch;
use crate::api::http::keys::CasePath;
use crate::api::http::language::NamedView;
use crate::api::http::problem::{Problem, ProblemView};
use crate::api::http::query::Query;
use crate::domain::accounts::role::Role;
use crate::service::cases::assignment::{Colleague, Wanted};

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
#[utoipa::path(tag = "work", request_body = ClaimRequest, params(Change<CasePath, MaybeIfMatch>), responses(CaseAnswer, NotChanged, Stale, (status = 409, description = "It is somebody else's, or has ended.", body = ProblemView)))]
#[post("/cases/{key}/claim")]
pub(in crate::api) async fn claim(
    may: May<ActAsStaff>,
    change: Change<CasePath, MaybeIfMatch>,
    body: Body<ClaimRequest>,
) -> Result<CaseAnswer, Problem> {
    let (once, expected) = (change.once(&body.raw), change.seen.into());
    answer(&may, &may.service.assign(&may.caller, change.path.key, Wanted::Claim, None, expected, once).await?)
}

/// Makes a case nobody's again. Somebody else's is released by a supervisor, with a reason.
#[utoipa::path(tag = "work", request_body = ReleaseRequest, params(Change<CasePath, MaybeIfMatch>), responses(CaseAnswer, NotChanged, Stale, (status = 409, description = "It is somebody else's, or has ended.", body = ProblemView)))]
#[post("/cases/{key}/release")]
pub(in crate::api) async fn release(
    may: May<ActAsStaff>,
    change: Change<CasePath, MaybeIfMatch>,
    body: Body<ReleaseRequest>,
) -> Result<CaseAnswer, Problem> {
    let (once, expected) = (change.once(&body.raw), change.seen.into());
    answer(
        &may,
        &may.service.assign(&may.caller, change.path.key, Wanted::Release, body.value.reason, expected, once).await?,
    )
}

/// Gives a case to somebody: one's own to a colleague, nobody's and somebody else's by a supervisor, the latter with a reason.
#[utoipa::path(tag = "work", request_body = AssigneeRequest, params(Replace<CasePath, MaybeIfMatch>), responses(CaseAnswer, NotChanged, Stale, (status = 409, description = "It is somebody else's, or has ended.", body = ProblemView)))]
#[put("/cases/{key}/assignee")]
pub(in crate::api) async fn assign(
    may: May<ActAsStaff>,
    Replace { path, seen }: Replace<CasePath, MaybeIfMatch>,
    body: Body<AssigneeRequest>,
) -> Result<CaseAnswer, Problem> {
    let AssigneeRequest { assignee, reason } = body.value;
    let wanted = Wanted::Assign(assignee);
    answer(&may, &may.service.assign(&may.caller, path.key, wanted, reason, seen.into(), None).await?)
}

/// The staff of the caller's outlet whose work cases can be.
#[utoipa::path(tag = "work", params(StaffQuery), responses(Shown<StaffView>, Forbidden))]
#[get("/staff")]
pub(in crate::api) async fn list_staff(
    may: May<ActAsStaff>,
    query: Query<StaffQuery>,
) -> Result<Shown<StaffView>, Problem> {
    let outlet = query.checked(|query| known_outlet(&may.service, query.outlet))?;
    let staff = may.service.colleagues(&may.caller, outlet).await?;
    let role = |role: Role| NamedView::new(role.code(), &role.words(), may.language);
    let view = |Colleague { id, username, name, roles, outlet }| ColleagueView {
        id,
        username,
        name,
        roles: roles.into_iter().map(role).collect(),
        outlet,
    };
    Ok(Shown(StaffView { staff: staff.into_iter().map(view).collect() }))
}

//! The accounts of people, for the security administrator.
//!
//! A one-time password is shown once. So what answers one takes no Idempotency-Key: who has lost the answer resets the password.

use actix_web::{delete, get, post, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::rights::{ManageAccounts, May};
use crate::api::closed::RoleView;
use crate::domain::accounts::account::AccountDraft;
use crate::domain::base::text;
use crate::domain::base::words::Language;
use crate::domain::hall::Hall;
use crate::http::answers::{Forbidden, Made, NotFound, Revalidated, Shown, Stale, Unseen, Versioned};
use crate::http::body::Body;
use crate::http::change::Replace;
use crate::http::conditional::{IfMatch, IfNoneMatch, MaybeIfMatch};
use crate::http::language::NamedView;
use crate::http::problem::{Problem, ProblemView};
use crate::service::accounts::people::users::{NewUser, OneTimePassword, User, UserKey};

/// An account that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct UserPath {
    /// Account id
    #[param(min_length = 1, max_length = 64)]
    pub id: String,
}

impl UserPath {
    fn key(&self) -> UserKey {
        UserKey::Id(text::id(&self.id))
    }
}

/// Somebody who is to have an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "username": "chen", "display_name": "陈晓明", "roles": ["clerk"], "outlet": "guangzhou-center" }))]
pub struct NewUserRequest {
    /// Name to sign in with: letters, digits, dots, hyphens and underscores, beginning with a letter or digit; upper and lower case are one.
    #[schema(min_length = 2, max_length = 64, example = "chen")]
    pub username: String,
    /// The name on timelines.
    #[schema(min_length = 1, max_length = 100, example = "陈晓明")]
    pub display_name: String,
    /// Codes of the roles: clerk, producer, supervisor; or one of administrator, security_administrator, auditor.
    #[schema(min_items = 1, max_items = 6, example = json!(["clerk"]))]
    pub roles: Vec<String>,
    /// Code of the outlet that they act in.
    #[schema(min_length = 1, max_length = 64, example = "guangzhou-center", nullable = false)]
    pub outlet: Option<String>,
    /// They act in the whole hall. Who works on cases, or audits, has an outlet or this.
    #[serde(default)]
    pub all_outlets: bool,
}

impl From<NewUserRequest> for NewUser {
    fn from(request: NewUserRequest) -> Self {
        let NewUserRequest { username, display_name, roles, outlet, all_outlets } = request;
        Self { username, account: AccountDraft { display_name, roles, outlet, all_outlets }, password: None }
    }
}

/// Everybody who has an account.
#[derive(Serialize, ToSchema)]
pub struct UsersView {
    /// By name.
    pub items: Vec<UserView>,
}

/// An account.
#[derive(Serialize, ToSchema)]
pub struct UserView {
    /// Account id, on every event that they cause.
    pub id: String,
    /// Name to sign in with.
    #[schema(example = "chen")]
    pub username: String,
    /// The name on timelines.
    #[schema(example = "陈晓明")]
    pub display_name: String,
    /// What they may do.
    #[schema(value_type = Vec<RoleView>)]
    pub roles: Vec<NamedView>,
    /// The outlet that they act in; null: the whole hall.
    #[schema(required = true)]
    pub outlet: Option<NamedView>,
    /// Whether they may sign in.
    pub active: bool,
    /// Their password is a one-time password, and can be signed in with until then.
    #[schema(required = true)]
    pub one_time_password_until: Option<DateTime<Utc>>,
    /// Since when they have a second factor.
    #[schema(required = true)]
    pub second_factor_since: Option<DateTime<Utc>>,
    /// Their last sign-in.
    #[schema(required = true)]
    pub signed_in_at: Option<DateTime<Utc>>,
    /// Counted up by each change.
    pub version: i64,
}

/// A one-time password, shown this once.
#[derive(Serialize, ToSchema)]
pub struct OneTimePasswordView {
    /// The account.
    pub user: UserView,
    /// The password, to be changed at the first sign-in.
    #[schema(example = "7k2m-9xq4-t0vb-3hze")]
    pub one_time_password: String,
    /// Until when it can be signed in with.
    pub until: DateTime<Utc>,
}

impl UserView {
    fn new(user: User, hall: &Hall, language: Language) -> Self {
        let outlet = |code: String| NamedView::new(&code, &hall.outlet_or_unknown(&code).words, language);
        let roles = user.details.roles.into_iter();
        Self {
            id: user.id,
            username: user.username,
            display_name: user.details.display_name,
            roles: roles.map(|role| NamedView::new(role.code(), &role.words(), language)).collect(),
            outlet: user.details.outlet.map(outlet),
            active: user.active,
            one_time_password_until: user.one_time_until,
            second_factor_since: user.second_factor_since,
            signed_in_at: user.signed_in_at,
            version: user.version,
        }
    }
}

type Answer = Versioned<UserView>;

impl May<ManageAccounts> {
    fn view(&self, user: User) -> UserView {
        UserView::new(user, self.service.hall(), self.language)
    }

    fn answer(&self, user: User) -> Answer {
        Versioned { version: user.version, view: self.view(user) }
    }

    fn once(&self, user: User, one_time: OneTimePassword) -> OneTimePasswordView {
        let OneTimePassword { password, until } = one_time;
        OneTimePasswordView { user: self.view(user), one_time_password: password, until }
    }
}

/// Everybody who has an account, active or not.
#[utoipa::path(tag = "accounts", params(May<ManageAccounts>), responses(Shown<UsersView>, Forbidden))]
#[get("/users")]
pub(in crate::api) async fn list_users(may: May<ManageAccounts>) -> Result<Shown<UsersView>, Problem> {
    let users = may.service.users(&may.caller).await?;
    Ok(Shown(UsersView { items: users.into_iter().map(|user| may.view(user)).collect() }))
}

/// Adds an account with a one-time password, which is shown this once.
#[utoipa::path(tag = "accounts", params(May<ManageAccounts>), request_body = NewUserRequest, responses(Made<OneTimePasswordView>, Forbidden, (status = 422, description = "All faults of the request, such as roles that exclude one another, no outlet, or a name that is taken.", body = ProblemView)))]
#[post("/users")]
pub(in crate::api) async fn add_user(
    may: May<ManageAccounts>,
    body: Body<NewUserRequest>,
) -> Result<Made<OneTimePasswordView>, Problem> {
    let (user, one_time) = may.service.add_user(&may.caller, body.value.into()).await?;
    let one_time = one_time.ok_or_else(|| Problem::internal("no one-time password"))?;
    let (location, version) = (format!("/api/v1/users/{}", user.id), user.version);
    Ok(Made { location, version, view: may.once(user, one_time) })
}

/// An account.
#[utoipa::path(tag = "accounts", params(May<ManageAccounts>, UserPath, IfNoneMatch), responses(Revalidated<UserView>, Forbidden, NotFound))]
#[get("/users/{id}")]
pub(in crate::api) async fn read_user(
    may: May<ManageAccounts>,
    path: web::Path<UserPath>,
) -> Result<Revalidated<UserView>, Problem> {
    Ok(may.answer(may.service.user(&may.caller, path.key()).await?).into())
}

/// Lets an account say something else: the whole of name, roles and outlet. What changes holds on every instance within five
/// seconds. Nobody changes their own roles.
#[utoipa::path(tag = "accounts", request_body = AccountDraft, params(May<ManageAccounts>, Replace<UserPath, IfMatch>), responses(Versioned<UserView>, Forbidden, NotFound, Unseen, (status = 422, description = "All faults of the request.", body = ProblemView)))]
#[put("/users/{id}")]
pub(in crate::api) async fn change_user(
    may: May<ManageAccounts>,
    Replace { path, seen }: Replace<UserPath, IfMatch>,
    body: Body<AccountDraft>,
) -> Result<Answer, Problem> {
    Ok(may.answer(may.service.change_user(&may.caller, path.key(), body.value, Some(seen.0)).await?))
}

/// Deactivates an account: its sessions end, on every instance within five seconds. The last active security administrator stays.
#[utoipa::path(tag = "accounts", params(May<ManageAccounts>, Replace<UserPath, MaybeIfMatch>), responses(Versioned<UserView>, Forbidden, NotFound, Stale, (status = 409, description = "The hall would be left without an active security administrator.", body = ProblemView)))]
#[post("/users/{id}/deactivate")]
pub(in crate::api) async fn deactivate_user(
    may: May<ManageAccounts>,
    Replace { path, seen }: Replace<UserPath, MaybeIfMatch>,
) -> Result<Answer, Problem> {
    Ok(may.answer(may.service.set_user_active(&may.caller, path.key(), false, seen.0).await?))
}

/// Activates an account again. Sessions that were ended stay so.
#[utoipa::path(tag = "accounts", params(May<ManageAccounts>, Replace<UserPath, MaybeIfMatch>), responses(Versioned<UserView>, Forbidden, NotFound, Stale))]
#[post("/users/{id}/activate")]
pub(in crate::api) async fn activate_user(
    may: May<ManageAccounts>,
    Replace { path, seen }: Replace<UserPath, MaybeIfMatch>,
) -> Result<Answer, Problem> {
    Ok(may.answer(may.service.set_user_active(&may.caller, path.key(), true, seen.0).await?))
}

/// Gives an account a one-time password, which is shown this once; its sessions end. Not for one's own account.
#[utoipa::path(tag = "accounts", params(May<ManageAccounts>, UserPath), responses(Shown<OneTimePasswordView>, Forbidden, NotFound))]
#[post("/users/{id}/reset-password")]
pub(in crate::api) async fn reset_password(
    may: May<ManageAccounts>,
    path: web::Path<UserPath>,
) -> Result<Shown<OneTimePasswordView>, Problem> {
    let (user, one_time) = may.service.reset_password(&may.caller, path.key(), None).await?;
    Ok(Shown(may.once(user, one_time)))
}

/// Removes the second factor of somebody who has lost it; their sessions end. Not for one's own account.
#[utoipa::path(tag = "accounts", params(May<ManageAccounts>, UserPath), responses(Versioned<UserView>, Forbidden, NotFound))]
#[delete("/users/{id}/second-factor")]
pub(in crate::api) async fn remove_second_factor(
    may: May<ManageAccounts>,
    path: web::Path<UserPath>,
) -> Result<Answer, Problem> {
    Ok(may.answer(may.service.remove_second_factor(&may.caller, path.key()).await?))
}

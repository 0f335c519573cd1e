//! Signing in and out, and the tokens of a session.

use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, delete, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::rights::{ManageOwnAccount, May};
use crate::api::closed::DutyCode;
use crate::http::answers::{Done, Forbidden, Invalid, Shown};
use crate::http::body::Body;
use crate::http::client_address::ClientAddress;
use crate::http::openapi::methods;
use crate::http::problem::{Problem, ProblemView};
use crate::service::Service;
use crate::service::accounts::people::sessions::{OwnSession, SessionHolder, SignedIn};

/// Name and password of a member of staff.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "username": "clerk", "password": "a long enough passphrase" }))]
pub struct SessionRequest {
    /// Name to sign in with.
    #[schema(min_length = 1, max_length = 64, example = "clerk")]
    pub username: String,
    /// Password, taken as it was typed.
    #[schema(min_length = 1, max_length = 256, format = Password)]
    pub password: String,
    /// Code of the second factor, for accounts that have one: six digits that the authenticator shows, or a recovery code.
    #[schema(min_length = 6, max_length = 32, example = "287082", nullable = false)]
    pub code: Option<String>,
}

/// The refresh token of a session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "refresh_token": "019ac8e2-5f7e-7c3a-9d7b-2f4e8a1c6b30.family.secret" }))]
pub struct RefreshRequest {
    /// As the session's last answer gave it; it is good once.
    #[schema(min_length = 1, max_length = 256)]
    pub refresh_token: String,
}

/// A session's tokens.
#[derive(Serialize, ToSchema)]
pub struct SessionTokensView {
    /// Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// Bearer.
    pub token_type: &'static str,
    /// Seconds until the access token expires.
    pub expires_in: i64,
    /// Good once, for the next tokens (`POST /api/v1/sessions/refresh`).
    pub refresh_token: String,
    /// Seconds until the session ends if it isn't used.
    pub refresh_expires_in: i64,
    /// What must be done before anything else: `password_change_required`, `second_factor_required`; null: nothing.
    #[schema(value_type = Option<DutyCode>)]
    pub required: Option<&'static str>,
}

impl From<SignedIn> for SessionTokensView {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            access_token: signed_in.access.access_token,
            token_type: "Bearer",
            expires_in: signed_in.access.expires_in,
            refresh_token: signed_in.refresh_token,
            refresh_expires_in: signed_in.refresh_expires_in,
            required: signed_in.duty.map(|duty| duty.code()),
        }
    }
}

/// The caller's sessions.
#[derive(Serialize, ToSchema)]
pub struct SessionsView {
    /// The latest first.
    pub items: Vec<SessionView>,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    /// Its id.
    pub id: Uuid,
    /// Whether it is the one of this request.
    pub current: bool,
    /// Where the sign-in came from.
    #[schema(example = "192.0.2.7")]
    pub address: String,
    /// When.
    pub started_at: DateTime<Utc>,
    /// When its tokens were last renewed.
    pub refreshed_at: DateTime<Utc>,
    /// When it ends if they aren't renewed again.
    pub expires_at: DateTime<Utc>,
}

impl SessionView {
    fn new(session: OwnSession, current: Option<Uuid>) -> Self {
        let OwnSession { id, address, started_at, refreshed_at, expires_at, .. } = session;
        Self { id, current: Some(id) == current, address, started_at, refreshed_at, expires_at }
    }
}

/// Signs in a member of staff. Where the account has a second factor, its code comes with the password: without it the answer is
/// `second_factor_code_missing`.
#[utoipa::path(
    tag = "sign-in",
    request_body = SessionRequest,
    responses(
        (status = 201, description = "Signed in.", body = SessionTokensView),
        Invalid,
        (status = 401, description = "Wrong name or password; or the code of the second factor is missing, wrong or was used.", body = ProblemView),
        (status = 429, description = "Not evaluated: `too_many_attempts` after too many failures under this name, `too_many_requests` when the hall is busy with sign-ins. Retry-After says when to try again.", body = ProblemView),
    ),
    security(())
)]
#[post("/api/v1/sessions", wrap = "from_fn(methods::refuse_keys)")]
pub(in crate::api) async fn sign_in(
    service: web::Data<Service>,
    ClientAddress(address): ClientAddress,
    body: Body<SessionRequest>,
) -> Result<HttpResponse, Problem> {
    let SessionRequest { username, password, code } = body.value;
    let signed_in =
        service.sign_in(&username, &password, code.as_deref(), address, SessionHolder::Tokens, None).await?;
    Ok(HttpResponse::Created().json(SessionTokensView::from(signed_in)))
}

/// Renews the tokens of a session. A refresh token is good once; whoever brings it a second time ends the session, because
/// somebody has a copy.
#[utoipa::path(
    tag = "sign-in",
    request_body = RefreshRequest,
    responses(
        Shown<SessionTokensView>,
        Invalid,
        (status = 401, description = "The session has ended: sign in again.", body = ProblemView),
    ),
    security(())
)]
#[post("/api/v1/sessions/refresh", wrap = "from_fn(methods::refuse_keys)")]
pub(in crate::api) async fn refresh_session(
    service: web::Data<Service>,
    ClientAddress(address): ClientAddress,
    body: Body<RefreshRequest>,
) -> Result<Shown<SessionTokensView>, Problem> {
    Ok(Shown(service.refresh(&body.value.refresh_token, address).await?.into()))
}

/// The caller's own sessions.
#[utoipa::path(tag = "sign-in", params(May<ManageOwnAccount>), responses(Shown<SessionsView>, Forbidden))]
#[get("/sessions")]
pub(in crate::api) async fn list_sessions(may: May<ManageOwnAccount>) -> Result<Shown<SessionsView>, Problem> {
    let sessions = may.service.own_sessions(&may.caller).await?.into_iter();
    Ok(Shown(SessionsView { items: sessions.map(|session| SessionView::new(session, may.caller.session)).collect() }))
}

/// Signs out here: the session's tokens are refused from now on, on other instances within five seconds.
#[utoipa::path(tag = "sign-in", params(May<ManageOwnAccount>), responses(Done, Forbidden))]
#[delete("/sessions/current")]
pub(in crate::api) async fn sign_out(may: May<ManageOwnAccount>) -> Result<Done, Problem> {
    may.service.sign_out(&may.caller, false).await?;
    Ok(Done)
}

/// Signs out everywhere: ends all sessions of the caller.
#[utoipa::path(tag = "sign-in", params(May<ManageOwnAccount>), responses(Done, Forbidden))]
#[delete("/sessions")]
pub(in crate::api) async fn sign_out_everywhere(may: May<ManageOwnAccount>) -> Result<Done, Problem> {
    may.service.sign_out(&may.caller, true).await?;
    Ok(Done)
}

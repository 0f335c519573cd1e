//! Accounts at which sign-ins are held up, and their unlocking by the security administrator.

use actix_web::{get, post, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::rights::{ManageAccounts, May};
use crate::http::answers::{Forbidden, NotFound, Shown};
use crate::http::problem::Problem;
use crate::service::accounts::sign_in::HeldUpName;

/// Accounts at which sign-ins are held up.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignInLocksView {
    /// By name.
    pub items: Vec<SignInLockView>,
}

/// What holds up the sign-ins of an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignInLockView {
    /// The name to sign in with.
    #[schema(example = "clerk")]
    pub username: String,
    /// The name on timelines.
    pub display_name: String,
    /// At how many addresses it is locked after failures there. Elsewhere it isn't.
    pub locked_addresses: u32,
    /// Until when, at the last of these.
    #[schema(required = true)]
    pub locked_until: Option<DateTime<Utc>>,
    /// Failures at addresses that are new to it, if they are so many that the account is slow there: somebody is guessing.
    pub failures_from_elsewhere: u32,
    /// Before this time no attempt from a new address is evaluated. Where the holder has signed in lately nothing waits.
    #[schema(required = true)]
    pub slow_until: Option<DateTime<Utc>>,
}

impl From<HeldUpName> for SignInLockView {
    fn from(name: HeldUpName) -> Self {
        Self {
            username: name.username,
            display_name: name.display_name,
            locked_addresses: name.locked_addresses,
            locked_until: name.locked_until,
            failures_from_elsewhere: name.attempts_from_elsewhere,
            slow_until: name.next_at,
        }
    }
}

/// The accounts whose sign-ins are held up now: locked at some address, or slow because many addresses guess. For the security
/// administrator.
#[utoipa::path(tag = "accounts", params(May<ManageAccounts>), responses(Shown<SignInLocksView>, Forbidden))]
#[get("/sign-in-locks")]
pub(in crate::api) async fn list_sign_in_locks(may: May<ManageAccounts>) -> Result<Shown<SignInLocksView>, Problem> {
    let names = may.service.held_up_names(&may.caller).await?;
    Ok(Shown(SignInLocksView { items: names.into_iter().map(Into::into).collect() }))
}

/// Unlocks the sign-ins of an account at every address, and answers what held them up. Guessing that goes on counts again from
/// the beginning. For the security administrator.
#[utoipa::path(
    tag = "accounts",
    params(May<ManageAccounts>, ("username" = String, Path, description = "The name to sign in with", min_length = 1, max_length = 64)),
    responses(Shown<SignInLockView>, Forbidden, NotFound)
)]
#[post("/sign-in-locks/{username}/unlock")]
pub(in crate::api) async fn unlock_sign_ins(
    may: May<ManageAccounts>,
    username: web::Path<String>,
) -> Result<Shown<SignInLockView>, Problem> {
    Ok(Shown(may.service.unlock_sign_in(&may.caller, &username).await?.into()))
}

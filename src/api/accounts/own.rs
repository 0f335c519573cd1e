//! What people do with their own account: choose a password, set up a second factor.
//!
//! Both ask for the password once more, as an attempt to sign in: whoever finds a signed-in screen can't take the account over.

use actix_web::post;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rights::{ManageOwnAccount, May, SetUpSecondFactor};
use crate::http::answers::{Done, Forbidden, Invalid, Shown};
use crate::http::body::Body;
use crate::http::problem::{Problem, ProblemView};

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "old_password": "a long enough passphrase", "new_password": "another much longer passphrase" }))]
pub struct PasswordRequest {
    /// As it was until now.
    #[schema(min_length = 1, max_length = 256, format = Password)]
    pub old_password: String,
    /// As it is to be: 8 to 128 characters of any kind, not easily guessed.
    #[schema(min_length = 1, max_length = 256, format = Password)]
    pub new_password: String,
}

/// The caller's password, once more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "password": "a long enough passphrase" }))]
pub struct SecondFactorRequest {
    /// The password.
    #[schema(min_length = 1, max_length = 256, format = Password)]
    pub password: String,
}

/// A second factor that waits for its first code, shown this once.
#[derive(Serialize, ToSchema)]
pub struct SecondFactorView {
    /// The secret in base 32, to be typed into an authenticator.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub secret: String,
    /// The same as an address (Key URI format), to be shown as a QR code.
    pub otpauth_url: String,
}

/// The first code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "code": "287082" }))]
pub struct FirstCodeRequest {
    /// Six digits that the authenticator shows now.
    #[schema(min_length = 6, max_length = 6, example = "287082")]
    pub code: String,
}

/// Recovery codes, shown this once.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodesView {
    /// Each signs in once in place of a code of the authenticator.
    pub recovery_codes: Vec<String>,
}

/// Changes the caller's password, and ends their other sessions. A wrong old password counts as a failure to sign in; a weak new one
/// is refused with what would help.
#[utoipa::path(
    tag = "sign-in", params(May<ManageOwnAccount>),
    request_body = PasswordRequest,
    responses(Done, Forbidden, Invalid, (status = 429, description = "Too many wrong passwords; Retry-After says when to try again.", body = ProblemView))
)]
#[post("/password")]
pub(in crate::api) async fn change_password(
    may: May<ManageOwnAccount>,
    body: Body<PasswordRequest>,
) -> Result<Done, Problem> {
    let PasswordRequest { old_password, new_password } = body.value;
    may.service.change_password(&may.caller, &old_password, &new_password).await?;
    Ok(Done)
}

/// Makes a second factor for the caller. It is asked for at sign-in once its first code was confirmed; until then another one
/// takes its place. Whoever has a one-time password chooses another first. Not repeatable by an Idempotency-Key, because the secret is
/// shown once.
#[utoipa::path(
    tag = "sign-in", params(May<SetUpSecondFactor>),
    request_body = SecondFactorRequest,
    responses(Shown<SecondFactorView>, Forbidden, Invalid,
        (status = 409, description = "A second factor is in use; the security administrator removes it first.", body = ProblemView),
        (status = 429, description = "Too many wrong passwords; Retry-After says when to try again.", body = ProblemView))
)]
#[post("/second-factor")]
pub(in crate::api) async fn prepare_second_factor(
    may: May<SetUpSecondFactor>,
    body: Body<SecondFactorRequest>,
) -> Result<Shown<SecondFactorView>, Problem> {
    let prepared = may.service.prepare_second_factor(&may.caller, &body.value.password).await?;
    Ok(Shown(SecondFactorView { secret: prepared.secret, otpauth_url: prepared.otpauth_url }))
}

/// Confirms the second factor by its first code, and answers the recovery codes. The caller's other sessions end. A wrong code counts as a failure to sign
/// in.
#[utoipa::path(
    tag = "sign-in", params(May<SetUpSecondFactor>),
    request_body = FirstCodeRequest,
    responses(Shown<RecoveryCodesView>, Forbidden, Invalid,
        (status = 409, description = "None waits for its first code, or one is in use.", body = ProblemView),
        (status = 429, description = "Too many wrong codes or passwords; Retry-After says when to try again.", body = ProblemView))
)]
#[post("/second-factor/confirm")]
pub(in crate::api) async fn confirm_second_factor(
    may: May<SetUpSecondFactor>,
    body: Body<FirstCodeRequest>,
) -> Result<Shown<RecoveryCodesView>, Problem> {
    let recovery_codes = may.service.enrol_second_factor(&may.caller, &body.value.code).await?;
    Ok(Shown(RecoveryCodesView { recovery_codes }))
}

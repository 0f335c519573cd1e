//! The second factor: codes that an authenticator makes of a secret and the time (TOTP), and recovery codes.
//!
//! Cast: [`Prepared`] is shown once, for the authenticator; [`totp`] makes the codes that it should show.
//!
//! Guarantees: a step of time is accepted once, and so is a recovery code. The secret stands in no answer but the first, and in no
//! log, and is stored encrypted.
//!
//! Source: RFC 6238 with what authenticators expect (SHA-1, 30 seconds, 6 digits), one step to either side (5.2).

use rand::TryRng;
use rand::rngs::SysRng;
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::super::caller::Caller;
use super::super::passwords::{HashFault, hash_secret};
use super::super::tokens::SubjectKind;
use super::password_rules::random_groups;
use super::sessions::no_chance;
use crate::domain::accounts::audit::{AuditEntry, AuditKind, AuditSubject};
use crate::domain::accounts::refusal::AccountRefusal;
use crate::domain::base::words::{Fault, Words};
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::accounts::second_factors::KeptSecret;
use crate::store::accounts::{UserAccount, audit, second_factors as stored, sessions, user};

/// How many recovery codes there are.
pub const RECOVERY_CODES: usize = 10;
/// Bytes of a secret: as many as SHA-1 makes (RFC 4226, 4, R6).
const SECRET_BYTES: usize = 20;
/// Digits of a code; what isn't of this form is looked for among the recovery codes.
const DIGITS: u8 = 6;

/// A second factor that waits for its first code.
pub struct Prepared {
    /// The secret in base 32, to be typed.
    pub secret: String,
    /// The same as an address, to be scanned.
    pub otpauth_url: String,
}

/// The codes of a secret, as authenticators make them.
pub fn totp(secret: Secret) -> Totp {
    builder(secret).build_noncompliant()
}

fn builder(secret: Secret) -> Builder {
    let codes = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(DIGITS).with_skew(1).with_step_duration(30);
    codes.with_secret(secret)
}

/// The codes of a secret that is kept.
fn codes_of(kept: &KeptSecret) -> Result<Totp, ServiceError> {
    let secret = Secret::try_from_base32(&kept.secret);
    secret.map(totp).map_err(|_| ServiceError::Internal("the secret of a second factor is none".to_owned()))
}

impl Service {
    /// Makes a second factor for the caller, who gives their password once more. It is asked for after its first code.
    ///
    /// # Errors
    /// A wrong password; too many of them; a second factor is in use.
    pub async fn prepare_second_factor(&self, caller: &Caller, password: &str) -> Result<Prepared, ServiceError> {
        caller.require_own_password()?;
        let account = self.own_password(caller, password, "/password").await?;
        let mut bytes = [0; SECRET_BYTES];
        SysRng.try_fill_bytes(&mut bytes).map_err(|error| no_chance(HashFault::NoRandomness(error.to_string())))?;
        let issuer = self.hall.name.zh.replace(':', " ");
        let codes = builder(Secret::from(bytes.to_vec())).with_issuer(Some(issuer));
        let codes = codes.with_account_name(account.username.as_str()).build().map_err(unusable)?;
        let secret = codes.secret().to_base32();
        let keeping = secret.clone();
        self.db
            .write("prepare_second_factor", move |tx| {
                let is_prepared = stored::prepare(tx, &account.id, &keeping)?;
                if is_prepared { Ok(()) } else { Err(ServiceError::from(AccountRefusal::SecondFactorInUse)) }
            })
            .await?;
        let otpauth_url = codes.to_url().map_err(unusable)?;
        Ok(Prepared { secret, otpauth_url })
    }

    /// Takes the caller's second factor into use, and answers its recovery codes. Other sessions of theirs end. A wrong code counts as a failure to sign in.
    ///
    /// # Errors
    /// A wrong code; too many of them; none waits; one is in use.
    pub async fn enrol_second_factor(&self, caller: &Caller, code: &str) -> Result<Vec<String>, ServiceError> {
        caller.require_own_password()?;
        let recovery: Vec<String> =
            (0..RECOVERY_CODES).map(|_| random_groups()).collect::<Result<_, _>>().map_err(no_chance)?;
        let hashes: Vec<String> = recovery.iter().map(|code| hash_secret(code)).collect();
        let id = caller.actor.id.clone();
        let waits = self.db.read("second_factor_waits", move |tx| {
            let account = user(tx, &id)?.ok_or(ServiceError::NotFound)?;
            if account.second_factor_since.is_some() {
                return Err(ServiceError::from(AccountRefusal::SecondFactorInUse));
            }
            stored::secret(tx, &id)?.ok_or(AccountRefusal::NoSecondFactorPrepared)?;
            Ok(account)
        });
        let attempt = self.attempt_of(caller, waits.await?).await?;
        let (who, code, now) = (caller.clone(), code.to_owned(), self.now());
        let enrolled = self
            .db
            .write("enrol_second_factor", move |tx| {
                let id = &who.actor.id;
                let secret = stored::secret(tx, id)?.ok_or(AccountRefusal::NoSecondFactorPrepared)?;
                let Some(step) = codes_of(&secret)?.check(&code, seconds(now)) else { return Ok(false) };
                if !stored::enrol(tx, id, &secret, number(step), &hashes, now)? {
                    return Err(AccountRefusal::SecondFactorInUse.into());
                }
                sessions::end_all(tx, id, who.session)?;
                let entry = AuditEntry::new(AuditKind::SecondFactorEnrolled, now, who.audit_actor());
                audit::append(tx, &entry.about(AuditSubject::account(id)))?;
                Ok::<_, ServiceError>(true)
            })
            .await?;
        if !enrolled {
            self.fail(attempt, AccountRefusal::CodeWrong).await?;
            return Err(wrong_first_code());
        }
        let rules = self.sign_in;
        self.db.write("second_factor_confirmed", move |tx| attempt.remember_in(tx, &rules)).await?;
        self.callers.forget(SubjectKind::User, &caller.actor.id);
        Ok(recovery)
    }

    /// Whether a code is right that comes with a sign-in, and by which kind of code; none where the account needs none.
    pub(super) async fn check_second_factor(
        &self,
        account: &UserAccount,
        code: Option<&str>,
    ) -> Result<Result<Option<&'static str>, AccountRefusal>, ServiceError> {
        if account.second_factor_since.is_none() {
            return Ok(Ok(None));
        }
        let Some(code) = code else { return Ok(Err(AccountRefusal::CodeMissing)) };
        let (id, now) = (account.id.clone(), self.now());
        let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        self.db
            .write("check_second_factor", move |tx| {
                if typed.len() != usize::from(DIGITS) {
                    let used = stored::use_recovery_code(tx, &id, &hash_secret(&typed.to_uppercase()))?;
                    return Ok(if used { Ok(Some("recovery_code")) } else { Err(AccountRefusal::CodeWrong) });
                }
                let Some(secret) = stored::secret(tx, &id)? else { return Ok(Err(AccountRefusal::CodeWrong)) };
                let step = codes_of(&secret)?.check(&typed, seconds(now));
                let is_new = step.map(|step| stored::use_step(tx, &id, number(step))).transpose()?;
                Ok(if is_new == Some(true) { Ok(Some("code")) } else { Err(AccountRefusal::CodeWrong) })
            })
            .await
    }
}

fn unusable(error: totp_rs::TotpError) -> ServiceError {
    ServiceError::Internal(error.to_string())
}

fn wrong_first_code() -> ServiceError {
    let words = Words::new(
        "动态口令错误；请核对手机时间后重试",
        "The code is wrong; check the time of the device and try again",
    );
    ServiceError::Invalid(vec![Fault::new("/code", "second_factor_code_wrong", words)])
}

fn seconds(now: chrono::DateTime<chrono::Utc>) -> u64 {
    u64::try_from(now.timestamp()).unwrap_or_default()
}

fn number(step: u64) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}

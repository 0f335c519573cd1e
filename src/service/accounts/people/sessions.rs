//! Sessions: begun by signing in, renewed by a refresh token that is good once, ended here or everywhere.
//!
//! Cast: [`SignedIn`] is what a person gets; a `RefreshToken` names its session, and proves that it is one of it.
//!
//! Guarantees: a refresh token that is used a second time ends the session, whoever of the two used it first: one of them has a
//! copy. Nothing that was ended comes back: a session is a row, and the row is gone. Whoever ends the sessions of an account
//! misses none that is being begun. Whoever signs in where somebody was signed in ends that session: one browser has one.
//!
//! Source: RFC 9700 (OAuth 2.0 Security), 4.14.2, refresh token rotation; OWASP ASVS 5.0, 7.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::account::{IssuedToken, duty_of};
use super::super::caller::{Caller, note_in_log};
use super::super::passwords::{HashFault, hash_secret, random_secret, verify_secret};
use super::super::tokens::{SubjectKind, TokenSubject};
use crate::domain::accounts::audit::{AuditActor, AuditEntry, AuditKind, AuditSubject};
use crate::domain::accounts::refusal::AccountRefusal;
use crate::domain::accounts::session::Duty;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::accounts::sessions::{self as stored, Session};
use crate::store::accounts::{UserAccount, audit, note_sign_in};
use crate::store::{StoreError, Tx};

pub use crate::store::accounts::sessions::Session as OwnSession;

/// What a person gets who signs in, or renews their tokens.
pub struct SignedIn {
    /// The access token.
    pub access: IssuedToken,
    /// Good once, for the next tokens.
    pub refresh_token: String,
    /// Seconds until the session ends if it isn't used.
    pub refresh_expires_in: i64,
    /// What must be done before anything else.
    pub duty: Option<Duty>,
}

/// A refresh token: `session.family.secret`. What the tokens of a session have in common tells one that was used before from one
/// that somebody made up.
pub(super) struct RefreshToken {
    pub(super) session: Uuid,
    pub(super) family: String,
    pub(super) secret: String,
}

/// What holds a session. Each is good for its own way in only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionHolder {
    /// A program, by tokens that rotate.
    Tokens,
    /// A browser, by its cookie.
    Browser,
}

impl RefreshToken {
    /// What is stored of the secret.
    pub(super) fn hash(&self, holder: SessionHolder) -> String {
        match holder {
            SessionHolder::Tokens => hash_secret(&self.secret),
            SessionHolder::Browser => hash_secret(&self.of_browser()),
        }
    }

    /// Whether it is the one that is stored.
    pub(super) fn is_good(&self, holder: SessionHolder, hash: &str) -> bool {
        match holder {
            SessionHolder::Tokens => verify_secret(&self.secret, hash),
            SessionHolder::Browser => verify_secret(&self.of_browser(), hash),
        }
    }

    fn of_browser(&self) -> String {
        format!("browser {}", self.secret)
    }

    fn first() -> Result<Self, HashFault> {
        Ok(Self { session: Uuid::now_v7(), family: random_secret()?, secret: random_secret()? })
    }

    fn next(&self) -> Result<Self, HashFault> {
        Ok(Self { session: self.session, family: self.family.clone(), secret: random_secret()? })
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (session, family, secret) = (parts.next()?, parts.next()?, parts.next()?);
        let session = Uuid::try_parse(session).ok().filter(|_| parts.next().is_none())?;
        Some(Self { session, family: family.to_owned(), secret: secret.to_owned() })
    }

    fn text(&self) -> String {
        format!("{}.{}.{}", self.session, self.family, self.secret)
    }
}

impl Service {
    /// Signs a member of staff in from an address; `code` is of their second factor, `holder` what will hold the session, and `before` the token of
    /// the one that it held until now.
    ///
    /// # Errors
    /// Wrong credentials, or a code that is missing or wrong; locked or slow after too many; busy with the sign-ins of others.
    pub async fn sign_in(
        &self,
        username: &str,
        password: &str,
        code: Option<&str>,
        address: IpAddr,
        holder: SessionHolder,
        before: Option<&str>,
    ) -> Result<SignedIn, ServiceError> {
        let address = address.to_canonical();
        let right = self.evaluate(username, password, address, AuditActor::at_address(address)).await?;
        let factor = match self.check_second_factor(&right.account, code).await? {
            Ok(factor) => factor,
            Err(refusal) => {
                self.fail(right, refusal).await?;
                return Err(refusal.into());
            }
        };
        let token = RefreshToken::first().map_err(no_chance)?;
        let (now, rules, account) = (self.now(), self.sign_in, right.account.clone());
        let session = Session {
            id: token.session,
            user_id: account.id.clone(),
            address: address.to_string(),
            started_at: now,
            refreshed_at: now,
            expires_at: self.sessions.expires_at(now, now),
            family_hash: hash_secret(&token.family),
            token_hash: token.hash(holder),
        };
        let (begun, before) = (session.clone(), before.and_then(RefreshToken::parse));
        let ended = self
            .db
            .write("signed_in", move |tx| {
                right.remember_in(tx, &rules)?;
                if !note_sign_in(tx, &right.account, now)? {
                    return Err(ServiceError::WrongCredentials);
                }
                stored::begin(tx, &begun)?;
                let entry = AuditEntry::new(AuditKind::SignedIn, now, right.actor());
                let entry = entry.about(AuditSubject::account(&right.account.id));
                audit::append(tx, &factor.iter().fold(entry, |entry, factor| entry.with("second_factor", *factor)))?;
                before.as_ref().map_or(Ok(None), |before| end_before(tx, before, holder, (now, right.actor())))
            })
            .await?;
        ended.iter().for_each(|account| self.callers.forget(SubjectKind::User, account));
        note_in_log(None, Some(session.id), None);
        self.signed_in(&session, account, &token, now)
    }

    /// Gives the next tokens of a session to whoever brings its refresh token.
    ///
    /// # Errors
    /// [`AccountRefusal::SessionEnded`], also when it ends because the token was used before.
    pub async fn refresh(&self, refresh_token: &str, address: IpAddr) -> Result<SignedIn, ServiceError> {
        let given = RefreshToken::parse(refresh_token).ok_or(AccountRefusal::SessionEnded)?;
        let next = given.next().map_err(no_chance)?;
        let (now, rules, next_hash) = (self.now(), self.sessions, next.hash(SessionHolder::Tokens));
        let renewed = self
            .db
            .write("refresh", move |tx| {
                let found = stored::with_user(tx, given.session)?;
                let (mut session, account) = found.ok_or(AccountRefusal::SessionEnded)?;
                let is_of_it = verify_secret(&given.family, &session.family_hash);
                if now >= session.expires_at || !account.active || !is_of_it {
                    return Err(AccountRefusal::SessionEnded.into());
                }
                if !given.is_good(SessionHolder::Tokens, &session.token_hash) {
                    stored::end(tx, session.id)?;
                    let by = AuditActor::at_address(address.to_canonical());
                    let entry = AuditEntry::new(AuditKind::RefreshReused, now, by);
                    audit::append(tx, &entry.about(AuditSubject::account(&account.id)))?;
                    return Ok((account, None));
                }
                session.refreshed_at = now;
                session.expires_at = rules.expires_at(session.started_at, now);
                // Of the same token twice at once, the second finds the first when it runs again.
                if !stored::refresh(tx, &session, &next_hash)? {
                    return Err(StoreError::Conflict.into());
                }
                Ok::<_, ServiceError>((account, Some(session)))
            })
            .await?;
        match renewed {
            (account, Some(session)) => {
                note_in_log(Some(&account.id), Some(session.id), None);
                // Several an hour of everybody: no entries for ever.
                tracing::info!(code = "session_refreshed", address = %address.to_canonical(), "a session goes on");
                self.signed_in(&session, account, &next, now)
            }
            (account, None) => {
                note_in_log(Some(&account.id), None, None);
                self.callers.forget(SubjectKind::User, &account.id);
                let account = account.id;
                tracing::warn!(
                    code = "refresh_reused",
                    account,
                    "a refresh token was used twice; its session was ended"
                );
                Err(AccountRefusal::SessionEnded.into())
            }
        }
    }

    fn signed_in(
        &self,
        session: &Session,
        account: UserAccount,
        token: &RefreshToken,
        now: DateTime<Utc>,
    ) -> Result<SignedIn, ServiceError> {
        let duty = duty_of(&account, &self.second_factor_roles);
        let access = self.issue(TokenSubject {
            credential: None,
            id: account.id,
            kind: SubjectKind::User,
            name: account.display_name,
            roles: account.roles,
            scopes: Vec::new(),
            outlet: account.outlet,
            session: Some(session.id),
        })?;
        let refresh_expires_in = (session.expires_at - now).num_seconds();
        Ok(SignedIn { access, refresh_token: token.text(), refresh_expires_in, duty })
    }

    /// Ends the caller's session, or all sessions of theirs.
    ///
    /// # Errors
    /// Not a person.
    pub async fn sign_out(&self, caller: &Caller, everywhere: bool) -> Result<(), ServiceError> {
        caller.require_staff()?;
        let (now, who) = (self.now(), caller.clone());
        self.db
            .write("sign_out", move |tx| {
                match who.session {
                    Some(session) if !everywhere => stored::end(tx, session)?,
                    _ => stored::end_all(tx, &who.actor.id, None)?,
                }
                let entry = AuditEntry::new(AuditKind::SignedOut, now, who.audit_actor());
                let entry =
                    entry.about(AuditSubject::account(&who.actor.id)).with("everywhere", everywhere.to_string());
                Ok::<_, ServiceError>(audit::append(tx, &entry)?)
            })
            .await?;
        self.callers.forget(SubjectKind::User, &caller.actor.id);
        Ok(())
    }

    /// The caller's own sessions, the latest first.
    ///
    /// # Errors
    /// Not a person.
    pub async fn own_sessions(&self, caller: &Caller) -> Result<Vec<OwnSession>, ServiceError> {
        caller.require_staff()?;
        let (id, now) = (caller.actor.id.clone(), self.now());
        self.db.read_long("own_sessions", move |tx| Ok(stored::of_user(tx, &id, now)?)).await
    }
}

/// Ends the session of a token that the same holder had; whose it was, if it was one.
fn end_before(
    tx: &mut Tx<'_>,
    before: &RefreshToken,
    holder: SessionHolder,
    (now, by): (DateTime<Utc>, AuditActor),
) -> Result<Option<String>, ServiceError> {
    let Some((session, account)) = stored::with_user(tx, before.session)? else { return Ok(None) };
    if !verify_secret(&before.family, &session.family_hash) || !before.is_good(holder, &session.token_hash) {
        return Ok(None);
    }
    stored::end(tx, session.id)?;
    // One that nobody used for long has ended by itself.
    if now < session.expires_at {
        let entry = AuditEntry::new(AuditKind::SignedOut, now, by).about(AuditSubject::account(&account.id));
        audit::append(tx, &entry.with("everywhere", "false").with("because", "signed_in_here"))?;
    }
    Ok(Some(account.id))
}

pub(super) fn no_chance(error: HashFault) -> ServiceError {
    ServiceError::Internal(error.to_string())
}

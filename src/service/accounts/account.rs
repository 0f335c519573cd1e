//! Accounts: who a token speaks for. People and their sign-ins stand in [`super::people`], systems in [`super::clients`].
//!
//! Guarantees: an account that was deactivated and a session that has ended are refused within five seconds, on every instance,
//! although their tokens are still valid.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::caller::Caller;
use super::caller_cache::CallerKey;
use super::passwords;
use super::tokens::{SubjectKind, TokenSubject};
use crate::domain::accounts::actor::Actor;
use crate::domain::accounts::audit::WHOLE_HALL;
use crate::domain::accounts::entered::{
    ACTIVE, CREATED_AT, CREDENTIALS, Columns, ENROLLED_AT, FORMER_PASSWORD, NOTHING, SECOND_FACTOR, UPDATED_AT,
    VERSION, instant_or_nothing,
};
use crate::domain::accounts::refusal::AccountRefusal;
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::accounts::session::Duty;
use crate::domain::base::words::{Fault, Words};
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::accounts::{self as stored, UserAccount};

/// A token and how long it lives.
#[derive(Debug, Clone)]
pub struct IssuedToken {
    /// The token.
    pub access_token: String,
    /// Seconds until it expires.
    pub expires_in: i64,
    /// What it permits, for systems.
    pub scopes: Vec<Scope>,
}

impl Service {
    pub(super) fn issue(&self, subject: TokenSubject) -> Result<IssuedToken, ServiceError> {
        self.issue_until(subject, None)
    }

    /// A token that ends at an instant, if not before.
    pub(super) fn issue_until(
        &self,
        subject: TokenSubject,
        until: Option<DateTime<Utc>>,
    ) -> Result<IssuedToken, ServiceError> {
        let scopes = subject.scopes.clone();
        let issued = self.tokens.issue_until(&subject, self.now(), until);
        let issued = issued.map_err(|error| ServiceError::Internal(error.to_string()))?;
        Ok(IssuedToken { access_token: issued.token, expires_in: issued.expires_in, scopes })
    }

    /// Who a token speaks for, calling from an address; roles and outlet are those of the account now, not of the day the token was made.
    ///
    /// # Errors
    /// [`ServiceError::WrongCredentials`] for a token that isn't valid or whose account isn't active.
    pub async fn caller(&self, token: &str, address: Option<IpAddr>) -> Result<Caller, ServiceError> {
        if let Some(issuer) = self.issuers.of(token) {
            return self.caller_by(issuer, token, address).await;
        }
        let now = self.now();
        let claims = self.tokens.verify(token, now).map_err(|_| ServiceError::WrongCredentials)?;
        let credential = claims.subject.credential.as_deref();
        let is_system = claims.subject.kind == SubjectKind::Client;
        // What isn't known of a system in memory may be newer than that: a secret just made, on another instance.
        let known = |cached: &Option<Caller>| !is_system || cached.as_ref().is_some_and(|it| it.accepts(credential));
        let caller = self.looked_up(CallerKey::of(&claims.subject), now, known).await?;
        let mut caller = caller.ok_or(ServiceError::WrongCredentials)?;
        if !caller.accepts(credential) {
            return Err(ServiceError::WrongCredentials);
        }
        if let Some(scopes) = &mut caller.scopes {
            scopes.retain(|scope| claims.subject.scopes.contains(scope));
        }
        caller.address = address;
        caller.note_in_log(credential);
        caller.credential = claims.subject.credential;
        Ok(caller)
    }

    /// Who calls as they are known now, for what goes on longer than the moment in which it began. Who runs the program stays who they are.
    ///
    /// # Errors
    /// [`AccountRefusal::SessionEnded`] where it has, their account is switched off, or what a system's token was got with is good no more.
    pub async fn known_now(&self, caller: &Caller) -> Result<Caller, ServiceError> {
        let id = caller.actor.id.clone();
        let key = match (caller.session, &caller.system) {
            (Some(session), _) => CallerKey { kind: SubjectKind::User, id, session: Some(session) },
            (None, Some(_)) => CallerKey { kind: SubjectKind::Client, id, session: None },
            (None, None) => return Ok(caller.clone()),
        };
        let known = self.looked_up(key, self.now(), |_| true).await?.filter(|known| known.duty.is_none());
        let proven = |known: &Caller| caller.credential.is_none() || known.accepts(caller.credential.as_deref());
        let mut known = known.filter(proven).ok_or(AccountRefusal::SessionEnded)?;
        if let (Some(scopes), Some(had)) = (&mut known.scopes, &caller.scopes) {
            scopes.retain(|scope| had.contains(scope));
        }
        Ok(Caller { address: caller.address, credential: caller.credential.clone(), ..known })
    }

    /// A member of staff as their account is in this transaction, for work that goes on by itself, also when they have signed out. Who has no account
    /// stays who they are: the hall, and whoever runs the program.
    ///
    /// # Errors
    /// [`AccountRefusal::SessionEnded`] where their account was switched off since, or taken back by a reset of its password.
    pub(in crate::service) fn account_now(&self, tx: &mut Tx<'_>, caller: &Caller) -> Result<Caller, ServiceError> {
        let Some(account) = stored::user(tx, &caller.actor.id)? else { return Ok(caller.clone()) };
        if !account.active || duty_of(&account, &self.second_factor_roles).is_some() {
            return Err(AccountRefusal::SessionEnded.into());
        }
        let UserAccount { id, display_name: name, roles, outlet, .. } = account;
        Ok(Caller { actor: Actor { id, name, roles, outlet }, ..caller.clone() })
    }

    /// Who somebody is: from memory, where what is remembered is good enough.
    pub(super) async fn looked_up(
        &self,
        key: CallerKey,
        now: DateTime<Utc>,
        is_good: impl Fn(&Option<Caller>) -> bool,
    ) -> Result<Option<Caller>, ServiceError> {
        if let Some(cached) = self.callers.get(&key, now).filter(is_good) {
            return Ok(cached);
        }
        let forgotten = self.callers.forgotten();
        let loaded = self.load_caller(&key, now).await?;
        // A duty that is done on one instance is done on all, at once.
        if loaded.as_ref().is_none_or(|caller| caller.duty.is_none()) {
            self.callers.put(key, now, forgotten, loaded.clone());
        }
        Ok(loaded)
    }

    async fn load_caller(&self, key: &CallerKey, now: DateTime<Utc>) -> Result<Option<Caller>, ServiceError> {
        let CallerKey { kind, id, session } = key.clone();
        let roles = Arc::clone(&self.second_factor_roles);
        self.db
            .read("caller", move |tx| {
                Ok(match (kind, session) {
                    (SubjectKind::User, Some(session)) => stored::sessions::with_user(tx, session)?
                        .filter(|(session, account)| account.id == id && account.active && now < session.expires_at)
                        .map(|(session, account)| user_caller(account, session.id, &roles)),
                    // A token of before there were sessions.
                    (SubjectKind::User, None) => None,
                    (SubjectKind::Client, _) => super::clients::access::load(tx, &id, now)?,
                })
            })
            .await
    }
}

pub(super) fn user_caller(account: UserAccount, session: Uuid, second_factor_roles: &[Role]) -> Caller {
    let duty = duty_of(&account, second_factor_roles);
    let UserAccount { id, display_name, roles, outlet, .. } = account;
    Caller { session: Some(session), duty, ..Caller::new(Actor { id, name: display_name, roles, outlet }, None) }
}

/// What the holder of an account must do before anything else.
pub(super) fn duty_of(account: &UserAccount, second_factor_roles: &[Role]) -> Option<Duty> {
    let needs_second = account.roles.iter().any(|role| second_factor_roles.contains(role));
    match account {
        UserAccount { one_time_until: Some(_), .. } => Some(Duty::ChangePassword),
        UserAccount { second_factor_since: None, .. } if needs_second => Some(Duty::EnrolSecondFactor),
        _ => None,
    }
}

/// What is entered of an account: all that the security administrator can change of it.
pub(super) type Described = [(&'static str, String); 3];

pub(super) fn described(account: &UserAccount) -> Described {
    // Who sees no case acts in no outlet: that isn't the whole hall.
    let everywhere = if account.roles.iter().any(|role| role.sees_cases()) { WHOLE_HALL } else { "none" };
    let outlet = account.outlet.as_deref().unwrap_or(everywhere);
    let roles = account.roles.iter().map(|role| role.code()).collect::<Vec<_>>().join(" ");
    [("display_name", account.display_name.clone()), ("roles", roles), ("outlet", outlet.to_owned())]
}

/// A digest of what an account is signed in with. The hash of a password has a random salt of its own: nobody finds a password by a
/// digest of it.
pub(super) fn credentials_digest(account: &UserAccount) -> String {
    digest_of(&account.password_hash, account.one_time_until)
}

fn digest_of(password_hash: &str, one_time_until: Option<DateTime<Utc>>) -> String {
    let until = one_time_until.map(|until| until.timestamp_micros().to_string()).unwrap_or_default();
    passwords::digest(&format!("{password_hash}\n{until}"))
}

/// Everything of an account that the audit trail accounts for.
pub(in crate::service) fn entered(account: &UserAccount) -> Columns {
    let mut columns = vec![("username", account.username.clone())];
    columns.extend(described(account));
    columns.push((ACTIVE, account.active.to_string()));
    columns.push((SECOND_FACTOR, account.second_factor_since.is_some().to_string()));
    columns.push((CREDENTIALS, credentials_digest(account)));
    columns.push((CREATED_AT, instant_or_nothing(Some(account.created_at))));
    columns.push((UPDATED_AT, instant_or_nothing(Some(account.updated_at))));
    columns.push((VERSION, account.version.to_string()));
    columns.push((ENROLLED_AT, instant_or_nothing(account.second_factor_since)));
    // It was good without an end, or it isn't kept.
    let former = account.former_password_hash.as_deref().map(|hash| digest_of(hash, None));
    columns.push((FORMER_PASSWORD, former.unwrap_or_else(|| NOTHING.to_owned())));
    columns
}

pub(super) fn taken(pointer: &str) -> ServiceError {
    ServiceError::Invalid(vec![Fault::new(pointer, "taken", Words::new("已被使用", "is taken"))])
}

pub(in crate::service) fn normalized(name: &str) -> String {
    name.trim().to_lowercase()
}

//! Tokens for systems, who a token speaks for, and adding clients. People and their sign-ins stand in [`super::people`].
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
use crate::domain::accounts::audit::{AuditActor, AuditEntry, AuditKind, AuditSubject};
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::accounts::session::Duty;
use crate::domain::base::words::{Fault, Words};
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::accounts::{self as stored, ClientAccount, UserAccount};

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
    /// Gives a system its token (OAuth 2.0 client credentials, RFC 6749 section 4.4).
    ///
    /// # Errors
    /// Wrong credentials, or a scope that the client hasn't.
    pub async fn client_token(
        &self,
        client_id: &str,
        secret: &str,
        scopes: Option<Vec<Scope>>,
        address: IpAddr,
    ) -> Result<IssuedToken, ServiceError> {
        let id = client_id.to_owned();
        let account: Option<ClientAccount> =
            self.db.read("client", move |tx| Ok::<_, ServiceError>(stored::client(tx, &id)?)).await?;
        let account = account.filter(|account| account.active);
        let (hash, secret) = (account.as_ref().map(|account| account.secret_hash.clone()), secret.to_owned());
        // A client's secret is random: a digest is enough, and a system that asks often isn't slowed down.
        let verified = passwords::verify_secret(&secret, hash.as_deref());
        // Ids that no client has aren't kept: what is typed there may be a secret.
        let account = account.ok_or(ServiceError::WrongCredentials)?;
        let entry = |kind| {
            let entry = AuditEntry::new(kind, self.now(), AuditActor::at_address(address));
            entry.about(AuditSubject::system(&account.client_id))
        };
        if !verified {
            self.record_refusal(entry(AuditKind::TokenRefused).with("reason", "wrong_secret")).await?;
            return Err(ServiceError::WrongCredentials);
        }
        let granted = scopes.unwrap_or_else(|| account.scopes.clone());
        if let Some(scope) = granted.iter().find(|scope| !account.scopes.contains(scope)) {
            let refused = entry(AuditKind::TokenRefused).with("reason", "scope").with("scope", scope.code());
            self.record_refusal(refused).await?;
            return Err(ServiceError::NotPermitted(scope.code()));
        }
        self.record(entry(AuditKind::TokenIssued).with("scope", Scope::list(&granted))).await?;
        self.issue(TokenSubject {
            id: account.client_id,
            kind: SubjectKind::Client,
            name: account.name,
            roles: vec![Role::Client],
            scopes: granted,
            outlet: account.outlet,
            session: None,
        })
    }

    /// Enters a refused token, unless one of the same system was entered just now.
    async fn record_refusal(&self, entry: AuditEntry) -> Result<(), ServiceError> {
        let due = entry.about.as_ref().and_then(|about| self.token_refusals.due(&about.id));
        match due {
            None => Ok(()),
            Some(0) => self.record(entry).await,
            Some(others) => self.record(entry.with("others_before", others.to_string())).await,
        }
    }

    pub(super) fn issue(&self, subject: TokenSubject) -> Result<IssuedToken, ServiceError> {
        let scopes = subject.scopes.clone();
        let issued = self.tokens.issue(&subject, self.now());
        let issued = issued.map_err(|error| ServiceError::Internal(error.to_string()))?;
        Ok(IssuedToken { access_token: issued.token, expires_in: issued.expires_in, scopes })
    }

    /// Who a token speaks for; roles and outlet are those of the account now, not of the day the token was made.
    ///
    /// # Errors
    /// [`ServiceError::WrongCredentials`] for a token that isn't valid or whose account isn't active.
    pub async fn caller(&self, token: &str) -> Result<Caller, ServiceError> {
        let now = self.now();
        let claims = self.tokens.verify(token, now).map_err(|_| ServiceError::WrongCredentials)?;
        let key = CallerKey::of(&claims.subject);
        let caller = match self.callers.get(&key, now) {
            Some(cached) => cached,
            None => {
                let loaded = self.load_caller(&key, now).await?;
                // A duty that is done on one instance is done on all, at once.
                if loaded.as_ref().is_none_or(|caller| caller.duty.is_none()) {
                    self.callers.put(key, now, loaded.clone());
                }
                loaded
            }
        };
        let mut caller = caller.ok_or(ServiceError::WrongCredentials)?;
        if let Some(scopes) = &mut caller.scopes {
            scopes.retain(|scope| claims.subject.scopes.contains(scope));
        }
        Ok(caller)
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
                    (SubjectKind::Client, _) => {
                        stored::client(tx, &id)?.filter(|account| account.active).map(client_caller)
                    }
                })
            })
            .await
    }

    /// Adds a client and answers its secret, which is shown this once and never stored.
    ///
    /// # Errors
    /// A client id that is taken.
    pub async fn add_client(
        &self,
        client_id: &str,
        name: &str,
        scopes: Vec<Scope>,
        outlet: Option<String>,
    ) -> Result<String, ServiceError> {
        let secret = passwords::random_secret().map_err(|error| ServiceError::Internal(error.to_string()))?;
        let account = ClientAccount {
            client_id: normalized(client_id),
            name: name.to_owned(),
            secret_hash: passwords::hash_secret(&secret),
            scopes,
            outlet,
            active: true,
        };
        let now = self.now();
        let added = self
            .db
            .write("add_client", move |tx| Ok::<_, ServiceError>(stored::insert_client(tx, &account, now)?))
            .await?;
        if added { Ok(secret) } else { Err(taken("/client_id")) }
    }
}

fn user_caller(account: UserAccount, session: Uuid, second_factor_roles: &[Role]) -> Caller {
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

fn client_caller(account: ClientAccount) -> Caller {
    let ClientAccount { client_id, name, scopes, outlet, .. } = account;
    Caller::new(Actor { id: client_id, name, roles: vec![Role::Client], outlet }, Some(scopes))
}

pub(super) fn taken(pointer: &str) -> ServiceError {
    ServiceError::Invalid(vec![Fault::new(pointer, "taken", Words::new("已被使用", "is taken"))])
}

pub(in crate::service) fn normalized(name: &str) -> String {
    name.trim().to_lowercase()
}

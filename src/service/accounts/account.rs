//! Accounts: who a token speaks for, and adding users. People sign in by [`super::sign_in`].
//!
//! Guarantees: a deactivated account is refused within seconds although its token is still valid.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::caller::Caller;
use super::passwords;
use super::tokens::{Claims, SubjectKind, TokenSubject};
use crate::domain::accounts::actor::Actor;
use crate::domain::accounts::role::{Role, Scope, check_roles};
use crate::domain::base::words::{Fault, Words};
use crate::service::Service;
use crate::service::base::error::ServiceError;
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

/// A user to be added.
#[derive(Clone)]
pub struct NewUser {
    /// Name to sign in with.
    pub username: String,
    /// Name on the timeline.
    pub display_name: String,
    /// Password.
    pub password: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// The outlet they act in; none: the whole hall.
    pub outlet: Option<String>,
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

    /// Who a token speaks for; roles and outlet are those of the account now, not of the day the token was made.
    ///
    /// # Errors
    /// [`ServiceError::WrongCredentials`] for a token that isn't valid or whose account isn't active.
    pub async fn caller(&self, token: &str) -> Result<Caller, ServiceError> {
        let claims = self.tokens.verify(token, self.now()).map_err(|_| ServiceError::WrongCredentials)?;
        let credential = claims.subject.credential.as_deref();
        let is_system = claims.subject.kind == SubjectKind::Client;
        // What isn't known of a system in memory may be newer than that: a secret just made, on another instance.
        let known = |cached: &Option<Caller>| !is_system || cached.as_ref().is_some_and(|it| it.accepts(credential));
        let caller = match self.callers.get(&claims.subject.id).filter(known) {
            Some(cached) => cached,
            None => {
                let loaded = self.load_caller(&claims).await?;
                self.callers.put(&claims.subject.id, loaded.clone());
                loaded
            }
        };
        let mut caller = caller.ok_or(ServiceError::WrongCredentials)?;
        if !caller.accepts(credential) {
            return Err(ServiceError::WrongCredentials);
        }
        if let Some(scopes) = &mut caller.scopes {
            scopes.retain(|scope| claims.subject.scopes.contains(scope));
        }
        Ok(caller)
    }

    async fn load_caller(&self, claims: &Claims) -> Result<Option<Caller>, ServiceError> {
        let (id, kind, now) = (claims.subject.id.clone(), claims.subject.kind, self.now());
        self.db
            .read("caller", move |tx| {
                Ok(match kind {
                    SubjectKind::User => stored::user(tx, &id)?.filter(|account| account.active).map(user_caller),
                    SubjectKind::Client => super::clients::access::load(tx, &id, now)?,
                })
            })
            .await
    }

    /// Adds a user.
    ///
    /// # Errors
    /// Every fault at once: a weak password, roles that exclude one another, an unknown outlet, a name that is taken.
    pub async fn add_user(&self, user: NewUser) -> Result<(), ServiceError> {
        let username = normalized(&user.username);
        let mut faults = check_roles(&user.roles);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if !(2..=64).contains(&username.len()) || !username.chars().all(plain) {
            let words =
                Words::new("用户名须为2至64位字母、数字、点、连字符", "2 to 64 letters, digits, dots and hyphens");
            faults.push(Fault::new("/username", "bad_username", words));
        }
        if user.roles.is_empty() || user.roles.contains(&Role::Client) {
            let words = Words::new("至少一个岗位，且不能是外部系统", "at least one role, and not client");
            faults.push(Fault::new("/roles", "bad_roles", words));
        }
        if user.outlet.as_ref().is_some_and(|outlet| self.hall.outlet(outlet).is_none()) {
            let known: Vec<&str> = self.hall.outlets.iter().map(|outlet| outlet.code.as_str()).collect();
            let known = known.join(", ");
            let words = Words::new(format!("没有该网点；可选：{known}"), format!("no such outlet; known: {known}"));
            faults.push(Fault::new("/outlet", "not_one_of", words));
        }
        faults.extend(passwords::check(&user.password, &username));
        if !faults.is_empty() {
            return Err(ServiceError::Invalid(faults));
        }
        let password = user.password.clone();
        let turn = self.hashing.turn().await?;
        let hashed = turn.compute(move |memory| passwords::hash(&password, memory)).await?;
        let account = UserAccount {
            id: Uuid::now_v7().to_string(),
            username,
            display_name: user.display_name,
            password_hash: hashed.map_err(|error| ServiceError::Internal(error.to_string()))?,
            roles: user.roles,
            outlet: user.outlet,
            active: true,
        };
        let now = self.now();
        let added =
            self.db.write("add_user", move |tx| Ok::<_, ServiceError>(stored::insert_user(tx, &account, now)?)).await?;
        if added { Ok(()) } else { Err(taken("/username")) }
    }

    /// Switches an account on or off; off means refused at once here, and within seconds by other instances.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn set_active(&self, username: &str, active: bool) -> Result<(), ServiceError> {
        let (name, now) = (normalized(username), self.now());
        let found = self
            .db
            .write("set_active", move |tx| Ok::<_, ServiceError>(stored::set_user_active(tx, &name, active, now)?))
            .await?;
        self.callers.clear();
        if found { Ok(()) } else { Err(ServiceError::NotFound) }
    }

    /// How many users there are.
    ///
    /// # Errors
    /// The database says no.
    pub async fn count_users(&self) -> Result<i64, ServiceError> {
        self.db.read_long("count_users", |tx| Ok(stored::count_users(tx)?)).await
    }
}

fn user_caller(account: UserAccount) -> Caller {
    let UserAccount { id, display_name, roles, outlet, .. } = account;
    Caller::new(Actor { id, name: display_name, roles, outlet }, None)
}

fn taken(pointer: &str) -> ServiceError {
    ServiceError::Invalid(vec![Fault::new(pointer, "taken", Words::new("已被使用", "is taken"))])
}

pub(in crate::service) fn normalized(name: &str) -> String {
    name.trim().to_lowercase()
}

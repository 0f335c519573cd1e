//! What the security administrator, or an operator by command, does with the accounts of people.
//!
//! Guarantees: an active security administrator stays, whatever happens side by side. Nobody gives themselves other roles, another
//! password or a sign-in without their second factor. A deactivated account has no sessions, so that activating it revives none.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::super::account::{Described, credentials_digest, described, normalized, taken};
use super::super::caller::Caller;
use super::super::passwords;
use super::super::tokens::SubjectKind;
use super::password_rules;
use super::sessions::no_chance;
use crate::domain::accounts::account::{AccountDetails, AccountDraft};
use crate::domain::accounts::actor::HALL_ID;
use crate::domain::accounts::audit::{AuditEntry, AuditKind, AuditSubject};
use crate::domain::accounts::entered::CREDENTIALS;
use crate::domain::accounts::refusal::AccountRefusal;
use crate::domain::accounts::role::Role;
use crate::domain::base::words::{Fault, Words};
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::accounts::{self as stored, UserAccount, audit, second_factors, sessions};

/// How long a one-time password waits for its first sign-in: a long weekend.
pub const ONE_TIME_FOR: TimeDelta = TimeDelta::days(3);

/// A user to be added.
#[derive(Clone)]
pub struct NewUser {
    /// Name to sign in with.
    pub username: String,
    /// What the account says of them.
    pub account: AccountDraft,
    /// Password; none: a one-time password is made.
    pub password: Option<String>,
}

/// A password that must be changed at the first sign-in, shown this once.
#[derive(Clone)]
pub struct OneTimePassword {
    /// The password.
    pub password: String,
    /// Until when it can be signed in with.
    pub until: DateTime<Utc>,
}

/// An account, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Id, on every event that they cause.
    pub id: String,
    /// Name to sign in with.
    pub username: String,
    /// Name, roles and outlet.
    pub details: AccountDetails,
    /// Whether they may sign in.
    pub active: bool,
    /// Counted up by each change.
    pub version: i64,
    /// Their password is a one-time password and ends then.
    pub one_time_until: Option<DateTime<Utc>>,
    /// Since when they have a second factor.
    pub second_factor_since: Option<DateTime<Utc>>,
    /// Their last sign-in.
    pub signed_in_at: Option<DateTime<Utc>>,
}

impl From<UserAccount> for User {
    fn from(account: UserAccount) -> Self {
        let UserAccount { id, username, display_name, roles, outlet, active, version, .. } = account;
        Self {
            id,
            username,
            details: AccountDetails { display_name, roles, outlet },
            active,
            version,
            one_time_until: account.one_time_until,
            second_factor_since: account.second_factor_since,
            signed_in_at: account.signed_in_at,
        }
    }
}

/// Which account is meant.
#[derive(Debug, Clone)]
pub enum UserKey {
    /// By its id.
    Id(String),
    /// By the name to sign in with.
    Name(String),
}

/// What is entered of a change in the trail, and what else it does.
struct Changed {
    kind: AuditKind,
    /// What is said of the account, as it was and as it is.
    details: Option<(Described, Described)>,
    ends_sessions: bool,
}

impl Changed {
    fn new(kind: AuditKind) -> Self {
        Self { kind, details: None, ends_sessions: false }
    }

    fn ending_sessions(kind: AuditKind) -> Self {
        Self { ends_sessions: true, ..Self::new(kind) }
    }
}

impl Service {
    /// How many users there are.
    ///
    /// # Errors
    /// The database says no.
    pub async fn count_users(&self) -> Result<i64, ServiceError> {
        self.db.read_long("count_users", |tx| Ok(stored::count_users(tx)?)).await
    }

    /// Everybody, by name.
    ///
    /// # Errors
    /// Not the security administrator.
    pub async fn users(&self, caller: &Caller) -> Result<Vec<User>, ServiceError> {
        self.may_manage_accounts(caller)?;
        let all = self.db.read_long("users", |tx| Ok::<_, ServiceError>(stored::all_users(tx)?)).await?;
        Ok(all.into_iter().map(User::from).collect())
    }

    /// An account.
    ///
    /// # Errors
    /// Not the security administrator; there is none.
    pub async fn user(&self, caller: &Caller, key: UserKey) -> Result<User, ServiceError> {
        self.may_manage_accounts(caller)?;
        self.db.read("user", move |tx| Ok(User::from(find(tx, &key)?))).await
    }

    /// What is wrong with a name to sign in with; whether it is taken is told when it is added.
    pub fn bad_username(&self, username: &str) -> Option<Fault> {
        bad_username(&normalized(username))
    }

    /// Adds a user; the one-time password is shown this once, where none was given.
    ///
    /// # Errors
    /// Not the security administrator. Every fault at once: name, roles, outlet, a weak password; then a name that is taken.
    pub async fn add_user(
        &self,
        caller: &Caller,
        new: NewUser,
    ) -> Result<(User, Option<OneTimePassword>), ServiceError> {
        self.may_manage_accounts(caller)?;
        let (username, display_name) = (normalized(&new.username), new.account.display_name.clone());
        let now = self.now();
        let one_time = match new.password {
            Some(_) => None,
            None => Some(one_time(now)?),
        };
        let password = one_time.as_ref().map(|one_time| one_time.password.clone()).or(new.password).unwrap_or_default();
        let mut faults: Vec<Fault> = bad_username(&username).into_iter().collect();
        let details = new.account.checked(&self.hall).map_err(|found| faults.extend(found)).ok();
        let hash = self.hashed(&username, &display_name, &password, None, "/password").await?;
        let hash = hash.map_err(|found| faults.extend(found)).ok();
        let (Some(AccountDetails { display_name, roles, outlet }), Some(password_hash), true) =
            (details, hash, faults.is_empty())
        else {
            return Err(ServiceError::Invalid(faults));
        };
        let account = UserAccount {
            id: Uuid::now_v7().to_string(),
            username,
            display_name,
            password_hash,
            former_password_hash: None,
            roles,
            outlet,
            active: true,
            version: 1,
            one_time_until: one_time.as_ref().map(|one_time| one_time.until),
            signed_in_at: None,
            second_factor_since: None,
            created_at: now,
            updated_at: now,
        };
        let (added, by) = (account.clone(), caller.audit_actor());
        self.db
            .write("add_user", move |tx| {
                if !stored::is_free(tx, &added.username)? || !stored::insert_user(tx, &added)? {
                    return Err(taken("/username"));
                }
                let entry = AuditEntry::new(AuditKind::AccountAdded, now, by.clone());
                let entry = entry.about(AuditSubject::account(&added.id)).with("username", &added.username);
                let entry = entry.with(CREDENTIALS, credentials_digest(&added));
                let said = described(&added).into_iter();
                Ok(audit::append(tx, &said.fold(entry, |entry, (name, value)| entry.with(name, value)))?)
            })
            .await?;
        Ok((account.into(), one_time))
    }

    /// Lets an account say something else of its holder, in the version that was seen.
    ///
    /// # Errors
    /// Not the security administrator; no such account; stale; faults of the data; other roles of one's own, or the last security
    /// administrator's.
    pub async fn change_user(
        &self,
        caller: &Caller,
        key: UserKey,
        draft: AccountDraft,
        seen: Option<i64>,
    ) -> Result<User, ServiceError> {
        self.may_manage_accounts(caller)?;
        let details = draft.checked(&self.hall).map_err(ServiceError::Invalid)?;
        let own = caller.actor.id.clone();
        self.change_account(caller, key, seen, move |_, account| {
            if account.id == own && account.roles != details.roles {
                return Err(AccountRefusal::OwnAccount.into());
            }
            let before = described(account);
            let AccountDetails { display_name, roles, outlet } = details.clone();
            (account.display_name, account.roles, account.outlet) = (display_name, roles, outlet);
            let after = described(account);
            Ok((before != after)
                .then(|| Changed { details: Some((before, after)), ..Changed::new(AuditKind::AccountChanged) }))
        })
        .await
    }

    /// Switches an account on or off; off ends its sessions.
    ///
    /// # Errors
    /// Not the security administrator; no such account; stale; the last active security administrator.
    pub async fn set_user_active(
        &self,
        caller: &Caller,
        key: UserKey,
        active: bool,
        seen: Option<i64>,
    ) -> Result<User, ServiceError> {
        self.change_account(caller, key, seen, move |_, account| {
            if account.active == active {
                return Ok(None);
            }
            account.active = active;
            Ok(Some(match active {
                true => Changed::new(AuditKind::AccountActivated),
                false => Changed::ending_sessions(AuditKind::AccountDeactivated),
            }))
        })
        .await
    }

    /// Gives an account a one-time password, shown this once, and ends its sessions.
    ///
    /// # Errors
    /// Not the security administrator; no such account; stale; one's own.
    pub async fn reset_password(
        &self,
        caller: &Caller,
        key: UserKey,
        seen: Option<i64>,
    ) -> Result<(User, OneTimePassword), ServiceError> {
        self.may_manage_accounts(caller)?;
        let one_time = one_time(self.now())?;
        let password = one_time.password.clone();
        let turn = self.hashing.turn().await?;
        let hash = turn.compute(move |memory| passwords::hash(&password, memory)).await?.map_err(no_chance)?;
        let (own, until) = (caller.actor.id.clone(), one_time.until);
        let user = self
            .change_account(caller, key, seen, move |_, account| {
                if account.id == own {
                    return Err(AccountRefusal::OwnAccount.into());
                }
                // The one that its holder chose last; of several resets none was.
                if account.one_time_until.is_none() {
                    account.former_password_hash = Some(std::mem::take(&mut account.password_hash));
                }
                account.password_hash.clone_from(&hash);
                account.one_time_until = Some(until);
                Ok(Some(Changed::ending_sessions(AuditKind::PasswordReset)))
            })
            .await?;
        Ok((user, one_time))
    }

    /// Removes the second factor of somebody who has lost it, and ends their sessions.
    ///
    /// # Errors
    /// Not the security administrator; no such account; one's own.
    pub async fn remove_second_factor(&self, caller: &Caller, key: UserKey) -> Result<User, ServiceError> {
        let own = caller.actor.id.clone();
        self.change_account(caller, key, None, move |tx, account| {
            if account.id == own {
                return Err(AccountRefusal::OwnAccount.into());
            }
            if account.second_factor_since.take().is_none() {
                return Ok(None);
            }
            second_factors::remove(tx, &account.id)?;
            Ok(Some(Changed::ending_sessions(AuditKind::SecondFactorRemoved)))
        })
        .await
    }

    /// Signs somebody out wherever they are signed in.
    ///
    /// # Errors
    /// Not the security administrator; no such account.
    pub async fn end_user_sessions(&self, caller: &Caller, key: UserKey) -> Result<User, ServiceError> {
        self.change_account(caller, key, None, |_, _| Ok(Some(Changed::ending_sessions(AuditKind::SignedOut)))).await
    }

    /// Changes an account in one transaction, with its entry in the trail.
    async fn change_account(
        &self,
        caller: &Caller,
        key: UserKey,
        seen: Option<i64>,
        change: impl Fn(&mut Tx<'_>, &mut UserAccount) -> Result<Option<Changed>, ServiceError> + Send + 'static,
    ) -> Result<User, ServiceError> {
        self.may_manage_accounts(caller)?;
        let (by, now) = (caller.audit_actor(), self.now());
        let account = self
            .db
            .write("change_account", move |tx| {
                let before = find(tx, &key)?;
                if seen.is_some_and(|seen| seen != before.version) {
                    return Err(ServiceError::Stale { current_version: before.version });
                }
                let mut after = before.clone();
                let Some(changed) = change(tx, &mut after)? else { return Ok(before) };
                if administers(&before) && !administers(&after) {
                    let others = stored::security_administrators(tx)?;
                    if others.iter().all(|id| *id == after.id) {
                        return Err(AccountRefusal::LastSecurityAdministrator.into());
                    }
                }
                stored::save_user(tx, &mut after, now)?;
                // The row is held now: no session begins meanwhile.
                if changed.ends_sessions {
                    sessions::end_all(tx, &after.id, None)?;
                }
                let entry = AuditEntry::new(changed.kind, now, by.clone()).about(AuditSubject::account(&after.id));
                let entry = match &changed.details {
                    Some((before, after)) => entry.with_changes(before, after),
                    None if after.password_hash != before.password_hash => {
                        Some(entry.with(CREDENTIALS, credentials_digest(&after)))
                    }
                    None => Some(entry),
                };
                entry.iter().try_for_each(|entry| audit::append(tx, entry))?;
                Ok(after)
            })
            .await?;
        self.callers.forget(SubjectKind::User, &account.id);
        Ok(account.into())
    }
}

fn find(tx: &mut Tx<'_>, key: &UserKey) -> Result<UserAccount, ServiceError> {
    let found = match key {
        UserKey::Id(id) => stored::user(tx, id)?,
        UserKey::Name(name) => stored::user_by_name(tx, &normalized(name))?,
    };
    found.ok_or(ServiceError::NotFound)
}

fn administers(account: &UserAccount) -> bool {
    account.active && account.roles.contains(&Role::SecurityAdministrator)
}

fn one_time(now: DateTime<Utc>) -> Result<OneTimePassword, ServiceError> {
    Ok(OneTimePassword { password: password_rules::one_time().map_err(no_chance)?, until: now + ONE_TIME_FOR })
}

/// Names are told apart from account ids and the hall's own, by which people are named, too.
fn bad_username(username: &str) -> Option<Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    // What begins otherwise is read as an option by commands, and `..` by callers as the path above.
    let begins = username.starts_with(|c: char| c.is_ascii_alphanumeric());
    let is_name = (2..=64).contains(&username.len()) && begins && username.chars().all(plain);
    let words = || {
        Words::new(
            "用户名须为2至64位字母、数字、点、连字符或下划线，以字母或数字开头，不得为 casehall 或 UUID 形式",
            "2 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit; neither casehall nor a UUID",
        )
    };
    let is_good = is_name && username != HALL_ID && Uuid::try_parse(username).is_err();
    (!is_good).then(|| Fault::new("/username", "bad_username", words()))
}

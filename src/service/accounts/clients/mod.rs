//! Other systems, for the security administrator: who they are, what they may do, their secrets and keys.
//!
//! Cast: a [`Client`] is what is known of a system; [`tokens`] gives it its tokens, by secret or by what it signed;
//! [`others`] is what it is told of everybody else.
//!
//! Guarantees: a secret is shown once and kept as a digest. Each change stands in the audit trail in its own transaction. What
//! ends here ends at once on this instance and within five seconds on others, and with it every token that was got by it.
//!
//! Wrong secrets aren't counted: a secret has 256 random bits, so that no number of guesses finds one, and whoever knows only an
//! id can't keep its system out. What a stranger costs is a digest, a read by key, and a row of the audit trail for an id that
//! there is, and that a hundred times in an hour.

pub(in crate::service::accounts) mod access;
mod assertion;
pub mod others;
pub(in crate::service) mod refusals;
pub mod tokens;

use chrono::{DateTime, Utc};

use super::caller::Caller;
use super::passwords;
use super::tokens::{SubjectKind, provider};
use crate::domain::accounts::audit::{AuditEntry, AuditKind, AuditSubject, WHOLE_HALL};
use crate::domain::accounts::client::{Client, ClientChange, ClientDraft, PublicKey, overlap_until};
use crate::domain::accounts::entered::{ACTIVE, CREATED_AT, CREDENTIALS, Columns, VERSION, instant_or_nothing};
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::base::words::{Fault, Words};
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::accounts::{self as stored, audit, clients};

/// A system with the secret that it just got; none where it has a key instead.
pub struct WithSecret {
    /// The system.
    pub client: Client,
    /// The secret, for the only time.
    pub secret: Option<String>,
}

impl Service {
    /// Refuses everybody but the security administrator, and whoever runs the program on its own machine.
    ///
    /// # Errors
    /// The role is missing.
    pub fn may_manage_clients(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require_role_or_operator(Role::SecurityAdministrator)
    }

    /// Every system, by its id.
    ///
    /// # Errors
    /// Not the security administrator.
    pub async fn clients(&self, caller: &Caller) -> Result<Vec<Client>, ServiceError> {
        self.may_manage_clients(caller)?;
        self.db.read_long("clients", |tx| Ok(clients::all(tx)?)).await
    }

    /// A system.
    ///
    /// # Errors
    /// Not the security administrator; there is none.
    pub async fn client(&self, caller: &Caller, id: &str) -> Result<Client, ServiceError> {
        self.may_manage_clients(caller)?;
        let id = id.to_owned();
        self.db.read("client", move |tx| clients::find(tx, &id)?.ok_or(ServiceError::NotFound)).await
    }

    /// Adds a system, with a secret unless it has a key.
    ///
    /// # Errors
    /// Not the security administrator; every fault, such as an id that is taken.
    pub async fn add_client(&self, caller: &Caller, draft: ClientDraft) -> Result<WithSecret, ServiceError> {
        self.may_manage_clients(caller)?;
        let now = self.now();
        let mut unusable: Vec<Fault> = draft.key.iter().filter_map(|key| fault_of_key(key, "/key")).collect();
        let checked = draft.checked(&self.outlet_codes(), now);
        let mut client = match checked {
            Ok(client) if unusable.is_empty() => client,
            Ok(_) => return Err(ServiceError::Invalid(unusable)),
            Err(mut faults) => {
                faults.append(&mut unusable);
                return Err(ServiceError::Invalid(faults));
            }
        };
        let secret = if client.keys.is_empty() { Some(new_secret()?) } else { None };
        if let Some(secret) = &secret {
            client.add_secret(passwords::hash_secret(secret), now, now)?;
        }
        let entry = AuditEntry::new(AuditKind::SystemAdded, now, caller.audit_actor());
        let entry = entry.about(AuditSubject::system(&client.id));
        let entry = entry.with(CREDENTIALS, credentials_digest(&client)?);
        let entry = described(&client).into_iter().fold(entry, |entry, (name, value)| entry.with(name, value));
        // It has a key from the beginning, or a secret.
        let entry = client.keys.iter().fold(entry, |entry, key| entry.with("key", &key.key.kid));
        self.db
            .write("add_client", move |tx| {
                if !stored::is_free(tx, &client.id)? || !clients::insert(tx, &client)? {
                    let words =
                        Words::new("该标识已被使用（账号或系统）", "this id is taken, by an account or a system");
                    return Err(ServiceError::Invalid(vec![Fault::new("/client_id", "taken", words)]));
                }
                audit::append(tx, &entry)?;
                Ok(WithSecret { client: client.clone(), secret: secret.clone() })
            })
            .await
    }

    /// Changes name, scopes and outlet of a system in the version that was seen.
    ///
    /// # Errors
    /// Not the security administrator; there is none; it is in another version; every fault.
    pub async fn change_client(
        &self,
        caller: &Caller,
        id: &str,
        seen: i64,
        change: ClientChange,
    ) -> Result<Client, ServiceError> {
        self.may_manage_clients(caller)?;
        let change = change.checked(&self.outlet_codes()).map_err(ServiceError::Invalid)?;
        self.change_one(caller, id, AuditKind::SystemChanged, move |client, entry| {
            require_seen(client, Some(seen))?;
            let ClientChange { name, scopes, outlet } = change.clone();
            let before = described(client);
            (client.name, client.scopes, client.outlet) = (name, scopes, outlet);
            Ok(entry.with_changes(&before, &described(client)))
        })
        .await
    }

    /// Gives a system a new secret. Those that it has end when it is asked, by default in a day.
    ///
    /// # Errors
    /// Not the security administrator; there is none; it is in another version than the one that was seen, if one is said; two are
    /// valid beside the new one; the time is too late.
    pub async fn rotate_client_secret(
        &self,
        caller: &Caller,
        id: &str,
        seen: Option<i64>,
        old_valid_until: Option<DateTime<Utc>>,
    ) -> Result<WithSecret, ServiceError> {
        self.may_manage_clients(caller)?;
        let (now, secret) = (self.now(), new_secret()?);
        let until = overlap_until(old_valid_until, now).map_err(|fault| ServiceError::Invalid(vec![fault]))?;
        let hash = passwords::hash_secret(&secret);
        let client = self
            .change_one(caller, id, AuditKind::SystemSecretAdded, move |client, entry| {
                require_seen(client, seen)?;
                client.add_secret(hash.clone(), until, now)?;
                let entry = entry.with("secret", client.version.to_string());
                Ok(Some(entry.with("old_valid_until", until.to_rfc3339())))
            })
            .await?;
        Ok(WithSecret { client, secret: Some(secret) })
    }

    /// Ends a secret at once, and every token that was got with it.
    ///
    /// # Errors
    /// Not the security administrator; there is no such system or valid secret.
    pub async fn end_client_secret(&self, caller: &Caller, id: &str, number: i64) -> Result<Client, ServiceError> {
        let now = self.now();
        self.change_one(caller, id, AuditKind::SystemSecretEnded, move |client, entry| {
            let ended = client.end_secret(number, now);
            ended.then(|| Some(entry.with("secret", number.to_string()))).ok_or(ServiceError::NotFound)
        })
        .await
    }

    /// Gives a system a key to sign with. The same key again changes nothing.
    ///
    /// # Errors
    /// Not the security administrator; there is none; the key is none, its name is taken, or there are as many as there may be.
    pub async fn add_client_key(&self, caller: &Caller, id: &str, key: PublicKey) -> Result<Client, ServiceError> {
        self.may_manage_clients(caller)?;
        let faults: Vec<Fault> = key.faults("").into_iter().chain(fault_of_key(&key, "")).collect();
        if !faults.is_empty() {
            return Err(ServiceError::Invalid(faults));
        }
        let now = self.now();
        self.change_one(caller, id, AuditKind::SystemKeyAdded, move |client, entry| {
            if client.keys.iter().any(|known| known.key == key) {
                return Ok(None);
            }
            client.add_key(key.clone(), now)?;
            Ok(Some(entry.with("key", &key.kid)))
        })
        .await
    }

    /// Removes a key, and ends every token that was got with it.
    ///
    /// # Errors
    /// Not the security administrator; there is no such system or key.
    pub async fn remove_client_key(&self, caller: &Caller, id: &str, kid: &str) -> Result<Client, ServiceError> {
        let kid = kid.to_owned();
        self.change_one(caller, id, AuditKind::SystemKeyRemoved, move |client, entry| {
            let removed = client.remove_key(&kid);
            removed.then(|| Some(entry.with("key", &kid))).ok_or(ServiceError::NotFound)
        })
        .await
    }

    /// Switches a system off, or on again; what is so already stays.
    ///
    /// # Errors
    /// Not the security administrator; there is none.
    pub async fn set_client_active(&self, caller: &Caller, id: &str, active: bool) -> Result<Client, ServiceError> {
        let kind = if active { AuditKind::SystemActivated } else { AuditKind::SystemDeactivated };
        self.change_one(caller, id, kind, move |client, entry| Ok(client.set_active(active).then_some(entry))).await
    }

    /// Changes a system as the closure does, which gets it in its next version and answers the entry for the audit trail, or none
    /// where nothing changes.
    async fn change_one(
        &self,
        caller: &Caller,
        id: &str,
        kind: AuditKind,
        change: impl Fn(&mut Client, AuditEntry) -> Result<Option<AuditEntry>, ServiceError> + Send + 'static,
    ) -> Result<Client, ServiceError> {
        self.may_manage_clients(caller)?;
        let (changing, now, by) = (id.to_owned(), self.now(), caller.audit_actor());
        let id = changing.clone();
        let changed = self
            .db
            .write("change_client", move |tx: &mut Tx<'_>| {
                let before = clients::find(tx, &id)?.ok_or(ServiceError::NotFound)?;
                let mut client = before.clone();
                client.version += 1;
                let entry = AuditEntry::new(kind, now, by.clone()).about(AuditSubject::system(&id));
                let Some(mut entry) = change(&mut client, entry)? else { return Ok(before) };
                let digest = credentials_digest(&client)?;
                if digest != credentials_digest(&before)? {
                    entry = entry.with(CREDENTIALS, digest);
                }
                clients::save(tx, &client)?;
                audit::append(tx, &entry)?;
                Ok(client)
            })
            .await;
        self.callers.forget(SubjectKind::Client, &changing);
        changed
    }

    fn outlet_codes(&self) -> Vec<&str> {
        self.hall.outlets.iter().map(|outlet| outlet.code.as_str()).collect()
    }
}

/// Refuses to change a system, which is in its next version already, if another one was seen.
fn require_seen(client: &Client, seen: Option<i64>) -> Result<(), ServiceError> {
    let current_version = client.version - 1;
    if seen.is_some_and(|seen| seen != current_version) {
        return Err(ServiceError::Stale { current_version });
    }
    Ok(())
}

/// What is entered of a system: all that can be changed of it.
fn described(client: &Client) -> [(&'static str, String); 3] {
    let outlet = client.outlet.as_deref().unwrap_or(WHOLE_HALL);
    [("name", client.name.clone()), ("scopes", Scope::list(&client.scopes)), ("outlet", outlet.to_owned())]
}

/// A digest of everything that a system is known by, and of how often it was deactivated.
fn credentials_digest(client: &Client) -> Result<String, ServiceError> {
    let known_by = serde_json::to_string(&(client.epoch, &client.secrets, &client.keys));
    Ok(passwords::digest(&known_by.map_err(|error| ServiceError::Internal(error.to_string()))?))
}

/// Everything of a system that the audit trail accounts for.
///
/// # Errors
/// It can't be written as a text; none is so.
pub(in crate::service) fn entered(client: &Client) -> Result<Columns, ServiceError> {
    let mut columns = described(client).to_vec();
    columns.push((ACTIVE, client.active.to_string()));
    columns.push((CREDENTIALS, credentials_digest(client)?));
    columns.push((CREATED_AT, instant_or_nothing(Some(client.created_at))));
    columns.push((VERSION, client.version.to_string()));
    Ok(columns)
}

fn new_secret() -> Result<String, ServiceError> {
    passwords::random_secret().map_err(|error| ServiceError::Internal(error.to_string()))
}

/// A key of the right form whose numbers are no key.
fn fault_of_key(key: &PublicKey, at: &str) -> Option<Fault> {
    if !key.faults(at).is_empty() || provider::decoding_key(key).is_some() {
        return None;
    }
    let words = Words::new("不是有效的公钥", "these numbers are no public key");
    Some(Fault::new(format!("{at}/x"), "bad_key", words))
}

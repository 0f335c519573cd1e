//! Webhooks: who is told of events where, by security administrators and by the systems themselves.
//!
//! Cast: a webhook belongs to a system; [`targets`] says where anything may be sent, [`intake`] what comes into its queue, [`deliver`] what is
//! sent of that, `unseen` what of it isn't, [`replays`] what is sent once more, `reader` by whose rights, `signature` how it is signed; [`meter`] and [`figures`] count.
//!
//! Guarantees: a system is told by its webhooks what it may see in the feed, and nothing else: its rights are asked for before each attempt.
//! A secret is shown once and kept encrypted. Each change stands in the audit trail in its own transaction.

pub mod deliver;
pub mod figures;
pub mod intake;
pub(in crate::service) mod kept;
pub mod meter;
mod reader;
pub mod replays;
mod signature;
pub mod targets;
mod unseen;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use self::signature::new_secret;
use self::targets::WebhookRules;
use crate::domain::accounts::audit::{AuditEntry, AuditKind, AuditSubject, AuditSubjectKind};
use crate::domain::accounts::client::overlap_until;
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::base::words::{Fault, Words};
use crate::domain::feed::event_type::EventType;
use crate::domain::feed::webhook::{Attempt, TEST, Webhook, WebhookChange, WebhookDraft, WebhookSecret};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::{Answered, IdempotentRequest};
use crate::store::Tx;
use crate::store::accounts::{audit, clients};
use crate::store::engine::events::Subject;
pub use crate::store::feed::queue::AttemptsAsked;
use crate::store::feed::queue::{self, Queued};
use crate::store::feed::webhooks;

/// A webhook with the secret that it just got.
pub struct WithSecret {
    /// The webhook.
    pub webhook: Webhook,
    /// The secret, for the only time.
    pub secret: String,
}

impl Answered for WithSecret {
    fn done(&self) -> (Subject, i64) {
        (Subject::Webhook(self.webhook.id), self.webhook.version)
    }

    fn again(_: &Service, tx: &mut Tx<'_>, _: &Caller, subject: Subject, _: i64) -> Result<Option<Self>, ServiceError> {
        let Subject::Webhook(id) = subject else { return Ok(None) };
        let found = webhooks::find(tx, id)?;
        Ok(found.and_then(|webhook| Some(Self { secret: webhook.first_secret()?.to_owned(), webhook })))
    }
}

impl Service {
    /// Refuses everybody but the security administrator, and systems that manage their own.
    ///
    /// # Errors
    /// The role, or the scope, is missing.
    pub fn may_manage_webhooks(&self, caller: &Caller) -> Result<(), ServiceError> {
        match caller.client_id() {
            Some(_) => caller.require(Scope::WebhooksManage),
            None => caller.require_role_or_operator(Role::SecurityAdministrator),
        }
    }

    /// The webhooks that the caller manages.
    ///
    /// # Errors
    /// The right is missing.
    pub async fn webhooks(&self, caller: &Caller) -> Result<Vec<Webhook>, ServiceError> {
        self.may_manage_webhooks(caller)?;
        let own = caller.client_id().map(str::to_owned);
        self.db.read_snapshot("webhooks", move |tx| Ok(webhooks::all(tx, own.as_deref())?)).await
    }

    /// One of them.
    ///
    /// # Errors
    /// The right is missing; there is none.
    pub async fn webhook(&self, caller: &Caller, id: Uuid) -> Result<Webhook, ServiceError> {
        self.may_manage_webhooks(caller)?;
        let caller = caller.clone();
        self.db.read_snapshot("webhook", move |tx| own(tx, &caller, id)).await
    }

    /// Adds a webhook, with a secret. What happens from now on is told there. The same request sent again gets the same answer, as long as
    /// the webhook has no other secret: whoever asked for that has an answer.
    ///
    /// # Errors
    /// The right is missing; every fault, such as an address that isn't allowed.
    pub async fn add_webhook(
        &self,
        caller: &Caller,
        draft: WebhookDraft,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<WithSecret, ServiceError> {
        self.may_manage_webhooks(caller)?;
        let WebhookDraft { client_id, url, types } = draft;
        let client_id = whose(caller, client_id);
        let url = self.webhook_rules.targets.checked(&url);
        let (client_id, url) = match (client_id, url) {
            (Ok(client_id), Ok(url)) => (client_id, url.to_string()),
            (client_id, url) => {
                return Err(ServiceError::Invalid(client_id.err().into_iter().chain(url.err()).collect()));
            }
        };
        let (now, secret, id) = (self.now(), new_secret()?, Uuid::now_v7());
        let horizon = self.horizon.clone();
        let reached = self.db.read("horizon", move |tx| Ok::<_, ServiceError>(horizon.reached(tx)?)).await?;
        let webhook = Webhook {
            id,
            client_id,
            url,
            types: in_order(types),
            active: true,
            disabled_reason: None,
            secrets: vec![WebhookSecret { secret: secret.clone(), created_at: now, valid_until: None }],
            // Not up to where it is settled: an instance that has just started may not know of that.
            position: reached.taken,
            replay: None,
            created_at: now,
            version: 1,
        };
        let entry = AuditEntry::new(AuditKind::WebhookAdded, now, caller.audit_actor()).about(subject(id));
        let entry = described(&webhook).into_iter().fold(entry, |entry, (name, value)| entry.with(name, value));
        let (entry, rules) = (entry.with("client_id", &webhook.client_id), self.webhook_rules.clone());
        let (service, caller) = (self.clone(), caller.clone());
        // A system itself names none.
        let pointer = if caller.client_id().is_some() { "" } else { "/client_id" };
        self.db
            .write("add_webhook", move |tx| {
                service.idempotent(tx, &caller, idempotency.as_ref(), |tx| {
                    reads_events(tx, &webhook.client_id, pointer)?;
                    has_room(tx, &webhook.client_id, &rules)?;
                    webhooks::insert(tx, &webhook)?;
                    audit::append(tx, &entry)?;
                    Ok(WithSecret { webhook: webhook.clone(), secret: secret.clone() })
                })
            })
            .await
    }

    /// Changes address, types and activity of a webhook in the version that was seen.
    ///
    /// # Errors
    /// The right is missing; there is none; it is in another version; every fault.
    pub async fn change_webhook(
        &self,
        caller: &Caller,
        id: Uuid,
        seen: i64,
        change: WebhookChange,
    ) -> Result<Webhook, ServiceError> {
        self.may_manage_webhooks(caller)?;
        let WebhookChange { url, types, active } = change;
        let (checked, types) = (self.webhook_rules.targets.checked(&url), in_order(types));
        self.change_one_webhook(caller, id, AuditKind::WebhookChanged, move |webhook, entry| {
            let current_version = webhook.version - 1;
            if seen != current_version {
                return Err(ServiceError::Stale { current_version });
            }
            // One that the settings don't allow any more may stay and be switched off, but not be switched on.
            let stays = url.trim() == webhook.url && (webhook.active || !active);
            let url = match &checked {
                Ok(url) => url.to_string(),
                Err(_) if stays => webhook.url.clone(),
                Err(fault) => return Err(ServiceError::Invalid(vec![fault.clone()])),
            };
            let before = described(webhook);
            (webhook.url, webhook.types, webhook.active) = (url, types.clone(), active);
            webhook.disabled_reason = webhook.disabled_reason.filter(|_| !active);
            Ok(entry.with_changes(&before, &described(webhook)))
        })
        .await
    }

    /// Gives a webhook a new secret. The one that it has signs, too, until it is asked, by default for a day; those before as was promised of them.
    ///
    /// # Errors
    /// The right is missing; there is none; the time is too late; as many are valid as may be.
    pub async fn rotate_webhook_secret(
        &self,
        caller: &Caller,
        id: Uuid,
        old_valid_until: Option<DateTime<Utc>>,
    ) -> Result<WithSecret, ServiceError> {
        self.may_manage_webhooks(caller)?;
        let (now, secret) = (self.now(), new_secret()?);
        let until = overlap_until(old_valid_until, now).map_err(|fault| ServiceError::Invalid(vec![fault]))?;
        let added = secret.clone();
        let webhook = self
            .change_one_webhook(caller, id, AuditKind::WebhookSecretRotated, move |webhook, entry| {
                webhook.add_secret(added.clone(), until, now)?;
                Ok(Some(entry.with("old_valid_until", until.to_rfc3339())))
            })
            .await?;
        Ok(WithSecret { webhook, secret })
    }

    /// Removes a webhook, with what waits for it.
    ///
    /// # Errors
    /// The right is missing; there is none.
    pub async fn remove_webhook(&self, caller: &Caller, id: Uuid) -> Result<(), ServiceError> {
        self.may_manage_webhooks(caller)?;
        let (caller, now) = (caller.clone(), self.now());
        let entry = AuditEntry::new(AuditKind::WebhookRemoved, now, caller.audit_actor()).about(subject(id));
        self.db
            .write("remove_webhook", move |tx| {
                let webhook = own(tx, &caller, id)?;
                webhooks::remove(tx, id, now)?;
                let entry = entry.clone().with("client_id", &webhook.client_id).with("url", &webhook.url);
                Ok::<_, ServiceError>(audit::append(tx, &entry)?)
            })
            .await?;
        self.webhook_attempts.forget(id);
        Ok(())
    }

    /// Sends a test there, once.
    ///
    /// # Errors
    /// The right is missing; there is none, or it isn't active.
    pub async fn test_webhook(&self, caller: &Caller, id: Uuid) -> Result<(), ServiceError> {
        self.may_manage_webhooks(caller)?;
        let (caller, now) = (caller.clone(), self.now());
        self.db
            .write("test_webhook", move |tx| {
                own_active(tx, &caller, id)?;
                let test = Queued { number: TEST, case_id: None, certificate_id: None, attempts: 0, next_at: now };
                queue::put(tx, id, &test, now)?;
                Ok(queue::begin_anew(tx, id, &[TEST], now)?)
            })
            .await
    }

    /// What became of the attempts at a webhook, the newest first; one more than asked for where there are more.
    ///
    /// # Errors
    /// The right is missing; there is none.
    pub async fn webhook_attempts(
        &self,
        caller: &Caller,
        id: Uuid,
        asked: AttemptsAsked,
    ) -> Result<Vec<Attempt>, ServiceError> {
        self.may_manage_webhooks(caller)?;
        let caller = caller.clone();
        let read = move |tx: &mut Tx<'_>| {
            own(tx, &caller, id)?;
            Ok(queue::attempts(tx, id, &asked)?)
        };
        self.db.read_snapshot("webhook_attempts", read).await
    }

    /// Changes a webhook as the closure does, which gets it in its next version and answers the entry for the audit trail, or none where
    /// nothing changes.
    async fn change_one_webhook(
        &self,
        caller: &Caller,
        id: Uuid,
        kind: AuditKind,
        change: impl Fn(&mut Webhook, AuditEntry) -> Result<Option<AuditEntry>, ServiceError> + Send + 'static,
    ) -> Result<Webhook, ServiceError> {
        let (caller, now) = (caller.clone(), self.now());
        self.db
            .write("change_webhook", move |tx: &mut Tx<'_>| {
                let before = own(tx, &caller, id)?;
                let mut webhook = before.clone();
                webhook.version += 1;
                let entry = AuditEntry::new(kind, now, caller.audit_actor()).about(subject(id));
                let Some(entry) = change(&mut webhook, entry)? else { return Ok(before) };
                webhooks::save(tx, &webhook)?;
                audit::append(tx, &entry)?;
                Ok(webhook)
            })
            .await
    }
}

/// A webhook that the caller manages.
fn own(tx: &mut Tx<'_>, caller: &Caller, id: Uuid) -> Result<Webhook, ServiceError> {
    let is_own = |webhook: &Webhook| caller.client_id().is_none_or(|own| own == webhook.client_id);
    webhooks::find(tx, id)?.filter(is_own).ok_or(ServiceError::NotFound)
}

/// The same, to which something may be sent now.
fn own_active(tx: &mut Tx<'_>, caller: &Caller, id: Uuid) -> Result<Webhook, ServiceError> {
    let webhook = own(tx, caller, id)?;
    if !webhook.active {
        let words = Words::new("该事件推送已停用，请先启用", "this webhook isn't active; activate it first");
        return Err(ServiceError::Invalid(vec![Fault::new("", "webhook_inactive", words)]));
    }
    reads_events(tx, &webhook.client_id, "")?;
    Ok(webhook)
}

/// Refuses a system to which nothing would be told.
fn reads_events(tx: &mut Tx<'_>, client_id: &str, pointer: &str) -> Result<(), ServiceError> {
    if clients::find(tx, client_id)?.and_then(reader::reader).is_some() {
        return Ok(());
    }
    let (zh, en) = match pointer {
        "/client_id" => (
            "没有该系统，或该系统已停用，或其权限范围既不含 cases:read 也不含 certificates:read",
            "no such system, or one that is deactivated or has neither the scope cases:read nor certificates:read",
        ),
        _ => (
            "该系统已停用，或其权限范围既不含 cases:read 也不含 certificates:read，无任何事件可见",
            "the system is deactivated or has neither the scope cases:read nor certificates:read, so that it sees no event",
        ),
    };
    Err(ServiceError::Invalid(vec![Fault::new(pointer, "cannot_read_events", Words::new(zh, en))]))
}

/// Refuses one webhook more than the hall has, or one system.
fn has_room(tx: &mut Tx<'_>, client_id: &str, rules: &WebhookRules) -> Result<(), ServiceError> {
    clients::wait_for_turn(tx, client_id)?;
    let WebhookRules { most, most_of_one, .. } = rules;
    let words = if webhooks::count(tx, None)? >= *most {
        let zh = format!("本大厅最多设置 {most} 个事件推送（webhooks.most）");
        Words::new(zh, format!("the hall has {most} webhooks at most (webhooks.most)"))
    } else if webhooks::count(tx, Some(client_id))? >= *most_of_one {
        let zh = format!("每个系统最多设置 {most_of_one} 个事件推送（webhooks.most_of_one_system）");
        Words::new(zh, format!("a system has {most_of_one} webhooks at most (webhooks.most_of_one_system)"))
    } else {
        return Ok(());
    };
    Err(ServiceError::Invalid(vec![Fault::new("", "too_many_webhooks", words)]))
}

/// Whose a webhook is to be: a system's own, or that of the system that an administrator names.
fn whose(caller: &Caller, named: Option<String>) -> Result<String, Fault> {
    match (caller.client_id(), named) {
        (Some(own), None) => Ok(own.to_owned()),
        (Some(own), Some(named)) if own == named => Ok(named),
        (Some(_), Some(_)) => {
            let words = Words::new("只能为本系统设置事件推送", "a system adds webhooks of its own only");
            Err(Fault::new("/client_id", "not_own", words))
        }
        (None, Some(named)) => Ok(named),
        (None, None) => {
            let words = Words::new("请填写该推送所属的系统", "name the system that it is for");
            Err(Fault::new("/client_id", "missing_field", words))
        }
    }
}

/// Each type once.
fn in_order(mut types: Vec<EventType>) -> Vec<EventType> {
    types.sort_unstable();
    types.dedup();
    types
}

fn subject(id: Uuid) -> AuditSubject {
    AuditSubject::new(AuditSubjectKind::Webhook, id.to_string())
}

/// What is entered of a webhook: all that can be changed of it.
fn described(webhook: &Webhook) -> [(&'static str, String); 3] {
    let types = kept::types_told(&webhook.types);
    [("url", webhook.url.clone()), ("types", types), ("active", webhook.active.to_string())]
}

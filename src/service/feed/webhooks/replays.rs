//! What is told once more: one event, or all of a time.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{own_active, subject};
use crate::domain::accounts::audit::{AuditEntry, AuditKind};
use crate::domain::base::words::{Fault, Words};
use crate::domain::feed::webhook::Replay;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::accounts::audit;
use crate::store::feed::queue;
use crate::store::feed::webhooks;

/// By how much an event may have a smaller number than one of before: a transaction takes its time first, and its number later.
const OUT_OF_ORDER: TimeDelta = TimeDelta::hours(1);

impl Service {
    /// Tells a webhook once more of one event, whether it was delivered or given up; one that waits is sent at once.
    ///
    /// # Errors
    /// The right is missing; there is no such webhook, or it isn't active; there is no such event, or its system doesn't see it.
    pub async fn replay_event(&self, caller: &Caller, id: Uuid, number: i64) -> Result<(), ServiceError> {
        let webhook = self.webhook(caller, id).await?;
        let found = match self.webhook_reader(webhook.client_id).await? {
            Some(reader) => self.fed_event(&reader, number).await?,
            None => None,
        };
        let event = found.ok_or_else(|| {
            let zh = "没有这个事件，或该系统无权查看";
            let words = Words::new(zh, "no such event, or the system doesn't see it");
            ServiceError::Invalid(vec![Fault::new("/event", "unknown_event", words)])
        })?;
        let (caller, now) = (caller.clone(), self.now());
        let entry = AuditEntry::new(AuditKind::WebhookReplayed, now, caller.audit_actor()).about(subject(id));
        let entry = entry.with("event", number.to_string());
        self.db
            .write("replay_event", move |tx| {
                own_active(tx, &caller, id)?;
                queue::put(tx, id, &super::deliver::queued(&event, now), now, true)?;
                Ok(audit::append(tx, &entry)?)
            })
            .await
    }

    /// Tells a webhook once more of all that happened from one instant to before another, in place of what is told so already. What waits is
    /// sent at once.
    ///
    /// # Errors
    /// The right is missing; there is no such webhook, or it isn't active; the time has no length.
    pub async fn replay_time(
        &self,
        caller: &Caller,
        id: Uuid,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        self.may_manage_webhooks(caller)?;
        if to <= from {
            let words = Words::new("结束时间须晚于开始时间", "must be later than `from`");
            return Err(ServiceError::Invalid(vec![Fault::new("/to", "empty_range", words)]));
        }
        let (caller, now, horizon) = (caller.clone(), self.now(), self.horizon.clone());
        let reached = self.db.read("horizon", move |tx| Ok::<_, ServiceError>(horizon.reached(tx)?)).await?;
        let entry = AuditEntry::new(AuditKind::WebhookReplayed, now, caller.audit_actor()).about(subject(id));
        let entry = entry.with("from", from.to_rfc3339()).with("to", to.to_rfc3339());
        self.db
            .write("replay_time", move |tx| {
                own_active(tx, &caller, id)?;
                let position = webhooks::number_before(tx, from - OUT_OF_ORDER, reached.settled)?;
                webhooks::replay(tx, id, &Replay { position, end: reached.settled, from, to })?;
                Ok(audit::append(tx, &entry)?)
            })
            .await
    }
}

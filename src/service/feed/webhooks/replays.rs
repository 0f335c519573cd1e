//! What is told once more: one event, or all of a time.
//!
//! Guarantees: what waits for another attempt gets it at once, after what it waits for itself, whether there is room in the queue or not. What
//! a webhook hasn't come to yet isn't told once more, but when it comes to it.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::intake::queued;
use super::reader::reader;
use super::{own_active, subject};
use crate::domain::accounts::audit::{AuditEntry, AuditKind};
use crate::domain::base::words::{Fault, Words};
use crate::domain::feed::webhook::Replay;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::accounts::{audit, clients};
use crate::store::feed::queue::{self, Queued};
use crate::store::feed::{self, webhooks};
use crate::store::{StoreError, Tx};

/// By how much an event may have a smaller number than one of before: a transaction takes its time first, and its number later.
const OUT_OF_ORDER: TimeDelta = TimeDelta::hours(1);

impl Service {
    /// Tells a webhook once more of one event, whether it was delivered or given up; one that waits is sent at once.
    ///
    /// # Errors
    /// The right is missing; there is no such webhook, or it isn't active; there is no such event, or its system doesn't see it.
    pub async fn replay_event(&self, caller: &Caller, id: Uuid, number: i64) -> Result<(), ServiceError> {
        let client_id = self.webhook(caller, id).await?.client_id;
        let find = move |tx: &mut Tx<'_>| Ok::<_, ServiceError>(clients::find(tx, &client_id)?);
        let found = match self.db.read("webhook_reader", find).await?.and_then(reader) {
            Some(reader) => self.fed_event(&reader, number).await?,
            None => None,
        };
        let event = found.ok_or_else(|| {
            let zh = "没有这个事件，或该系统无权查看";
            let words = Words::new(zh, "no such event, or the system may not see it");
            ServiceError::Invalid(vec![Fault::new("/event", "unknown_event", words)])
        })?;
        let (caller, now) = (caller.clone(), self.now());
        let entry = AuditEntry::new(AuditKind::WebhookReplayed, now, caller.audit_actor()).about(subject(id));
        let entry = entry.with("event", number.to_string());
        self.db
            .write("replay_event", move |tx| {
                own_active(tx, &caller, id)?;
                queue::put(tx, id, &queued(&event, now), now)?;
                hasten(tx, id, now, |_, _| Ok(HashSet::from([number])))?;
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
        let (caller, now) = (caller.clone(), self.now());
        let entry = AuditEntry::new(AuditKind::WebhookReplayed, now, caller.audit_actor()).about(subject(id));
        let entry = entry.with("from", from.to_rfc3339()).with("to", to.to_rfc3339());
        self.db
            .write("replay_time", move |tx| {
                // What comes behind its own position comes by itself.
                let end = own_active(tx, &caller, id)?.position;
                let position = feed::number_before(tx, from - OUT_OF_ORDER, end)?;
                let replay = Replay { position, end, from, to };
                webhooks::set_replay(tx, id, Some(&replay).filter(|replay| replay.position < replay.end))?;
                hasten(tx, id, now, |tx, waiting| {
                    let numbers: Vec<i64> = waiting.iter().map(|queued| queued.number).collect();
                    feed::within(tx, &numbers, from, to)
                })?;
                Ok(audit::append(tx, &entry)?)
            })
            .await
    }
}

/// Lets what is asked for of what waits be due at once, and what it waits for.
fn hasten(
    tx: &mut Tx<'_>,
    id: Uuid,
    now: DateTime<Utc>,
    asked: impl FnOnce(&mut Tx<'_>, &[Queued]) -> Result<HashSet<i64>, StoreError>,
) -> Result<(), StoreError> {
    let waiting = queue::waiting(tx, id)?;
    let asked = asked(tx, &waiting)?;
    queue::begin_anew(tx, id, &with_what_goes_first(&waiting, &asked), now)
}

/// What is asked for of what waits, with the earlier events of the same cases and certificates.
fn with_what_goes_first(waiting: &[Queued], asked: &HashSet<i64>) -> Vec<i64> {
    let (mut subjects, mut found) = (HashSet::new(), Vec::new());
    for queued in waiting.iter().rev() {
        if asked.contains(&queued.number) || queued.subjects().any(|subject| subjects.contains(&subject)) {
            subjects.extend(queued.subjects());
            found.push(queued.number);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_first_is_of_the_same_case_or_certificate_by_however_many_steps() {
        let id = |number: u128| Some(Uuid::from_u128(number));
        let event = |number, case_id, certificate_id| Queued {
            number,
            case_id,
            certificate_id,
            attempts: 3,
            next_at: DateTime::UNIX_EPOCH,
        };
        let waiting = [
            event(1, id(1), None),
            event(2, id(2), None),
            event(3, id(1), id(7)),
            event(4, id(3), id(7)),
            event(5, id(3), None),
            event(6, id(2), None),
        ];
        let found = |asked: &[i64]| with_what_goes_first(&waiting, &asked.iter().copied().collect());
        assert_eq!(found(&[5]), [5, 4, 3, 1]);
        assert_eq!(found(&[2]), [2]);
        assert_eq!(found(&[]), Vec::<i64>::new());
    }
}

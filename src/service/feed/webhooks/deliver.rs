//! What is sent to webhooks, and what becomes of it; the request itself is the job's.
//!
//! Cast: a [`LeasedWebhook`] is a webhook that this instance works on for a while, with the rights of its system. It takes events in
//! ([`super::intake`]), answers those that are due ([`Service::due_messages`]), each a [`Message`], and keeps what became of each attempt
//! ([`AttemptResult`]).
//!
//! Guarantees: an event waits for the earlier ones of its case or certificate that wait, and for no other. Webhook and system are read anew
//! before each attempt ([`Service::look_again`]). What was asked for during an attempt isn't taken back by what becomes of that. One instance
//! works on a webhook at a time; where it ends without a word, another goes on after [`LEASE`] (on SQLite the next at its start), and sends
//! again what it can't know to have arrived.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rand::TryRng;
use rand::rngs::SysRng;
use uuid::Uuid;

use super::intake::MOST_QUEUED;
use super::reader::reader;
use super::signature::signatures;
use super::subject;
use crate::domain::accounts::audit::{AuditEntry, AuditKind};
use crate::domain::feed::webhook::{
    Attempt, AttemptError, AttemptOutcome, DisabledReason, TEST, TEST_EVENT, Webhook, again_after,
};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::feed::FedEvent;
use crate::store::Tx;
use crate::store::accounts::{audit, clients};
use crate::store::feed::queue::{self, Queued};
use crate::store::feed::webhooks::{self, Lease};

/// For how long an instance has a webhook unless it says so again; longer than any request takes.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);

/// A webhook that this instance works on.
pub struct LeasedWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// Its system.
    pub(super) reader: Caller,
    /// This instance.
    pub(super) by: Uuid,
}

/// Something that is due.
pub struct Message {
    /// What `webhook-id` says: the same at each attempt.
    pub id: String,
    /// How it stood in the queue.
    queued: Queued,
    /// What it says.
    pub payload: Payload,
}

impl Message {
    /// Number of the event, or of a test.
    pub fn number(&self) -> i64 {
        self.queued.number
    }
}

/// What a message says.
pub enum Payload {
    /// An event.
    Event(Box<FedEvent>),
    /// That this is a test.
    Test,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptResult {
    /// Where it went.
    pub url: String,
    /// The status, where there was an answer.
    pub status: Option<u16>,
    /// What went wrong; nothing: it was delivered.
    pub error: Option<AttemptError>,
    /// How long it took.
    pub took: Duration,
}

impl LeasedWebhook {
    /// Whether the same is seen by both: what was looked up for one may be sent by the other.
    pub fn sees_as(&self, other: &Self) -> bool {
        self.reader == other.reader
    }
}

impl Payload {
    fn event_type(&self) -> &'static str {
        match self {
            Self::Event(event) => event.event_type().code(),
            Self::Test => TEST_EVENT,
        }
    }
}

impl Service {
    /// The webhooks for which there is something to do.
    ///
    /// # Errors
    /// The database's.
    pub async fn webhooks_with_work(&self) -> Result<Vec<Uuid>, ServiceError> {
        let (horizon, now) = (self.horizon.clone(), self.now());
        let read = self.db.read("webhooks_with_work", move |tx| {
            let standing = webhooks::standing(tx)?;
            if standing.is_empty() {
                return Ok::<_, ServiceError>(Vec::new());
            }
            let (settled, systems) = (horizon.reached(tx)?.settled, clients::all(tx)?);
            let readers: BTreeSet<String> =
                systems.into_iter().filter_map(reader).map(|reader| reader.actor.id).collect();
            let reads = |client_id: &str| readers.contains(client_id);
            let mut work = Vec::new();
            for webhook in standing.into_iter().filter(|webhook| reads(&webhook.client_id)) {
                let replays = webhook.replay_position.is_some_and(|position| position < settled);
                let takes_in = webhook.queued < MOST_QUEUED && (webhook.position < settled || replays);
                // What waits for an earlier one that was put off is due, but nothing to be done.
                let may_be_due = webhook.next_at.is_some_and(|at| at <= now);
                if takes_in || (may_be_due && heads(queue::waiting(tx, webhook.id)?, now).next().is_some()) {
                    work.push(webhook.id);
                }
            }
            Ok(work)
        });
        read.await
    }

    /// Takes a webhook to work on it; none where another instance does, or there is nothing that may be told.
    ///
    /// # Errors
    /// The database's.
    pub async fn lease_webhook(&self, id: Uuid, by: Uuid) -> Result<Option<LeasedWebhook>, ServiceError> {
        let lease = self.webhook_lease(by);
        if !self.db.write("lease_webhook", move |tx| Ok::<_, ServiceError>(webhooks::lease(tx, id, lease)?)).await? {
            return Ok(None);
        }
        let leased = self.leased(id, by).await?;
        if leased.is_none() {
            self.release_webhook(id, by).await?;
        }
        Ok(leased)
    }

    /// A webhook and its system as they are now; none where nothing may be sent there any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn look_again(&self, leased: &LeasedWebhook) -> Result<Option<LeasedWebhook>, ServiceError> {
        self.leased(leased.webhook.id, leased.by).await
    }

    /// Leaves a webhook to whoever comes next.
    ///
    /// # Errors
    /// The database's.
    pub async fn release_webhook(&self, id: Uuid, by: Uuid) -> Result<(), ServiceError> {
        self.db.write("release_webhook", move |tx| Ok(webhooks::release(tx, id, by)?)).await
    }

    /// Ends what processes of before had for themselves, where no other can be at work: on SQLite. On PostgreSQL it ends by itself.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_old_leases(&self) -> Result<(), ServiceError> {
        if self.db.is_postgres() {
            return Ok(());
        }
        self.db.write("end_old_leases", |tx| Ok(webhooks::release_all(tx)?)).await
    }

    /// What is due, at most so much, beside what is under way. What its system doesn't see any more is taken out, and its log says so.
    ///
    /// # Errors
    /// The database's.
    pub async fn due_messages(
        &self,
        leased: &LeasedWebhook,
        under_way: &HashSet<i64>,
        most: usize,
    ) -> Result<Vec<Message>, ServiceError> {
        let (id, now) = (leased.webhook.id, self.now());
        loop {
            let read = move |tx: &mut Tx<'_>| Ok::<_, ServiceError>(queue::waiting(tx, id)?);
            let waiting = self.db.read("webhook_queue", read).await?;
            let (mut due, mut withheld) = (Vec::new(), false);
            for queued in heads(waiting, now).filter(|queued| !under_way.contains(&queued.number)).take(most) {
                let number = queued.number;
                let (id, payload) = if number == TEST {
                    (format!("test-{}", Uuid::now_v7()), Payload::Test)
                } else if let Some(event) = self.fed_event(&leased.reader, number).await? {
                    (number.to_string(), Payload::Event(Box::new(event)))
                } else if self.told_otherwise(leased, &queued).await? || self.withhold(leased, &queued).await? {
                    withheld = true;
                    continue;
                } else {
                    return Ok(due);
                };
                due.push(Message { id, queued, payload });
            }
            // Behind what was withheld there may be something else.
            if !withheld || !due.is_empty() {
                return Ok(due);
            }
        }
    }

    /// The time that a message says, and its signatures.
    ///
    /// # Errors
    /// A secret can't be read.
    pub fn signed(&self, leased: &LeasedWebhook, message: &Message, body: &str) -> Result<(i64, String), ServiceError> {
        let now = self.now();
        let secrets = leased.webhook.live_secrets(now).map(|one| one.secret.as_str());
        Ok((now.timestamp(), signatures(secrets, &message.id, now.timestamp(), body)?))
    }

    /// Keeps what became of an attempt; `false` where this instance doesn't work on the webhook any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn attempted(
        &self,
        leased: &LeasedWebhook,
        message: &Message,
        result: AttemptResult,
    ) -> Result<bool, ServiceError> {
        let (id, queued, now) = (leased.webhook.id, message.queued.clone(), self.now());
        let (number, lease, failures) = (queued.number, self.webhook_lease(leased.by), queued.attempts + 1);
        let again = again_after(failures, chance()).filter(|_| number != TEST).map(|after| now + after);
        let event_type = message.payload.event_type();
        let kept = self.db.write("webhook_attempted", move |tx| {
            let Some(mut webhook) = webhooks::find(tx, id)? else { return Ok(None) };
            // What the address of before doesn't want says nothing of the one that was put in its place meanwhile.
            let gone = result.error == Some(AttemptError::Gone) && number != TEST && webhook.url == result.url;
            let outcome = match (result.error, again) {
                (None, _) => AttemptOutcome::Delivered,
                (Some(_), Some(_)) => AttemptOutcome::Failed,
                (Some(_), None) if gone => AttemptOutcome::Failed,
                (Some(_), None) => AttemptOutcome::GivenUp,
            };
            let attempt = Attempt {
                id: Uuid::now_v7(),
                number,
                event_type: Some(event_type.to_owned()),
                attempt: failures,
                at: now,
                duration_ms: i64::try_from(result.took.as_millis()).unwrap_or(i64::MAX),
                outcome,
                http_status: result.status,
                error: result.error,
            };
            queue::note(tx, id, &attempt)?;
            match (outcome, again) {
                // It waits for its webhook to be active again, and counts as it did.
                (AttemptOutcome::Failed, _) if gone => queue::put_off(tx, id, &queued, failures - 1, now)?,
                (AttemptOutcome::Failed, Some(at)) => queue::put_off(tx, id, &queued, failures, at)?,
                _ => queue::take_out(tx, id, &queued)?,
            }
            if gone && webhook.active {
                (webhook.active, webhook.disabled_reason) = (false, Some(DisabledReason::Gone));
                webhook.version += 1;
                webhooks::save(tx, &webhook)?;
                let by = Caller::hall().audit_actor();
                let entry = AuditEntry::new(AuditKind::WebhookDisabled, now, by).about(subject(id));
                audit::append(tx, &entry.with("client_id", &webhook.client_id).with("url", &webhook.url))?;
            }
            Ok::<_, ServiceError>(Some((outcome, webhooks::lease(tx, id, lease)?)))
        });
        // Of one that was removed meanwhile nothing is counted.
        let Some((outcome, goes_on)) = kept.await? else { return Ok(false) };
        self.webhook_attempts.count(id, outcome);
        Ok(goes_on)
    }

    async fn leased(&self, id: Uuid, by: Uuid) -> Result<Option<LeasedWebhook>, ServiceError> {
        let read = self.db.read("webhook", move |tx| {
            let Some(webhook) = webhooks::find(tx, id)?.filter(|webhook| webhook.active) else { return Ok(None) };
            let client = clients::find(tx, &webhook.client_id)?;
            Ok::<_, ServiceError>(client.and_then(reader).map(|reader| LeasedWebhook { webhook, reader, by }))
        });
        read.await
    }

    pub(super) fn webhook_lease(&self, by: Uuid) -> Lease {
        let now = self.now();
        Lease { by, now, until: now + LEASE }
    }
}

/// What is due of what waits, in its order: only the first of each case and certificate.
fn heads(waiting: Vec<Queued>, now: DateTime<Utc>) -> impl Iterator<Item = Queued> {
    let mut taken = HashSet::new();
    waiting.into_iter().filter(move |queued| {
        let mut is_first = true;
        for key in queued.subjects() {
            is_first &= taken.insert(key);
        }
        is_first && queued.next_at <= now
    })
}

/// A number from 0 to 1, so that not all come back at once.
fn chance() -> f64 {
    SysRng.try_next_u32().map_or(0.5, |random| f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_waits_for_the_earlier_ones_of_its_case_or_certificate_and_for_no_other() {
        let now = DateTime::UNIX_EPOCH;
        let (case, other, certificate) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let event = |number, case_id, certificate_id, seconds| Queued {
            number,
            case_id,
            certificate_id,
            attempts: 0,
            next_at: now + TimeDelta::seconds(seconds),
        };
        let waiting = vec![
            event(0, None, None, 0),
            event(1, Some(case), None, 5),
            event(2, Some(other), Some(certificate), 0),
            event(3, Some(case), None, 0),
            event(4, None, Some(certificate), 0),
            event(5, Some(Uuid::from_u128(4)), None, 0),
        ];
        let due = |at| heads(waiting.clone(), at).map(|queued| queued.number).collect::<Vec<_>>();
        assert_eq!(due(now), [0, 2, 5]);
        assert_eq!(due(now + TimeDelta::seconds(5)), [0, 1, 2, 5]);
    }
}

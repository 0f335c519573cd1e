//! What is sent to webhooks, and what becomes of it; the request itself is the job's.
//!
//! Cast: an [`Endpoint`] is a webhook that this instance works on for a while, with the rights of its system. It takes events in from the feed
//! ([`Service::take_in`]), answers those that are due ([`Service::due_deliveries`]), each a [`Delivery`], and keeps what became of it ([`Sent`]).
//!
//! Guarantees: the events of a webhook stand in its queue in the transaction that moves its position: after whatever ends an instance each is
//! in the queue or still to come, so that none is lost. An event waits for the earlier ones of its case or certificate that wait, and for no
//! other. One instance works on a webhook at a time; where it ends without a word, another goes on after [`LEASE`], and sends again what it
//! can't know to have arrived. A queue is bounded: what finds no room stays in the feed.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rand::TryRng;
use rand::rngs::SysRng;
use uuid::Uuid;

use super::signature::signatures;
use super::subject;
use crate::domain::accounts::actor::Actor;
use crate::domain::accounts::audit::{AuditEntry, AuditKind};
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::feed::webhook::{
    Attempt, DeliveryError, DeliveryOutcome, DisabledBy, TEST, TEST_EVENT, Webhook, again_after,
};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::feed::{FedEvent, FeedAsked, FeedPage};
use crate::store::Tx;
use crate::store::accounts::{audit, clients};
use crate::store::feed::queue::{self, Queued};
use crate::store::feed::webhooks::{self, Lease};

/// For how long an instance has a webhook unless it says so again; longer than any request takes.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Events that wait for one webhook.
pub const MOST_QUEUED: i64 = 1_000;
/// Events that are taken in at once.
const AT_ONCE: i64 = 200;

/// A webhook that this instance works on.
pub struct Endpoint {
    /// The webhook.
    pub webhook: Webhook,
    /// Its system.
    reader: Caller,
    /// This instance.
    by: Uuid,
}

/// Something that is due.
pub struct Delivery {
    /// Number of the event, or of a test.
    pub number: i64,
    /// What `webhook-id` says: the same at each attempt.
    pub id: String,
    /// Attempts that failed before.
    failures: i32,
    /// What is told.
    pub told: Told,
}

/// What is told.
pub enum Told {
    /// An event.
    Event(Box<FedEvent>),
    /// A test.
    Test,
    /// Nothing: the system doesn't see it any more.
    Withheld,
}

/// What a request was answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// The status, where there was an answer.
    pub status: Option<u16>,
    /// What went wrong; nothing: it was delivered.
    pub error: Option<DeliveryError>,
    /// How long it took.
    pub took: Duration,
}

impl Delivery {
    /// The type of what is told.
    pub fn event_type(&self) -> &'static str {
        match &self.told {
            Told::Event(event) => event.event_type().code(),
            Told::Test => TEST_EVENT,
            Told::Withheld => "",
        }
    }
}

/// An event as it stands in a queue, due at once.
pub(super) fn queued(event: &FedEvent, now: DateTime<Utc>) -> Queued {
    Queued {
        number: event.number,
        case_id: event.case.as_ref().map(|case| case.id),
        certificate_id: event.certificate.as_ref().map(|(id, _)| *id),
        attempts: 0,
        next_at: now,
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
            let reads = |client_id: &str| {
                let found = systems.iter().find(|system| system.id == client_id);
                found.is_some_and(|system| system.active && system.scopes.contains(&Scope::CasesRead))
            };
            let work = standing.into_iter().filter(|webhook| {
                let takes_in = webhook.queued < MOST_QUEUED && (webhook.position < settled || webhook.replays);
                reads(&webhook.client_id) && (takes_in || webhook.next_at.is_some_and(|at| at <= now))
            });
            Ok(work.map(|webhook| webhook.id).collect())
        });
        read.await
    }

    /// Takes a webhook to work on it; none where another instance does, or there is nothing that may be told.
    ///
    /// # Errors
    /// The database's.
    pub async fn lease_webhook(&self, id: Uuid, by: Uuid) -> Result<Option<Endpoint>, ServiceError> {
        let lease = self.webhook_lease(by);
        let leased = self.db.write("lease_webhook", move |tx| {
            if !webhooks::lease(tx, id, lease)? {
                return Ok::<_, ServiceError>(None);
            }
            Ok(webhooks::find(tx, id)?)
        });
        let Some(webhook) = leased.await? else { return Ok(None) };
        let Some(reader) = self.webhook_reader(webhook.client_id.clone()).await? else {
            self.release_webhook(id, by).await?;
            return Ok(None);
        };
        Ok(Some(Endpoint { webhook, reader, by }))
    }

    /// Leaves a webhook to whoever comes next.
    ///
    /// # Errors
    /// The database's.
    pub async fn release_webhook(&self, id: Uuid, by: Uuid) -> Result<(), ServiceError> {
        self.db.write("release_webhook", move |tx| Ok(webhooks::release(tx, id, by)?)).await
    }

    /// Takes the next events in, and those that are told once more; `false` where this instance doesn't work on it any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_in(&self, endpoint: &mut Endpoint) -> Result<bool, ServiceError> {
        let id = endpoint.webhook.id;
        let length = self.db.read("webhook_queue", move |tx| Ok::<_, ServiceError>(queue::length(tx, id)?)).await?;
        if length >= MOST_QUEUED {
            return Ok(true);
        }
        if let Some(page) = self.page_for(endpoint, endpoint.webhook.position).await? {
            let from = endpoint.webhook.position;
            if page.next > from {
                let to = page.next;
                let move_on = move |tx: &mut Tx<'_>| Ok(webhooks::advance(tx, id, from, to)?);
                if !self.put_in(endpoint, page.events, false, move_on).await? {
                    return Ok(false);
                }
                endpoint.webhook.position = to;
            }
        }
        let Some(replay) = endpoint.webhook.replay else { return Ok(true) };
        let Some(mut page) = self.page_for(endpoint, replay.position).await? else { return Ok(true) };
        let (to, is_meant) = (page.next.min(replay.end), |event: &FedEvent| event.number <= replay.end);
        page.events.retain(|event| is_meant(event) && (replay.from..replay.to).contains(&event.at));
        let to = if page.is_end { replay.end } else { to };
        let move_on = move |tx: &mut Tx<'_>| Ok(webhooks::advance_replay(tx, id, &replay, to)?);
        // Where another one was begun meanwhile, that goes on with the next round.
        let went_on = self.put_in(endpoint, page.events, true, move_on).await?;
        endpoint.webhook.replay = (went_on && to < replay.end).then_some(replay);
        if let Some(replay) = &mut endpoint.webhook.replay {
            replay.position = to;
        }
        Ok(true)
    }

    /// Whether there is more to take in now.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_more(&self, endpoint: &Endpoint) -> Result<bool, ServiceError> {
        let (horizon, id) = (self.horizon.clone(), endpoint.webhook.id);
        let read = self.db.read("webhook_queue", move |tx| {
            Ok::<_, ServiceError>((horizon.reached(tx)?.settled, queue::length(tx, id)?))
        });
        let (settled, length) = read.await?;
        Ok(length < MOST_QUEUED && (endpoint.webhook.position < settled || endpoint.webhook.replay.is_some()))
    }

    /// What is due, at most so much, beside what is under way.
    ///
    /// # Errors
    /// The database's.
    pub async fn due_deliveries(
        &self,
        endpoint: &Endpoint,
        under_way: &HashSet<i64>,
        most: usize,
    ) -> Result<Vec<Delivery>, ServiceError> {
        let (id, now) = (endpoint.webhook.id, self.now());
        let read = move |tx: &mut Tx<'_>| Ok::<_, ServiceError>(queue::waiting(tx, id, MOST_QUEUED)?);
        let waiting = self.db.read("webhook_queue", read).await?;
        let mut due = Vec::new();
        for queued in heads(waiting, now).filter(|queued| !under_way.contains(&queued.number)).take(most) {
            let number = queued.number;
            let (id, told) = match number {
                TEST => (format!("test-{}", Uuid::now_v7()), Told::Test),
                _ => match self.fed_event(&endpoint.reader, number).await? {
                    Some(event) => (number.to_string(), Told::Event(Box::new(event))),
                    None => (number.to_string(), Told::Withheld),
                },
            };
            due.push(Delivery { number, id, failures: queued.attempts, told });
        }
        Ok(due)
    }

    /// The time that a delivery says, and its signatures.
    ///
    /// # Errors
    /// A secret can't be read.
    pub fn signed(&self, endpoint: &Endpoint, delivery: &Delivery, body: &str) -> Result<(i64, String), ServiceError> {
        let now = self.now();
        let secrets = endpoint.webhook.live_secrets(now).map(|one| one.secret.as_str());
        Ok((now.timestamp(), signatures(secrets, &delivery.id, now.timestamp(), body)?))
    }

    /// Keeps what became of a delivery; `false` where this instance doesn't work on the webhook any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn delivered(&self, endpoint: &Endpoint, delivery: &Delivery, sent: Sent) -> Result<bool, ServiceError> {
        let (id, number, now) = (endpoint.webhook.id, delivery.number, self.now());
        let (lease, failures) = (self.webhook_lease(endpoint.by), delivery.failures + 1);
        let again = again_after(failures, chance()).filter(|_| number != TEST).map(|after| now + after);
        let gone = sent.error == Some(DeliveryError::Gone) && number != TEST;
        let outcome = match (&delivery.told, sent.error, again) {
            (Told::Withheld, ..) => DeliveryOutcome::Withheld,
            (_, None, _) => DeliveryOutcome::Delivered,
            (_, Some(_), Some(_)) => DeliveryOutcome::Failed,
            (_, Some(_), None) if gone => DeliveryOutcome::Failed,
            (_, Some(_), None) => DeliveryOutcome::GivenUp,
        };
        let attempt = Attempt {
            id: Uuid::now_v7(),
            number,
            event_type: delivery.event_type().to_owned(),
            attempt: failures,
            at: now,
            duration_ms: i64::try_from(sent.took.as_millis()).unwrap_or(i64::MAX),
            outcome,
            http_status: sent.status,
            error: sent.error,
        };
        let kept = self.db.write("webhook_delivered", move |tx| {
            let Some(mut webhook) = webhooks::find(tx, id)? else { return Ok(false) };
            queue::note(tx, id, &attempt)?;
            match (outcome, again) {
                // It waits for its webhook to be active again, and counts as it did.
                (DeliveryOutcome::Failed, _) if gone => queue::put_off(tx, id, number, failures - 1, now)?,
                (DeliveryOutcome::Failed, Some(at)) => queue::put_off(tx, id, number, failures, at)?,
                _ => queue::take_out(tx, id, number)?,
            }
            if gone && webhook.active {
                (webhook.active, webhook.disabled_by) = (false, Some(DisabledBy::Gone));
                webhook.version += 1;
                webhooks::save(tx, &webhook)?;
                let by = Caller::hall().audit_actor();
                let entry = AuditEntry::new(AuditKind::WebhookDisabled, now, by).about(subject(id));
                audit::append(tx, &entry.with("client_id", &webhook.client_id).with("url", &webhook.url))?;
            }
            Ok::<_, ServiceError>(webhooks::lease(tx, id, lease)?)
        });
        let goes_on = kept.await?;
        self.deliveries.count(id, outcome);
        Ok(goes_on)
    }

    /// The system that a webhook belongs to, as a caller; none where it may read no events now.
    pub(super) async fn webhook_reader(&self, client_id: String) -> Result<Option<Caller>, ServiceError> {
        let read = move |tx: &mut Tx<'_>| Ok::<_, ServiceError>(clients::find(tx, &client_id)?);
        let client = self.db.read("webhook_reader", read).await?.filter(|client| client.active);
        let reader = client.map(|client| {
            let actor = Actor { id: client.id, name: client.name, roles: vec![Role::Client], outlet: client.outlet };
            Caller::new(actor, Some(client.scopes))
        });
        Ok(reader.filter(|reader| reader.may(Scope::CasesRead)))
    }

    async fn page_for(&self, endpoint: &Endpoint, after: i64) -> Result<Option<FeedPage>, ServiceError> {
        let asked = FeedAsked { after, types: endpoint.webhook.types.clone(), limit: AT_ONCE };
        let page = self.feed(&endpoint.reader, asked).await?;
        if page.is_none() {
            // Never so unless somebody put older events in the place of newer ones.
            tracing::error!(code = "webhook_ahead", webhook = %endpoint.webhook.id, "a webhook is ahead of the events that there are");
        }
        Ok(page)
    }

    /// Puts events into the queue in the transaction that moves on; `false` where somebody else did, or works on it.
    async fn put_in(
        &self,
        endpoint: &Endpoint,
        events: Vec<FedEvent>,
        anew: bool,
        move_on: impl Fn(&mut Tx<'_>) -> Result<bool, ServiceError> + Send + 'static,
    ) -> Result<bool, ServiceError> {
        let (id, now, lease) = (endpoint.webhook.id, self.now(), self.webhook_lease(endpoint.by));
        let events: Vec<Queued> = events.iter().map(|event| queued(event, now)).collect();
        let put = self.db.write("webhook_take_in", move |tx| {
            if !webhooks::lease(tx, id, lease)? || !move_on(tx)? {
                return Ok::<_, ServiceError>(false);
            }
            for event in &events {
                queue::put(tx, id, event, now, anew)?;
            }
            Ok(true)
        });
        put.await
    }

    fn webhook_lease(&self, by: Uuid) -> Lease {
        let now = self.now();
        Lease { by, now, until: now + LEASE }
    }
}

/// What is due of what waits, in its order: only the first of each case and certificate.
fn heads(waiting: Vec<Queued>, now: DateTime<Utc>) -> impl Iterator<Item = Queued> {
    let mut taken = HashSet::new();
    waiting.into_iter().filter(move |queued| {
        let keys = [queued.case_id, queued.certificate_id];
        let mut is_first = true;
        for key in keys.into_iter().flatten() {
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

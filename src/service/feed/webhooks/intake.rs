//! How events come into the queue of a webhook: from the feed, by its position there, and once more by a replay.
//!
//! Guarantees: what enters the queue does so in the transaction that moves the position: after whatever ends an instance an event is in the queue
//! or still to come. A queue holds no more than `MOST_QUEUED` in this way; what finds no room stays in the feed, and so does a replay.

use chrono::{DateTime, Utc};

use super::deliver::LeasedWebhook;
use crate::domain::feed::webhook::Replay;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::service::feed::{FedEvent, FeedAsked, FeedPage};
use crate::store::Tx;
use crate::store::feed::queue::{self, Queued};
use crate::store::feed::webhooks;

/// Events that wait for one webhook, beside those that somebody asks for one by one.
pub(super) const MOST_QUEUED: i64 = 1_000;
/// Events that are taken in at once.
const AT_ONCE: i64 = 200;

impl Service {
    /// Takes the next events in, and those that are told once more, as far as there is room; `false` where this instance doesn't work on the
    /// webhook any more, or something else is to be told once more: then the next look goes on.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_in(&self, leased: &mut LeasedWebhook) -> Result<bool, ServiceError> {
        Ok(self.take_in_next(leased).await? && self.take_in_replayed(leased).await?)
    }

    /// Whether there is more to take in now.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_more(&self, leased: &LeasedWebhook) -> Result<bool, ServiceError> {
        let (horizon, id) = (self.horizon.clone(), leased.webhook.id);
        let read = self.db.read("webhook_queue", move |tx| {
            Ok::<_, ServiceError>((horizon.reached(tx)?.settled, queue::length(tx, id)?))
        });
        let (settled, length) = read.await?;
        let replays = leased.webhook.replay.is_some_and(|replay| replay.position < settled);
        Ok(length < MOST_QUEUED && (leased.webhook.position < settled || replays))
    }

    async fn take_in_next(&self, leased: &mut LeasedWebhook) -> Result<bool, ServiceError> {
        let (id, from) = (leased.webhook.id, leased.webhook.position);
        let Some(page) = self.page_for(leased, from).await?.filter(|page| page.next > from) else { return Ok(true) };
        let to = page.next;
        let move_on = move |tx: &mut Tx<'_>| Ok(webhooks::advance(tx, id, from, to)?);
        let is_ours = self.put_in(leased, page.events, move_on).await?;
        leased.webhook.position = to;
        Ok(is_ours)
    }

    async fn take_in_replayed(&self, leased: &mut LeasedWebhook) -> Result<bool, ServiceError> {
        let (id, Some(replay)) = (leased.webhook.id, leased.webhook.replay) else { return Ok(true) };
        let Some(mut page) = self.page_for(leased, replay.position).await? else { return Ok(true) };
        // What isn't settled yet is waited for, also where this instance has just started and knows nothing of it.
        let to = page.next.min(replay.end);
        if to <= replay.position {
            return Ok(true);
        }
        page.events.retain(|event| event.number <= to && (replay.from..replay.to).contains(&event.at));
        let move_on = move |tx: &mut Tx<'_>| Ok(webhooks::advance_replay(tx, id, &replay, to)?);
        let is_ours = self.put_in(leased, page.events, move_on).await?;
        leased.webhook.replay = (to < replay.end).then_some(Replay { position: to, ..replay });
        Ok(is_ours)
    }

    /// What follows a number in the feed, as far as there is room for it; none where there is no room.
    async fn page_for(&self, leased: &LeasedWebhook, after: i64) -> Result<Option<FeedPage>, ServiceError> {
        let id = leased.webhook.id;
        let length = self.db.read("webhook_queue", move |tx| Ok::<_, ServiceError>(queue::length(tx, id)?)).await?;
        let limit = AT_ONCE.min(MOST_QUEUED - length);
        if limit <= 0 {
            return Ok(None);
        }
        let asked = FeedAsked { after, types: leased.webhook.types.clone(), subject: None, limit };
        let page = self.feed(&leased.reader, asked).await?;
        if page.is_none() {
            // Never so unless somebody put older events in the place of newer ones.
            tracing::error!(code = "webhook_ahead", webhook = %id, "a webhook is ahead of the events that there are");
        }
        Ok(page)
    }

    /// Puts events into the queue in the transaction that moves on; `false` where somebody else did, or works on it.
    async fn put_in(
        &self,
        leased: &LeasedWebhook,
        events: Vec<FedEvent>,
        move_on: impl Fn(&mut Tx<'_>) -> Result<bool, ServiceError> + Send + 'static,
    ) -> Result<bool, ServiceError> {
        let (id, now, lease) = (leased.webhook.id, self.now(), self.webhook_lease(leased.by));
        let events: Vec<Queued> = events.iter().map(|event| queued(event, now)).collect();
        let put = self.db.write("webhook_take_in", move |tx| {
            if !webhooks::lease(tx, id, lease)? || !move_on(tx)? {
                return Ok::<_, ServiceError>(false);
            }
            for event in &events {
                queue::put(tx, id, event, now)?;
            }
            Ok(true)
        });
        put.await
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

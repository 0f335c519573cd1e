//! How far webhooks are behind, and what became of attempts; for metrics.

use uuid::Uuid;

use super::meter::AttemptMeter;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::feed::webhooks;

/// How far a webhook is.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookFigures {
    /// Which.
    pub id: Uuid,
    /// How many numbers of events it hasn't looked at; most may be of no matter to it.
    pub lag: i64,
    /// Events that wait to be delivered.
    pub queued: i64,
    /// For how many seconds the oldest does.
    pub oldest_seconds: f64,
}

impl Service {
    /// What became of attempts since the start.
    pub fn attempt_meter(&self) -> &AttemptMeter {
        &self.webhook_attempts
    }

    /// How far each active webhook is.
    ///
    /// # Errors
    /// The database's.
    pub async fn webhook_figures(&self) -> Result<Vec<WebhookFigures>, ServiceError> {
        let (horizon, now) = (self.horizon.clone(), self.now());
        let read = self.db.read("webhook_figures", move |tx| {
            Ok::<_, ServiceError>((webhooks::standing(tx)?, horizon.reached(tx)?.settled, webhooks::ids(tx)?))
        });
        let (standing, settled, ids) = read.await?;
        // Those that another instance removed, or this one during an attempt, are counted no more.
        self.webhook_attempts.keep_only(&ids);
        let figures = standing.into_iter().map(|webhook| WebhookFigures {
            id: webhook.id,
            lag: (settled - webhook.position).max(0),
            queued: webhook.queued,
            oldest_seconds: webhook.oldest.map_or(0.0, |since| (now - since).as_seconds_f64().max(0.0)),
        });
        Ok(figures.collect())
    }
}

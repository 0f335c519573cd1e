//! Deliveries to webhooks: now and then it is looked which have something to do, and each is worked on beside the others.
//!
//! Cast: a [`Courier`] knows how to tell an event and how to send it ([`sender`]); the use cases know what is due and what becomes of it.
//!
//! Guarantees: a webhook that is slow or fails delays no other, nor the next look. When the jobs are stopped no request begins any more, and
//! those under way come to their end, which they do within their own time limit.

pub mod sender;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use self::sender::{Letter, Sender};
use super::{Job, JobWatch, Jobs, supervised, ticks};
use crate::domain::feed::webhook::DeliveryError;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::service::feed::webhooks::deliver::{Delivery, Endpoint, Sent, Told};

/// Requests to one webhook at once.
const AT_ONCE: usize = 8;
/// Deliveries that are looked up at once.
const LOOKED_UP: usize = 32;

/// What is told of a delivery to a webhook, as the body of a request; an error is in words, for the log.
pub type Telling = Arc<dyn Fn(Uuid, &Delivery) -> Result<String, String> + Send + Sync>;

/// Who delivers.
#[derive(Clone)]
pub struct Courier {
    service: Service,
    telling: Telling,
    sender: Sender,
    /// This instance, of all that work on the same database.
    instance: Uuid,
}

impl Jobs {
    /// Starts deliveries, too.
    #[must_use]
    pub fn delivering(mut self, courier: Courier, every: Duration, watch: &JobWatch) -> Self {
        let job = Job { name: "webhooks", every, watch: watch.clone(), stopped: self.stop.subscribe() };
        self.tasks.push(tokio::spawn(supervised(job, move |job| deliveries(courier.clone(), job))));
        self
    }
}

/// Looks, tick by tick, for webhooks with something to do.
async fn deliveries(courier: Courier, mut job: Job) {
    let mut ticks = ticks(job.every);
    let (mut working, mut busy) = (JoinSet::new(), HashMap::new());
    while job.ticked(&mut ticks).await {
        while let Some(ended) = working.try_join_next_with_id() {
            let task = match ended {
                Ok((task, ())) => task,
                Err(error) => {
                    tracing::error!(code = "job_restarted", job = job.name, %error, "deliveries to a webhook ended by a fault in the program");
                    error.id()
                }
            };
            busy.remove(&task);
        }
        match job.once(courier.service.webhooks_with_work()).await {
            Ok(webhooks) => {
                for id in webhooks {
                    if busy.values().any(|at_work| *at_work == id) {
                        continue;
                    }
                    let (courier, stopped) = (courier.clone(), job.stopped.clone());
                    let task = working.spawn(async move { courier.attend(id, &stopped).await });
                    busy.insert(task.id(), id);
                }
            }
            Err(error) => {
                tracing::error!(%error, "it could not be looked what is to be delivered; that will be retried")
            }
        }
    }
    while working.join_next().await.is_some() {}
}

impl Courier {
    /// A courier of an instance of its own.
    pub fn new(service: Service, telling: Telling, sender: Sender) -> Self {
        Self { service, telling, sender, instance: Uuid::now_v7() }
    }

    /// Delivers everything that is due now, each webhook beside the others.
    ///
    /// # Errors
    /// The database's.
    pub async fn deliver(&self) -> Result<(), ServiceError> {
        let (_going_on, stopped) = watch::channel(false);
        let webhooks = self.service.webhooks_with_work().await?;
        futures_util::future::join_all(webhooks.into_iter().map(|id| self.attend(id, &stopped))).await;
        Ok(())
    }

    /// Works on a webhook until nothing is due there.
    async fn attend(&self, id: Uuid, stopped: &watch::Receiver<bool>) {
        if let Err(error) = self.work_on(id, stopped).await {
            tracing::error!(webhook = %id, %error, "deliveries to a webhook were interrupted; they will be gone on with");
        }
    }

    async fn work_on(&self, id: Uuid, stopped: &watch::Receiver<bool>) -> Result<(), ServiceError> {
        let Some(mut endpoint) = self.service.lease_webhook(id, self.instance).await? else { return Ok(()) };
        let worked = self.work_through(&mut endpoint, stopped).await;
        self.service.release_webhook(id, self.instance).await?;
        worked
    }

    async fn work_through(&self, endpoint: &mut Endpoint, stopped: &watch::Receiver<bool>) -> Result<(), ServiceError> {
        let (mut under_way, mut due) = (HashSet::new(), VecDeque::new());
        let mut requests = FuturesUnordered::new();
        loop {
            let is_stopped = *stopped.borrow();
            if due.is_empty() && requests.len() < AT_ONCE && !is_stopped {
                if !self.service.take_in(endpoint).await? {
                    break;
                }
                due.extend(self.service.due_deliveries(endpoint, &under_way, LOOKED_UP).await?);
            }
            while requests.len() < AT_ONCE && !is_stopped {
                let Some(delivery) = due.pop_front() else { break };
                under_way.insert(delivery.number);
                let letter = self.letter(endpoint, &delivery);
                requests.push(self.send(letter, delivery));
            }
            let Some((delivery, sent)) = requests.next().await else {
                if is_stopped || !self.service.has_more(endpoint).await? {
                    break;
                }
                continue;
            };
            under_way.remove(&delivery.number);
            if !self.service.delivered(endpoint, &delivery, sent).await? {
                break;
            }
        }
        // What is under way still comes to its end, and counts.
        while let Some((delivery, sent)) = requests.next().await {
            self.service.delivered(endpoint, &delivery, sent).await?;
        }
        Ok(())
    }

    /// What is sent of a delivery; nothing where it is withheld.
    fn letter(&self, endpoint: &Endpoint, delivery: &Delivery) -> Result<Option<Letter>, ()> {
        let webhook = &endpoint.webhook;
        if matches!(delivery.told, Told::Withheld) {
            return Ok(None);
        }
        let written = (self.telling)(webhook.id, delivery).and_then(|body| {
            let signed = self.service.signed(endpoint, delivery, &body).map_err(|error| error.to_string())?;
            Ok((body, signed))
        });
        let (body, (timestamp, signatures)) = written.map_err(|error| {
            tracing::error!(webhook = %webhook.id, event = delivery.number, error, "an event can't be sent to a webhook");
        })?;
        let (url, id) = (webhook.url.clone(), delivery.id.clone());
        Ok(Some(Letter { url, traceparent: traceparent(webhook.id, &id), id, timestamp, signatures, body }))
    }

    async fn send(&self, letter: Result<Option<Letter>, ()>, delivery: Delivery) -> (Delivery, Sent) {
        let sent = match letter {
            Ok(Some(letter)) => self.sender.send(letter).await,
            Ok(None) => Sent { status: None, error: None, took: Duration::ZERO },
            Err(()) => Sent { status: None, error: Some(DeliveryError::NotSent), took: Duration::ZERO },
        };
        (delivery, sent)
    }
}

/// The trace of a delivery (W3C Trace Context): the same for each attempt, each with a span of its own.
fn traceparent(webhook: Uuid, delivery: &str) -> String {
    let digest = Sha256::digest(format!("{webhook} {delivery}"));
    let (trace, span) = (hex::encode(&digest[..16]), hex::encode(&Uuid::now_v7().as_bytes()[8..]));
    format!("00-{trace}-{span}-01")
}

//! What happens is sent to webhooks: now and then it is looked which have something to do, and each is worked on beside the others.
//!
//! Cast: a [`Dispatcher`] knows how to write a message and how to send it ([`sender`]); the use cases know what is due and what becomes of it.
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

use self::sender::{OutgoingRequest, Sender};
use super::{Job, JobWatch, Jobs, supervised, ticks};
use crate::domain::feed::webhook::AttemptError;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::service::feed::webhooks::deliver::{AttemptResult, LeasedWebhook, Message};

/// Requests to one webhook at once.
const AT_ONCE: usize = 8;
/// Messages that are looked up at once.
const LOOKED_UP: usize = 32;

/// A message to a webhook as the body of a request; an error is in words, for the log.
pub type WriteBody = Arc<dyn Fn(Uuid, &Message) -> Result<String, String> + Send + Sync>;

/// Who sends to webhooks.
#[derive(Clone)]
pub struct Dispatcher {
    service: Service,
    write_body: WriteBody,
    sender: Sender,
    /// This instance, of all that work on the same database.
    instance: Uuid,
}

impl Jobs {
    /// Starts sending to webhooks, too.
    #[must_use]
    pub fn delivering(mut self, dispatcher: Dispatcher, every: Duration, watch: &JobWatch) -> Self {
        let job = Job { name: "webhooks", every, watch: watch.clone(), stopped: self.stop.subscribe() };
        self.tasks.push(tokio::spawn(supervised(job, move |job| dispatches(dispatcher.clone(), job))));
        self
    }
}

/// Looks, tick by tick, for webhooks with something to do.
async fn dispatches(dispatcher: Dispatcher, mut job: Job) {
    let mut ticks = ticks(job.every);
    let (mut working, mut busy) = (JoinSet::new(), HashMap::new());
    while job.ticked(&mut ticks).await {
        while let Some(ended) = working.try_join_next_with_id() {
            let task = match ended {
                Ok((task, ())) => task,
                Err(error) => {
                    tracing::error!(code = "job_restarted", job = job.name, %error, "sending to a webhook ended by a fault in the program");
                    error.id()
                }
            };
            busy.remove(&task);
        }
        match job.once(dispatcher.service.webhooks_with_work()).await {
            Ok(webhooks) => {
                for id in webhooks {
                    if busy.values().any(|at_work| *at_work == id) {
                        continue;
                    }
                    let (dispatcher, stopped) = (dispatcher.clone(), job.stopped.clone());
                    let task = working.spawn(async move { dispatcher.attend(id, &stopped).await });
                    busy.insert(task.id(), id);
                }
            }
            Err(error) => {
                tracing::error!(%error, "it could not be looked what is to be sent to webhooks; that will be retried")
            }
        }
    }
    while working.join_next().await.is_some() {}
}

impl Dispatcher {
    /// That of an instance of its own.
    pub fn new(service: Service, write_body: WriteBody, sender: Sender) -> Self {
        Self { service, write_body, sender, instance: Uuid::now_v7() }
    }

    /// Begins where another process ended, perhaps without a word.
    pub async fn begin(&self) {
        if let Err(error) = self.service.end_old_leases().await {
            tracing::warn!(%error, "webhooks that an ended process worked on are gone on with when its time is over");
        }
    }

    /// Sends everything that is due now, each webhook beside the others.
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
            tracing::error!(webhook = %id, %error, "sending to a webhook was interrupted; it will be gone on with");
        }
    }

    async fn work_on(&self, id: Uuid, stopped: &watch::Receiver<bool>) -> Result<(), ServiceError> {
        let Some(leased) = self.service.lease_webhook(id, self.instance).await? else { return Ok(()) };
        let worked = self.work_through(leased, stopped).await;
        self.service.release_webhook(id, self.instance).await?;
        worked
    }

    async fn work_through(
        &self,
        mut leased: LeasedWebhook,
        stopped: &watch::Receiver<bool>,
    ) -> Result<(), ServiceError> {
        let (mut under_way, mut due) = (HashSet::new(), VecDeque::new());
        let mut requests = FuturesUnordered::new();
        loop {
            let Some(now) = self.service.look_again(&leased).await? else { break };
            if !now.sees_as(&leased) {
                due.clear();
            }
            leased = now;
            let is_stopped = *stopped.borrow();
            if due.is_empty() && requests.len() < AT_ONCE && !is_stopped {
                if !self.service.take_in(&mut leased).await? {
                    break;
                }
                due.extend(self.service.due_messages(&leased, &under_way, LOOKED_UP).await?);
            }
            while requests.len() < AT_ONCE && !is_stopped {
                let Some(message) = due.pop_front() else { break };
                under_way.insert(message.number());
                let (url, request) = (leased.webhook.url.clone(), self.request(&leased, &message));
                requests.push(self.send(url, request, message));
            }
            let Some((message, result)) = requests.next().await else {
                if is_stopped || !self.service.has_more(&leased).await? {
                    break;
                }
                continue;
            };
            under_way.remove(&message.number());
            if !self.service.attempted(&leased, &message, result).await? {
                break;
            }
        }
        // What is under way still comes to its end, and counts.
        while let Some((message, result)) = requests.next().await {
            self.service.attempted(&leased, &message, result).await?;
        }
        Ok(())
    }

    /// The request of a message.
    fn request(&self, leased: &LeasedWebhook, message: &Message) -> Result<OutgoingRequest, AttemptError> {
        let webhook = &leased.webhook;
        let written = (self.write_body)(webhook.id, message).and_then(|body| {
            let signed = self.service.signed(leased, message, &body).map_err(|error| error.to_string())?;
            Ok((body, signed))
        });
        let (body, (timestamp, signatures)) = written.map_err(|error| {
            tracing::error!(webhook = %webhook.id, event = message.number(), error, "an event can't be sent to a webhook");
            AttemptError::NotSent
        })?;
        let (url, id) = (webhook.url.clone(), message.id.clone());
        Ok(OutgoingRequest { url, traceparent: traceparent(webhook.id, &id), id, timestamp, signatures, body })
    }

    async fn send(
        &self,
        url: String,
        request: Result<OutgoingRequest, AttemptError>,
        message: Message,
    ) -> (Message, AttemptResult) {
        let result = match request {
            Ok(request) => self.sender.send(request).await,
            Err(error) => AttemptResult { url, status: None, error: Some(error), took: Duration::ZERO },
        };
        (message, result)
    }
}

/// The trace of a message (W3C Trace Context): the same for each attempt, each with a span of its own.
fn traceparent(webhook: Uuid, message: &str) -> String {
    let digest = Sha256::digest(format!("{webhook} {message}"));
    let (trace, span) = (hex::encode(&digest[..16]), hex::encode(&Uuid::now_v7().as_bytes()[8..]));
    format!("00-{trace}-{span}-01")
}

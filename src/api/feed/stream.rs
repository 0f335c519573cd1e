//! The feed as server-sent events: what a system would ask for again and again is sent as it happens.
//!
//! Cast: [`Streams`] are those that are open; [`Following`] is where one's events come from; [`FollowFrom`] is the header by which it goes on.
//!
//! Guarantees: a stream tells what the feed tells, in the same order, and its ids are the feed's cursors: whoever is cut off sends the last
//! one and misses nothing. It ends when the program stops, and when the token or the session behind it ends or loses its right. Nobody has more
//! than a few, the newest in place of the oldest: whoever comes back is never kept out by what they left behind. All together have so few that
//! nobody else waits for them.

use std::collections::{HashMap, VecDeque};
use std::future::{Ready, ready};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder};
use chrono::{DateTime, TimeDelta, Utc};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::event::{CURSOR, Envelope, no_cursor};
use crate::api::streamed::{Parts, Streamed};
use crate::domain::base::words::{Fault, Words};
use crate::http::conditional::header as header_of;
use crate::http::headers::accept;
use crate::http::problem::{Problem, kinds};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::feed::{FeedAsked, FeedPage};

/// The media type of a stream.
pub(super) const EVENT_STREAM: &str = "text/event-stream";
/// The header by which a stream goes on.
const LAST_EVENT_ID: &str = "Last-Event-ID";
/// Streams that are open at once on one instance, and those of one caller.
const MOST: usize = 128;
const MOST_OF_ONE: usize = 4;
/// How often it is looked whether something happened.
const LOOKING: Duration = Duration::from_millis(500);
/// After how long in which nothing happened a stream shows that it is there still. Only by writing it is found that the other end has gone.
const SILENCE: TimeDelta = TimeDelta::seconds(5);
/// In how many milliseconds whoever was cut off comes back.
const BACK_IN: u32 = 2000;

/// The streams that are open.
#[derive(Debug, Clone, Default)]
pub struct Streams {
    is_stopping: Arc<AtomicBool>,
    open: Arc<Mutex<HashMap<String, VecDeque<u64>>>>,
    opened: Arc<AtomicU64>,
}

impl Streams {
    /// None yet, and all end when the program stops.
    pub(in crate::api) fn until(is_stopping: Arc<AtomicBool>) -> Self {
        Self { is_stopping, ..Self::default() }
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.lock().values().map(VecDeque::len).sum()
    }

    /// Whether the program stops, so that whatever would go on ends.
    pub(in crate::api) fn are_ending(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    fn slot(&self, caller: &Caller) -> Result<Slot, Problem> {
        let of = format!("{} {}", caller.client_id().is_some(), caller.actor.id);
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        let mut open = self.lock();
        let (all, own) = (open.values().map(VecDeque::len).sum::<usize>(), open.get(&of).map_or(0, VecDeque::len));
        let takes_place = own >= MOST_OF_ONE;
        if self.is_stopping.load(Ordering::Relaxed) || (all >= MOST && !takes_place) {
            return Err(Problem::of(&kinds::UNAVAILABLE).retry_after(5));
        }
        let streams = open.entry(of.clone()).or_default();
        if takes_place {
            streams.pop_front();
        }
        streams.push_back(number);
        Ok(Slot { streams: self.clone(), of, number })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, VecDeque<u64>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The slot of a stream, given back with its end, or taken by a newer one.
struct Slot {
    streams: Streams,
    of: String,
    number: u64,
}

impl Slot {
    fn is_ours(&self) -> bool {
        self.streams.lock().get(&self.of).is_some_and(|streams| streams.contains(&self.number))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        if let Some(streams) = open.get_mut(&self.of) {
            streams.retain(|number| *number != self.number);
            if streams.is_empty() {
                open.remove(&self.of);
            }
        }
    }
}

/// After which event a stream goes on: what a client sends that was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct FollowFrom(pub(super) Option<i64>);

impl FromRequest for FollowFrom {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(follow_from(request.headers()).map(Self))
    }
}

impl IntoParams for FollowFrom {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let words = "The last id that came with a stream, instead of `after`.";
        vec![header_of(LAST_EVENT_ID, words, Required::False, 18, Some(CURSOR))]
    }
}

fn follow_from(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let number = |value: &header::HeaderValue| {
        let text = value.to_str().ok().filter(|text| text.len() <= 18 && !text.starts_with('0'))?;
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
    };
    headers.get(LAST_EVENT_ID).map(|value| number(value).ok_or_else(no_id)).transpose()
}

fn no_id() -> Problem {
    let zh = format!("{LAST_EVENT_ID} 须为事件的 id。");
    let words = Words::new(zh, format!("{LAST_EVENT_ID} must be the id of an event."));
    Problem::of(&kinds::INVALID_HEADER).member("header", LAST_EVENT_ID).detail(words)
}

/// The refusal of an id that nothing has.
pub(super) fn unknown_id() -> Problem {
    let Fault { words, .. } = no_cursor();
    Problem::of(&kinds::INVALID_HEADER).member("header", LAST_EVENT_ID).detail(words)
}

/// Whether a stream is asked for, rather than a page.
pub(super) fn is_asked(headers: &HeaderMap) -> bool {
    accept::prefers(headers, EVENT_STREAM, "application/json")
}

fn head() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    // A proxy in between passes on what comes when it comes.
    response
        .content_type(EVENT_STREAM)
        .insert_header((header::VARY, "Accept"))
        .insert_header(("X-Accel-Buffering", "no"));
    response
}

/// Where the events of a stream come from.
pub(super) struct Following {
    service: web::Data<Service>,
    token: String,
    asked: FeedAsked,
    envelope: Envelope,
    told_at: DateTime<Utc>,
    slot: Slot,
}

impl Following {
    /// Opens a stream: what is there already goes first.
    ///
    /// # Errors
    /// There are too many; what the feed refuses; `refusal` where nothing has the number to go on after.
    pub(super) async fn open(
        streams: &Streams,
        service: web::Data<Service>,
        (caller, token): (&Caller, &str),
        asked: FeedAsked,
        envelope: Envelope,
        refusal: fn() -> Problem,
    ) -> Result<HttpResponse, Problem> {
        let slot = streams.slot(caller)?;
        let page = service.feed(caller, asked.clone()).await?.ok_or_else(refusal)?;
        let told_at = service.now();
        let mut following = Self { service, token: token.to_owned(), asked, envelope, told_at, slot };
        let mut start = format!("retry: {BACK_IN}\n\n").into_bytes();
        start.extend(following.told(page).map_err(Problem::internal)?);
        Ok(head().body(Streamed::new(start, Some(following))))
    }

    /// What is answered to `HEAD`: a stream that nobody reads takes no slot, and asks for nothing.
    pub(super) fn not_read() -> HttpResponse {
        head().body(Streamed::<Self>::new(Vec::new(), None))
    }

    /// The next page as text; nothing where there was nothing.
    fn told(&mut self, page: FeedPage) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        for event in page.events {
            let event = self.envelope.of(event).map_err(|_| io::Error::other("an event can't be told"))?;
            text.extend_from_slice(format!("id: {}\ndata: ", event.id).as_bytes());
            serde_json::to_writer(&mut text, &event)?;
            text.extend_from_slice(b"\n\n");
        }
        self.asked.after = page.next;
        Ok(text)
    }

    /// A part that tells only how far it is: whoever sees little of what happens need not look through it again.
    fn sign_of_life(&self) -> Vec<u8> {
        match self.asked.after {
            0 => b":\n\n".to_vec(),
            after => format!("id: {after}\n\n").into_bytes(),
        }
    }

    /// What happened since; none once the stream is to end.
    async fn page(&self) -> Result<Option<FeedPage>, ServiceError> {
        if self.slot.streams.is_stopping.load(Ordering::Relaxed) || !self.slot.is_ours() {
            return Ok(None);
        }
        let caller = match self.service.caller(&self.token, None).await {
            Ok(caller) if caller.duty.is_none() => caller,
            Ok(_) | Err(ServiceError::WrongCredentials) => return Ok(None),
            Err(error) => return Err(error),
        };
        match self.service.feed(&caller, self.asked.clone()).await {
            Err(ServiceError::NotPermitted(_)) => Ok(None),
            page => page,
        }
    }
}

impl Parts for Following {
    async fn read(mut self) -> io::Result<(Bytes, Option<Self>)> {
        loop {
            let now = self.service.now();
            let page = self.page().await.map_err(|error| {
                tracing::error!(%error, "a stream of events was interrupted");
                io::Error::other(error.to_string())
            })?;
            let Some(page) = page else { return Ok((Bytes::new(), None)) };
            let is_end = page.is_end;
            let mut text = self.told(page)?;
            if text.is_empty() && now - self.told_at >= SILENCE {
                text = self.sign_of_life();
            }
            if !text.is_empty() {
                self.told_at = now;
                return Ok((text.into(), Some(self)));
            }
            if is_end {
                tokio::time::sleep(LOOKING).await;
            }
        }
    }
}

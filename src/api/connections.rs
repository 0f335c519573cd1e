//! Connections: how many at once, and which one ends when there are too many or when it only says nothing.
//!
//! Cast: [`Connections`] knows those that are open; the server tells it of each ([`Connections::opened`]) and of each request
//! ([`attend`]). [`raised_limit`] gets the file descriptors that they take.
//!
//! Guarantees: however many connections somebody opens and whatever they send or don't, a new one is served, because the one
//! that has been silent longest ends for it; those with a request under way come last. There are never so many that files
//! or the database lack descriptors. A body that nobody wants to read ends its connection once the answer is sent, instead of being
//! awaited. The server's own time limits come before all this: five seconds for the head of a first request and between
//! requests, five for the rest of a body that nobody reads, and those of [`BodyLimits`](crate::http::body::BodyLimits).

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Extensions, Payload, ServiceRequest, ServiceResponse};
use actix_web::error::{InternalError, PayloadError};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{HttpMessage, http::header};
use futures_util::Stream;

/// A connection without a request under way ends after this time: one that sends the head of a further request in drops, or
/// takes an answer in drops.
const MOST_SILENCE: Duration = Duration::from_secs(300);

/// Descriptors for everything but connections: the database, the log, what is being read.
const OTHER_DESCRIPTORS: u64 = 256;

/// The connections that are open; clones share them.
#[derive(Clone)]
pub struct Connections(Arc<Shared>);

struct Shared {
    most: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    by_number: BTreeMap<u64, Connection>,
}

struct Connection {
    /// A second descriptor of the socket, to end it with.
    #[cfg(unix)]
    socket: std::os::fd::OwnedFd,
    requests: u32,
    since: Instant,
}

/// A connection's entry, which it has with it and which goes with it.
struct Entry {
    connections: Connections,
    number: u64,
}

/// A request under way.
struct Underway(Arc<Entry>);

impl Connections {
    /// At most so many; at least 16.
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Shared { most: most.max(16), open: Mutex::default() }))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The most at once.
    pub fn most(&self) -> usize {
        self.0.most
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.open().by_number.len()
    }

    /// Takes a new connection in, for which another one may have to end: what the server calls for each.
    pub fn opened(&self, stream: &dyn Any, with: &mut Extensions) {
        #[cfg(unix)]
        {
            let Some(stream) = stream.downcast_ref::<actix_web::rt::net::TcpStream>() else { return };
            let socket = match std::os::fd::AsFd::as_fd(stream).try_clone_to_owned() {
                Ok(socket) => socket,
                Err(error) => {
                    tracing::warn!(%error, "a connection can't be watched and is closed");
                    end(std::os::fd::AsFd::as_fd(stream));
                    return;
                }
            };
            let mut open = self.open();
            // The server itself takes no more at the limit; so there is room before.
            if open.by_number.len() >= self.0.most - self.0.most / 8 {
                open.end_one();
            }
            let number = open.next;
            open.next += 1;
            open.by_number.insert(number, Connection { socket, requests: 0, since: Instant::now() });
            with.insert(Arc::new(Entry { connections: self.clone(), number }));
        }
        #[cfg(not(unix))]
        let _ = (stream, with);
    }

    /// Ends the connections that have been open without a request for long enough; answers how many.
    pub fn end_silent(&self, now: Instant) -> usize {
        let mut open = self.open();
        let silent = |connection: &Connection| {
            connection.requests == 0 && now.saturating_duration_since(connection.since) >= MOST_SILENCE
        };
        let numbers: Vec<u64> =
            open.by_number.iter().filter(|(_, connection)| silent(connection)).map(|(number, _)| *number).collect();
        numbers.iter().for_each(|number| open.end(*number));
        numbers.len()
    }

    /// Looks for silent connections until nobody else has these any more.
    pub fn watch(&self) {
        let watched = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(MOST_SILENCE / 10);
            loop {
                ticks.tick().await;
                let Some(shared) = watched.upgrade() else { return };
                let ended = Self(shared).end_silent(Instant::now());
                if ended > 0 {
                    tracing::info!(ended, "silent connections were ended");
                }
            }
        });
    }
}

impl Open {
    /// Ends the connection that has been silent longest, or else whose request has been under way longest. It leaves the list at
    /// once, so that the next call ends another one.
    fn end_one(&mut self) {
        let oldest = self.by_number.iter().min_by_key(|(_, connection)| (connection.requests > 0, connection.since));
        if let Some(number) = oldest.map(|(number, _)| *number) {
            self.end(number);
        }
    }

    fn end(&mut self, number: u64) {
        #[cfg(unix)]
        if let Some(connection) = self.by_number.remove(&number) {
            end(&connection.socket);
        }
    }
}

/// Ends a connection in both directions; whoever reads or writes it notices at once. One that has ended already is as good.
#[cfg(unix)]
fn end(socket: impl std::os::fd::AsFd) {
    let _ = rustix::net::shutdown(socket, rustix::net::Shutdown::Both);
}

impl Entry {
    fn change(&self, requests: impl FnOnce(u32) -> u32) {
        if let Some(connection) = self.connections.open().by_number.get_mut(&self.number) {
            (connection.requests, connection.since) = (requests(connection.requests), Instant::now());
        }
    }
}

impl Underway {
    fn new(entry: Arc<Entry>) -> Self {
        entry.change(|requests| requests.saturating_add(1));
        Self(entry)
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.change(|requests| requests.saturating_sub(1));
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.connections.open().by_number.remove(&self.number);
    }
}

/// The middleware that tells the connection of its request, and lets no unread body keep it.
///
/// # Errors
/// Whatever is within.
pub async fn attend(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let _underway = request.conn_data::<Arc<Entry>>().cloned().map(Underway::new);
    // The server ends a connection with an unread body itself where its length was said.
    if !request.headers().contains_key(header::TRANSFER_ENCODING) {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    }
    let kept = Rc::new(RefCell::new(request.take_payload()));
    request.set_payload(Payload::Stream { payload: Box::pin(Kept(Rc::clone(&kept))) });
    let keeping = |body: BoxBody| BoxBody::new(Keeping { body, _payload: kept });
    match next.call(request).await {
        Ok(answered) => Ok(answered.map_body(|_, body| keeping(body.boxed()))),
        Err(error) => {
            let response = error.error_response().map_body(|_, body| keeping(body));
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// A body that somebody else keeps, too: while it isn't dropped, the server doesn't wait for its rest.
struct Kept(Rc<RefCell<Payload>>);

impl Stream for Kept {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

/// An answer that keeps the body of its request until it has been sent.
struct Keeping {
    body: BoxBody,
    _payload: Rc<RefCell<Payload>>,
}

impl MessageBody for Keeping {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(context)
    }
}

/// Raises the limit of file descriptors as far as so many connections need it and the system allows; answers how many
/// connections that is enough for.
pub fn raised_limit(wanted: usize) -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let needed = (wanted as u64) * 2 + OTHER_DESCRIPTORS;
        let mut limit = getrlimit(Resource::Nofile);
        if limit.current.is_some_and(|current| current < needed) {
            let raised = limit.maximum.map_or(needed, |most| most.min(needed));
            let before = limit.current.replace(raised);
            if let Err(error) = setrlimit(Resource::Nofile, limit) {
                tracing::warn!(%error, "the limit of file descriptors can't be raised");
                limit.current = before;
            }
        }
        let enough_for = limit.current.map_or(wanted as u64, |current| current.saturating_sub(OTHER_DESCRIPTORS) / 2);
        let enough_for = usize::try_from(enough_for).unwrap_or(usize::MAX).max(16);
        if enough_for < wanted {
            tracing::warn!(
                wanted,
                connections = enough_for,
                "the limit of file descriptors allows fewer connections than server.connections"
            );
        }
        wanted.min(enough_for)
    }
    #[cfg(not(unix))]
    wanted
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Read;

    use actix_web::rt::net::{TcpListener, TcpStream};

    use super::*;

    /// Whether the other side has ended it.
    fn is_over(stream: &mut std::net::TcpStream) -> std::io::Result<bool> {
        match stream.read(&mut [0]) {
            Ok(read) => Ok(read == 0),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    #[actix_web::test]
    async fn the_longest_silent_ends_for_a_new_one_and_those_at_work_last() -> Result<(), Box<dyn std::error::Error>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let connections = Connections::new(16);
        let (mut callers, mut ours) = (Vec::new(), Vec::new());
        let mut at_work = None;
        for number in 0..20 {
            let caller = TcpStream::connect(listener.local_addr()?).await?.into_std()?;
            let (stream, _) = listener.accept().await?;
            let mut with = Extensions::new();
            connections.opened(&stream, &mut with);
            if number == 0 {
                at_work = with.get::<Arc<Entry>>().cloned().map(Underway::new);
            }
            callers.push(caller);
            ours.push((stream, with));
        }
        assert_eq!(connections.count(), 14, "an eighth of sixteen is kept free");
        let over: Vec<bool> = callers.iter_mut().map(is_over).collect::<Result<_, _>>()?;
        let expected = |number: usize| (1..=6).contains(&number);
        assert_eq!(over, (0..20).map(expected).collect::<Vec<_>>(), "the first has a request under way");
        assert_eq!(connections.end_silent(Instant::now()), 0);
        assert_eq!(connections.end_silent(Instant::now() + MOST_SILENCE), 13);
        drop(at_work);
        assert_eq!(connections.end_silent(Instant::now() + MOST_SILENCE), 1);
        drop(ours);
        assert_eq!(connections.count(), 0);
        Ok(())
    }
}

//! Connections: how many at once, and which one ends when there are too many or when it only says nothing.
//!
//! Cast: [`Connections`] knows those that are open; the server tells it of each ([`Connections::opened`]) and of each request
//! ([`attend`]). `Slices` is an answer on its way. [`raised_limit`] gets the file descriptors that they take.
//!
//! Guarantees: however many connections somebody opens and whatever they send or don't, a new one is served, because the one
//! that has been silent longest ends for it; those with a request under way come last. There are never so many that files
//! or the database lack descriptors.
//!
//! An answer goes out in slices, each when those before it were taken, and no further request of a connection is looked at while it takes nothing. So of
//! whatever a caller asks for and doesn't read, a slice or two are in memory; and a connection that has taken nothing for
//! `server.write_timeout_seconds` ends. Whoever reads slowly, but more than about three kB a second, gets all.
//!
//! A body that nobody wants to read ends its connection once the answer is sent, instead of being awaited. The server's own time limits come before all
//! this: five seconds for the head of a first request and between requests, five for the rest of a body that nobody reads, and those of
//! [`BodyLimits`](crate::http::body::BodyLimits).

mod descriptors;
mod slices;
mod unread;

pub use descriptors::raised_limit;

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Extensions, Payload, ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::middleware::Next;
use actix_web::{HttpMessage, http::header};

use self::slices::Slices;
use self::unread::{Keeping, Kept};

/// A connection without a request under way and without an answer on its way ends after this time: one that sends the head of a further request in drops.
const MOST_SILENCE: Duration = Duration::from_secs(300);
/// So much of an answer the system keeps of each connection (it takes twice that for itself). It would otherwise be megabytes, and one couldn't see for
/// minutes whether somebody reads.
#[cfg(unix)]
const SENT_AHEAD: usize = 128 << 10;
/// Whoever takes nothing and has sent so much more that waits to be read floods: the server would look for room for it all the time.
const MOST_UNREAD: u64 = 32 << 10;
/// How often somebody who takes nothing is asked again whether they do.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// The connections that are open; clones share them.
#[derive(Clone)]
pub struct Connections(Arc<Shared>);

struct Shared {
    most: usize,
    /// One that takes nothing of its answers for so long ends.
    patience: Duration,
    begun: Instant,
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
    /// When it was last seen to have room for more.
    had_room: Instant,
    /// When it last took a slice of an answer.
    took: Took,
}

/// When a connection last took a slice of an answer, in milliseconds since the server began; 0: it never did.
type Took = Arc<AtomicU64>;

/// A connection's entry, which it has with it and which goes with it.
struct Entry {
    connections: Connections,
    number: u64,
    took: Took,
}

/// A request under way.
struct Underway(Arc<Entry>);

impl Connections {
    /// At most so many; at least 16. One that takes nothing of its answers for as long as the patience ends.
    pub fn new(most: usize, patience: Duration) -> Self {
        Self(Arc::new(Shared { most: most.max(16), patience, begun: Instant::now(), open: Mutex::default() }))
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
            if let Err(error) = rustix::net::sockopt::set_socket_send_buffer_size(&socket, SENT_AHEAD) {
                tracing::debug!(%error, "a connection keeps the system's own buffer");
            }
            let mut open = self.open();
            // The server itself takes no more at the limit; so there is room before.
            if open.by_number.len() >= self.0.most - self.0.most / 8 {
                open.end_one(self.0.begun);
            }
            let number = open.next;
            open.next += 1;
            let (now, took) = (Instant::now(), Took::default());
            let connection = Connection { socket, requests: 0, since: now, had_room: now, took: took.clone() };
            open.by_number.insert(number, connection);
            with.insert(Arc::new(Entry { connections: self.clone(), number, took }));
        }
        #[cfg(not(unix))]
        let _ = (stream, with);
    }

    /// Ends the connections that have been open without a request for long enough; answers how many.
    pub fn end_silent(&self, now: Instant) -> usize {
        let mut open = self.open();
        let silent = |connection: &Connection| {
            connection.requests == 0
                && now.saturating_duration_since(connection.last_at_work(self.0.begun)) >= MOST_SILENCE
        };
        let numbers: Vec<u64> =
            open.by_number.iter().filter(|(_, connection)| silent(connection)).map(|(number, _)| *number).collect();
        numbers.iter().for_each(|number| open.end(*number));
        numbers.len()
    }

    /// Ends the connections that have had no room for more of their answers, and taken none, for long enough; at once those that go on sending requests
    /// meanwhile. Answers how many.
    pub fn end_stuck(&self, now: Instant) -> usize {
        #[cfg(unix)]
        {
            let mut open = self.open();
            let (begun, patience) = (self.0.begun, self.0.patience);
            let mut stuck = Vec::new();
            for (number, connection) in &mut open.by_number {
                if has_room(&connection.socket) {
                    connection.had_room = now;
                }
                let last = connection.took_at(begun).map_or(connection.had_room, |at| at.max(connection.had_room));
                let is_full = connection.had_room != now && unread(&connection.socket) >= MOST_UNREAD;
                if is_full || now.saturating_duration_since(last) >= patience {
                    stuck.push(*number);
                }
            }
            stuck.iter().for_each(|number| open.end(*number));
            stuck.len()
        }
        #[cfg(not(unix))]
        0
    }

    /// Looks for silent and stuck connections until nobody else has these any more.
    pub fn watch(&self) {
        let watched = Arc::downgrade(&self.0);
        let every = (self.0.patience / 6).clamp(Duration::from_millis(100), Duration::from_secs(5));
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(every);
            loop {
                ticks.tick().await;
                let Some(shared) = watched.upgrade() else { return };
                let (connections, now) = (Self(shared), Instant::now());
                let silent = connections.end_silent(now);
                if silent > 0 {
                    tracing::info!(ended = silent, "silent connections were ended");
                }
                let stuck = connections.end_stuck(now);
                if stuck > 0 {
                    tracing::info!(ended = stuck, "connections that took nothing of their answers were ended");
                }
            }
        });
    }
}

impl Connection {
    /// When it last took a slice.
    fn took_at(&self, begun: Instant) -> Option<Instant> {
        match self.took.load(Ordering::Relaxed) {
            0 => None,
            at => Some(begun + Duration::from_millis(at)),
        }
    }

    /// When a request of it last began or ended, or its answer last went on.
    fn last_at_work(&self, begun: Instant) -> Instant {
        self.took_at(begun).map_or(self.since, |at| at.max(self.since))
    }
}

impl Open {
    /// Ends the connection that has been silent longest, or else whose request has been under way longest. It leaves the list at
    /// once, so that the next call ends another one.
    fn end_one(&mut self, begun: Instant) {
        let oldest = self
            .by_number
            .iter()
            .min_by_key(|(_, connection)| (connection.requests > 0, connection.last_at_work(begun)));
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

/// Whether the system takes more of an answer: the other side has read enough of what was sent before. A connection that is over has room, as whoever
/// writes to it notices.
#[cfg(unix)]
fn has_room(socket: impl std::os::fd::AsFd) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    // What can't be asked isn't held up.
    poll(&mut [PollFd::new(&socket, PollFlags::OUT)], Some(&now)).map_or(true, |ready| ready > 0)
}

/// How much was sent that the server hasn't read.
#[cfg(unix)]
fn unread(socket: impl std::os::fd::AsFd) -> u64 {
    rustix::io::ioctl_fionread(socket).unwrap_or(0)
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

impl Entry {
    fn has_room(&self) -> bool {
        #[cfg(unix)]
        return self
            .connections
            .open()
            .by_number
            .get(&self.number)
            .is_none_or(|connection| has_room(&connection.socket));
        #[cfg(not(unix))]
        true
    }

    /// Waits until there is room for a further answer; one that never comes ends with its connection.
    async fn room(&self) {
        while !self.has_room() {
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }

    /// A slice of an answer was taken.
    fn takes(&self) {
        let at = u64::try_from(self.connections.0.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.took.store(at.max(1), Ordering::Relaxed);
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

/// The middleware that tells the connection of its request, sends its answer in slices, and lets no unread body keep it.
///
/// # Errors
/// Whatever is within.
pub async fn attend(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Slices>, actix_web::Error> {
    let entry = request.conn_data::<Arc<Entry>>().cloned();
    if let Some(entry) = &entry {
        entry.room().await;
    }
    let _underway = entry.clone().map(Underway::new);
    // The server ends a connection with an unread body itself where its length was said.
    if !request.headers().contains_key(header::TRANSFER_ENCODING) {
        let answered = next.call(request).await?;
        return Ok(answered.map_body(|_, body| Slices::of(body.boxed(), entry)));
    }
    let kept = Rc::new(RefCell::new(request.take_payload()));
    request.set_payload(Payload::Stream { payload: Box::pin(Kept::of(&kept)) });
    let keeping = |body: BoxBody| BoxBody::new(Keeping::of(body, kept));
    match next.call(request).await {
        Ok(answered) => Ok(answered.map_body(|_, body| Slices::of(keeping(body.boxed()), entry))),
        Err(error) => {
            let response = error.error_response().map_body(|_, body| keeping(body));
            Err(InternalError::from_response(error, response).into())
        }
    }
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
        let connections = Connections::new(16, Duration::from_secs(30));
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
        assert_eq!(connections.end_stuck(Instant::now() + MOST_SILENCE), 0, "who is asked for nothing has room");
        assert_eq!(connections.end_silent(Instant::now() + MOST_SILENCE), 13);
        drop(at_work);
        assert_eq!(connections.end_silent(Instant::now() + MOST_SILENCE), 1);
        drop(ours);
        assert_eq!(connections.count(), 0);
        Ok(())
    }
}

//! The log: one line an event, as text or JSON, to standard error.
//!
//! Cast: events put their lines into a bounded queue; a thread of its own writes them. [`Log`] holds it open and empties it at the
//! end; [`lost_lines`] says how many came to nothing.
//!
//! Guarantees: nobody waits for the log, and nothing fails with it: where the queue is full since nobody reads, or a line can't be
//! written since the disk is full or the reader gone, it is lost and counted. A text line stays one line whatever stands in it.
//!
//! Why not `tracing-appender`: its queue has no bound in bytes, it doesn't count what couldn't be written, and where it can't end in time it prints
//! to standard output, which blocks or panics in just these cases.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tracing_subscriber::EnvFilter;

use crate::configuration::log::{LogFormat, LogSettings};

/// So many lines wait to be written; further ones are lost.
const WAITING: usize = 1024;
/// And so many bytes in them.
const WAITING_BYTES: usize = 8 * 1024 * 1024;
/// How long the end of the program waits for lines to be written.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often, at most, the log says that lines were lost.
const TOLD_EVERY: Duration = Duration::from_secs(10);
/// For so long `/readyz` tells of lines that were lost.
const LATELY: Duration = Duration::from_secs(3600);

/// The process has one log.
static LOG: OnceLock<Arc<Queue>> = OnceLock::new();

/// How many lines were lost since the start.
pub(super) fn lost_lines() -> u64 {
    LOG.get().map_or(0, |queue| queue.losses.count())
}

/// The same, where some were within the last hour.
pub(super) fn lost_lately() -> Option<u64> {
    let queue = LOG.get()?;
    queue.losses.are_within(LATELY).then(|| queue.losses.count())
}

/// How many lines were lost, and when the last was.
struct Losses {
    began: Instant,
    count: AtomicU64,
    /// Milliseconds from the beginning to the last one.
    last: AtomicU64,
}

impl Default for Losses {
    fn default() -> Self {
        Self { began: Instant::now(), count: AtomicU64::default(), last: AtomicU64::default() }
    }
}

impl Losses {
    fn add(&self) {
        self.last.store(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    fn are_within(&self, time: Duration) -> bool {
        let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
        self.count() > 0 && self.began.elapsed() < last.saturating_add(time)
    }
}

/// Holds the log open. What waits is written when it is dropped, as far as somebody reads it within a second.
pub struct Log(());

impl Drop for Log {
    fn drop(&mut self) {
        flush(PATIENCE);
    }
}

/// Waits until what was logged so far is written, but no longer than that.
pub(super) fn flush(patience: Duration) {
    let Some(queue) = LOG.get() else { return };
    let until = Instant::now() + patience;
    let (done, written) = sync_channel(1);
    let mut message = Message::Flush(done);
    while let Err(TrySendError::Full(back)) = queue.lines.try_send(message) {
        if Instant::now() > until {
            return;
        }
        message = back;
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = written.recv_timeout(until.saturating_duration_since(Instant::now()));
}

/// Starts the log. A panic stands in it, too, instead of on standard error, where its report could block.
pub fn start_log(settings: &LogSettings) -> Log {
    // Of a path that can't be read actix would log the whole request path, and callers have typed persons' numbers there.
    // What scanners send instead of HTTP is an error for actix, and nobody's work.
    let quiet = "actix_server=warn,actix_web::types::path=off,actix_http::h1::dispatcher=off";
    let filter = EnvFilter::new(format!("{},{quiet}", settings.level.code()));
    let in_colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    let form = match settings.format {
        LogFormat::Json => Form::Json,
        LogFormat::Text => Form::Text { in_colours },
    };
    let queue = LOG.get_or_init(|| Queue::start(form)).clone();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(queue).log_internal_errors(false);
    let started = match settings.format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.with_ansi(in_colours).try_init(),
    };
    if let Err(error) = started {
        tracing::warn!(%error, "the log was started before");
    }
    std::panic::set_hook(Box::new(|panic| {
        let (place, words) = (panic.location().map(ToString::to_string), panic.payload_as_str());
        let thread = std::thread::current();
        tracing::error!(code = "panicked", thread = thread.name(), place, words, "a fault in the program");
    }));
    Log(())
}

#[derive(Clone, Copy)]
enum Form {
    Json,
    Text { in_colours: bool },
}

enum Message {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

struct Queue {
    form: Form,
    lines: SyncSender<Message>,
    bytes: Arc<AtomicUsize>,
    losses: Arc<Losses>,
}

impl Queue {
    fn start(form: Form) -> Arc<Self> {
        let (lines, waiting) = sync_channel(WAITING);
        let (bytes, losses) = (Arc::<AtomicUsize>::default(), Arc::<Losses>::default());
        let mut out = Out { to: io::stderr(), bytes: bytes.clone(), losses: losses.clone(), is_torn: false };
        // Without the thread every line is lost, and counted.
        let _ = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || while catch_unwind(AssertUnwindSafe(|| out.write_all_of(&waiting))).is_err() {});
        Arc::new(Self { form, lines, bytes, losses })
    }
}

/// An event comes as one piece.
impl Write for &Queue {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = match self.form {
            Form::Json => event.to_vec(),
            Form::Text { in_colours } => one_line(&String::from_utf8_lossy(event), in_colours).into_bytes(),
        };
        let length = line.len();
        let fits = self.bytes.fetch_add(length, Ordering::Relaxed) + length <= WAITING_BYTES;
        if !fits || self.lines.try_send(Message::Line(line)).is_err() {
            self.bytes.fetch_sub(length, Ordering::Relaxed);
            self.losses.add();
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the thread writes to.
struct Out<W> {
    to: W,
    bytes: Arc<AtomicUsize>,
    losses: Arc<Losses>,
    /// A line was broken off in its middle.
    is_torn: bool,
}

impl<W: Write> Out<W> {
    fn write_all_of(&mut self, waiting: &Receiver<Message>) {
        let (mut told, mut told_at, mut is_well) = (0, None::<Instant>, false);
        loop {
            match waiting.recv_timeout(TOLD_EVERY) {
                Ok(Message::Flush(done)) => drop(done.try_send(())),
                Ok(Message::Line(line)) => {
                    is_well = self.line(&line).is_ok();
                    self.bytes.fetch_sub(line.len(), Ordering::Relaxed);
                    if !is_well {
                        self.losses.add();
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let lost = self.losses.count();
            if is_well && lost > told && told_at.is_none_or(|at| at.elapsed() >= TOLD_EVERY) {
                (told, told_at) = (lost, Some(Instant::now()));
                tracing::warn!(code = "log_lost", lost, "lines of the log were lost since the start");
            }
        }
    }

    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.piece(b"\n")?;
            self.is_torn = false;
        }
        self.piece(line)
    }

    fn piece(&mut self, mut rest: &[u8]) -> io::Result<()> {
        let whole = rest.len();
        while !rest.is_empty() {
            match self.to.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Whoever shares the pipe or terminal has set it so.
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(Duration::from_millis(20)),
                Err(error) => {
                    self.is_torn |= rest.len() < whole;
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

/// An event as one line: what would break it, or tell a terminal something, stands in it as an escape. The escape codes of the
/// colours stay where there are some; those in values were made harmless when they were formatted.
fn one_line(event: &str, in_colours: bool) -> String {
    let is_foul = |c: char| {
        let reorders = matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        reorders || (c.is_control() && !(in_colours && c == '\u{1b}'))
    };
    let event = event.strip_suffix('\n').unwrap_or(event);
    let mut line = String::with_capacity(event.len() + 1);
    for character in event.chars() {
        if is_foul(character) {
            let _ = write!(line, "{}", character.escape_default());
        } else {
            line.push(character);
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes, and then no more.
    struct Full(Vec<u8>, usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let room = self.1.saturating_sub(self.0.len()).min(bytes.len());
            if room == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            self.0.extend_from_slice(&bytes[..room]);
            Ok(room)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_stays_one_line() {
        let foreign = "a\nFAKE b\r\t\u{1b}[31m\u{85}\u{2028}\u{202e}c 中文\n";
        assert_eq!(one_line(foreign, false), "a\\nFAKE b\\r\\t\\u{1b}[31m\\u{85}\\u{2028}\\u{202e}c 中文\n");
        assert_eq!(one_line("\u{1b}[32mINFO\u{1b}[0m a\nb\n", true), "\u{1b}[32mINFO\u{1b}[0m a\\nb\n");
    }

    #[test]
    fn a_line_after_one_that_was_broken_off_begins_anew() {
        let mut out = Out { to: Full(Vec::new(), 8), bytes: Arc::default(), losses: Arc::default(), is_torn: false };
        assert!(out.line(b"first\n").is_ok());
        assert!(out.line(b"second\n").is_err());
        assert!(out.line(b"third\n").is_err());
        out.to.1 = 100;
        assert!(out.line(b"fourth\n").is_ok());
        assert_eq!(String::from_utf8_lossy(&out.to.0), "first\nse\nfourth\n");
    }

    #[test]
    fn what_does_not_fit_into_the_queue_is_lost_and_counted() -> io::Result<()> {
        let (lines, waiting) = sync_channel(1);
        let queue = Queue { form: Form::Json, lines, bytes: Arc::default(), losses: Arc::default() };
        for _ in 0..3 {
            (&queue).write_all(b"line\n")?;
        }
        assert_eq!(queue.losses.count(), 2);
        drop(waiting);
        (&queue).write_all(b"line\n")?;
        assert_eq!(queue.losses.count(), 3);
        Ok(())
    }

    #[test]
    fn what_was_lost_is_told_for_a_while() {
        let losses = Losses::default();
        assert!(!losses.are_within(LATELY), "nothing was");
        losses.add();
        assert!(losses.are_within(LATELY));
        assert!(!losses.are_within(Duration::ZERO));
    }
}

//! Being told to stop: by a service manager, by Ctrl-C, or because the terminal was closed.
//!
//! Guarantees: the program has ended when the time of the settings is over, whatever the database does meanwhile, and at once with a
//! second signal. Both are the business of a thread that waits for nothing else. What is broken off so was never answered.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use tokio::sync::watch;

use super::error::StartError;
use super::log::flush;
use crate::configuration::server::ServerSettings;

/// How long the end may take beyond what running requests are given.
const GRACE: Duration = Duration::from_millis(500);
/// How long the last lines of the log have when the program is ended in the middle.
const LAST_LINES: Duration = Duration::from_millis(200);
/// The status with which the program ends when its time was over.
const BROKEN_OFF: i32 = 1;

/// Waits for signals, from its making on.
pub struct Stopping {
    told: watch::Receiver<bool>,
    pub(super) drain: Duration,
}

impl Stopping {
    /// Takes over the signals that end a program.
    ///
    /// # Errors
    /// The system doesn't give them.
    pub fn by_signals(settings: &ServerSettings) -> Result<Self, StartError> {
        let drain = Duration::from_secs(settings.drain_seconds);
        let limit = drain + Duration::from_secs(settings.shutdown_seconds) + GRACE;
        let (tell, told) = watch::channel(false);
        listen(async move |mut signals| {
            signals.next().await;
            tracing::info!("stopping; running requests are finished first, and a second signal ends at once");
            let _ = tell.send(true);
            tokio::select! {
                signal = signals.next() => {
                    tracing::warn!("ended by a second signal");
                    end(128 + signal)
                }
                () = tokio::time::sleep(limit) => {
                    tracing::error!(code = "stopped_late", ?limit, "the time to stop is over; what is under way is broken off");
                    end(BROKEN_OFF)
                }
            }
        })?;
        Ok(Self { told, drain })
    }

    /// Ends when the program is told to stop.
    pub(super) async fn told(&self) {
        let _ = self.told.clone().wait_for(|told| *told).await;
    }
}

/// Takes over the signals that end a program, for a command: the first one is told by its number, the second ends the program at once.
///
/// # Errors
/// The system doesn't give them.
pub fn hear_signals(told: impl FnOnce(i32) + Send + 'static) -> Result<(), StartError> {
    listen(async move |mut signals| {
        told(signals.next().await);
        end(128 + signals.next().await)
    })
}

/// Gives the signals to a thread of their own.
fn listen<F: Future<Output = Infallible>>(hear: impl FnOnce(Signals) -> F + Send + 'static) -> Result<(), StartError> {
    let failed = |error: io::Error| StartError::Other(format!("signals to stop can't be received: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let signals = {
        let _within = runtime.enter();
        Signals::new().map_err(failed)?
    };
    let wait = move || runtime.block_on(hear(signals));
    std::thread::Builder::new().name("signals".to_owned()).spawn(wait).map(drop).map_err(failed)
}

fn end(status: i32) -> Infallible {
    flush(LAST_LINES);
    std::process::exit(status)
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    /// A terminal was closed. None where whoever started the program lets it go on then, as `nohup` does.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hangup = if outlives_its_terminal() { None } else { Some(signal(SignalKind::hangup())?) };
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())?, hangup })
    }

    /// The number of the next one.
    async fn next(&mut self) -> i32 {
        let Self { terminate, interrupt, hangup } = self;
        let closed = async {
            match hangup {
                Some(hangup) => drop(hangup.recv().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = terminate.recv() => 15,
            _ = interrupt.recv() => 2,
            () = closed => 1,
        }
    }
}

/// Whether the program was started with the signal of a closed terminal (1) ignored.
#[cfg(unix)]
fn outlives_its_terminal() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> i32 {
        let _ = tokio::signal::ctrl_c().await;
        2
    }
}

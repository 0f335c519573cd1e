//! What is known of the writer's thread: for readiness.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How the writer of SQLite fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriterReport {
    /// Whether its thread runs. Where it doesn't, nothing is written any more.
    pub alive: bool,
    /// How often it was hit by a fault in the program, and went on with a new connection.
    pub restarts: u64,
    /// For how long the changes at which it is have waited for their end.
    pub busy_for: Option<Duration>,
}

#[derive(Debug, Default)]
pub(super) struct WriterWatch {
    restarts: AtomicU64,
    busy_since: Mutex<Option<Instant>>,
}

impl WriterWatch {
    pub(super) fn begins(&self) {
        *self.busy_since.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    pub(super) fn ends(&self, by_a_fault: bool) {
        self.restarts.fetch_add(by_a_fault.into(), Ordering::Relaxed);
        *self.busy_since.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(super) fn report(&self, alive: bool) -> WriterReport {
        let since = *self.busy_since.lock().unwrap_or_else(PoisonError::into_inner);
        let busy_for = since.map(|since| since.elapsed());
        WriterReport { alive, restarts: self.restarts.load(Ordering::Relaxed), busy_for }
    }
}

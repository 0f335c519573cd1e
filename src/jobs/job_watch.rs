//! What is known of the jobs of this instance: for `/readyz` and metrics.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// A run that takes so many times as long as the time between two is told.
const LONG: u32 = 10;
/// But none that is shorter than this.
const LONG_AT_LEAST: Duration = Duration::from_secs(60);

/// What is known of the jobs; clones share it.
#[derive(Debug, Clone, Default)]
pub struct JobWatch(Arc<Mutex<BTreeMap<&'static str, State>>>);

#[derive(Debug, Clone, Copy, Default)]
struct State {
    told: JobRuns,
    failures: u64,
    running_since: Option<Instant>,
}

/// How a job has fared since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobRuns {
    /// From one run to the next.
    pub every: Duration,
    /// Runs that came to their end.
    pub succeeded: u64,
    /// Runs that failed.
    pub failed: u64,
    /// How often it ended by a fault in the program, and was started again.
    pub restarts: u64,
    /// When a run last came to its end, by the machine's clock.
    pub last_success: Option<SystemTime>,
    /// How long the last run took, however it ended.
    pub last_took: Option<Duration>,
    /// For how long a run has been under way.
    pub running_for: Option<Duration>,
}

/// What isn't as it should be with a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobReport {
    /// Such as `sweep`.
    pub name: &'static str,
    /// How often it ended by a fault in the program, and was started again.
    pub restarts: u64,
    /// How often in a row it has failed until now.
    pub failures: u64,
    /// For how long a run hasn't come to its end, where that is too long.
    pub stuck: Option<Duration>,
}

impl JobWatch {
    /// The jobs with which something isn't as it should be.
    pub fn reports(&self) -> Vec<JobReport> {
        let report = |(name, state): (&&'static str, &State)| {
            let most = (state.told.every * LONG).max(LONG_AT_LEAST);
            let stuck = state.running_since.map(|since| since.elapsed()).filter(|taken| *taken > most);
            JobReport { name, restarts: state.told.restarts, failures: state.failures, stuck }
        };
        let is_well = |report: &JobReport| report.restarts == 0 && report.failures == 0 && report.stuck.is_none();
        self.states().iter().map(report).filter(|report| !is_well(report)).collect()
    }

    /// All jobs of this instance that have begun a run.
    pub fn runs(&self) -> Vec<(&'static str, JobRuns)> {
        let runs = |(name, state): (&&'static str, &State)| {
            (*name, JobRuns { running_for: state.running_since.map(|since| since.elapsed()), ..state.told })
        };
        self.states().iter().map(runs).collect()
    }

    /// Runs a job once, and remembers how it ended.
    pub(super) async fn run<T, E>(
        &self,
        name: &'static str,
        every: Duration,
        once: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let started = Instant::now();
        self.change(name, |state| (state.told.every, state.running_since) = (every, Some(started)));
        let ended = once.await;
        self.change(name, |state| {
            state.running_since = None;
            state.told.last_took = Some(started.elapsed());
            if ended.is_ok() {
                state.failures = 0;
                state.told.succeeded += 1;
                state.told.last_success = Some(SystemTime::now());
            } else {
                state.failures += 1;
                state.told.failed += 1;
            }
        });
        ended
    }

    /// Remembers that it ended by a fault in the program.
    pub(super) fn restarted(&self, name: &'static str) {
        self.change(name, |state| {
            state.running_since = None;
            state.told.restarts += 1;
        });
    }

    fn change(&self, name: &'static str, change: impl FnOnce(&mut State)) {
        change(self.states().entry(name).or_default());
    }

    fn states(&self) -> MutexGuard<'_, BTreeMap<&'static str, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

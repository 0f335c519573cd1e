//! Background jobs: a sweep, which records due announcements, with a check whether a year's holiday notice is missing; every hour a
//! clean-up; every minute a seal on what was recorded; every day a verification of everything.
//!
//! Nothing here has to be on time for an answer to be right; every instance may run it, and none has to be alone.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior};

use crate::service::Service;
use crate::service::accounts::caller::Caller;

/// How often what is old is removed.
const CLEAN_UP_EVERY: Duration = Duration::from_secs(3600);

/// How often each job runs; none: not on this instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Intervals {
    /// The sweep, with the clean-up.
    pub sweep: Option<Duration>,
    /// The seal.
    pub seal: Option<Duration>,
    /// The verification, first after this time.
    pub verify: Option<Duration>,
}

/// Running jobs.
pub struct Jobs {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Jobs {
    /// Lets what is under way come to its end, and nothing further begin. A verification is broken off.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// Starts the jobs. What fails is logged and tried again at the next tick.
pub fn start(service: Service, every: Intervals) -> Jobs {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = Vec::new();
    if let Some(every) = every.sweep {
        tasks.push(tokio::spawn(sweeps(service.clone(), ticks(every), stopped.clone())));
    }
    if let Some(every) = every.seal {
        tasks.push(tokio::spawn(seals(service.clone(), ticks(every), stopped.clone())));
    }
    let sealed_every = every.seal.and_then(|every| TimeDelta::from_std(every).ok());
    if let Some(every) = every.verify {
        tasks.push(tokio::spawn(verifications(service, every, sealed_every, stopped)));
    }
    Jobs { stop, tasks }
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Waits for the next tick; no more once the jobs are stopped.
async fn ticked(ticks: &mut Interval, stopped: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        _ = stopped.changed() => false,
        _ = ticks.tick() => true,
    }
}

async fn sweeps(service: Service, mut ticks: Interval, mut stopped: watch::Receiver<bool>) {
    let mut cleaned_up: Option<Instant> = None;
    while ticked(&mut ticks, &mut stopped).await {
        match service.sweep().await {
            Ok(sweep) if sweep.looked_at > 0 => {
                tracing::info!(
                    looked_at = sweep.looked_at,
                    announced = sweep.announced,
                    failed = sweep.failed,
                    "swept"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "a sweep failed and will be retried"),
        }
        match service.settle_imports().await {
            Ok(0) => {}
            Ok(imports) => tracing::info!(imports, "went on with interrupted imports"),
            Err(error) => tracing::error!(%error, "imports could not be gone on with; that will be retried"),
        }
        if let Some(warning) = service.calendar_warning_of_the_day() {
            tracing::warn!("{}", warning.en);
        }
        if cleaned_up.is_none_or(|at| at.elapsed() >= CLEAN_UP_EVERY) {
            cleaned_up = Some(Instant::now());
            match service.clean_up().await {
                Ok(0) => {}
                Ok(rows) => tracing::info!(rows, "cleaned up"),
                Err(error) => tracing::error!(%error, "a clean-up failed and will be retried"),
            }
        }
    }
}

async fn seals(service: Service, mut ticks: Interval, mut stopped: watch::Receiver<bool>) {
    while ticked(&mut ticks, &mut stopped).await {
        match service.seal().await {
            Ok(rows) => tracing::debug!(rows, "sealed"),
            Err(error) => tracing::error!(code = "seal_failed", %error, "sealing failed and will be retried"),
        }
    }
}

async fn verifications(
    service: Service,
    every: Duration,
    sealed_every: Option<TimeDelta>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while ticked(&mut ticks, &mut stopped).await {
        let hall = Caller::hall();
        let verified = tokio::select! {
            _ = stopped.changed() => return,
            verified = service.verify(&hall, None) => verified,
        };
        if let Some(since) = verified.as_ref().ok().and_then(|found| found.unsealed_since(sealed_every)) {
            tracing::warn!(code = "unsealed_for_long", %since, "what was recorded since then isn't sealed");
        }
        match verified {
            Ok(found) if found.finding_count == 0 => {
                tracing::info!(events = found.events, "everything recorded is as it was")
            }
            Ok(found) => {
                let first = found.findings.first().map(ToString::to_string);
                let (code, findings) = ("evidence_changed", found.finding_count);
                tracing::error!(
                    code,
                    findings,
                    first,
                    "what was recorded has been changed; see `casehall audit verify`"
                );
            }
            Err(error) => tracing::error!(%error, "a verification failed and will be retried"),
        }
    }
}

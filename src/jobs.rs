//! Background jobs: at every tick a sweep, which records due announcements, and a check whether a year's holiday notice
//! is missing; every hour a clean-up.
//!
//! Nothing here has to be on time for an answer to be right; every instance may run it, and none has to be alone.

use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::service::Service;

/// How often what is old is removed.
const CLEAN_UP_EVERY: Duration = Duration::from_secs(3600);

/// Running jobs.
pub struct Jobs {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Jobs {
    /// Lets the sweep under way come to its end, and no further one begin.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// Starts the jobs. A sweep that fails is logged and tried again at the next tick.
pub fn start(service: Service, every: Duration) -> Jobs {
    let (stop, mut stopped) = watch::channel(false);
    let task = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut cleaned_up: Option<Instant> = None;
        loop {
            tokio::select! {
                _ = stopped.changed() => break,
                _ = ticks.tick() => {}
            }
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
    });
    Jobs { stop, task }
}

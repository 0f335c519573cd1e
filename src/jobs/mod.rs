//! Background jobs: at every tick the sweep, which records due announcements, then what has become usable, imports that were interrupted, and whether
//! a year's holiday notice is missing; four times an hour days that are over are summed for reports, and once it is cleaned up; as often as the settings
//! say a seal on what was recorded, a verification of everything and backups; the keys of other [`issuers`]; what is sent to [`webhooks`].
//!
//! Nothing here has to be on time for an answer to be right; every instance may run it, and none has to be alone. A job that ends by a
//! fault in the program is started again, and [`JobWatch`] knows of it.

pub mod issuers;
mod job_watch;
pub mod webhooks;

use std::future::Future;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior};

pub use self::job_watch::{JobReport, JobRuns, JobWatch};
use crate::domain::backups::BackupSchedule;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::backups::Places;
use crate::service::backups::make::Scheduled;

/// How often what is old is removed.
const CLEAN_UP_EVERY: Duration = Duration::from_secs(3600);
/// How often days that are over are summed for reports.
const COUNT_DAYS_EVERY: Duration = Duration::from_secs(900);
/// How often it is looked whether a backup is due; one that failed is tried again then.
const LOOK_FOR_BACKUPS: Duration = Duration::from_secs(60);
/// How long it takes at most until a job that ended by a fault is started again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How often each job runs; none: not on this instance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Intervals {
    /// The sweep, with what has become usable, interrupted imports and the clean-up.
    pub sweep: Option<Duration>,
    /// The seal.
    pub seal: Option<Duration>,
    /// The verification; the first so long after the last of anybody, then by this instance's own time.
    pub verify: Option<Duration>,
    /// Backups, and of what.
    pub backups: Option<(BackupSchedule, Places)>,
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
pub fn start(service: Service, every: Intervals, watch: &JobWatch) -> Jobs {
    let (stop, stopped) = watch::channel(false);
    let job = |name, every| Job { name, every, watch: watch.clone(), stopped: stopped.clone() };
    let mut tasks = Vec::new();
    if let Some(every) = every.sweep {
        let service = service.clone();
        tasks.push(tokio::spawn(supervised(job("sweep", every), move |job| at_each_tick(service.clone(), job))));
    }
    if let Some(every) = every.seal {
        let service = service.clone();
        tasks.push(tokio::spawn(supervised(job("seal", every), move |job| seals(service.clone(), job))));
    }
    let sealed_every = every.seal.and_then(|every| TimeDelta::from_std(every).ok());
    if let Some(every) = every.verify {
        let service = service.clone();
        let run = move |job| verifications(service.clone(), job, sealed_every);
        tasks.push(tokio::spawn(supervised(job("verify", every), run)));
    }
    if let Some((schedule, places)) = every.backups {
        let run = move |job| backups(service.clone(), job, schedule.clone(), places.clone());
        tasks.push(tokio::spawn(supervised(job("backup", LOOK_FOR_BACKUPS), run)));
    }
    Jobs { stop, tasks }
}

/// What every job has.
#[derive(Clone)]
struct Job {
    name: &'static str,
    every: Duration,
    watch: JobWatch,
    stopped: watch::Receiver<bool>,
}

impl Job {
    /// Waits for the next tick; no more once the jobs are stopped.
    async fn ticked(&mut self, ticks: &mut Interval) -> bool {
        tokio::select! {
            _ = self.stopped.changed() => false,
            _ = ticks.tick() => true,
        }
    }

    /// One run, which the watch knows of.
    async fn once<T, E>(&self, run: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        self.watch.run(self.name, self.every, run).await
    }
}

/// Runs a job to its end, and again when it ended by a fault in the program.
async fn supervised<F>(mut job: Job, run: impl Fn(Job) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        match tokio::spawn(run(job.clone())).await {
            Err(error) if error.is_panic() => job.watch.restarted(job.name),
            Ok(()) | Err(_) => return,
        }
        tracing::error!(
            code = "job_restarted",
            job = job.name,
            "a job ended by a fault in the program; it is started again"
        );
        tokio::select! {
            _ = job.stopped.changed() => return,
            () = tokio::time::sleep(job.every.min(LONGEST_PAUSE)) => {}
        }
    }
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// What is done at every tick, one after another: none of it needs a time of its own.
async fn at_each_tick(service: Service, mut job: Job) {
    let mut ticks = ticks(job.every);
    let (mut counted, mut cleaned_up): (Option<Instant>, Option<Instant>) = (None, None);
    while job.ticked(&mut ticks).await {
        sweep(&service, &job).await;
        tell_usable(&service, &job).await;
        settle_imports(&service, &job).await;
        if let Some(warning) = service.calendar_warning_of_the_day() {
            tracing::warn!("{}", warning.en);
        }
        if counted.is_none_or(|at| at.elapsed() >= COUNT_DAYS_EVERY) && count_days(&service, &job).await {
            counted = Some(Instant::now());
        }
        if cleaned_up.is_none_or(|at| at.elapsed() >= CLEAN_UP_EVERY) && clean_up(&service, &job).await {
            cleaned_up = Some(Instant::now());
        }
    }
}

async fn sweep(service: &Service, job: &Job) {
    match job.once(service.sweep()).await {
        Ok(sweep) if sweep.looked_at > 0 => {
            tracing::info!(looked_at = sweep.looked_at, announced = sweep.announced, failed = sweep.failed, "swept");
        }
        Ok(_) => {}
        Err(error) => tracing::error!(%error, "a sweep failed and will be retried"),
    }
}

async fn tell_usable(service: &Service, job: &Job) {
    match job.watch.run("usable", job.every, service.tell_usable()).await {
        Ok(0) => {}
        Ok(services) => tracing::info!(services, "told that services can be used"),
        Err(error) => tracing::error!(%error, "it could not be told what can be used; that will be retried"),
    }
}

async fn settle_imports(service: &Service, job: &Job) {
    match job.watch.run("imports", job.every, service.settle_imports()).await {
        Ok(0) => {}
        Ok(imports) => tracing::info!(imports, "went on with interrupted imports"),
        Err(error) => tracing::error!(%error, "imports could not be gone on with; that will be retried"),
    }
}

/// Whether no day is left; else the next tick goes on, so that sweeps have their turn.
async fn count_days(service: &Service, job: &Job) -> bool {
    match job.watch.run("count_days", COUNT_DAYS_EVERY, service.count_days()).await {
        Ok(0) => true,
        Ok(days) => {
            tracing::info!(days, "summed what reports count of days that are over");
            false
        }
        Err(error) => {
            tracing::error!(%error, "days that are over could not be summed; that will be retried");
            false
        }
    }
}

/// Whether it is done.
async fn clean_up(service: &Service, job: &Job) -> bool {
    match job.watch.run("clean_up", CLEAN_UP_EVERY, service.clean_up()).await {
        Ok(0) => true,
        Ok(rows) => {
            tracing::info!(rows, "cleaned up");
            true
        }
        Err(error) => {
            tracing::error!(%error, "a clean-up failed and will be retried");
            false
        }
    }
}

async fn seals(service: Service, mut job: Job) {
    let mut ticks = ticks(job.every);
    while job.ticked(&mut ticks).await {
        match job.once(service.seal()).await {
            Ok(rows) => tracing::debug!(rows, "sealed"),
            Err(error) => tracing::error!(code = "seal_failed", %error, "sealing failed and will be retried"),
        }
    }
}

async fn verifications(service: Service, mut job: Job, sealed_every: Option<TimeDelta>) {
    // Due by when the last one ran, not by when the program started: a hall that restarts every day is verified, too.
    let wait = match service.last_verification().await {
        Ok(last) => until_due(job.every, last.map(|last| service.now() - last.at)),
        Err(_) => job.every,
    };
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + wait, job.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stopped = job.stopped.clone();
    while job.ticked(&mut ticks).await {
        if let Err(error) = job.once(service.check_pages()).await {
            tracing::error!(code = "database_damaged", %error, "the pages of the database were looked at");
        }
        let hall = Caller::hall();
        let verified = tokio::select! {
            _ = stopped.changed() => return,
            verified = job.once(service.verify(&hall, None)) => verified,
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

/// How long it takes until something is due that was done last so long ago; never for longer than usual, however the clock was moved.
fn until_due(every: Duration, ago: Option<TimeDelta>) -> Duration {
    ago.and_then(|ago| ago.to_std().ok()).map_or(every, |ago| every.saturating_sub(ago))
}

/// Looks now and then whether the next backup is due: by the newest one, so that no restart puts it off.
async fn backups(service: Service, mut job: Job, schedule: BackupSchedule, places: Places) {
    let mut ticks = ticks(job.every);
    while job.ticked(&mut ticks).await {
        let looked = async {
            let looked = service.back_up_when_due(&schedule, &places).await;
            let looked = looked.inspect_err(
                |error| tracing::error!(code = "backup_failed", %error, "a backup failed and will be retried"),
            );
            let Scheduled { made, kept } = looked?;
            if let Some(made) = made {
                tracing::info!(path = %made.path.display(), bytes = made.manifest.bytes(), "backed up");
            }
            for error in &kept {
                let code = "old_backup_not_deleted";
                tracing::error!(code, %error, "an old backup can't be deleted; new ones are made all the same");
            }
            kept.into_iter().next().map_or(Ok(()), Err)
        };
        // The log has it already.
        let _ = job.once(looked).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn what_is_due_is_due_by_the_last_time() {
        let day = Duration::from_secs(86_400);
        let after = |ago: Option<i64>| until_due(day, ago.map(TimeDelta::hours)).as_secs() / 3_600;
        assert_eq!([after(None), after(Some(-5)), after(Some(10)), after(Some(30))], [24, 24, 14, 0]);
    }

    #[tokio::test]
    async fn a_job_that_panics_is_started_again_and_counted() {
        let (_stop, stopped) = watch::channel(false);
        let (watch, runs) = (JobWatch::default(), Arc::new(AtomicU32::new(0)));
        let job = Job { name: "sweep", every: Duration::from_millis(1), watch: watch.clone(), stopped };
        let counted = runs.clone();
        supervised(job, move |job| {
            let run = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                let once = job.once(async { if run < 2 { panic!("run {run}") } else { Err::<(), ()>(()) } });
                assert!(once.await.is_err());
            }
        })
        .await;
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        let report = JobReport { name: "sweep", restarts: 2, failures: 1, stuck: None };
        assert_eq!(watch.reports(), [report]);
    }
}

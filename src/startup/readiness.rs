//! What `/readyz` tells.
//!
//! Cast: a [`Watch`] looks at everything and answers [`Look`]s: for `/readyz`, and now and then for metrics. Whatever may take for ever
//! is asked by a [`Probe`]: the database, and the disks.
//!
//! Not ready is what another instance does better, or what must not pass unnoticed: a database that doesn't answer or is damaged, a
//! writer that is gone, a stop, a full disk under an SQLite database. All else is worth a remark.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::disks::{Disk, Room, disks};
use super::log::lost_lately;
use super::probe::Probe;
use crate::api::health::{Check, Readiness};
use crate::configuration::settings::Settings;
use crate::domain::backups::BackupSchedule;
use crate::domain::base::words::count_of;
use crate::jobs::{JobReport, JobWatch};
use crate::service::accounts::tokens::issuers::IssuerReport;
use crate::service::backups::kept::newest_by;
use crate::service::backups::manifest::Manifest;
use crate::service::base::error::ServiceError;
use crate::service::encryption::DataKeyState;
use crate::service::evidence::kept_seal::KeptState;
use crate::service::evidence::seal::LastVerification;
use crate::service::{ClockReport, Service};
use crate::store::{StoreError, WriterReport};

/// How long the database may take for an answer.
const PATIENCE: Duration = Duration::from_millis(700);
/// And the disks, asked after it.
const PATIENCE_WITH_DISKS: Duration = Duration::from_millis(100);
/// Changes that wait for so long are told.
const LONG_WRITE: Duration = Duration::from_secs(5);
/// Clocks that differ by more are told: systems' assertions and second factors have as much tolerance.
const SKEW: TimeDelta = TimeDelta::seconds(30);

/// What the database knows.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) verified: Option<LastVerification>,
    pub(super) clock: ClockReport,
    kept: KeptState,
    data_key: DataKeyState,
}

/// What the disks hold.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// The room on each, where it can be told.
    pub(super) rooms: Vec<(Disk, Option<Room>)>,
    /// Whether the directory of backups could be read, and the newest backup in it with its length.
    pub(super) backup: Result<Option<(DateTime<Utc>, u64)>, ()>,
}

/// One check, and whether somebody should look.
pub(super) struct Look {
    pub(super) check: Check,
    pub(super) warns: bool,
}

/// Looks at everything that `/readyz` tells.
pub(super) struct Watch {
    service: Service,
    jobs: JobWatch,
    is_stopping: Arc<AtomicBool>,
    database: Arc<Probe<Result<Known, &'static str>>>,
    held: Arc<Probe<Held>>,
    schedule: Option<BackupSchedule>,
    low_disk: u64,
    full_disk: u64,
}

impl Watch {
    pub(super) fn new(
        settings: &Settings,
        service: Service,
        jobs: JobWatch,
        is_stopping: Arc<AtomicBool>,
    ) -> Arc<Self> {
        let (runtime, asked, told) = (tokio::runtime::Handle::current(), service.clone(), service.clone());
        let (disks, schedule) = (disks(settings), settings.backups.schedule.clone());
        let directory = schedule.as_ref().map(|schedule| schedule.directory.clone());
        let held = move || Held {
            rooms: disks.iter().map(|disk| (disk.clone(), disk.room().ok())).collect(),
            backup: directory.as_ref().map_or(Ok(None), |directory| {
                let newest = newest_by(directory, told.now())
                    .map_err(|error| tracing::warn!(%error, "backups can't be looked at"))?;
                Ok(newest.map(|(at, path)| (at, Manifest::read(&path).map_or(0, |manifest| manifest.bytes()))))
            }),
        };
        Arc::new(Self {
            service,
            jobs,
            is_stopping,
            database: Probe::new(move || runtime.block_on(known(&asked))),
            held: Probe::new(held),
            schedule,
            low_disk: settings.monitoring.low_disk,
            full_disk: settings.monitoring.full_disk,
        })
    }

    /// Looks, with what the database and the disks answered, if they did.
    pub(super) fn look(&self) -> (Vec<Look>, Option<Known>, Option<Held>) {
        let answered = self.database.ask(PATIENCE);
        let (known, held) = (answered.clone().ok().and_then(Result::ok), self.held.ask(PATIENCE_WITH_DISKS).ok());
        let Self { service, is_stopping, .. } = self;
        let (is_stopping, writer) = (is_stopping.load(Ordering::Relaxed), service.writer());
        let late = service.calendar_warning(service.now()).map(|warning| warning.en);
        let mut looks = vec![
            look("database", known.is_some(), database_remark(&answered)),
            look("server", !is_stopping, is_stopping.then(|| "the program is stopping".to_owned())),
        ];
        looks.extend(writer.map(|report| look("writer", report.alive, writer_remark(report))));
        looks.extend([
            look("pages", service.damages() == 0, damage_remark(service.damages())),
            self.disk(held.as_ref()),
            look("clock", true, known.as_ref().and_then(|known| clock_remark(known.clock))),
        ]);
        looks.extend(self.schedule.as_ref().map(|schedule| look("backup", true, self.backup_remark(schedule, &held))));
        looks.extend(issuers_look(&service.issuer_reports()));
        looks.extend([
            look("jobs", true, joined(self.jobs.reports().iter().map(job_remark))),
            look("log", true, lost_lately().map(log_remark)),
            look("calendar", true, late),
        ]);
        let (warning, fine) =
            known.as_ref().map_or((None, None), |known| evidence(known, service.unreadable_persons()));
        let warns = warning.is_some();
        looks.push(Look { warns, ..look("evidence", true, warning.or(fine)) });
        (looks, known, held)
    }

    fn disk(&self, held: Option<&Held>) -> Look {
        let Some(held) = held else { return look("disk", true, Some("a disk does not answer".to_owned())) };
        let with_room = || held.rooms.iter().filter_map(|(disk, room)| room.map(|room| (disk, room)));
        let is_full = with_room().any(|(disk, room)| disk.is_needed && room.free < self.full_disk);
        let low = with_room().filter(|(_, room)| room.free < self.low_disk.max(self.full_disk));
        let remark =
            |(disk, room): (&Disk, Room)| format!("{} MiB are left on the disk of the {}", room.free >> 20, disk.name);
        look("disk", !is_full, joined(low.map(remark)))
    }

    fn backup_remark(&self, schedule: &BackupSchedule, held: &Option<Held>) -> Option<String> {
        match held.as_ref()?.backup {
            Err(()) => Some("the directory of backups can't be read; see the log".to_owned()),
            Ok(None) => Some("there is no backup yet".to_owned()),
            Ok(Some((at, _))) => {
                let late = schedule.every + (schedule.every / 2).max(TimeDelta::hours(1));
                let age = self.service.now() - at;
                (age > late).then(|| format!("the newest backup is {} hours old; see the log", age.num_hours()))
            }
        }
    }
}

impl Readiness for Watch {
    fn checks(&self) -> Vec<Check> {
        self.look().0.into_iter().map(|look| look.check).collect()
    }
}

/// A check whose remark is always worth a look.
fn look(name: &str, ready: bool, remark: Option<String>) -> Look {
    let warns = !ready || remark.is_some();
    Look { check: Check { name: name.to_owned(), ready, remark }, warns }
}

fn joined(remarks: impl Iterator<Item = String>) -> Option<String> {
    let remarks: Vec<String> = remarks.collect();
    (!remarks.is_empty()).then(|| remarks.join("; "))
}

/// What the database knows; else why not, in words for anybody.
async fn known(service: &Service) -> Result<Known, &'static str> {
    let answered = async {
        service.ready().await?;
        service.refresh_calendar().await?;
        service.refresh_editions().await?;
        service.tend_issuers();
        let (verified, clock) = (service.last_verification().await?, service.clock_report().await?);
        let (kept, data_key) = (service.kept_state().await?, service.data_key_state().await?);
        Ok::<_, ServiceError>(Known { verified, clock, kept, data_key })
    };
    answered.await.map_err(|error| {
        // These words may name hosts and paths: they are for the log.
        tracing::warn!(%error, "not ready");
        match error {
            ServiceError::Unavailable(StoreError::Gone(_)) => {
                "the database's file isn't where it was opened any more, so changes are refused; see the log before the program is stopped"
            }
            _ => "the database does not answer; see the log",
        }
    })
}

fn database_remark(answered: &Result<Result<Known, &'static str>, Duration>) -> Option<String> {
    match answered {
        Ok(Ok(_)) => None,
        Ok(Err(why)) => Some((*why).to_owned()),
        Err(waited) => Some(format!("the database has not answered for {:.1} seconds", waited.as_secs_f64())),
    }
}

/// What is wrong with the clock. It may be another's that is wrong: who is asked can't know, and goes on.
fn clock_remark(ClockReport { ahead_of_server, behind_newest }: ClockReport) -> Option<String> {
    let ahead = ahead_of_server.filter(|ahead| ahead.abs() > SKEW).map(|ahead| {
        let side = if ahead > TimeDelta::zero() { "ahead of" } else { "behind" };
        format!("the clock is {} seconds {side} the database server's", ahead.num_seconds().abs())
    });
    let behind = behind_newest.filter(|behind| *behind > SKEW).map(|behind| {
        format!("the clock is {} seconds behind the latest instant that was recorded", behind.num_seconds())
    });
    joined(ahead.into_iter().chain(behind))
}

fn writer_remark(report: WriterReport) -> Option<String> {
    let WriterReport { alive, restarts, busy_for } = report;
    let dead = (!alive).then(|| "nothing is written any more; restart the program".to_owned());
    let restarted =
        (restarts > 0).then(|| format!("hit by a fault in the program {}; see the log", count_of(restarts, "time")));
    let busy = busy_for.filter(|busy| *busy > LONG_WRITE);
    let busy = busy.map(|busy| format!("changes have waited for {} seconds", busy.as_secs()));
    joined([dead, restarted, busy].into_iter().flatten())
}

fn damage_remark(damages: u64) -> Option<String> {
    (damages > 0).then(|| {
        format!(
            "the database was found damaged {}; see the log, and put the last backup back",
            count_of(damages, "time")
        )
    })
}

fn job_remark(report: &JobReport) -> String {
    let JobReport { name, restarts, failures, stuck } = report;
    let restarted =
        (*restarts > 0).then(|| format!("was ended by a fault in the program {}", count_of(*restarts, "time")));
    let failing = (*failures > 0).then(|| format!("has failed {} in a row", count_of(*failures, "time")));
    let stuck = stuck.map(|stuck| format!("has run for {} seconds", stuck.as_secs()));
    let what: Vec<String> = [restarted, failing, stuck].into_iter().flatten().collect();
    format!("{name} {}; see the log", what.join(", "))
}

/// Where other issuers' tokens are taken, whether their keys can be fetched. Which issuer it is stands in the log: anybody may ask.
fn issuers_look(reports: &[IssuerReport]) -> Option<Look> {
    let failing: Vec<&IssuerReport> = reports.iter().filter(|report| report.is_failing).collect();
    let until = failing.iter().map(|report| report.usable_until).min().flatten();
    let remark = (!failing.is_empty()).then(|| {
        let words = format!("the keys of {} can't be fetched; see the log", count_of(failing.len(), "issuer"));
        let until = until.map(|until| until.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
        until.map_or_else(|| words.clone(), |until| format!("{words}; those that are known are used until {until}"))
    });
    (!reports.is_empty()).then(|| look("issuers", true, remark))
}

fn log_remark(lost: u64) -> String {
    let lines = count_of(lost, "line");
    format!("{lines} of the log lost since the start, the last within an hour: its disk is full, or nobody reads it")
}

/// What is known of the evidence: what somebody should look at, first what can't wait; else what is fine.
fn evidence(known: &Known, unreadable: usize) -> (Option<String>, Option<String>) {
    let key_lost = match known.data_key {
        DataKeyState::Sound => None,
        DataKeyState::NotInForce => Some(
            "the database has no data key in force any more, so that no person's data can be written; stop the hall, and put the last backup \
             back",
        ),
        DataKeyState::SourceLost => Some(
            "the data key in force isn't where the data keys lie any more; put their file back from its own backup before the hall is \
             stopped, since it doesn't start without",
        ),
    };
    let lost = match known.kept {
        KeptState::None | KeptState::Stands => None,
        KeptState::Lost { .. } => {
            Some("a seal that is kept beside the sealing keys isn't in the database; run `casehall audit verify`")
        }
        KeptState::Unreadable => {
            Some("the newest seal beside the sealing keys can't be read, so nothing is sealed; see the log")
        }
    };
    let unreadable = (unreadable > 0).then(|| {
        format!(
            "persons' data of {} (cases and certificates) could not be read since the start; see the log",
            count_of(unreadable, "record")
        )
    });
    let wrong = [lost.map(str::to_owned), key_lost.map(str::to_owned), unreadable];
    let is_changed = known.verified.as_ref().is_some_and(|last| last.findings > 0);
    let never = || "what was recorded has never been verified".to_owned();
    let verified = known.verified.as_ref().map_or_else(never, verified);
    if is_changed || wrong.iter().any(Option::is_some) {
        (joined(wrong.into_iter().flatten().chain([verified])), None)
    } else {
        (None, Some(verified))
    }
}

/// What the last verification found, without a row's name: anybody may ask.
fn verified(last: &LastVerification) -> String {
    let at = last.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    match last.findings {
        0 => format!("verified {at}: everything recorded is as it was"),
        _ => format!("verified {at}: what was recorded has been changed; run `casehall audit verify`"),
    }
}

//! What `/readyz` tells.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::log::lost_lines;
use super::probe::Probe;
use crate::api::health::{Check, Readiness};
use crate::jobs::{JobReport, JobWatch};
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::service::evidence::kept_seal::KeptState;
use crate::service::evidence::seal::LastVerification;
use crate::store::WriterReport;

/// How long the database may take for an answer.
const PATIENCE: Duration = Duration::from_millis(700);
/// Changes that wait for so long are told.
const LONG_WRITE: Duration = Duration::from_secs(5);

/// What the database knows; or `None` where it doesn't answer.
type Known = Option<(Option<LastVerification>, KeptState, bool)>;

/// What `/readyz` asks. Only the database, its writer, damage and a stop are reasons to send requests elsewhere; the rest is worth a remark.
pub(super) fn of(service: Service, jobs: JobWatch, is_stopping: Arc<AtomicBool>) -> Arc<dyn Readiness> {
    let (runtime, asked) = (tokio::runtime::Handle::current(), service.clone());
    let database = Probe::new(move || runtime.block_on(known(&asked)));
    Arc::new(move || {
        let answered = database.ask(PATIENCE);
        let known = answered.as_ref().ok().cloned().flatten();
        let (is_stopping, writer) = (is_stopping.load(Ordering::Relaxed), service.writer());
        let late = service.calendar_warning(service.now()).map(|warning| warning.en);
        let mut checks = vec![
            check("database", known.is_some(), database_remark(&answered)),
            check("server", !is_stopping, is_stopping.then(|| "the program is stopping".to_owned())),
        ];
        checks.extend(writer.map(|report| check("writer", report.alive, writer_remark(report))));
        checks.extend([
            check("pages", service.damages() == 0, damage_remark(service.damages())),
            check("jobs", true, joined(jobs.reports().iter().map(job_remark))),
            check("log", true, log_remark(lost_lines())),
            check("calendar", true, late),
            check("evidence", true, known.and_then(|known| evidence(known, service.unreadable_persons()))),
        ]);
        checks
    })
}

fn check(name: &str, ready: bool, remark: Option<String>) -> Check {
    Check { name: name.to_owned(), ready, remark }
}

fn joined(remarks: impl Iterator<Item = String>) -> Option<String> {
    let remarks: Vec<String> = remarks.collect();
    (!remarks.is_empty()).then(|| remarks.join("; "))
}

async fn known(service: &Service) -> Known {
    let answered = async {
        service.ready().await?;
        service.refresh_calendar().await?;
        service.refresh_editions().await?;
        let last = service.last_verification().await?;
        Ok::<_, ServiceError>((last, service.kept_state().await?, service.data_key_lost().await?))
    };
    // The words may name hosts and paths: they are for the log, and anybody may ask.
    answered.await.inspect_err(|error| tracing::warn!(%error, "not ready")).ok()
}

fn database_remark(answered: &Result<Known, Duration>) -> Option<String> {
    match answered {
        Ok(Some(_)) => None,
        Ok(None) => Some("the database does not answer; see the log".to_owned()),
        Err(waited) => Some(format!("the database has not answered for {:.1} seconds", waited.as_secs_f64())),
    }
}

fn writer_remark(report: WriterReport) -> Option<String> {
    let WriterReport { alive, restarts, busy_for } = report;
    let dead = (!alive).then(|| "nothing is written any more; restart the program".to_owned());
    let restarted = (restarts > 0).then(|| format!("hit by a fault in the program {restarts} time(s); see the log"));
    let busy = busy_for.filter(|busy| *busy > LONG_WRITE);
    let busy = busy.map(|busy| format!("changes have waited for {} seconds", busy.as_secs()));
    joined([dead, restarted, busy].into_iter().flatten())
}

fn damage_remark(damages: u64) -> Option<String> {
    (damages > 0)
        .then(|| format!("the database was found damaged {damages} time(s); see the log, and put the last backup back"))
}

fn job_remark(report: &JobReport) -> String {
    let JobReport { name, restarts, failures, stuck } = report;
    let restarted = (*restarts > 0).then(|| format!("was ended by a fault in the program {restarts} time(s)"));
    let failing = (*failures > 0).then(|| format!("has failed {failures} time(s) in a row"));
    let stuck = stuck.map(|stuck| format!("has run for {} seconds", stuck.as_secs()));
    let what: Vec<String> = [restarted, failing, stuck].into_iter().flatten().collect();
    format!("{name} {}; see the log", what.join(", "))
}

fn log_remark(lost: u64) -> Option<String> {
    (lost > 0)
        .then(|| format!("{lost} line(s) of the log were lost since the start: its disk is full, or nobody reads it"))
}

/// What is known of the evidence; first what can't wait.
fn evidence((last, kept, key_lost): (Option<LastVerification>, KeptState, bool), unreadable: usize) -> Option<String> {
    let key_lost = key_lost.then(|| {
        "the database has lost the table row of its data key, so that no person's data can be written; stop the hall, and put the last \
         backup back"
            .to_owned()
    });
    let lost = matches!(kept, KeptState::Lost { .. }).then(|| {
        "a seal that is kept beside the sealing keys isn't in the database; run `casehall audit verify`".to_owned()
    });
    let unreadable = (unreadable > 0).then(|| {
        format!(
            "persons' data of {unreadable} case(s) or certificate(s) could not be read since the start; see the log"
        )
    });
    joined(lost.into_iter().chain(key_lost).chain(unreadable).chain(last.map(verified)))
}

/// What the last verification found, without a row's name: anybody may ask.
fn verified(last: LastVerification) -> String {
    let at = last.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    match last.findings {
        0 => format!("verified {at}: everything recorded is as it was"),
        _ => format!("verified {at}: what was recorded has been changed; run `casehall audit verify`"),
    }
}

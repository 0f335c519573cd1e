//! What is told, family by family. Everything here is at hand: counts, and what the observer saw last.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::observer::{Observation, Observer};
use crate::api::connections::Connections;
use crate::api::feed::Streams;
use crate::http::envelope::RequestMeter;
use crate::jobs::{JobRuns, JobWatch};
use crate::service::Service;
use crate::service::accounts::tokens::issuers::IssuerReport;
use crate::service::feed::webhooks::figures::WebhookFigures;
use crate::startup::log::lost_lines;
use crate::store::PlaceReport;

/// What metrics are told of.
pub(in crate::startup) struct Sources {
    pub(in crate::startup) service: Service,
    pub(in crate::startup) jobs: JobWatch,
    pub(in crate::startup) requests: RequestMeter,
    pub(in crate::startup) connections: Connections,
    pub(in crate::startup) streams: Streams,
    pub(in crate::startup) observer: Arc<Observer>,
}

/// Labels: names and values, of which there are a few.
type Labels = Vec<(&'static str, String)>;

/// Values of one name.
pub(super) struct Family {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    values: Vec<(Labels, f64)>,
}

/// Something that grows; its name gets `_total`.
pub(super) fn counter(name: &'static str, help: &'static str, values: Vec<(Labels, f64)>) -> Family {
    Family { name, help, kind: MetricType::Counter, values }
}

/// Something that goes up and down.
pub(super) fn gauge(name: &'static str, help: &'static str, values: Vec<(Labels, f64)>) -> Family {
    Family { name, help, kind: MetricType::Gauge, values }
}

/// One value, where there is one.
pub(super) fn one(value: impl Into<Option<f64>>) -> Vec<(Labels, f64)> {
    value.into().map(|value| (Labels::new(), value)).into_iter().collect()
}

/// Tells what a function answers whenever it is asked.
pub(super) struct Told<F>(pub(super) F);

impl<F> fmt::Debug for Told<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Told")
    }
}

impl<F: Fn() -> Vec<Family> + Send + Sync + 'static> Collector for Told<F> {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for Family { name, help, kind, values } in (self.0)() {
            let mut family = encoder.encode_descriptor(name, help, None, kind)?;
            for (labels, value) in &values {
                let told = family.encode_family(labels)?;
                match kind {
                    MetricType::Counter => ConstCounter::new(*value).encode(told)?,
                    _ => ConstGauge::new(*value).encode(told)?,
                }
            }
        }
        Ok(())
    }
}

/// What is told of the program and its hall.
pub(super) fn of_program(sources: &Sources) -> Vec<Family> {
    let build = vec![(vec![("version", env!("CARGO_PKG_VERSION").to_owned())], 1.0)];
    let mut all = vec![gauge("build_info", "The program's version", build)];
    all.extend(of_connections(sources));
    all.extend(of_database(sources));
    all.extend(of_sign_in(sources));
    all.extend(of_jobs(&sources.jobs.runs()));
    all.push(counter("log_lines_lost", "Lines of the log that were lost", one(lost_lines() as f64)));
    all.extend(of_webhooks(sources));
    all.extend(of_issuers(&sources.service.issuer_reports()));
    all.extend(of_observation(&sources.observer.last()));
    all
}

fn of_connections(sources: &Sources) -> [Family; 3] {
    let (open, most) = (sources.connections.count() as f64, sources.connections.most() as f64);
    [
        gauge("http_connections", "Connections that are open", one(open)),
        gauge("http_connections_max", "The most connections at once", one(most)),
        gauge("feed_streams", "Streams of events that are open", one(sources.streams.count() as f64)),
    ]
}

fn of_database(sources: &Sources) -> Vec<Family> {
    let (report, writer) = (sources.service.database_report(), sources.service.writer());
    let places = |value: fn(&PlaceReport) -> usize| {
        report.places.iter().map(|place| (vec![("use", place.used_for.to_owned())], value(place) as f64)).collect()
    };
    let errors =
        report.errors.iter().map(|(kind, count)| (vec![("kind", (*kind).to_owned())], *count as f64)).collect();
    let busy = |busy: Option<Duration>| busy.map_or(0.0, |busy| busy.as_secs_f64());
    vec![
        gauge("database_places", "How many may use the database at once, by use", places(|place| place.most)),
        gauge("database_places_used", "How many use it now", places(|place| place.used)),
        gauge("database_places_waiting", "How many wait for a place", places(|place| place.waiting)),
        counter("database_commits", "Commits of changes", one(report.commits as f64)),
        counter(
            "database_changes",
            "Changes that were committed; several may share a commit",
            one(report.changes as f64),
        ),
        counter("database_retries", "Transactions and reads that were run again", one(report.retries as f64)),
        counter("database_errors", "Failures that callers heard of, by kind", errors),
        counter("database_damages", "How often the database was found damaged", one(report.damages as f64)),
        gauge(
            "writer_up",
            "Whether the writer of SQLite runs",
            one(writer.map(|writer| f64::from(u8::from(writer.alive)))),
        ),
        gauge(
            "writer_busy_seconds",
            "For how long the changes at which the writer of SQLite is have waited for their end",
            one(writer.map(|writer| busy(writer.busy_for))),
        ),
        counter(
            "writer_restarts",
            "How often the writer of SQLite met with a fault and went on",
            one(writer.map(|writer| writer.restarts as f64)),
        ),
    ]
}

fn of_sign_in(sources: &Sources) -> [Family; 4] {
    let report = sources.service.hashing_report();
    let turns = report.limits.slots + report.limits.queue;
    [
        gauge("sign_in_slots", "Passwords that are hashed at once", one(report.limits.slots as f64)),
        gauge("sign_in_places", "Sign-ins that may be hashed or wait for it at once", one(turns as f64)),
        gauge("sign_in_places_used", "Sign-ins that are hashed or wait for it", one(report.taken as f64)),
        counter("sign_in_refused", "Sign-ins that found no place", one(report.refused as f64)),
    ]
}

fn of_jobs(jobs: &[(&'static str, JobRuns)]) -> Vec<Family> {
    let of = |value: fn(&JobRuns) -> Option<f64>| -> Vec<(Labels, f64)> {
        let told = |(name, runs): &(&str, JobRuns)| Some((vec![("job_name", (*name).to_owned())], value(runs)?));
        jobs.iter().filter_map(told).collect()
    };
    let ended = |result: &str, value: fn(&JobRuns) -> u64| -> Vec<(Labels, f64)> {
        let labels = |name: &str| vec![("job_name", name.to_owned()), ("result", result.to_owned())];
        jobs.iter().map(|(name, runs)| (labels(name), value(runs) as f64)).collect()
    };
    let runs = [ended("succeeded", |runs| runs.succeeded), ended("failed", |runs| runs.failed)].concat();
    let last = of(|runs| runs.last_success.and_then(|at| Some(at.duration_since(UNIX_EPOCH).ok()?.as_secs_f64())));
    vec![
        gauge("job_interval_seconds", "From one run of a job to the next", of(|runs| Some(runs.every.as_secs_f64()))),
        counter("job_runs", "Runs of a job that ended, by result", runs),
        counter(
            "job_restarts",
            "How often a job ended by a fault and was started again",
            of(|runs| Some(runs.restarts as f64)),
        ),
        gauge("job_last_success_timestamp_seconds", "When a job last came to its end", last),
        gauge(
            "job_last_duration_seconds",
            "How long the last run of a job took",
            of(|runs| runs.last_took.map(|took| took.as_secs_f64())),
        ),
        gauge(
            "job_running_seconds",
            "For how long a run of a job has been under way; 0 where none is",
            of(|runs| Some(runs.running_for.map_or(0.0, |taken| taken.as_secs_f64()))),
        ),
    ]
}

fn of_webhooks(sources: &Sources) -> [Family; 4] {
    let seen = sources.observer.last().webhooks;
    let of = |value: fn(&WebhookFigures) -> f64| {
        seen.iter().map(|one| (vec![("webhook", one.id.to_string())], value(one))).collect::<Vec<_>>()
    };
    let counts = sources.service.attempt_meter().counts();
    let ended = counts.iter().map(|((id, outcome), count)| {
        (vec![("webhook", id.to_string()), ("result", outcome.code().to_owned())], *count as f64)
    });
    [
        counter("webhook_attempts", "Attempts at a webhook, by what became of them", ended.collect()),
        gauge(
            "webhook_lag_events",
            "How many numbers of events a webhook has not looked at yet, of matter to it or not",
            of(|one| one.lag as f64),
        ),
        gauge("webhook_queue", "Events that wait to be sent to a webhook", of(|one| one.queued as f64)),
        gauge("webhook_oldest_seconds", "For how long the oldest of them waits", of(|one| one.oldest_seconds)),
    ]
}

/// By issuers, whose names stand in the settings.
fn of_issuers(reports: &[IssuerReport]) -> [Family; 2] {
    let of = |value: fn(&IssuerReport) -> Option<f64>| -> Vec<(Labels, f64)> {
        let told = |report: &IssuerReport| Some((vec![("issuer", report.issuer.clone())], value(report)?));
        reports.iter().filter_map(told).collect()
    };
    let failing = of(|report| Some(f64::from(u8::from(report.is_failing))));
    [
        gauge(
            "issuer_keys_failing",
            "Whether the keys of another issuer could not be fetched when that was last tried",
            failing,
        ),
        gauge(
            "issuer_keys_fetched_timestamp_seconds",
            "When the keys of another issuer were last fetched, by the hall's clock",
            of(|report| Some(report.fetched_at?.timestamp() as f64)),
        ),
    ]
}

fn of_observation(seen: &Observation) -> Vec<Family> {
    let flag = |flag: bool| f64::from(u8::from(flag));
    let checks = |value: fn(&(String, bool, bool)) -> bool| {
        seen.checks.iter().map(|check| (vec![("check", check.0.clone())], flag(value(check)))).collect()
    };
    let lists = seen.lists.iter().map(|(list, count)| (vec![("list", (*list).to_owned())], *count as f64)).collect();
    let disks = |value: fn(&(&'static str, u64, u64)) -> u64| {
        seen.disks.iter().map(|disk| (vec![("disk", disk.0.to_owned())], value(disk) as f64)).collect()
    };
    let at = seen.at.and_then(|at| at.duration_since(UNIX_EPOCH).ok()).map(|at| at.as_secs_f64());
    vec![
        gauge("observed_timestamp_seconds", "When checks, lists, disks and backups were last looked at", one(at)),
        gauge(
            "ready",
            "Whether the program is ready, as /readyz says",
            one(seen.at.map(|_| flag(seen.checks.iter().all(|check| check.1)))),
        ),
        gauge("check_ready", "Whether a check of /readyz is ready", checks(|check| check.1)),
        gauge("check_warning", "Whether a check of /readyz says that somebody should look", checks(|check| check.2)),
        gauge("cases", "Open cases, by work list; counted up to 5,000", lists),
        gauge("disk_free_bytes", "Room that is left, by what lies on the disk", disks(|disk| disk.1)),
        gauge("disk_size_bytes", "Size of the disk, by what lies on it", disks(|disk| disk.2)),
        gauge(
            "backup_interval_seconds",
            "From one backup to the next, where the hall makes them",
            one(seen.backups_every),
        ),
        gauge(
            "backup_last_timestamp_seconds",
            "When the newest backup was made, by the hall's clock",
            one(seen.backup.map(|(at, _)| at)),
        ),
        gauge("backup_last_size_bytes", "Size of the newest backup", one(seen.backup.map(|(_, bytes)| bytes))),
        gauge(
            "evidence_last_verification_timestamp_seconds",
            "When everything recorded was last verified, by the hall's clock",
            one(seen.verified.map(|(at, _)| at)),
        ),
        gauge(
            "evidence_findings",
            "What the last verification found changed",
            one(seen.verified.map(|(_, findings)| findings)),
        ),
        gauge("persons_unreadable", "Cases and certificates whose persons could not be read", one(seen.unreadable)),
        gauge("clock_ahead_of_server_seconds", "How far the clock is ahead of the database server's", one(seen.ahead)),
        gauge(
            "clock_behind_newest_seconds",
            "How far the clock is behind the latest instant that was recorded",
            one(seen.behind),
        ),
    ]
}

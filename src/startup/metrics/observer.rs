//! [`Observer`]: looks now and then at what a scrape can't ask for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use chrono::DateTime;
use tokio::time::MissedTickBehavior;

use crate::domain::backups::BackupSchedule;
use crate::service::Service;
use crate::service::feed::webhooks::figures::WebhookFigures;
use crate::startup::readiness::Watch;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(15);

/// What was seen last.
#[derive(Debug, Clone, Default)]
pub(super) struct Observation {
    pub(super) at: Option<SystemTime>,
    /// Name, whether it is ready, and whether somebody should look.
    pub(super) checks: Vec<(String, bool, bool)>,
    /// Work lists, and how many cases are on them.
    pub(super) lists: Vec<(&'static str, i64)>,
    /// Name, room that is left, size.
    pub(super) disks: Vec<(&'static str, u64, u64)>,
    pub(super) backups_every: Option<f64>,
    /// When the newest was made, and its size.
    pub(super) backup: Option<(f64, f64)>,
    /// When everything was last verified, and how much was found.
    pub(super) verified: Option<(f64, f64)>,
    pub(super) unreadable: Option<f64>,
    pub(super) ahead: Option<f64>,
    pub(super) behind: Option<f64>,
    pub(super) webhooks: Vec<WebhookFigures>,
}

/// Who looks, and what was seen.
pub(in crate::startup) struct Observer {
    service: Service,
    watch: Arc<Watch>,
    backups_every: Option<f64>,
    last: Mutex<Observation>,
}

impl Observer {
    pub(in crate::startup) fn new(service: Service, watch: Arc<Watch>, backups: Option<&BackupSchedule>) -> Arc<Self> {
        let backups_every = backups.map(|schedule| schedule.every.num_seconds() as f64);
        Arc::new(Self { service, watch, backups_every, last: Mutex::default() })
    }

    pub(super) fn last(&self) -> Observation {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks until it is aborted.
    pub(super) async fn look_on(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let watch = self.watch.clone();
            let looked = tokio::task::spawn_blocking(move || watch.look());
            let Ok((looks, known, held)) = looked.await else { continue };
            // Where the database gives no answer, the lists stay as they were last seen.
            let lists = match &known {
                Some(_) => self.service.list_counts().await.ok(),
                None => None,
            };
            let webhooks = match &known {
                Some(_) => self.service.webhook_figures().await.ok(),
                None => None,
            };
            let seconds = |at: DateTime<chrono::Utc>| at.timestamp_micros() as f64 / 1e6;
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            last.at = Some(SystemTime::now());
            last.checks = looks.into_iter().map(|look| (look.check.name, look.check.ready, look.warns)).collect();
            last.lists = lists.unwrap_or_else(|| std::mem::take(&mut last.lists));
            last.webhooks = webhooks.unwrap_or_else(|| std::mem::take(&mut last.webhooks));
            last.backups_every = self.backups_every;
            last.unreadable = Some(self.service.unreadable_persons() as f64);
            if let Some(held) = held {
                let rooms =
                    held.rooms.iter().filter_map(|(disk, room)| room.map(|room| (disk.name, room.free, room.size)));
                last.disks = rooms.collect();
                last.backup = held.backup.ok().flatten().map(|(at, bytes)| (seconds(at), bytes as f64));
            }
            if let Some(known) = known {
                last.verified = known.verified.map(|verified| (seconds(verified.at), verified.findings as f64));
                let seconds = |delta: chrono::TimeDelta| delta.as_seconds_f64();
                last.ahead = known.clock.ahead_of_server.map(seconds);
                last.behind = known.clock.behind_newest.map(|behind| seconds(behind).max(0.0));
            }
        }
    }
}

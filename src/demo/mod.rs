//! The demo: a made-up hall in the middle of its week, on a clock that can be moved.
//!
//! Cast: [`run`] starts it, with the hall's own settings and files if there are any. `hall` plays the last weeks, `holders`
//! those who have a certificate from before, through the same use cases that a real hall goes through; nothing is written
//! past them. `accounts` are those who sign in, `organizations` those who apply; the ones that the story leaves free are
//! handed out at `/demo/organization`.
//!
//! Guarantees: organizations and persons are made up: their codes come from a zone that is never given out. Passwords and the
//! key that signs tokens are new at every start. The database is temporary and goes when the demo stops; that of the settings
//! is never opened.

mod accounts;
mod hall;
mod holders;
mod organizations;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Datelike, Duration, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, ShiftedClock};
use crate::configuration::ConfigFault;
use crate::configuration::log::LogLevel;
use crate::configuration::settings::Settings;
use crate::console::OfferedPeople;
use crate::demo::organizations::Company;
use crate::domain::calendar::deadline::OfficeHours;
use crate::jobs::{self, Intervals};
use crate::startup::{self, Configuration, Doors, Named, ServiceManager, StartError, Stopping};

pub use self::accounts::Account;

/// What a demo says of itself when it listens.
#[derive(Serialize)]
pub struct Introduction {
    /// Where it listens.
    pub address: String,
    /// Where its clock stands.
    pub now: DateTime<Utc>,
    /// Who can sign in.
    pub accounts: Vec<Account>,
    /// What doesn't go with the configuration, and stopped cases half-way.
    pub left_out: Vec<String>,
}

/// Runs the demo until a signal stops it; it is introduced when it listens.
///
/// # Errors
/// Why it doesn't start.
pub async fn run(
    port: u16,
    settings: Result<Settings, Vec<ConfigFault>>,
    files: Named<'_>,
    introduce: impl FnOnce(&Introduction),
) -> Result<(), StartError> {
    let directory = TemporaryDirectory::new()?;
    let mut configuration = Configuration::load(settings, files)?.making_what_is_missing();
    keep_apart(&mut configuration.settings, port, &directory.0)?;
    let _log = startup::start_log(&configuration.settings.log);
    let _serving = startup::serve_alone(&configuration)?;
    let settings = configuration.settings.clone();
    let (doors, sender) = (Doors::take(&settings)?, startup::sender(&settings.webhooks)?);
    let now = middle_of_the_week(Utc::now(), &configuration.hall().hours);
    // The hall was there before its first case.
    let clock = Arc::new(ShiftedClock::starting_at(now - Duration::weeks(6)));
    let service = startup::service(configuration, clock.clone()).await?;
    let accounts = accounts::add(&service).await?;
    let mut organizations = organizations::organizations()?;
    let left_out = hall::fill(&service, &accounts, &clock, now, &mut organizations).await;
    clock.set(now);
    let (moved, free) = (clock.clone(), Arc::new(Mutex::new(organizations)));
    let offered = web::Data::new(OfferedPeople(accounts.iter().filter_map(Account::offered).collect()));
    let routes = move |config: &mut web::ServiceConfig| {
        config.app_data(offered.clone());
        clock_routes(config, moved.clone());
        organization_route(config, free.clone());
    };
    let mut running = startup::listen(doors, &settings, service.clone(), Some(Arc::new(routes))).await?;
    let Settings { server, audit, webhooks, .. } = settings;
    let dispatcher = startup::dispatcher(sender, service.clone());
    let every = Intervals {
        sweep: Some(std::time::Duration::from_secs(1)),
        seal: audit.seal,
        verify: audit.verify,
        backups: None,
    };
    let mut jobs = jobs::start(service, every, &running.job_watch);
    if let Some(every) = webhooks.every {
        jobs = jobs.delivering(dispatcher, every, &running.job_watch);
    }
    running.jobs = Some(jobs);
    let stopping = Stopping::by_signals(&server)?;
    let left_out = left_out.iter().map(ToString::to_string).collect();
    introduce(&Introduction { address: format!("http://{}", running.address), now, accounts, left_out });
    let manager = ServiceManager::ready(&running);
    running.until_stopped(stopping, manager).await
}

/// What isn't the hall's own in a demo: it has a database, keys and a port of its own, and a log without what goes well.
fn keep_apart(settings: &mut Settings, port: u16, directory: &Path) -> Result<(), StartError> {
    let database = format!("sqlite://{}", directory.join("casehall.db").display());
    settings.database.url = database.parse().map_err(|error| StartError::Other(format!("{database}: {error}")))?;
    settings.data_directory = directory.to_owned();
    settings.tokens.signing_key_file = None;
    (settings.cryptography.data_key_file, settings.cryptography.data_keys) = (None, None);
    settings.audit.key_directory = None;
    settings.server.port = port;
    settings.log.level = LogLevel::Warn;
    Ok(())
}

/// Wednesday of this week, half past ten in the hall's zone.
fn middle_of_the_week(now: DateTime<Utc>, hours: &OfficeHours) -> DateTime<Utc> {
    let today = now.with_timezone(&hours.zone).date_naive();
    let wednesday = today + Duration::days(2 - i64::from(today.weekday().num_days_from_monday()));
    let half_past_ten = NaiveTime::from_hms_opt(10, 30, 0).unwrap_or_default();
    let local = wednesday.and_time(half_past_ten).and_local_timezone(hours.zone);
    local.earliest().map_or(now, |local| local.to_utc())
}

impl Introduction {
    /// For people.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { address, now, accounts, left_out } = self;
        let mut text = format!(
            "{address}\n\nCasehall's demo hall: open the address above in a browser, and click on somebody to be them (API: {address}/docs).\n"
        );
        text += &format!(
            "Its clock stands at {} and runs on. It isn't the machine's: tools that look at the time of a token or of a webhook's signature must be \
             told this one.\n\nAccounts:\n",
            now.format("%F %T UTC")
        );
        for Account { username, password, what, .. } in accounts {
            text += &format!("  {username:<22} {password:<24} {what}\n");
        }
        if let Some(first) = left_out.first() {
            let count = left_out.len();
            text += &format!(
                "\n{count} of the demo's cases stopped half-way, because they don't go with this configuration. The first: {first}\n"
            );
        }
        if let Some(Account { username, password, .. }) = accounts.first() {
            let sign_in = format!(r#"{{"username":"{username}","password":"{password}"}}"#);
            text += &format!(
                "\nTry:\n  TOKEN=$(curl -s {address}/api/v1/sessions -H 'Content-Type: application/json' -d '{sign_in}' | \
                 sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n  curl -s '{address}/api/v1/cases?limit=3' -H \
                 \"Authorization: Bearer $TOKEN\"\n  curl -s {address}/demo/clock -H 'Content-Type: application/json' -d \
                 '{{\"advance_seconds\":86400}}'\n"
            );
        }
        text
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveClock {
    advance_seconds: u32,
}

#[derive(Serialize)]
struct ClockView {
    now: DateTime<Utc>,
}

fn clock_routes(config: &mut web::ServiceConfig, clock: Arc<ShiftedClock>) {
    let (read, moved) = (clock.clone(), clock);
    config.service(
        web::resource("/demo/clock")
            .route(web::get().to(move || {
                let clock = read.clone();
                async move { HttpResponse::Ok().json(ClockView { now: clock.now() }) }
            }))
            .route(web::post().to(move |by: web::Json<MoveClock>| {
                let clock = moved.clone();
                async move {
                    clock.advance(Duration::seconds(i64::from(by.advance_seconds)));
                    HttpResponse::Ok().json(ClockView { now: clock.now() })
                }
            })),
    );
}

/// An organization that may still apply, with somebody who does it.
#[derive(Serialize)]
struct OrganizationView {
    name: String,
    unified_social_credit_code: String,
    applicant: String,
    identity_number: String,
    phone: String,
}

impl OrganizationView {
    fn new(company: Company) -> Option<Self> {
        Some(Self {
            name: company.organization.name,
            unified_social_credit_code: company.organization.unified_social_credit_code?,
            applicant: company.applicant.name,
            identity_number: company.applicant.identity_number,
            phone: company.applicant.phone,
        })
    }
}

/// Each request gets another one, so that what is tried with it can be tried again.
fn organization_route(config: &mut web::ServiceConfig, free: Arc<Mutex<VecDeque<Company>>>) {
    let take = move || {
        let free = free.clone();
        async move {
            let mut free = free.lock().unwrap_or_else(PoisonError::into_inner);
            let next = std::iter::from_fn(|| free.pop_front()).find_map(OrganizationView::new);
            match next {
                Some(organization) => HttpResponse::Ok().json(organization),
                None => HttpResponse::Gone()
                    .json(serde_json::json!({ "detail": "No organization is left; start the demo again." })),
            }
        }
    };
    config.service(web::resource("/demo/organization").route(web::post().to(take)));
}

/// A directory that goes with the demo.
struct TemporaryDirectory(PathBuf);

impl TemporaryDirectory {
    fn new() -> Result<Self, StartError> {
        let path = std::env::temp_dir().join(format!("casehall-demo-{}", uuid::Uuid::now_v7()));
        let failed = |error| StartError::Other(format!("{} can't be made: {error}", path.display()));
        std::fs::create_dir(&path).map_err(failed)?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

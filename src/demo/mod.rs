//! The demo: a made-up hall in the middle of its week, on a clock that can be moved.
//!
//! `hall` plays the last weeks, `holders` those who have a certificate from before, through the same use cases that a real hall goes through; nothing is written past them.
//! Organizations and persons are made up: their codes come from a zone that is never given out. Passwords are new at
//! every start. The database is temporary and goes when the demo stops.

mod hall;
mod holders;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Datelike, Duration, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, ShiftedClock};
use crate::configuration::settings::Settings;
use crate::demo::hall::Account;
use crate::domain::calendar::deadline::OfficeHours;
use crate::jobs;
use crate::startup::{self, Configuration, StartError};

/// Runs the demo until a signal stops it.
///
/// # Errors
/// Why it doesn't start.
pub async fn run(port: u16, config_directory: Option<&Path>) -> Result<(), StartError> {
    let directory = TemporaryDirectory::new()?;
    let database = format!("sqlite://{}", directory.0.join("casehall.db").display());
    let environment = [
        ("CASEHALL__DATABASE__URL".to_owned(), database),
        ("CASEHALL__DATA_DIRECTORY".to_owned(), directory.0.display().to_string()),
        ("CASEHALL__SERVER__PORT".to_owned(), port.to_string()),
        ("CASEHALL__LOG__LEVEL".to_owned(), "warn".to_owned()),
    ];
    let nowhere = directory.0.join("casehall.toml");
    std::fs::write(&nowhere, "").map_err(|error| StartError::Other(format!("{}: {error}", nowhere.display())))?;
    let settings = Settings::load(Some(&nowhere), environment.into_iter());
    let configuration = Configuration::load(settings, config_directory)?;
    startup::start_log(&configuration.settings.log);
    let server = configuration.settings.server.clone();
    let clock = Arc::new(ShiftedClock::starting_at(Utc::now()));
    let service = startup::service(configuration, clock.clone()).await?;
    let now = middle_of_the_week(Utc::now(), &service.hall().hours);
    let accounts = hall::fill(&service, &clock, now).await?;
    clock.set(now);
    let moved = clock.clone();
    let routes = Arc::new(move |config: &mut web::ServiceConfig| clock_routes(config, moved.clone()));
    let mut running = startup::listen(&server, service.clone(), Some(routes)).await?;
    running.jobs = Some(jobs::start(service, std::time::Duration::from_secs(1)));
    introduce(&format!("http://{}", running.address), now, &accounts);
    running.until_stopped().await
}

/// Wednesday of this week, half past ten in the hall's zone.
fn middle_of_the_week(now: DateTime<Utc>, hours: &OfficeHours) -> DateTime<Utc> {
    let today = now.with_timezone(&hours.zone).date_naive();
    let wednesday = today + Duration::days(2 - i64::from(today.weekday().num_days_from_monday()));
    let half_past_ten = NaiveTime::from_hms_opt(10, 30, 0).unwrap_or_default();
    let local = wednesday.and_time(half_past_ten).and_local_timezone(hours.zone);
    local.earliest().map_or(now, |local| local.to_utc())
}

fn introduce(address: &str, now: DateTime<Utc>, accounts: &[Account]) {
    let mut text = format!("Casehall's demo hall listens on {address} (API: {address}/docs)\n");
    text += &format!("Its clock stands at {} and runs on.\n\nAccounts:\n", now.format("%F %T UTC"));
    for account in accounts {
        text += &format!("  {:<14} {:<24} {}\n", account.username, account.password, account.what);
    }
    if let Some(clerk) = accounts.first() {
        let sign_in = format!(r#"{{"username":"{}","password":"{}"}}"#, clerk.username, clerk.password);
        text += &format!(
            "\nTry:\n  TOKEN=$(curl -s {address}/api/v1/sessions -H 'Content-Type: application/json' -d '{sign_in}' | \
             sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n  curl -s '{address}/api/v1/cases?limit=3' -H \
             \"Authorization: Bearer $TOKEN\"\n  curl -s {address}/demo/clock -H 'Content-Type: application/json' -d \
             '{{\"advance_seconds\":86400}}'\n"
        );
    }
    let _ = writeln!(std::io::stdout(), "{text}");
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

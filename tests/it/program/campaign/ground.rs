//! A hall to which something happens under load.

use std::fmt;
use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use casehall::clock::SystemClock;
use chrono::{DateTime, FixedOffset};
use futures_util::future::join_all;

use crate::databases::postgres;
use crate::hall::until;
use crate::hall::{CENTER, PASSWORD, Person};
use crate::program::{Serving, init, run};
use crate::store::load::{Bears, Books};

/// Clerks who work at once.
const CLERKS: usize = 8;
/// From the end of a backup to the next.
const BETWEEN_BACKUPS: Duration = Duration::from_secs(1);

/// The hall, and what it acknowledged.
pub(super) struct Ground {
    name: &'static str,
    started: Arc<Started>,
    pub(super) books: Books,
    back_after: Mutex<Vec<Duration>>,
}

/// How the program is started, and the one that runs.
struct Started {
    home: PathBuf,
    log: PathBuf,
    variables: Vec<(String, String)>,
    serving: Mutex<Option<Serving>>,
    base: String,
    /// Where its files are, if they are this hall's alone.
    _directory: Option<tempfile::TempDir>,
}

/// What came of a fault: a line of the table in docs/reliability.md.
pub(super) struct Figures {
    name: &'static str,
    times: usize,
    acknowledged: u32,
    refused: u32,
    unknown: u32,
    backups: u32,
    /// The longest and the median.
    back_after: (Duration, Duration),
}

impl Ground {
    /// On a file of SQLite, or the database of this address.
    pub(super) fn new(name: &'static str, url: Option<String>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().to_owned();
        let url = url.map(|url| ("CASEHALL__DATABASE__URL", url));
        Self::with(name, home.clone(), home.join("log.txt"), url.into_iter().collect(), Some(directory))
    }

    /// With its data and its log in directories of the caller, and more variables of its environment.
    pub(super) fn with(
        name: &'static str,
        home: PathBuf,
        log: PathBuf,
        more: Vec<(&str, String)>,
        directory: Option<tempfile::TempDir>,
    ) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let programs = postgres::program("pg_dump").parent().unwrap().display().to_string();
        let mut variables = vec![
            ("CASEHALL__SERVER__PORT".to_owned(), port.to_string()),
            ("CASEHALL__SERVER__WORKERS".to_owned(), "2".to_owned()),
            ("CASEHALL__BACKUPS__POSTGRES_PROGRAMS".to_owned(), programs),
            // One clerk is a whole crowd here.
            ("CASEHALL__OPENINGS__PER_ACCOUNT_AND_HOUR".to_owned(), "1000000".to_owned()),
        ];
        variables.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let base = format!("http://127.0.0.1:{port}");
        let started = Started { home, log, variables, serving: Mutex::new(None), base, _directory: directory };
        init(&started.home, &started.set());
        let clerk = ["user", "add", "clerk", "--role", "clerk", "--outlet", CENTER];
        let added = run(&started.home, &clerk, &started.set(), PASSWORD);
        assert_eq!(added.code, Some(0), "{}", added.err);
        started.start();
        Self { name, started: Arc::new(started), books: Books::default(), back_after: Mutex::default() }
    }

    /// Pulls the plug, and starts the program again.
    pub(super) async fn kill_and_start(&self) {
        let started = self.started.clone();
        let again = move || {
            let killed = started.lock().take().unwrap();
            killed.signal("-9");
            assert_eq!(killed.ended().0, None, "it didn't end by itself");
            started.start();
        };
        tokio::task::spawn_blocking(again).await.unwrap();
    }

    /// What the program takes the time to be.
    pub(super) async fn time(&self) -> DateTime<FixedOffset> {
        let answer = reqwest::get(format!("{}/healthz", self.started.base)).await.unwrap();
        DateTime::parse_from_rfc2822(answer.headers()["date"].to_str().unwrap()).unwrap()
    }

    /// Waits for so many further changes.
    pub(super) async fn works(&self, changes: u32) {
        let enough = self.books.acknowledged() + changes;
        until(&format!("{}: the clerks work", self.name), async || self.books.acknowledged() >= enough).await;
    }

    /// Waits for the first change after something ended, and notes how long that took since then.
    pub(super) async fn is_back(&self, since: Instant) {
        self.works(1).await;
        self.back_after.lock().unwrap_or_else(PoisonError::into_inner).push(since.elapsed());
    }

    /// Lets the clerks work and backups be made while the fault goes on; then holds the hall against the books. The fault answers how often it
    /// struck.
    pub(super) async fn suffer(&self, fault: impl Future<Output = usize>) -> Figures {
        let clerk = Person::at(&self.started.base, &SystemClock, "clerk");
        clerk.token().await;
        let stop = Arc::new(AtomicBool::new(false));
        let _stops = Stops(stop.clone());
        let striking = async {
            self.works(20).await;
            let times = fault.await;
            self.works(20).await;
            stop.store(true, Ordering::SeqCst);
            times
        };
        let backing_up = {
            let (started, stop) = (self.started.clone(), stop.clone());
            tokio::task::spawn_blocking(move || started.back_up_until(&stop))
        };
        let clerks = join_all((0..CLERKS).map(|_| self.books.work(&clerk, &stop, Bears::Outages)));
        let (times, backups, _) = tokio::join!(striking, backing_up, clerks);
        // Of the token that the clerks had, the clock may know nothing.
        let clerk = Person::at(&self.started.base, &SystemClock, "clerk");
        self.books.check(&clerk).await;
        self.started.assert_verified(&["verify"]);
        let mut back_after = self.back_after.lock().unwrap_or_else(PoisonError::into_inner).clone();
        back_after.sort();
        let at = |place: usize| back_after.get(place).copied().unwrap_or_default();
        Figures {
            name: self.name,
            times,
            acknowledged: self.books.acknowledged(),
            refused: self.books.refused(),
            unknown: self.books.unknown(),
            backups: backups.unwrap(),
            back_after: (at(back_after.len().saturating_sub(1)), at(back_after.len() / 2)),
        }
    }
}

/// Ends the backups with the test, if that fails, too.
struct Stops(Arc<AtomicBool>);

impl Drop for Stops {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Started {
    fn set(&self) -> Vec<(&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Serving>> {
        self.serving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) {
        let log = File::options().create(true).append(true).open(&self.log).unwrap();
        *self.lock() = Some(Serving::logging_to(&self.home, log, &self.set()));
    }

    /// How many were made; each is verified. In an outage there may be none to be had.
    fn back_up_until(&self, stop: &AtomicBool) -> u32 {
        let (aside, mut made) = (tempfile::tempdir().unwrap(), 0);
        while !stop.load(Ordering::SeqCst) {
            let shown = aside.path().display().to_string();
            let backup = run(&self.home, &["backup", &shown, "--keys", "included"], &self.set(), "");
            let found = std::fs::read_dir(aside.path()).unwrap().map(|entry| entry.unwrap().path());
            for path in found.collect::<Vec<_>>() {
                if !path.to_str().unwrap().ends_with(".unfinished") {
                    self.assert_verified(&["verify", path.to_str().unwrap()]);
                    made += 1;
                }
                std::fs::remove_dir_all(path).unwrap();
            }
            assert!(backup.code.is_some(), "{backup:?}");
            std::thread::sleep(BETWEEN_BACKUPS);
        }
        made
    }

    fn assert_verified(&self, command: &[&str]) {
        let verified = run(&self.home, command, &self.set(), "");
        assert_eq!(verified.code, Some(0), "{command:?}: {}{}", verified.out, verified.err);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, times, acknowledged, refused, unknown, backups, back_after: (longest, median) } = self;
        let (longest, median) = (longest.as_secs_f64(), median.as_secs_f64());
        // Of what was lost or doubled there is no figure but this one: the campaign fails at the first.
        write!(
            formatter,
            "| {name} | {times} | {acknowledged} | {refused} | {unknown} | 0 | 0 | {backups} | {median:.1} s | {longest:.1} s |"
        )
    }
}

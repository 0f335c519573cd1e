//! Instances are exchanged one after the other, under load, and no request fails: a restart, an upgrade, and the way back.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use casehall::clock::SystemClock;
use futures_util::future::join_all;

use super::balancer::Balancer;
use super::{PROGRAM, Serving, command_of, ended, run};
use crate::databases::TestDatabase;
use crate::hall::until;
use crate::hall::{CENTER, PASSWORD, Person};
use crate::store::load::{Bears, Books, Surplus};

/// Clerks who work at once.
const CLERKS: usize = 6;
/// Changes between two exchanges.
const CHANGES: u32 = 60;

/// What a version after this one may do to the database while this one works on it.
const LATER: &str = "ALTER TABLE cases ADD COLUMN later TEXT; ALTER TABLE events ADD COLUMN later BIGINT NOT NULL DEFAULT 0;
    CREATE TABLE later (id BIGINT NOT NULL PRIMARY KEY); INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000001')";

/// Starts two instances of one version and exchanges both for another one while clerks work; then back, where that is allowed.
async fn roll(before: &Path, after: &Path, later: Option<&str>) {
    let (home, database) = (tempfile::tempdir().unwrap(), TestDatabase::empty(true));
    let directory = home.path().to_owned();
    let variables = [
        ("CASEHALL__DATABASE__URL", database.address.to_string()),
        ("CASEHALL__CRYPTOGRAPHY__DATA_KEY_FILE", directory.join("data_keys").display().to_string()),
        ("CASEHALL__SERVER__DRAIN_SECONDS", "2".to_owned()),
        ("CASEHALL__SERVER__WORKERS", "2".to_owned()),
    ];
    let set = || variables.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
    let names: Vec<String> = (1..=CLERKS).map(|number| format!("clerk-{number}")).collect();
    let added = names.iter().map(|name| vec!["user", "add", name, "--role", "clerk", "--outlet", CENTER]);
    for arguments in std::iter::once(vec!["init"]).chain(added) {
        let done = ended(&mut command_of(before, &directory, &arguments, &set()), PASSWORD);
        assert_eq!(done.code, Some(0), "{}", done.err);
    }
    let schema = |sql: &str| database.rows(sql).remove(0);
    let own = schema("SELECT max(version) AS value FROM __diesel_schema_migrations");
    let (balancer, mut instances) = (Balancer::start(), VecDeque::new());
    for _ in 0..2 {
        instances.push_back(Serving::start_version(before, &directory, &set()));
    }
    instances.iter().for_each(|instance| balancer.add(&instance.base));
    until("both are ready", async || balancer.ready() == 2).await;
    let (books, stop) = (Books::default(), AtomicBool::new(false));
    // Each account opens so many cases in an hour.
    let clerks: Vec<_> = names.iter().map(|name| Person::at(&balancer.base, &SystemClock, name)).collect();
    for clerk in &clerks {
        clerk.token().await;
    }
    let worked = async || {
        let enough = books.acknowledged() + CHANGES;
        until("the clerks work", async || books.acknowledged() >= enough).await;
    };
    let exchange = async |instances: &mut VecDeque<Serving>, program: &Path| {
        worked().await;
        // The other one goes on alone while this one is exchanged.
        let leaving = instances.pop_front().unwrap();
        let (code, log) = tokio::task::spawn_blocking(move || leaving.stop()).await.unwrap();
        assert_eq!(code, Some(0), "{log}");
        worked().await;
        let (program, directory, variables) = (program.to_path_buf(), directory.clone(), variables.clone());
        let starting = tokio::task::spawn_blocking(move || {
            let set: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
            Serving::start_version(&program, &directory, &set)
        });
        let started = starting.await.unwrap();
        balancer.add(&started.base);
        instances.push_back(started);
        until("both are ready", async || balancer.ready() == 2).await;
    };
    let rolling = async {
        exchange(&mut instances, after).await;
        // Statement by statement: a migration that waits for one table and holds another may lose against the writers, and is tried again.
        later.into_iter().flat_map(|later| later.split_inclusive(';')).for_each(|one| database.tamper(one));
        exchange(&mut instances, after).await;
        if own >= schema("SELECT since AS value FROM compatibility") {
            exchange(&mut instances, before).await;
            exchange(&mut instances, before).await;
        } else {
            let refused = ended(&mut command_of(before, &directory, &["user", "list"], &set()), "");
            assert!(refused.code == Some(1) && refused.err.contains("newer version"), "{refused:?}");
        }
        worked().await;
        stop.store(true, Ordering::SeqCst);
    };
    let working = join_all(clerks.iter().map(|clerk| books.work(clerk, &stop, Bears::Nothing)));
    tokio::join!(rolling, working);
    assert_eq!(books.check(&clerks[0]).await, Surplus { cases: 0, events: 0 });
    let verified = run(&directory, &["verify"], &set(), "");
    assert_eq!(verified.code, Some(0), "{}", verified.err);
}

#[tokio::test]
async fn a_rolling_restart_behind_a_plain_round_robin_fails_no_request_though_a_later_version_migrates_meanwhile() {
    roll(Path::new(PROGRAM), Path::new(PROGRAM), Some(LATER)).await;
}

/// `tests/run --upgrade` builds the version before and names it.
#[tokio::test]
#[ignore = "needs the version before: tests/run --upgrade"]
async fn an_upgrade_from_the_version_before_and_the_way_back_fail_no_request() {
    let before = PathBuf::from(std::env::var_os("CASEHALL_TEST_VERSION_BEFORE").expect("the version before is named"));
    roll(&before, Path::new(PROGRAM), None).await;
}

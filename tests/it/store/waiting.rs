//! A lock that somebody else holds for long: changes wait for as long as they may and are refused; reads go on.

use std::time::{Duration, Instant};

use casehall::domain::accounts::role::Role;
use casehall::store::engine::sequences;
use casehall::store::{Db, DbOptions, StoreError};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use futures_util::future::join_all;

use crate::databases::postgres::Cluster;
use crate::databases::{TestDatabase, day, last, next, on_both};
use crate::hall::{Hall, application, send};

on_both!(
    changes_wait_five_seconds_and_reads_not_at_all,
    a_change_that_waited_in_vain_is_never_done,
    further_changes_than_may_wait_are_refused_at_once,
    long_reads_and_changes_leave_connections_to_short_reads,
);

/// Holds what every change of a running number needs, until it is dropped.
enum Holder {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Holder {
    fn of(database: &TestDatabase, table: &str) -> Self {
        match database.address.sqlite_path() {
            Some(path) => {
                let mut sqlite = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                sqlite.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").unwrap();
                Self::Sqlite(sqlite)
            }
            None => {
                let mut postgres = PgConnection::establish(&database.address.to_string()).unwrap();
                postgres.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE")).unwrap();
                Self::Postgres(postgres)
            }
        }
    }

    fn let_go(mut self) {
        match &mut self {
            Self::Sqlite(sqlite) => sqlite.batch_execute("ROLLBACK").unwrap(),
            Self::Postgres(postgres) => postgres.batch_execute("ROLLBACK").unwrap(),
        }
    }
}

fn with(database: &TestDatabase, options: DbOptions) -> Db {
    drop(database.open()); // makes the tables
    Db::open(&database.address, options).unwrap()
}

async fn changes_wait_five_seconds_and_reads_not_at_all(database: TestDatabase) {
    let hall = Hall::open(database.again()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let path = format!("/cases/{}", case["acceptance_number"].as_str().unwrap());
    let opening = async |number| {
        let request = clerk.request(reqwest::Method::POST, "/cases").await.json(&application(number));
        let started = Instant::now();
        (send(request).await, started.elapsed())
    };
    let holder = Holder::of(&database, "acceptance_sequences");
    let changes = join_all((2..30).map(opening));
    // The lock is held until after all of them: a read that needed it would be refused, too.
    let reads = async {
        for _ in 0..20 {
            for path in [path.as_str(), "/worklists"] {
                clerk.get(path).await.expect(200);
            }
        }
        hall.readiness(200).await;
    };
    let (changes, ()) = tokio::join!(changes, reads);
    for (answer, took) in changes {
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{answer:?}");
        assert!(took.as_secs() >= 4, "{took:?}: {answer:?}");
    }
    holder.let_go();
    assert_eq!(opening(2).await.0.status, 201, "the same change is done once it may be");
}

async fn a_change_that_waited_in_vain_is_never_done(database: TestDatabase) {
    let db = with(&database, DbOptions { acquire_timeout: Duration::from_millis(200), ..DbOptions::default() });
    let holder = Holder::of(&database, "acceptance_sequences");
    for refused in join_all((0..20).map(|_| next(&db, day(0)))).await {
        let error = refused.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_) | StoreError::Busy(_)), "{error:?}");
    }
    holder.let_go();
    // Whatever was still under way has its end before this.
    let patient = database.open();
    assert_eq!(next(&patient, day(0)).await.unwrap(), 1);
    assert_eq!(last(&patient, day(0)).await, 1);
}

async fn further_changes_than_may_wait_are_refused_at_once(database: TestDatabase) {
    let db = with(&database, DbOptions { queue: 4, pool_size: 4, ..DbOptions::default() });
    let holder = Holder::of(&database, "acceptance_sequences");
    let waiting: Vec<_> = (0..40)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { (Instant::now(), next(&db, day(0)).await, Instant::now()) })
        })
        .collect();
    let mut at_once = 0;
    let report = || db.report().places.into_iter().find(|place| place.used_for == "changes").unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(report().waiting <= 4, "{:?}", report());
    holder.let_go();
    for ended in waiting {
        let (asked, outcome, answered) = ended.await.unwrap();
        if outcome.is_err() {
            assert!(answered - asked < Duration::from_secs(1), "{outcome:?}");
            at_once += 1;
        }
    }
    assert!((20..40).contains(&at_once), "{at_once}");
    assert_eq!(report().waiting, 0);
}

async fn long_reads_and_changes_leave_connections_to_short_reads(database: TestDatabase) {
    let db = with(&database, DbOptions { pool_size: 4, ..DbOptions::default() });
    let holder = Holder::of(&database, "acceptance_sequences");
    let (go_on, wait) = tokio::sync::watch::channel(false);
    let long = |_| {
        let (db, mut wait) = (db.clone(), wait.clone());
        tokio::spawn(async move {
            let read = db.read_long("long", move |tx| {
                while !*wait.borrow_and_update() {
                    std::thread::sleep(Duration::from_millis(5));
                }
                sequences::last(tx, day(0))
            });
            read.await
        })
    };
    let long: Vec<_> = (0..8).map(long).collect();
    let changes: Vec<_> = (0..8)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { next(&db, day(0)).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    // All the others wait until these have their answers.
    for _ in 0..20 {
        assert_eq!(last(&db, day(0)).await, 0);
    }
    go_on.send(true).unwrap();
    holder.let_go();
    for read in long {
        read.await.unwrap().unwrap();
    }
    for change in changes {
        change.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_read_whose_connection_was_lost_is_tried_again() {
    let database = TestDatabase::postgres();
    let db = database.open();
    next(&db, day(0)).await.unwrap();
    let address = database.address.to_string();
    let name = address.rsplit('/').next().unwrap().to_owned();
    for view in ["latest", "snapshot"] {
        let (runs, name) = (std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0)), name.clone());
        let counted = runs.clone();
        let read = move |tx: &mut casehall::store::Tx<'_>| {
            if counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
                let end =
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname";
                Cluster::shared().admin(&name).batch_execute(&format!("{end} = '{name}'")).unwrap();
            }
            sequences::last(tx, day(0))
        };
        let read = if view == "latest" { db.read("lost", read).await } else { db.read_snapshot("lost", read).await };
        assert_eq!(read.unwrap(), 1, "{view}");
        let runs = runs.load(std::sync::atomic::Ordering::SeqCst);
        assert!((2..=6).contains(&runs), "{view}: {runs}");
    }
    assert!(db.report().retries >= 2);
}

#[tokio::test]
async fn what_postgresql_gives_up_for_now_is_503() {
    let database = TestDatabase::postgres();
    let hall = Hall::open(database.again()).await;
    let clerk = hall.staff(Role::Clerk).await;
    for (state, words) in [
        ("57014", "canceling statement due to statement timeout"),
        ("57014", "canceling statement due to user request"),
        ("55P03", "canceling statement due to lock timeout"),
        ("53100", "could not extend file \"base/1/2\": No space left on device"),
    ] {
        database.tamper(&format!(
            "CREATE OR REPLACE FUNCTION give_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = '{words}'; END $$;
             CREATE OR REPLACE TRIGGER give_up BEFORE INSERT ON cases FOR EACH ROW EXECUTE FUNCTION give_up()"
        ));
        let answer = clerk.post("/cases", &application(1)).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{words}: {answer:?}");
    }
    database.tamper("DROP TRIGGER give_up ON cases");
    clerk.post("/cases", &application(1)).await.expect(201);
}

//! Acceptance numbers on PostgreSQL: taken before a change begins, so that nobody waits for another's commit; once and for ever, though not
//! without gaps. On SQLite they have none.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use casehall::domain::accounts::role::Role;
use casehall::store::engine::sequences;
use casehall::store::{Beginning, Db, DbOptions, StoreError};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use futures_util::future::join_all;

use crate::databases::postgres::Cluster;
use crate::databases::{TestDatabase, day, last};
use crate::hall::{Hall, MANY_OPENINGS, application, until};

const OPENERS: u32 = 64;
/// Cases that each of them opens.
const EACH: u32 = 4;

/// The day of an acceptance number, and the running number.
fn parts(number: &str) -> (&str, u32) {
    (&number[..6], number[6..number.len() - 1].parse().unwrap())
}

#[tokio::test]
async fn numbers_are_unique_under_sixty_four_writers_on_two_instances_and_across_midnight() {
    let hall = Hall::with(TestDatabase::postgres(), &[MANY_OPENINGS]).await;
    hall.set_time("2026-03-02T15:58:00Z");
    let beside = hall.sharing_settings(&[MANY_OPENINGS]).await;
    let clerks = [hall.staff(Role::Clerk).await, beside.staff(Role::Clerk).await];
    clerks[0].token().await;
    clerks[1].token().await;
    let opened = AtomicU32::new(0);
    let opener = async |of: u32| {
        let mut numbers = Vec::new();
        for one in 0..EACH {
            let case = clerks[of as usize % 2].post("/cases", &application(of * EACH + one)).await.expect(201);
            numbers.push(case["acceptance_number"].as_str().unwrap().to_owned());
            // It strikes twelve at one instance first.
            match opened.fetch_add(1, Ordering::SeqCst) {
                100 => hall.set_time("2026-03-02T16:00:10Z"),
                130 => beside.set_time("2026-03-02T16:00:10Z"),
                _ => {}
            }
        }
        numbers
    };
    let numbers: Vec<String> = join_all((0..OPENERS).map(opener)).await.into_iter().flatten().collect();
    let distinct: BTreeSet<&String> = numbers.iter().collect();
    assert_eq!(distinct.len(), numbers.len());
    for of_day in ["260302", "260303"] {
        let running: Vec<u32> = numbers.iter().map(|it| parts(it)).filter(|it| it.0 == of_day).map(|it| it.1).collect();
        assert!(running.len() > 50, "{numbers:?}");
        // What nobody used at midnight are a few that were taken and not used yet.
        let left_out = running.iter().max().unwrap() - running.len() as u32;
        assert!(left_out <= 32, "{left_out} were left out: {running:?}");
    }
}

#[tokio::test]
async fn an_opening_waits_for_no_other_to_be_committed() {
    let database = TestDatabase::postgres();
    let hall = Hall::open(database.again()).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.post("/cases", &application(1)).await.expect(201);
    let actor = database.rows("SELECT actor_id FROM events WHERE kind = 'case_opened'").remove(0);
    // Who keeps the same idempotency key and isn't done: an opening that comes to it has all but ended, and waits.
    let mut other = PgConnection::establish(&database.address.to_string()).unwrap();
    let keeps = format!(
        "BEGIN; INSERT INTO idempotency_keys (actor_id, key, fingerprint, subject_kind, subject_id, version, created_at) \
         VALUES ('{actor}', 'held', '', 'case', '', 1, now())"
    );
    other.batch_execute(&keeps).unwrap();
    let body = application(2);
    let held = clerk.post_once("/cases", "held", &body);
    let meanwhile = async {
        let waits =
            "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        until("the first waits", async || !database.rows(waits).is_empty()).await;
        let opened = tokio::time::timeout(Duration::from_secs(4), clerk.post("/cases", &application(3))).await;
        let opened = opened.expect("the second is done while the first is open").expect(201);
        other.batch_execute("ROLLBACK").unwrap();
        opened
    };
    let (held, opened) = tokio::join!(held, meanwhile);
    let held = held.expect(201);
    let running = |case: &serde_json::Value| parts(case["acceptance_number"].as_str().unwrap()).1;
    assert_eq!((running(&held), running(&opened)), (2, 3));
}

#[tokio::test]
async fn a_repeated_or_refused_opening_leaves_its_number_to_the_next() {
    // On the connection that it was taken on.
    let hall = Hall::with(TestDatabase::postgres(), &[("DATABASE__POOL_SIZE", "1")]).await;
    let clerk = hall.staff(Role::Clerk).await;
    let once = clerk.post_once("/cases", "once", &application(1)).await.expect(201);
    let again = clerk.post_once("/cases", "once", &application(1)).await.expect(201);
    assert_eq!(once, again);
    clerk.post("/cases", &application(1)).await.refused(409, "already_applied");
    let next = clerk.post("/cases", &application(2)).await.expect(201);
    let running = |case: &serde_json::Value| parts(case["acceptance_number"].as_str().unwrap()).1;
    assert_eq!((running(&once), running(&next)), (1, 2));
}

#[tokio::test]
async fn a_change_that_is_run_again_keeps_its_number_and_one_of_another_day_counts_by_itself() {
    let database = TestDatabase::postgres();
    let db = Db::open(&database.address, DbOptions { pool_size: 1, ..DbOptions::default() }).unwrap();
    let taking = |on: u64| Beginning { number_of: Some(day(on)), ..Beginning::default() };
    let runs = AtomicU32::new(0);
    let stale = move |tx: &mut casehall::store::Tx<'_>| {
        let number = sequences::next(tx, day(0))?;
        if runs.fetch_add(1, Ordering::SeqCst) < 3 { Err(StoreError::Conflict) } else { Ok(number) }
    };
    assert_eq!(db.write_with("stale", taking(0), stale).await.unwrap(), 1);
    let next = |tx: &mut casehall::store::Tx<'_>| sequences::next(tx, day(0));
    assert_eq!(db.write_with("next", taking(0), next).await.unwrap(), 2);
    // It began before midnight.
    let tomorrow = |tx: &mut casehall::store::Tx<'_>| sequences::next(tx, day(1));
    assert_eq!(db.write_with("tomorrow", taking(0), tomorrow).await.unwrap(), 1);
    assert_eq!(db.write_with("next", taking(0), next).await.unwrap(), 3, "the one that wasn't used");
    let twice = |tx: &mut casehall::store::Tx<'_>| {
        Ok::<_, StoreError>((sequences::next(tx, day(0))?, sequences::next(tx, day(0))?))
    };
    assert_eq!(db.write_with("twice", taking(0), twice).await.unwrap(), (4, 5));
    assert_eq!(last(&db, day(0)).await, 5);
}

/// As versions before this one take a number: within the change.
fn as_before(connection: &mut PgConnection, end: &str) -> u32 {
    #[derive(QueryableByName)]
    struct Taken {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        last: i32,
    }
    connection.batch_execute("BEGIN").unwrap();
    let taken = diesel::sql_query(format!(
        "INSERT INTO acceptance_sequences (day, last) VALUES ('{}', 1) ON CONFLICT (day) DO UPDATE \
         SET last = acceptance_sequences.last + 1 RETURNING last",
        day(0)
    ));
    let taken: Taken = taken.get_result(connection).unwrap();
    std::thread::sleep(Duration::from_millis(2));
    connection.batch_execute(end).unwrap();
    taken.last as u32
}

#[tokio::test]
async fn the_version_before_counts_beside_this_one_without_a_number_given_twice() {
    let database = TestDatabase::postgres();
    let db = database.open();
    let ended = Arc::new(AtomicBool::new(false));
    let (mut before, ends) = (PgConnection::establish(&database.address.to_string()).unwrap(), ended.clone());
    let old = std::thread::spawn(move || {
        let mut numbers = Vec::new();
        for _ in 0..40 {
            numbers.push(as_before(&mut before, "COMMIT"));
            as_before(&mut before, "ROLLBACK");
        }
        ends.store(true, Ordering::SeqCst);
        numbers
    });
    let worker = async |_| {
        let mut numbers = Vec::new();
        while !ended.load(Ordering::SeqCst) {
            let beginning = Beginning { number_of: Some(day(0)), ..Beginning::default() };
            numbers.push(db.write_with("new", beginning, |tx| sequences::next(tx, day(0))).await.unwrap());
        }
        numbers
    };
    let new = join_all((0..8).map(worker)).await;
    let old = old.join().unwrap();
    let all: Vec<u32> = new.into_iter().flatten().chain(old).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
}

#[tokio::test]
async fn a_killed_server_gives_no_number_twice_that_somebody_has() {
    use casehall::store::certificates::claims::{Claim, Holder, take};
    let cluster = Arc::new(Cluster::private(false));
    let address = cluster.database();
    let (one, other) = (TestDatabase::at(address.clone()).open(), TestDatabase::at(address).open());
    let (stop, kept) = (AtomicBool::new(false), AtomicU32::new(0));
    let worker = async |db: &casehall::store::Db| {
        while !stop.load(Ordering::SeqCst) {
            let beginning = Beginning { number_of: Some(day(0)), ..Beginning::default() };
            // The number is claimed: who finds it held has one that was given before.
            let taken = db.write_with("claims its number", beginning, |tx| {
                let number = sequences::next(tx, day(0))?;
                let claim = Claim::Work { serial: number.to_string() };
                let holder = Holder::Case(uuid::Uuid::now_v7());
                Ok::<_, StoreError>((number, take(tx, &claim, &holder, chrono::Utc::now())?))
            });
            match taken.await {
                Ok((number, held)) => {
                    assert_eq!(held, None, "{number} was given twice");
                    kept.fetch_add(1, Ordering::SeqCst);
                }
                Err(StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_)) => {}
                Err(other) => panic!("neither done nor undone: {other:?}"),
            }
        }
    };
    let plug = async {
        for _ in 0..3 {
            let enough = kept.load(Ordering::SeqCst) + 100;
            until("they work", async || kept.load(Ordering::SeqCst) >= enough).await;
            let server = cluster.clone();
            let again = tokio::task::spawn_blocking(move || {
                server.kill();
                server.start();
            });
            again.await.unwrap();
        }
        let enough = kept.load(Ordering::SeqCst) + 100;
        until("they work again", async || kept.load(Ordering::SeqCst) >= enough).await;
        stop.store(true, Ordering::SeqCst);
    };
    let workers = join_all((0..16).map(|index| worker(if index % 2 == 0 { &one } else { &other })));
    tokio::join!(plug, workers);
}

//! What the store promises on SQLite alone: its file, its one writer, its text.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use casehall::store::engine::sequences;
use casehall::store::{DatabaseAddress, Db, DbOptions, StoreError};
use chrono::NaiveDateTime;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Text, Timestamp};
use futures_util::FutureExt;
use proptest::prelude::*;

use crate::databases::{TestDatabase, day, last, next};

#[tokio::test]
async fn waiting_jobs_share_a_commit_and_are_answered_after_it() {
    let db = TestDatabase::sqlite();
    let db = db.open();
    let finished = Arc::new(AtomicBool::new(false));
    // The first job keeps the writer busy, so that the two others wait together.
    let busy = db.write("busy", |_| {
        std::thread::sleep(Duration::from_millis(100));
        Ok::<_, StoreError>(())
    });
    let quick = async {
        let number = next(&db, day(0)).await.unwrap();
        assert!(finished.load(Ordering::SeqCst), "answered before the commit that it shares");
        number
    };
    let slow = db.write("slow", {
        let finished = finished.clone();
        move |tx| {
            std::thread::sleep(Duration::from_millis(100));
            let number = sequences::next(tx, day(0))?;
            finished.store(true, Ordering::SeqCst);
            Ok::<_, StoreError>(number)
        }
    });
    let (busy, quick, slow) = tokio::join!(busy, quick, slow);
    busy.unwrap();
    assert_eq!((quick, slow.unwrap()), (1, 2));
}

#[tokio::test]
async fn one_write_per_commit_shares_no_commit() {
    let database = TestDatabase::sqlite();
    let db = Db::open(&database.address, DbOptions { writes_per_commit: 1, ..DbOptions::default() }).unwrap();
    let finished = Arc::new(AtomicBool::new(false));
    let busy = db.write("busy", |_| {
        std::thread::sleep(Duration::from_millis(100));
        Ok::<_, StoreError>(())
    });
    let quick = async {
        let number = next(&db, day(0)).await.unwrap();
        assert!(!finished.load(Ordering::SeqCst), "answered together with the slow one");
        number
    };
    let slow = db.write("slow", {
        let finished = finished.clone();
        move |tx| {
            std::thread::sleep(Duration::from_millis(100));
            finished.store(true, Ordering::SeqCst);
            sequences::next(tx, day(0))
        }
    });
    let (busy, quick, slow) = tokio::join!(busy, quick, slow);
    busy.unwrap();
    assert_eq!((quick, slow.unwrap()), (1, 2));
}

#[tokio::test]
async fn dropping_the_last_clone_finishes_accepted_jobs() {
    let database = TestDatabase::sqlite();
    let db = database.open();
    for _ in 0..100 {
        // Polled once: accepted, then nobody waits any more.
        assert!(next(&db, day(0)).now_or_never().is_none());
    }
    drop(db);
    assert_eq!(last(&database.open(), day(0)).await, 100);
}

#[tokio::test]
async fn a_write_waits_for_another_program_that_holds_the_lock() {
    let database = TestDatabase::sqlite();
    let db = database.open();
    let mut other = SqliteConnection::establish(database.address.sqlite_path().unwrap().to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let started = Instant::now();
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        other.batch_execute("COMMIT").unwrap();
    });
    assert_eq!(next(&db, day(0)).await.unwrap(), 1);
    assert!(started.elapsed() >= Duration::from_millis(300));
    release.join().unwrap();
}

#[tokio::test]
async fn a_stale_version_is_not_retried_on_sqlite() {
    let db = TestDatabase::sqlite();
    let db = db.open();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let outcome: Result<(), _> = db
        .write("stale", move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            Err(StoreError::Conflict)
        })
        .await;
    assert!(matches!(outcome, Err(StoreError::Conflict)));
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_full_queue_is_reported_and_loses_nothing() {
    let database = TestDatabase::sqlite();
    let options = DbOptions { queue: 1, ..DbOptions::default() };
    let db = Db::open(&database.address, options).unwrap();
    let slow = |millis| {
        let db = db.clone();
        async move {
            let write = db.write("slow", move |tx| {
                std::thread::sleep(Duration::from_millis(millis));
                sequences::next(tx, day(0))
            });
            write.await
        }
    };
    let first = tokio::spawn(slow(1000));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let second = tokio::spawn(slow(0));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let third = slow(0).await;
    assert!(matches!(&third, Err(StoreError::Unavailable(words)) if words.contains("try again later")), "{third:?}");
    assert_eq!(first.await.unwrap().unwrap(), 1);
    assert_eq!(second.await.unwrap().unwrap(), 2);
}

#[test]
fn the_file_and_its_directories_are_private() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("数据 100%?#").join("under").join("casehall.db");
    let db = Db::open(&DatabaseAddress::sqlite(&path), DbOptions::default()).unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&path.with_extension("db-wal")), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(path.parent().unwrap().parent().unwrap()), 0o700);
    drop(db);
}

#[test]
fn an_unusable_path_is_reported_with_advice() {
    let directory = tempfile::tempdir().unwrap();
    let in_the_way = directory.path().join("file");
    std::fs::write(&in_the_way, "this is no database, and long enough to be read as a header of one").unwrap();
    for path in [in_the_way.join("casehall.db"), in_the_way, directory.path().to_owned()] {
        let error = Db::open(&DatabaseAddress::sqlite(&path), DbOptions::default()).err().unwrap();
        assert!(error.to_string().contains("Check that the path is right"), "{}: {error}", path.display());
    }
}

/// A time as SQLite stores it.
fn stored(connection: &mut SqliteConnection, time: NaiveDateTime) -> String {
    diesel::select(diesel::dsl::sql::<Text>("CAST(").bind::<Timestamp, _>(time).sql(" AS TEXT)"))
        .get_result(connection)
        .unwrap()
}

proptest! {
    #[test]
    fn times_are_ordered_as_text_as_they_are_in_time(one in times(), other in times()) {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        let (text, other_text) = (stored(&mut connection, one), stored(&mut connection, other));
        prop_assert_eq!(one.cmp(&other), text.cmp(&other_text), "{} and {}", text, other_text);
    }
}

/// Times near one another, with fractions of every length, beside any time of the years 1900 to 2200.
fn times() -> impl Strategy<Value = NaiveDateTime> {
    let fraction = prop_oneof![Just(0), Just(500_000), Just(120_000), 0_u32..1_000_000];
    let seconds = prop_oneof![1_396_569_600_i64..1_396_569_603, -2_208_988_800_i64..7_258_118_400];
    (seconds, fraction)
        .prop_map(|(seconds, micros)| chrono::DateTime::from_timestamp(seconds, micros * 1000).unwrap().naive_utc())
}

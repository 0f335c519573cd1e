//! What the store promises on both databases.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use casehall::store::engine::sequences;
use casehall::store::{DatabaseAddress, Db, DbOptions, StoreError};
use futures_util::future::join_all;

use crate::databases::{TestDatabase, day, last, next, on_both};

on_both!(
    concurrent_writers_get_distinct_numbers,
    a_job_that_fails_or_panics_leaves_the_others_intact,
    acknowledged_writes_are_visible_to_other_connections,
    an_accepted_write_completes_without_a_waiter,
    two_processes_on_one_database_never_refuse_each_other,
    reading_goes_on_while_a_write_is_open,
    a_snapshot_is_consistent_and_a_plain_read_is_current,
    reading_can_change_nothing,
    a_panic_while_reading_is_an_error_and_the_next_read_works,
    opening_again_keeps_what_is_there,
    a_database_changed_by_a_newer_version_is_worked_on_until_that_version_forbids_it,
    closing_finishes_accepted_writes_and_refuses_new_ones,
    a_refusal_is_answered_after_one_run,
);

async fn concurrent_writers_get_distinct_numbers(database: TestDatabase) {
    let db = database.open();
    let numbers = join_all((0..300).map(|_| next(&db, day(0)))).await;
    let numbers: BTreeSet<u32> = numbers.into_iter().map(Result::unwrap).collect();
    assert_eq!(numbers, (1..=300).collect());
    assert_eq!(last(&db, day(0)).await, 300);
}

async fn a_job_that_fails_or_panics_leaves_the_others_intact(database: TestDatabase) {
    let db = database.open();
    let outcomes = join_all((0..90_u64).map(|index| {
        db.write("mixed", move |tx| {
            let number = sequences::next(tx, day(index))?;
            match index % 3 {
                0 => Ok(number),
                1 => Err(StoreError::Corrupt("this job fails".to_owned())),
                _ => panic!("this job panics"),
            }
        })
    }))
    .await;
    for (index, outcome) in (0_u64..).zip(outcomes) {
        let kept = last(&db, day(index)).await;
        match index % 3 {
            0 => assert!(matches!(outcome, Ok(1)) && kept == 1, "{index}: {outcome:?}, {kept}"),
            1 => assert!(matches!(outcome, Err(StoreError::Corrupt(_))) && kept == 0, "{index}: {outcome:?}, {kept}"),
            _ => assert!(matches!(outcome, Err(StoreError::Panicked("mixed"))) && kept == 0, "{index}: {outcome:?}"),
        }
    }
}

async fn acknowledged_writes_are_visible_to_other_connections(database: TestDatabase) {
    let (db, elsewhere) = (database.open(), database.open());
    join_all((0..50).map(|_| async {
        let number = next(&db, day(0)).await.unwrap();
        assert!(last(&elsewhere, day(0)).await >= number, "answered before it was committed");
    }))
    .await;
}

async fn an_accepted_write_completes_without_a_waiter(database: TestDatabase) {
    let db = database.open();
    let started = Arc::new(AtomicBool::new(false));
    let seen = started.clone();
    let write = db.write("abandoned", move |tx| {
        seen.store(true, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(50));
        sequences::next(tx, day(0))
    });
    let waited = tokio::time::timeout(Duration::from_millis(20), async {
        let watch = async {
            while !started.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::join!(write, watch).0
    });
    assert!(waited.await.is_err(), "the caller has gone before the answer");
    let until = Instant::now() + Duration::from_secs(5);
    while last(&db, day(0)).await == 0 {
        assert!(Instant::now() < until, "the accepted write was dropped");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn two_processes_on_one_database_never_refuse_each_other(database: TestDatabase) {
    let (one, other) = (database.open(), database.open());
    let writers = (0..4).flat_map(|_| [one.clone(), other.clone()]).map(|db| {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                for _ in 0..50 {
                    // Reads, then writes: what a deferred transaction of SQLite would be refused.
                    let write = db.write("read then write", |tx| {
                        sequences::last(tx, day(0))?;
                        sequences::next(tx, day(0))
                    });
                    write.await.unwrap();
                }
            });
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.join().unwrap();
    }
    assert_eq!(last(&one, day(0)).await, 400);
}

async fn reading_goes_on_while_a_write_is_open(database: TestDatabase) {
    let db = database.open();
    next(&db, day(0)).await.unwrap();
    let (started, has_started) = mpsc::channel();
    let (finish, may_finish) = mpsc::channel::<()>();
    let may_finish = std::sync::Mutex::new(may_finish);
    let writing = tokio::spawn({
        let db = db.clone();
        async move {
            db.write("slow", move |tx| {
                let number = sequences::next(tx, day(0))?;
                started.send(()).unwrap();
                may_finish.lock().unwrap().recv().unwrap();
                Ok::<_, StoreError>(number)
            })
            .await
        }
    });
    tokio::task::spawn_blocking(move || has_started.recv().unwrap()).await.unwrap();
    assert_eq!(last(&db, day(0)).await, 1, "a reader waits for nobody, and sees nothing half done");
    finish.send(()).unwrap();
    assert_eq!(writing.await.unwrap().unwrap(), 2);
    assert_eq!(last(&db, day(0)).await, 2);
}

/// Reads the number twice with a write in between.
fn read_around_a_write(db: &Db, how: &'static str) -> (u32, u32) {
    let (between, may_write) = mpsc::channel();
    let (written, go_on) = mpsc::channel();
    let reader = std::thread::spawn({
        let db = db.clone();
        move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let go_on = Arc::new(std::sync::Mutex::new(go_on));
            let twice = move |tx: &mut casehall::store::Tx<'_>| {
                let first = sequences::last(tx, day(0))?;
                between.send(()).unwrap();
                go_on.lock().unwrap().recv().unwrap();
                Ok::<_, StoreError>((first, sequences::last(tx, day(0))?))
            };
            runtime.block_on(async {
                match how {
                    "snapshot" => db.read_snapshot("twice", twice).await,
                    "long" => db.read_long("twice", twice).await,
                    _ => db.read("twice", twice).await,
                }
            })
        }
    });
    may_write.recv().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(next(db, day(0))).unwrap();
    written.send(()).unwrap();
    reader.join().unwrap().unwrap()
}

async fn a_snapshot_is_consistent_and_a_plain_read_is_current(database: TestDatabase) {
    let db = database.open();
    let seen =
        tokio::task::spawn_blocking(move || ["snapshot", "long", "plain"].map(|how| read_around_a_write(&db, how)));
    assert_eq!(seen.await.unwrap(), [(0, 0), (1, 1), (2, 3)]);
}

async fn reading_can_change_nothing(database: TestDatabase) {
    let db = database.open();
    let write = |tx: &mut casehall::store::Tx<'_>| sequences::next(tx, day(0));
    for outcome in
        [db.read("read", write).await, db.read_snapshot("read", write).await, db.read_long("read", write).await]
    {
        assert!(matches!(outcome, Err(StoreError::Diesel(_))), "{outcome:?}");
    }
    assert_eq!(last(&db, day(0)).await, 0);
}

async fn a_panic_while_reading_is_an_error_and_the_next_read_works(database: TestDatabase) {
    let db = Db::open(&database.address, DbOptions { pool_size: 1, ..DbOptions::default() }).unwrap();
    for _ in 0..10 {
        let outcome = db.read_snapshot::<(), StoreError>("panics", |_| panic!("this read panics")).await;
        assert!(matches!(outcome, Err(StoreError::Panicked("panics"))));
        let outcome = db.read_long::<(), StoreError>("panics", |_| panic!("this read panics")).await;
        assert!(matches!(outcome, Err(StoreError::Panicked("panics"))));
    }
    assert_eq!(last(&db, day(0)).await, 0);
}

async fn opening_again_keeps_what_is_there(database: TestDatabase) {
    for expected in 1..=3 {
        let db = database.open();
        assert_eq!(next(&db, day(0)).await.unwrap(), expected);
        db.close().await;
    }
}

async fn a_database_changed_by_a_newer_version_is_worked_on_until_that_version_forbids_it(database: TestDatabase) {
    drop(database.open());
    database.tamper(
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000001');
         ALTER TABLE acceptance_sequences ADD COLUMN later TEXT; CREATE TABLE later (id INTEGER NOT NULL PRIMARY KEY)",
    );
    let db = database.open();
    assert_eq!(next(&db, day(0)).await.unwrap(), 1);
    drop(db);
    database.tamper("UPDATE compatibility SET since = '99991231000001'");
    let error = Db::open(&database.address, DbOptions::default()).err().unwrap();
    assert!(matches!(&error, StoreError::Migration(words) if words.contains("newer version")), "{error}");
}

async fn closing_finishes_accepted_writes_and_refuses_new_ones(database: TestDatabase) {
    let db = database.open();
    let writes: Vec<_> = (0..200)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { next(&db, day(0)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    db.close().await;
    let mut done = 0;
    for write in writes {
        match write.await.unwrap() {
            Ok(_) => done += 1,
            Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}"),
        }
    }
    assert!(done > 0, "some were accepted before");
    assert!(matches!(next(&db, day(0)).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(db.ping().await, Err(StoreError::Unavailable(_))));
    db.close().await;
    drop(db);
    let db = database.open();
    assert_eq!(last(&db, day(0)).await, done, "what was answered is there, what was refused is not");
    db.ping().await.unwrap();
}

async fn a_refusal_is_answered_after_one_run(database: TestDatabase) {
    let db = database.open();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let outcome: Result<(), _> = db
        .write("refuses", move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            Err(StoreError::Corrupt("no further try helps".to_owned()))
        })
        .await;
    assert!(matches!(outcome, Err(StoreError::Corrupt(_))));
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[test]
fn many_processes_may_start_on_an_empty_database() {
    for postgres in [false, true] {
        let database = TestDatabase::empty(postgres);
        let starts: Vec<_> = (0..6)
            .map(|_| {
                let address = database.address.clone();
                std::thread::spawn(move || Db::open(&address, DbOptions { pool_size: 1, ..DbOptions::default() }))
            })
            .collect();
        for start in starts {
            let db = start.join().unwrap().unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(next(&db, day(0))).unwrap();
        }
    }
}

#[test]
fn an_invalid_database_address_is_refused_with_advice() {
    for wrong in [
        "",
        "casehall",
        "casehall.db",
        "/var/lib/casehall.db",
        "mysql://u:p@h/db",
        "sqlite://",
        "sqlite://data/",
        "sqlite://:memory:",
        "sqlite://a.db?mode=ro",
        "sqlite:a.db",
        "postgres:db",
        "数据库://甲",
        "sqlite://a\0b",
    ] {
        let error = wrong.parse::<DatabaseAddress>().unwrap_err();
        assert!(matches!(error, StoreError::Address(_)), "{wrong}: {error}");
        assert!(error.to_string().contains("sqlite://path/to/file.db or postgres://"), "{wrong}: {error}");
    }
    assert!(!"sqlite://data/casehall.db".parse::<DatabaseAddress>().unwrap().is_postgres());
    assert!("postgresql://h/db".parse::<DatabaseAddress>().unwrap().is_postgres());
}

#[test]
fn no_password_is_ever_shown() {
    for (address, shown) in [
        ("postgres://u:geheim@h:5432/db", "postgres://u:***@h:5432/db"),
        ("postgres://u:ge/hei?m@x@h/db", "postgres://u:***@h/db"),
        ("postgres://u@h:5432/db?x=1", "postgres://u@h:5432/db?x=1"),
        ("postgres://h:5432/db", "postgres://h:5432/db"),
        (
            "postgres://h/db?user=u&password=geheim&sslmode=require",
            "postgres://h/db?user=u&password=***&sslmode=require",
        ),
        ("postgres://u:a@h/db?sslpassword=geheim", "postgres://u:***@h/db?sslpassword=***"),
        ("postgres://用户:密码@主机/库", "postgres://用户:***@主机/库"),
    ] {
        let address: DatabaseAddress = address.parse().unwrap();
        assert_eq!(address.to_string(), shown);
        assert_eq!(format!("{address:?}"), format!("DatabaseAddress({shown})"));
    }
}

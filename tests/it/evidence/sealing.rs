//! Seals: each consistent with the one before, by several instances at once, of databases from before, under two suites.

use std::collections::BTreeSet;

use casehall::clock::Clock;
use casehall::domain::accounts::audit::{AuditActor, AuditEntry, AuditKind};
use casehall::domain::accounts::role::Role;
use casehall::domain::evidence::finding::{FindingKind, Place};
use casehall::service::accounts::caller::Caller;
use casehall::store::StoreError;
use casehall::store::accounts::audit;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use serde_json::json;

use super::of_rows;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(
    a_seal_covers_what_is_new_and_nothing_twice,
    instances_that_seal_at_once_leave_one_log,
    events_of_before_there_were_hashes_get_theirs,
    a_hash_that_was_taken_away_is_not_given_back,
    another_suite_starts_another_tree_and_the_old_one_stays_verifiable,
    a_seal_that_was_kept_elsewhere_shows_whether_history_is_another,
);

async fn verified(hall: &Hall) -> (u64, Vec<String>) {
    let found = of_rows(hall.running.service.verify(&Caller::hall(), None).await.unwrap());
    (found.len() as u64, found.iter().map(ToString::to_string).collect())
}

async fn a_seal_covers_what_is_new_and_nothing_twice(database: TestDatabase) {
    let hall = Hall::open(database).await;
    assert_eq!(hall.running.service.newest_seal().await.unwrap(), None);
    let clerk = hall.staff(Role::Clerk).await;
    let mut size = 0;
    for number in 1..4_u32 {
        clerk.post("/cases", &application(number)).await.expect(201);
        let rows = hall.running.service.seal().await.unwrap();
        let seal = hall.running.service.newest_seal().await.unwrap().unwrap();
        size += i64::try_from(rows).unwrap();
        assert_eq!((seal.number, seal.size, seal.starts_at), (i64::from(number), size, 0));
        assert_eq!(hall.running.service.seal().await.unwrap(), 0, "nothing new");
    }
    assert_eq!(verified(&hall).await, (0, vec![]));
    let found = hall.running.service.verify(&Caller::hall(), None).await.unwrap();
    assert_eq!((found.seals, found.unsealed), (3, 1), "the entry about the first verification isn't sealed yet");
    assert_eq!(found.leaves, u64::try_from(size).unwrap());
}

async fn instances_that_seal_at_once_leave_one_log(database: TestDatabase) {
    let keys = tempfile::tempdir().unwrap();
    let settings = [("AUDIT__KEY_DIRECTORY", keys.path().to_str().unwrap())];
    let hall = Hall::with(database, &settings).await;
    let directory = tempfile::tempdir().unwrap();
    let beside = Hall::start(hall.database.again(), directory, &settings, None, hall.clock.now()).await.unwrap();
    let clerk = hall.staff(Role::Clerk).await;
    let write = async {
        for number in 1..25 {
            clerk.post("/cases", &application(number)).await.expect(201);
        }
    };
    let seal = |hall: &Hall| {
        let service = hall.running.service.clone();
        async move {
            for _ in 0..12 {
                service.seal().await.unwrap();
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::join!(write, seal(&hall), seal(&beside));
    hall.running.service.seal().await.unwrap();
    assert_eq!(verified(&hall).await, (0, vec![]));
    assert_eq!(verified(&beside).await, (0, vec![]));
    let found = hall.running.service.verify(&Caller::hall(), None).await.unwrap();
    assert_eq!(found.leaves + found.unsealed, found.events + found.entries);
    assert!(found.events >= 24);
}

async fn events_of_before_there_were_hashes_get_theirs(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    for number in 1..4 {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        clerk.act(case["id"].as_str().unwrap(), "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    }
    let is_postgres = hall.database.address.sqlite_path().is_none();
    let drop = if is_postgres { "DROP TRIGGER events_stay ON events;" } else { "DROP TRIGGER events_stay;" };
    hall.database.tamper(&format!("{drop} UPDATE events SET hash = NULL WHERE number > 2;"));
    // What goes on from an event without a hash waits for its own.
    let case = clerk.post("/cases", &application(4)).await.expect(201);
    hall.database.tamper("UPDATE events SET hash = NULL WHERE subject_kind = 'case'");
    clerk.act(case["id"].as_str().unwrap(), "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let (one, other) = (hall.beside().await, hall.beside());
    let other = other.await;
    assert_eq!(verified(&one).await, (0, vec![]));
    one.running.service.seal().await.unwrap();
    assert_eq!(verified(&one).await, (0, vec![]));
    drop_hall(other).await;
}

async fn a_hash_that_was_taken_away_is_not_given_back(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    hall.running.service.seal().await.unwrap();
    let is_postgres = hall.database.address.sqlite_path().is_none();
    let drop = if is_postgres { "DROP TRIGGER events_stay ON events;" } else { "DROP TRIGGER events_stay;" };
    let at = if is_postgres { "at = at - interval '4050 years'" } else { "at = replace(at, ' ', 'T') || '.000000Z'" };
    // An instant in another spelling; on PostgreSQL, where there is but one, the same day before Christ.
    hall.database.tamper(&format!("{drop} UPDATE events SET hash = NULL WHERE number = 1"));
    // The case goes on, and so does sealing, also by an instance that starts.
    clerk.act(case["id"].as_str().unwrap(), "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let other = hall.beside().await;
    other.running.service.seal().await.unwrap();
    let found = of_rows(other.running.service.verify(&Caller::hall(), None).await.unwrap());
    let is_first = |place: &Place| matches!(place, Place::Event { number: Some(1), .. } | Place::Leaf { position: 0 });
    assert!(found.iter().any(|found| found.kind == FindingKind::Changed), "{found:?}");
    assert!(found.iter().all(|found| is_first(&found.place)), "nothing else: {found:?}");
    hall.database.tamper(&format!("UPDATE events SET {at} WHERE number > 1"));
    let found = of_rows(other.running.service.verify(&Caller::hall(), None).await.unwrap());
    let changed: Vec<_> = found.iter().filter(|found| found.kind == FindingKind::Changed).collect();
    assert!(changed.len() > 1, "{found:?}");
    drop_hall(other).await;
}

async fn drop_hall(hall: Hall) {
    hall.running.stop().await;
}

async fn another_suite_starts_another_tree_and_the_old_one_stays_verifiable(database: TestDatabase) {
    let keys = tempfile::tempdir().unwrap();
    let directory = keys.path().to_str().unwrap().to_owned();
    let hall = Hall::with(database, &[("AUDIT__KEY_DIRECTORY", &directory)]).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    hall.running.service.seal().await.unwrap();
    let first = hall.running.service.newest_seal().await.unwrap().unwrap();
    let settings = [("AUDIT__KEY_DIRECTORY", directory.as_str()), ("CRYPTOGRAPHY__SUITE", "national")];
    let home = tempfile::tempdir().unwrap();
    let national = Hall::start(hall.database.again(), home, &settings, None, hall.clock.now()).await.unwrap();
    let clerk = national.staff(Role::Clerk).await;
    clerk.act(case["id"].as_str().unwrap(), "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    for _ in 0..2 {
        national.running.service.seal().await.unwrap();
        national.staff(Role::Clerk).await.get("/me").await.expect(200);
    }
    let newest = national.running.service.newest_seal().await.unwrap().unwrap();
    assert_eq!((newest.suite.as_str(), newest.starts_at), ("national", first.size));
    assert_eq!(verified(&national).await, (0, vec![]));
    // Back again: the first tree isn't taken up, a third begins.
    let (home, again) = (tempfile::tempdir().unwrap(), [("AUDIT__KEY_DIRECTORY", directory.as_str())]);
    let hall = Hall::start(hall.database.again(), home, &again, None, national.clock.now()).await.unwrap();
    hall.staff(Role::Clerk).await.get("/me").await.expect(200);
    hall.running.service.seal().await.unwrap();
    let third = hall.running.service.newest_seal().await.unwrap().unwrap();
    assert_eq!(third.suite, "international");
    assert!(third.starts_at > newest.starts_at);
    assert_eq!(verified(&hall).await, (0, vec![]));
}

async fn a_seal_that_was_kept_elsewhere_shows_whether_history_is_another(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.post("/cases", &application(1)).await.expect(201);
    let service = &hall.running.service;
    service.seal().await.unwrap();
    let kept = service.newest_seal().await.unwrap().unwrap().note;
    clerk.post("/cases", &application(2)).await.expect(201);
    service.seal().await.unwrap();
    let later = service.newest_seal().await.unwrap().unwrap().note;
    assert!(service.kept_seal(&kept.replace("size", "")).is_ok());
    assert!(service.kept_seal(&kept.replacen('1', "2", 1)).is_err(), "nobody signed that");
    let against = |file: &str| {
        let (service, kept) = (service.clone(), service.kept_seal(file).unwrap());
        async move { of_rows(service.verify(&Caller::hall(), Some(&kept)).await.unwrap()) }
    };
    assert_eq!(against(&kept).await, vec![]);
    assert_eq!(against(&later).await, vec![]);
    // Somebody with the file, and the seal beside the keys, puts back an older state: nothing within it shows that.
    let is_postgres = hall.database.address.sqlite_path().is_none();
    for table in ["leaves", "seals"] {
        let on = if is_postgres { format!(" ON {table}") } else { String::new() };
        let stay = if is_postgres { vec!["stay"] } else { vec!["stay", "remain"] };
        stay.iter().for_each(|name| hall.database.tamper(&format!("DROP TRIGGER {table}_{name}{on}")));
    }
    hall.database.tamper("DELETE FROM leaves WHERE seal = 2; DELETE FROM seals WHERE number = 2");
    std::fs::remove_file(hall.sealing_keys().join("newest-seal.txt")).unwrap();
    assert_eq!(verified(&hall).await, (0, vec![]));
    let end = service.newest_seal().await.unwrap().unwrap().size;
    let found: BTreeSet<_> = against(&later).await.into_iter().map(|found| (found.kind, found.place)).collect();
    assert_eq!(
        found,
        BTreeSet::from([(FindingKind::TakenAway, Place::KeptSeal { number: 2, file: None, end: Some(end) })])
    );
}

#[tokio::test]
async fn an_entry_that_commits_late_is_sealed_later() {
    let hall = Hall::open(TestDatabase::postgres()).await;
    let (db, at) = (hall.database.open(), hall.clock.now());
    let (written, is_written) = std::sync::mpsc::channel();
    let (go_on, goes_on) = std::sync::mpsc::channel::<()>();
    let goes_on = std::sync::Mutex::new(goes_on);
    let late = tokio::spawn(async move {
        let entry = AuditEntry::new(AuditKind::CommandRun, at, AuditActor::default());
        let late = db.write("late", move |tx| {
            audit::append(tx, &entry)?;
            let _ = written.send(());
            let _ = goes_on.lock().unwrap().recv();
            Ok::<_, StoreError>(())
        });
        late.await.unwrap();
    });
    tokio::task::spawn_blocking(move || is_written.recv().unwrap()).await.unwrap();
    hall.staff(Role::Clerk).await.get("/me").await.expect(200);
    assert_eq!(hall.running.service.seal().await.unwrap(), 0, "an entry with a smaller number is still being written");
    go_on.send(()).unwrap();
    late.await.unwrap();
    assert!(hall.running.service.seal().await.unwrap() > 0);
    assert_eq!(verified(&hall).await, (0, vec![]));
}

/// On PostgreSQL a transaction may commit after others that took later numbers.
#[tokio::test]
async fn a_row_that_commits_late_is_neither_missed_nor_waited_for() {
    let hall = Hall::open(TestDatabase::postgres()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut late = PgConnection::establish(&hall.database.address.to_string()).unwrap();
    late.batch_execute(
        "BEGIN; INSERT INTO events (subject_kind, subject_id, sequence, kind, at, actor_id, actor_name, action, data, hash)
         VALUES ('case', '019a0000-0000-7000-8000-000000000001', 1, 'x', '2026-01-01', '', '', '', '{}', '\\x01')",
    )
    .unwrap();
    clerk.post("/cases", &application(1)).await.expect(201);
    assert_eq!(hall.running.service.seal().await.unwrap(), 0, "a smaller number may still come");
    late.batch_execute("ROLLBACK").unwrap();
    assert!(hall.running.service.seal().await.unwrap() > 0);
    assert_eq!(verified(&hall).await, (0, vec![]));
}

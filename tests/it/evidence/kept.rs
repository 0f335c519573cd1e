//! The newest seal beside the sealing keys: whoever writes the database and takes seals away with what they sealed is found.

use std::os::unix::fs::PermissionsExt;

use casehall::domain::accounts::role::Role;
use casehall::domain::evidence::finding::{Finding, FindingKind, Place};
use casehall::service::accounts::caller::Caller;
use casehall::service::evidence::kept_seal::KeptState;
use chrono::Duration;
use serde_json::json;

use super::of_rows;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(
    an_orderly_stop_leaves_nothing_unsealed,
    seals_taken_away_with_their_rows_are_missed,
    a_history_that_grew_anew_is_told_from_the_one_that_was_kept,
    a_seal_that_was_made_again_is_told_from_the_one_that_was_kept,
    a_restore_is_accepted_on_the_record,
    an_instance_that_saw_less_is_content,
    a_start_without_the_key_that_sealed_is_refused,
    rows_that_nobody_seals_are_noticed,
    an_entry_of_the_future_hides_no_verification,
);

/// Takes everything away that was sealed after a seal.
fn take_away_after(hall: &Hall, seal: i64) {
    let is_postgres = hall.database.address.sqlite_path().is_none();
    for (table, stay, remain) in [
        ("events", "stay", "remain"),
        ("audit", "stays", "remains"),
        ("leaves", "stay", "remain"),
        ("seals", "stay", "remain"),
    ] {
        let on = if is_postgres { format!(" ON {table}") } else { String::new() };
        for name in [stay, remain] {
            hall.database.tamper(&format!("DROP TRIGGER IF EXISTS {table}_{name}{on}"));
        }
    }
    let last = |source: &str| {
        format!("coalesce((SELECT max(number) FROM leaves WHERE source = '{source}' AND seal <= {seal}), 0)")
    };
    hall.database.tamper(&format!(
        "DELETE FROM events WHERE number > {}; DELETE FROM audit WHERE number > {};
         DELETE FROM leaves WHERE seal > {seal}; DELETE FROM seals WHERE number > {seal}",
        last("event"),
        last("audit")
    ));
}

async fn sealed(database: TestDatabase, seals: u32) -> Hall {
    let hall = Hall::open(database).await;
    for number in 1..=seals {
        hall.staff(Role::Clerk).await.post("/cases", &application(number)).await.expect(201);
        hall.running.service.seal().await.unwrap();
    }
    hall
}

/// Without the accounts whose entries go away with the others, and the keys whose cases' events do: others are about them.
async fn found(hall: &Hall) -> Vec<Finding> {
    let rows = of_rows(hall.running.service.verify(&Caller::hall(), None).await.unwrap());
    let of_others = [FindingKind::NotEntered, FindingKind::KeyOfNothing];
    rows.into_iter().filter(|finding| !of_others.contains(&finding.kind)).collect()
}

async fn evidence(hall: &Hall) -> String {
    let checks = hall.readiness(200).await["checks"].clone();
    let of_evidence = checks.as_array().unwrap().iter().find(|check| check["name"] == "evidence").unwrap();
    of_evidence["remark"].as_str().unwrap_or_default().to_owned()
}

fn kept(hall: &Hall) -> String {
    std::fs::read_to_string(hall.sealing_keys().join("newest-seal.txt")).unwrap()
}

async fn seals_taken_away_with_their_rows_are_missed(database: TestDatabase) {
    for left in [2, 0] {
        let database =
            if database.address.sqlite_path().is_some() { TestDatabase::sqlite() } else { TestDatabase::postgres() };
        let hall = sealed(database, 3).await;
        let file = hall.sealing_keys().join("newest-seal.txt");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let newest = hall.running.service.newest_seal().await.unwrap().unwrap();
        assert_eq!(kept(&hall), newest.note);
        assert_eq!(found(&hall).await, vec![]);
        take_away_after(&hall, left);
        let end = hall.running.service.newest_seal().await.unwrap().map_or(0, |seal| seal.size);
        let missed = found(&hall).await;
        let place = Place::KeptSeal { number: 3, file: Some(file.display().to_string()), end: Some(end) };
        assert_eq!(missed, vec![Finding { kind: FindingKind::TakenAway, place }]);
        let words = missed[0].to_string();
        assert!(words.contains(&format!("seal 3, kept in {}", file.display())), "{words}");
        assert!(words.contains(&format!("from log position {end} on isn't in the database")), "{words}");
        assert!(evidence(&hall).await.starts_with("a seal that is kept"), "{}", evidence(&hall).await);
        // Sealing goes on, and what was kept stays.
        assert!(hall.running.service.seal().await.unwrap() > 0);
        assert_eq!(kept(&hall), newest.note);
        assert!(!found(&hall).await.is_empty());
    }
}

async fn a_history_that_grew_anew_is_told_from_the_one_that_was_kept(database: TestDatabase) {
    let hall = sealed(database, 3).await;
    let newest = kept(&hall);
    take_away_after(&hall, 1);
    for number in 10..14 {
        hall.staff(Role::Clerk).await.post("/cases", &application(number)).await.expect(201);
        hall.running.service.seal().await.unwrap();
    }
    assert!(hall.running.service.newest_seal().await.unwrap().unwrap().number > 3);
    assert_eq!(kept(&hall), newest);
    assert_eq!(hall.running.service.kept_state().await.unwrap(), KeptState::Lost { seal: Some(3) });
    let kinds: Vec<FindingKind> = found(&hall).await.iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [FindingKind::KeptDiffers]);
}

async fn a_seal_that_was_made_again_is_told_from_the_one_that_was_kept(database: TestDatabase) {
    let hall = sealed(database, 3).await;
    let newest = hall.running.service.newest_seal().await.unwrap().unwrap();
    take_away_after(&hall, 3);
    // The rows stay, to be changed, and are sealed once more.
    hall.database.tamper("DELETE FROM leaves WHERE seal = 3; DELETE FROM seals WHERE number = 3");
    hall.advance(Duration::minutes(1));
    hall.running.service.seal().await.unwrap();
    let again = hall.running.service.newest_seal().await.unwrap().unwrap();
    assert_eq!((again.number, again.size), (newest.number, newest.size));
    assert_eq!(hall.running.service.kept_state().await.unwrap(), KeptState::Lost { seal: Some(3) });
    let kinds: Vec<FindingKind> = found(&hall).await.iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [FindingKind::KeptDiffers]);
}

async fn a_restore_is_accepted_on_the_record(database: TestDatabase) {
    let hall = sealed(database, 3).await;
    let service = &hall.running.service;
    let operator = Caller::operator();
    assert_eq!(service.accept_restore(&operator).await.unwrap(), None, "nothing to give up");
    let newest = kept(&hall);
    take_away_after(&hall, 1);
    let (seal, aside) = service.accept_restore(&operator).await.unwrap().unwrap();
    assert_eq!(seal, Some(3));
    assert_eq!(std::fs::read_to_string(aside).unwrap(), newest, "set aside, not deleted");
    assert_eq!(found(&hall).await, vec![]);
    assert_eq!(service.kept_state().await.unwrap(), KeptState::Stands);
    let entries = hall.database.rows(
        "SELECT details FROM audit WHERE kind = 'restore_accepted' AND system_user IS NOT NULL
         AND number IN (SELECT number FROM leaves WHERE source = 'audit')",
    );
    let details: serde_json::Value = serde_json::from_str(&entries[0]).unwrap();
    assert_eq!((&details["given_up"], &details["newest"]), (&json!("3"), &json!("1")));
    service.seal().await.unwrap();
    assert_ne!(kept(&hall), newest);
}

async fn an_instance_that_saw_less_is_content(database: TestDatabase) {
    let hall = sealed(database, 1).await;
    let older = kept(&hall);
    let copied = tempfile::tempdir().unwrap();
    std::fs::set_permissions(copied.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::copy(hall.sealing_keys().join("international.pem"), copied.path().join("international.pem")).unwrap();
    std::fs::copy(hall.sealing_keys().join("newest-seal.txt"), copied.path().join("newest-seal.txt")).unwrap();
    hall.staff(Role::Clerk).await.post("/cases", &application(2)).await.expect(201);
    hall.running.service.seal().await.unwrap();
    // Another machine, with what it saw last.
    let settings = [("AUDIT__KEY_DIRECTORY", copied.path().to_str().unwrap())];
    let now = casehall::clock::Clock::now(&*hall.clock);
    let home = tempfile::tempdir().unwrap();
    let other = Hall::start(hall.database.again(), home, &settings, None, now).await.unwrap();
    assert_eq!(found(&other).await, vec![]);
    let seen = std::fs::read_to_string(copied.path().join("newest-seal.txt")).unwrap();
    assert!(seen == kept(&hall) && seen != older, "the start went forward");
    // What this one has not seen: a change of what both have.
    let triggers = if hall.database.address.sqlite_path().is_some() { "" } else { " ON seals" };
    hall.database
        .tamper(&format!("DROP TRIGGER seals_stay{triggers}; UPDATE seals SET note = note || ' ' WHERE number = 2"));
    assert!(matches!(other.running.service.kept_state().await.unwrap(), KeptState::Lost { seal: Some(2) }));
}

async fn a_start_without_the_key_that_sealed_is_refused(database: TestDatabase) {
    let again = database.again();
    let hall = sealed(database, 2).await;
    let (keys, aside) = (hall.sealing_keys(), tempfile::tempdir().unwrap());
    let now = casehall::clock::Clock::now(&*hall.clock);
    let database = again.again();
    let start = async |keys: &std::path::Path| {
        let settings = [("AUDIT__KEY_DIRECTORY", keys.to_str().unwrap())];
        let home = tempfile::tempdir().unwrap();
        Hall::start(database.again(), home, &settings, None, now).await.map_err(|error| error.to_string())
    };
    // None, and one of another hall.
    let empty = aside.path().join("empty");
    let foreign = aside.path().join("foreign");
    let elsewhere = Hall::open(TestDatabase::sqlite()).await;
    elsewhere.running.service.seal().await.unwrap();
    std::fs::create_dir(&foreign).unwrap();
    std::fs::set_permissions(&foreign, std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::copy(elsewhere.sealing_keys().join("international.pem"), foreign.join("international.pem")).unwrap();
    for wrong in [&empty, &foreign] {
        let refused = start(wrong).await.err().unwrap();
        assert!(refused.contains("seal 2 of") && refused.contains("casehall audit new-key"), "{refused}");
    }
    assert!(!empty.join("international.pem").exists(), "no key was made");
    // A key that was replaced as docs say goes on verifying.
    let replaced = aside.path().join("replaced");
    std::fs::create_dir(&replaced).unwrap();
    std::fs::set_permissions(&replaced, std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::copy(keys.join("international.pem"), replaced.join("international-2026.pem")).unwrap();
    let other = start(&replaced).await.unwrap();
    other.running.service.seal().await.unwrap();
    assert_eq!(found(&other).await, vec![]);
    assert!(!other.running.service.begin_sealing_key(&Caller::operator()).await.unwrap(), "the key isn't lost");
}

async fn rows_that_nobody_seals_are_noticed(database: TestDatabase) {
    let hall = sealed(database, 1).await;
    let since = casehall::clock::Clock::now(&*hall.clock);
    let minute = Duration::minutes(1);
    let late = async |every| {
        let found = hall.running.service.verify(&Caller::operator(), None).await.unwrap();
        (found.finding_count, found.unsealed_since(Some(every)))
    };
    hall.staff(Role::Clerk).await.get("/me").await.expect(200);
    // Overnight nobody wrote but whoever ran a command, such as this verification: the hall may have been stopped.
    hall.advance(Duration::hours(14));
    assert_eq!(late(minute).await, (0, None));
    hall.staff(Role::Clerk).await.get("/me").await.expect(200);
    assert_eq!(late(minute).await, (0, Some(since)));
    assert_eq!(late(minute * 60 * 3).await, (0, None), "so long it may take there");
    hall.running.service.seal().await.unwrap();
    assert_eq!(late(minute).await, (0, None));
}

async fn an_entry_of_the_future_hides_no_verification(database: TestDatabase) {
    let hall = sealed(database, 1).await;
    // By a clock that ran ahead, and was set right since.
    hall.advance(Duration::days(400));
    assert_eq!(found(&hall).await, vec![]);
    hall.advance(Duration::days(-400));
    let is_postgres = hall.database.address.sqlite_path().is_none();
    let on = if is_postgres { " ON audit" } else { "" };
    hall.database.tamper(&format!("DROP TRIGGER audit_stays{on}; UPDATE audit SET actor_name = 'x' WHERE number = 1"));
    assert!(!found(&hall).await.is_empty());
    assert!(evidence(&hall).await.contains("has been changed"), "{}", evidence(&hall).await);
}

async fn an_orderly_stop_leaves_nothing_unsealed(database: TestDatabase) {
    let again = database.again();
    let unsealed = || {
        let of = |table: &str, source: &str| {
            let sql = format!(
                "SELECT CAST(number AS TEXT) FROM {table} WHERE number NOT IN (SELECT number FROM leaves WHERE source = '{source}')"
            );
            again.rows(&sql).len()
        };
        (of("events", "event"), of("audit", "audit"))
    };
    let hall = Hall::with(database, &[("AUDIT__SEAL_SECONDS", "3600")]).await;
    hall.staff(Role::Clerk).await.post("/cases", &application(1)).await.expect(201);
    let (events, entries) = unsealed();
    assert!(events > 0 && entries > 0, "the next seal is an hour away");
    hall.running.stop().await;
    assert_eq!(unsealed(), (0, 0));
}

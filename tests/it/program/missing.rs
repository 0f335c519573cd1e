//! A database that isn't there is never taken for an empty hall, nor one that was taken away for a hall at work.

use std::path::{Path, PathBuf};

use casehall::clock::SystemClock;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::Value;

use super::log::check;
use super::{Serving, init, run};
use crate::hall::{CENTER, PASSWORD, Person, application, until};

#[test]
fn a_missing_an_empty_and_a_foreign_database_are_refused_with_words() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let file = home.join("data/casehall.db");
    let refused = |words: &str| {
        for command in [["serve"].as_slice(), &["migrate"], &["user", "list"]] {
            let ended = run(home, command, &[], "");
            assert_eq!(ended.code, Some(1), "{command:?}: {ended:?}");
            assert!(ended.err.contains(words), "{command:?}: {}", ended.err);
        }
    };
    refused("Is its volume mounted? If this hall");
    assert!(!file.exists(), "nothing was made");
    std::fs::create_dir(home.join("data")).unwrap();
    refused("make its database with `casehall init`");
    std::fs::write(&file, "").unwrap();
    refused("is empty (0 bytes)");
    assert!(run(home, &["init"], &[], "").err.contains("remove the file"));
    std::fs::write(&file, "a letter to the editor, and not a database").unwrap();
    refused("is no database of SQLite");
    std::fs::remove_file(&file).unwrap();
    let foreign = SqliteConnection::establish(file.to_str().unwrap());
    foreign.unwrap().batch_execute("CREATE TABLE songs (id INTEGER)").unwrap();
    refused("belongs to another program");
    assert!(run(home, &["serve", "--create"], &[], "").err.contains("belongs to another program"));
}

#[test]
fn a_hall_whose_making_was_broken_off_is_made() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::create_dir(home.join("data")).unwrap();
    let file = home.join("data/casehall.db");
    let begun = SqliteConnection::establish(file.to_str().unwrap());
    begun.unwrap().batch_execute("PRAGMA journal_mode = WAL").unwrap();
    let refused = run(home, &["serve"], &[], "");
    assert!(refused.err.contains("no tables") && refused.err.contains("`casehall init`"), "{}", refused.err);
    init(home, &[]);
    assert_eq!(run(home, &["user", "list"], &[], "").code, Some(0));
}

#[test]
fn a_hall_is_made_once_and_explicitly() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    init(home, &[]);
    let again = run(home, &["init"], &[], "");
    assert!(again.code == Some(1) && again.err.contains("already, and nothing of it was changed"), "{again:?}");
    assert_eq!(Serving::start(home, &[], &[]).stop().0, Some(0));
    std::fs::remove_dir_all(home.join("data")).unwrap();
    assert_eq!(Serving::start(home, &["--create"], &[]).stop().0, Some(0));
}

#[test]
fn a_start_on_damaged_pages_is_refused_with_words() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    init(home, &[]);
    let file = home.join("data/casehall.db");
    // What was written last may stand in the log beside it yet.
    let mut written = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    written.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(written);
    let mut bytes = std::fs::read(&file).unwrap();
    let page = 4096;
    assert!(bytes.len() > 40 * page, "{}", bytes.len());
    bytes[20 * page..36 * page].fill(0xa5);
    std::fs::write(&file, bytes).unwrap();
    let ended = run(home, &["serve"], &[], "");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("is damaged") && ended.err.contains("put the last backup back"), "{}", ended.err);
    // Whoever only looks has found something.
    assert_eq!(run(home, &["verify"], &[], "").code, Some(3));
    assert_eq!(run(home, &["verify"], &[("CASEHALL__DATABASE__URL", "sqlite://nowhere.db")], "").code, Some(1));
}

#[derive(QueryableByName)]
struct Root {
    #[diesel(sql_type = BigInt)]
    rootpage: i64,
}

#[test]
fn damaged_pages_are_named_by_whoever_only_looks() {
    for of in ["audit_by_kind", "audit"] {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        init(home, &[]);
        let file = home.join("data/casehall.db");
        let mut sqlite = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        sqlite.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let root = diesel::sql_query(format!("SELECT rootpage FROM sqlite_schema WHERE name = '{of}'"));
        let Root { rootpage } = root.get_result(&mut sqlite).unwrap();
        drop(sqlite);
        let mut bytes = std::fs::read(&file).unwrap();
        let at = (rootpage as usize - 1) * 4096 + 8;
        bytes[at..at + 200].fill(0xa5);
        std::fs::write(&file, bytes).unwrap();
        let looked = run(home, &["verify", "--json"], &[], "");
        let said: Value = serde_json::from_str(&looked.out).unwrap_or_else(|_| panic!("{looked:?}"));
        assert_eq!((looked.code, said["exit"].as_i64()), (Some(3), Some(3)), "{said:#}");
        let faults = said["result"]["faults"].as_array().unwrap();
        let page = format!("page {rootpage} cell");
        assert!(faults.iter().any(|fault| fault.as_str().unwrap().contains(&page)), "{of}: {said:#}");
    }
}

/// A hall that serves in a directory, with a clerk.
fn serving_clerk(home: &Path) -> Serving {
    init(home, &[]);
    let arguments = ["user", "add", "clerk", "--role", "clerk", "--outlet", CENTER];
    assert_eq!(run(home, &arguments, &[], PASSWORD).code, Some(0));
    Serving::start(home, &[], &[])
}

/// Not ready, for this reason.
async fn not_ready(clerk: &Person<'_>, words: &str) {
    let ready = clerk.get("//readyz").await.expect(503);
    let database = check(&ready, "database");
    assert!(database["remark"].as_str().is_some_and(|remark| remark.contains(words)), "{database}");
}

#[tokio::test]
async fn a_hall_whose_files_were_taken_away_takes_no_change_until_they_are_back() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let serving = serving_clerk(home);
    let clerk = Person::at(&serving.base, &SystemClock, "clerk");
    clerk.post("/cases", &application(1)).await.expect(201);
    let data = home.join("data");
    for (number, name) in (2..).zip([data.clone(), data.join("casehall.db"), data.join("casehall.db-wal")]) {
        let away = home.join("away");
        std::fs::rename(&name, &away).unwrap();
        clerk.post("/cases", &application(number)).await.refused(503, "unavailable");
        not_ready(&clerk, "isn't where it was opened").await;
        std::fs::rename(&away, &name).unwrap();
        clerk.post("/cases", &application(number)).await.expect(201);
        clerk.get("//readyz").await.expect(200);
    }
    let (code, log) = serving.stop();
    assert_eq!((code, log.matches("database_gone").count()), (Some(0), 3), "{log}");
    assert!(run(home, &["verify"], &[], "").out.contains("4 cases"));
}

#[tokio::test]
async fn what_was_deleted_under_a_hall_at_work_can_be_copied_before_it_is_stopped() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let serving = serving_clerk(home);
    let clerk = Person::at(&serving.base, &SystemClock, "clerk");
    clerk.post("/cases", &application(1)).await.expect(201);
    for suffix in ["", "-wal", "-shm"] {
        std::fs::remove_file(home.join(format!("data/casehall.db{suffix}"))).unwrap();
    }
    clerk.post("/cases", &application(2)).await.refused(503, "unavailable");
    not_ready(&clerk, "before the program is stopped").await;
    for descriptor in std::fs::read_dir(format!("/proc/{}/fd", serving.process())).unwrap() {
        let descriptor = descriptor.unwrap().path();
        let open = std::fs::read_link(&descriptor).unwrap_or_default().display().to_string();
        for name in ["casehall.db", "casehall.db-wal"] {
            if open.ends_with(&format!("/{name} (deleted)")) {
                std::fs::copy(&descriptor, home.join(name)).unwrap();
            }
        }
    }
    serving.stop();
    for name in ["casehall.db", "casehall.db-wal"] {
        std::fs::rename(home.join(name), home.join("data").join(name)).unwrap();
    }
    let verified = run(home, &["verify"], &[], "");
    assert!(verified.code == Some(0) && verified.out.contains("1 case,"), "{verified:?}");
}

#[tokio::test]
async fn a_new_data_key_that_can_not_be_read_is_told_once() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let serving = serving_clerk(home);
    let clerk = Person::at(&serving.base, &SystemClock, "clerk");
    clerk.post("/cases", &application(1)).await.expect(201);
    assert_eq!(run(home, &["rotate-data-key"], &[], "").code, Some(0));
    let (file, away): (PathBuf, PathBuf) = (home.join("data/data_keys"), home.join("away"));
    std::fs::rename(&file, &away).unwrap();
    for number in [2, 3] {
        clerk.post("/cases", &application(number)).await.refused(503, "unavailable");
    }
    std::fs::rename(&away, &file).unwrap();
    clerk.post("/cases", &application(4)).await.expect(201);
    until("it is ready", async || clerk.get("//readyz").await.status == 200).await;
    let (_, log) = serving.stop();
    assert_eq!(log.matches("data_key_missing").count(), 1, "{log}");
}

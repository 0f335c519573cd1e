//! A database that isn't there is never taken for an empty hall.

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use super::{Serving, init, run};

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
}

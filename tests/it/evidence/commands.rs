//! The commands for the day on which a backup or a key has to be put back.

use std::path::Path;

use crate::databases::TestDatabase;
use crate::program::{init, run};

/// Runs a command that succeeds.
fn succeeded(home: &Path, arguments: &[&str]) -> String {
    let ended = run(home, arguments, &[], "a long enough passphrase\n");
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}{}", ended.out, ended.err);
    ended.out
}

/// Runs one that doesn't.
fn refused(home: &Path, arguments: &[&str]) -> String {
    let ended = run(home, arguments, &[], "");
    assert!(matches!(ended.code, Some(1 | 3)), "{arguments:?}: {}{}", ended.out, ended.err);
    ended.err
}

fn entries(home: &Path, kind: &str) -> String {
    succeeded(home, &["audit", "list", "--kind", kind])
}

fn hall() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    init(home.path(), &[]);
    succeeded(home.path(), &["user", "add", "the-auditor", "--role", "auditor", "--all-outlets"]);
    succeeded(home.path(), &["audit", "seal"]);
    home
}

#[test]
fn an_older_backup_is_put_back_and_accepted() {
    let home = hall();
    let home = home.path();
    let file = home.join("data/casehall.db");
    TestDatabase::at(format!("sqlite://{}", file.display()).parse().unwrap())
        .tamper(&format!("VACUUM INTO '{}'", home.join("backup.db").display()));
    succeeded(home, &["audit", "seal"]);
    assert!(refused(home, &["audit", "accept-restore"]).contains("nothing to accept"));
    for name in ["casehall.db", "casehall.db-wal", "casehall.db-shm"] {
        let _ = std::fs::remove_file(home.join("data").join(name));
    }
    std::fs::rename(home.join("backup.db"), &file).unwrap();
    let found = refused(home, &["audit", "verify"]);
    assert!(found.contains("seal 4, kept in") && found.contains("taken away"), "{found}");
    let said = succeeded(home, &["audit", "accept-restore"]);
    assert!(said.contains("Seal 4 is given up") && said.contains("given-up-seal-4-"), "{said}");
    let entry = entries(home, "restore_accepted");
    assert!(entry.contains("\"given_up\":\"4\"") && entry.contains("\"system_user\":\""), "{entry}");
    assert!(succeeded(home, &["audit", "verify"]).contains("is as it was"));
}

#[test]
fn a_lost_sealing_key_is_asked_for_and_replaced_only_by_command() {
    let home = hall();
    let home = home.path();
    let keys = home.join("data/sealing-keys");
    assert!(refused(home, &["audit", "new-key"]).contains("is here"));
    let aside = home.join("aside");
    std::fs::rename(&keys, &aside).unwrap();
    for arguments in [["serve"].as_slice(), &["audit", "verify"], &["user", "list"]] {
        let words = refused(home, arguments);
        assert!(
            words.contains("The sealing keys can't be used") && words.contains("casehall audit new-key"),
            "{words}"
        );
        assert!(words.contains("data/sealing-keys: no key here has signed"), "{words}");
    }
    assert!(!keys.join("international.pem").exists());
    succeeded(home, &["audit", "new-key"]);
    assert!(entries(home, "sealing_key_begun").contains("\"after_seal\":\"3\""));
    let found = refused(home, &["audit", "verify"]);
    assert!(found.contains("seal 1 isn't signed by a key that is here"), "{found}");
    // The old one was found after all.
    std::fs::rename(aside.join("international.pem"), keys.join("international-2026.pem")).unwrap();
    assert!(succeeded(home, &["audit", "verify"]).contains("is as it was"));
}

#[test]
fn a_seal_that_the_database_does_not_have_is_never_written_over() {
    let home = hall();
    let home = home.path();
    let kept = home.join("kept.txt");
    let export = ["audit", "seal", "--export", kept.to_str().unwrap()];
    let file = home.join("data/casehall.db");
    TestDatabase::at(format!("sqlite://{}", file.display()).parse().unwrap())
        .tamper(&format!("VACUUM INTO '{}'", home.join("backup.db").display()));
    succeeded(home, &export);
    let first = std::fs::read_to_string(&kept).unwrap();
    succeeded(home, &export);
    let second = std::fs::read_to_string(&kept).unwrap();
    assert_ne!(first, second, "a later one of the same history takes its place");
    for name in ["casehall.db", "casehall.db-wal", "casehall.db-shm"] {
        let _ = std::fs::remove_file(home.join("data").join(name));
    }
    std::fs::rename(home.join("backup.db"), &file).unwrap();
    succeeded(home, &["audit", "accept-restore"]);
    assert!(refused(home, &export).contains("isn't in the database"));
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), second);
    std::fs::write(&kept, "my notes").unwrap();
    assert!(refused(home, &export).contains("holds no seal"));
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "my notes");
}

#[test]
fn a_kept_seal_is_read_as_mail_and_witnesses_leave_it() {
    let home = hall();
    let home = home.path();
    let kept = home.join("kept.txt");
    succeeded(home, &["audit", "seal", "--export", kept.to_str().unwrap()]);
    let note = std::fs::read_to_string(&kept).unwrap();
    let witness = "\u{2014} witness.example/w AAAAAGFiY2RlZmdo\n";
    let (text, signature) = note.split_once("\n\n").unwrap();
    for other in [
        note.replace('\n', "\r\n"),
        note.trim_end().to_owned(),
        format!("{note}{witness}"),
        format!("{text}\n\n{witness}{signature}"),
    ] {
        std::fs::write(&kept, &other).unwrap();
        let said = succeeded(home, &["audit", "verify", "--against", kept.to_str().unwrap()]);
        assert!(said.contains("is as it was"), "{other:?}: {said}");
    }
    std::fs::write(&kept, note.replacen("casehall seal=", "casehall seal=9", 1)).unwrap();
    assert!(refused(home, &["audit", "verify", "--against", kept.to_str().unwrap()]).contains("holds no seal"));
}

#[test]
fn the_lost_sealing_key_of_one_suite_is_missed_beside_the_other() {
    let home = hall();
    let home = home.path();
    let national = [("CASEHALL__CRYPTOGRAPHY__SUITE", "national")];
    let by = |variables: &[(&str, &str)], arguments: &[&str]| run(home, arguments, variables, "");
    assert_eq!(by(&national, &["audit", "seal"]).code, Some(0));
    assert_eq!(by(&[], &["audit", "seal"]).code, Some(0));
    let (key, aside) = (home.join("data/sealing-keys/national.pem"), home.join("national.pem"));
    std::fs::rename(&key, &aside).unwrap();
    // What the other key sealed is intact, and isn't accused.
    let found = refused(home, &["audit", "verify"]);
    let said: Vec<&str> = found.lines().filter(|line| !line.contains("1 finding")).collect();
    assert!(said.len() == 1 && said[0].contains("seal 3 isn't signed by a key that is here"), "{found}");
    let refused = by(&national, &["audit", "seal"]);
    assert!(refused.code == Some(1) && refused.err.contains("casehall audit new-key"), "{}", refused.err);
    assert!(!key.exists(), "nothing takes its place in silence");
    assert_eq!(by(&national, &["audit", "new-key"]).code, Some(0));
    assert_eq!(by(&national, &["audit", "seal"]).code, Some(0));
    std::fs::rename(&aside, home.join("data/sealing-keys/national-2026.pem")).unwrap();
    let whole = by(&national, &["audit", "verify"]);
    assert!(whole.out.contains("is as it was"), "{}{}", whole.out, whole.err);
    // A key under the name of the other suite's would sign what says to be of that one.
    std::fs::copy(&key, home.join("data/sealing-keys/international.pem")).unwrap();
    let refused = by(&[], &["audit", "seal"]);
    assert!(refused.code == Some(1) && refused.err.contains("holds the key of another suite"), "{}", refused.err);
}

#[test]
fn what_a_command_enters_beside_a_stopped_hall_is_sealed_when_it_ends() {
    let home = hall();
    let home = home.path();
    let database = TestDatabase::at(format!("sqlite://{}", home.join("data/casehall.db").display()).parse().unwrap());
    let unsealed = "SELECT kind FROM audit WHERE number NOT IN (SELECT number FROM leaves WHERE source = 'audit')";
    succeeded(home, &["backup", "kept", "--keys", "included"]);
    assert_eq!(database.rows(unsealed), [""; 0]);
    // Also of one that came to nothing.
    refused(home, &["user", "reset", "nobody"]);
    assert_eq!(database.rows(unsealed), [""; 0]);
    let made = database.rows("SELECT sql FROM sqlite_master WHERE name = 'audit_remains'").remove(0);
    database.tamper(&format!(
        "DROP TRIGGER audit_remains; DELETE FROM audit WHERE number >= (SELECT number FROM audit WHERE kind = 'backup_made'); {made}"
    ));
    let found = refused(home, &["audit", "verify"]);
    assert!(found.contains("names a row that isn't there"), "{found}");
}

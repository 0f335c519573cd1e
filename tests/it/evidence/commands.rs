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
    assert_eq!(ended.code, Some(1), "{arguments:?}: {}{}", ended.out, ended.err);
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
    assert!(found.contains("seal 2, kept in") && found.contains("taken away"), "{found}");
    let said = succeeded(home, &["audit", "accept-restore"]);
    assert!(said.contains("Seal 2 is given up") && said.contains("given-up-seal-2-"), "{said}");
    let entry = entries(home, "restore_accepted");
    assert!(entry.contains("\"given_up\":\"2\"") && entry.contains("\"system_user\":\""), "{entry}");
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
    assert!(entries(home, "sealing_key_begun").contains("\"after_seal\":\"1\""));
    let found = refused(home, &["audit", "verify"]);
    assert!(found.contains("seal 1 isn't signed by a key that is here"), "{found}");
    // The old one was found after all.
    std::fs::rename(aside.join("international.pem"), keys.join("international-2026.pem")).unwrap();
    assert!(succeeded(home, &["audit", "verify"]).contains("is as it was"));
}

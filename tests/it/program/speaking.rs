//! What commands say to other programs: one object, and a number.

use std::path::Path;
use std::process::Stdio;

use casehall::startup::Exit;
use serde_json::{Value, json};

use super::{Ended, command, init, run};
use crate::hall::PASSWORD;

fn asked(home: &Path, arguments: &[&str]) -> (Ended, Value) {
    let ended = run(home, &[arguments, &["--json"]].concat(), &[], &format!("{PASSWORD}\n"));
    let answer: Value =
        serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {ended:?}"));
    assert_eq!(ended.out.lines().count(), 1, "{arguments:?}");
    assert_eq!(ended.code, answer["exit"].as_i64().map(|exit| exit as i32), "{arguments:?}: {ended:?}");
    assert!(answer["remarks"].is_array(), "{answer}");
    (ended, answer)
}

fn result(home: &Path, arguments: &[&str]) -> Value {
    let (ended, answer) = asked(home, arguments);
    assert_eq!(ended.code, Some(0), "{arguments:?}: {answer}");
    assert!(answer["command"].as_str().unwrap().starts_with(arguments[0]), "{answer}");
    answer["result"].clone()
}

#[test]
fn every_command_answers_one_object_of_one_shape() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    assert!(result(home, &["init"])["data_keys"].is_string());
    assert!(result(home, &["migrate"])["schema"].is_string());
    assert_eq!(result(home, &["check-config"]), json!({ "definition": null }));
    assert_eq!(result(home, &["user", "add", "one", "--role", "security_administrator"])["username"], "one");
    let reset = result(home, &["user", "reset", "one"]);
    assert!(reset["one_time_password"]["password"].is_string(), "{reset}");
    let users = result(home, &["user", "list"]);
    assert_eq!(users["users"][0]["roles"], json!(["security_administrator"]));
    let added = result(home, &["client", "add", "portal", "--name", "窗口", "--scope", "cases:read"]);
    assert!(added["client_secret"].is_string(), "{added}");
    assert_eq!(result(home, &["client", "list"])["clients"][0]["client_id"], "portal");
    assert_eq!(result(home, &["calendar", "adopt", "--dry-run"]), json!({ "moved": 0, "dry_run": true }));
    assert_eq!(result(home, &["editions", "move", "new-certificate"])["moved"], 0);
    assert_eq!(result(home, &["retention"])["erased"], 0);
    // Each command has sealed what it entered.
    assert!(result(home, &["audit", "seal"])["rows"].as_i64().unwrap() < 5);
    assert_eq!(result(home, &["audit", "verify"])["finding_count"], 0);
    assert_eq!(result(home, &["rotate-data-key"])["in_force"], true);
    assert_eq!(result(home, &["rotate-key"]), json!({}));
    let made = result(home, &["backup", "kept", "--keys", "included"]);
    assert_eq!(made["has_data_keys"], true);
    assert_eq!(result(home, &["verify", made["path"].as_str().unwrap()])["fault_count"], 0);
    // A list without an end in sight is an object a line.
    let trail = run(home, &["audit", "list", "--json"], &[], "").out;
    assert!(trail.lines().count() > 10 && trail.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
}

#[test]
fn what_fails_says_so_by_its_number_and_in_the_same_shape() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let failed = |arguments: &[&str], exit: Exit| {
        let (ended, answer) = asked(home, arguments);
        assert_eq!(ended.code, Some(exit.status().into()), "{arguments:?}: {answer}");
        assert_eq!(answer["error"]["code"], exit.code(), "{answer}");
        assert!(!answer["error"]["words"].as_str().unwrap().is_empty(), "{answer}");
        answer
    };
    failed(&["user"], Exit::Usage);
    failed(&["user", "add", "one", "--role", "emperor"], Exit::Usage);
    assert!(failed(&["user", "list"], Exit::Failed)["error"]["words"].as_str().unwrap().contains("casehall init"));
    run(home, &["init"], &[], "");
    std::fs::write(home.join("casehall.toml"), "[server]\nport = \"x\"\n").unwrap();
    assert_eq!(failed(&["serve"], Exit::Configuration)["error"]["faults"].as_array().unwrap().len(), 1);
    std::fs::remove_file(home.join("casehall.toml")).unwrap();
    std::fs::write(home.join("old.csv"), "serial\n").unwrap();
    let (ended, answer) = asked(home, &["certificates", "import", "old.csv", "--dry-run"]);
    assert_eq!(ended.code, Some(Exit::Found.status().into()), "{answer}");
    assert!(!answer["result"]["faults"].as_array().unwrap().is_empty(), "{answer}");
}

#[test]
fn every_number_stands_in_the_table_of_the_documentation() {
    let page = include_str!("../../../docs/operations.md");
    for exit in Exit::ALL {
        let row = format!("| {} | `{}` |", exit.status(), exit.code());
        assert!(page.contains(&row), "docs/operations.md lacks {row}");
    }
}

#[test]
fn shells_complete_the_commands_and_the_manual_has_a_page_for_each() {
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "fish", "zsh"] {
        let script = run(home.path(), &["completions", shell], &[], "");
        assert!(script.code == Some(0) && script.out.contains("rotate-data-key"), "{shell}: {}", script.err);
    }
    let bash = run(home.path(), &["completions", "bash"], &[], "").out;
    std::fs::write(home.path().join("casehall.bash"), bash).unwrap();
    let asked = "source ./casehall.bash; COMP_WORDS=(casehall client ke); COMP_CWORD=2; _casehall casehall ke client; echo \"${COMPREPLY[@]}\"";
    let completed = std::process::Command::new("bash").args(["-c", asked]).current_dir(home.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&completed.stdout).trim(), "key", "{completed:?}");
    let written = run(home.path(), &["man", "pages"], &[], "");
    assert_eq!(written.code, Some(0), "{}", written.err);
    let page = std::fs::read_to_string(home.path().join("pages/casehall-user-add.1")).unwrap();
    assert!(page.contains("\\-\\-one\\-time") && page.contains("password"), "{page}");
}

#[test]
fn what_cannot_be_printed_is_no_success_and_a_lost_secret_is_told() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    init(home, &[]);
    let full = |arguments: &[&str]| {
        let out = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let ended = command(home, arguments, &[]).stdin(Stdio::null()).stdout(out).output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    };
    let added = full(&["client", "add", "portal", "--name", "窗口", "--scope", "cases:read"]);
    assert!(added.0 == Some(1) && added.1.contains("client rotate"), "{added:?}");
    assert!(run(home, &["client", "list"], &[], "").out.contains("portal"), "it was done");
    let first = full(&["user", "add", "one", "--role", "security_administrator", "--one-time"]);
    assert!(first.0 == Some(1) && first.1.contains("user reset"), "{first:?}");
    for arguments in [
        &["user", "list"] as &[&str],
        &["retention", "--dry-run", "--json"],
        &["audit", "list"],
        &["backup", "kept", "--keys", "apart"],
        &["completions", "bash"],
    ] {
        let ended = full(arguments);
        assert!(ended.0 == Some(1) && ended.1.contains("standard output"), "{arguments:?}: {ended:?}");
    }
    // A reader that has enough is no fault.
    let mut child = command(home, &["audit", "list"], &[]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

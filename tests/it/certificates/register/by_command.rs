//! Certificates that the command line enters: it says whose account does, and somebody else approves.

use std::path::Path;

use reqwest::Client;
use serde_json::{Value, json};

use super::imports::table;
use crate::databases::TestDatabase;
use crate::hall::{Answer, PASSWORD, send};
use crate::program::{Ended, Serving, run};

fn command(home: &Path, arguments: &[&str]) -> Ended {
    run(home, arguments, &[], &format!("{PASSWORD}\n"))
}

/// A hall with two supervisors, a clerk, and a supervisor who has left; and a table of certificates.
fn hall(home: &Path) {
    let succeeded = |arguments: &[&str]| {
        let ended = command(home, arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}{}", ended.out, ended.err);
    };
    succeeded(&["init"]);
    for (name, role) in [("one", "supervisor"), ("two", "supervisor"), ("left", "supervisor"), ("clerk", "clerk")] {
        succeeded(&["user", "add", name, "--role", role, "--all-outlets"]);
    }
    succeeded(&["user", "deactivate", "left"]);
    std::fs::write(home.join("old.csv"), table(1..=3)).unwrap();
}

fn rows(home: &Path, sql: &str) -> Vec<String> {
    let file = home.join("data/casehall.db").display().to_string();
    TestDatabase::at(format!("sqlite://{file}").parse().unwrap()).rows(sql)
}

#[test]
fn only_an_active_supervisors_account_enters_by_a_command() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    hall(home);
    let unsaid = command(home, &["certificates", "import", "old.csv"]);
    assert_eq!(unsaid.code, Some(2), "{}", unsaid.err);
    assert!(unsaid.err.contains("--entered-by"), "{}", unsaid.err);
    for name in ["clerk", "left", "nobody", "casehall", ""] {
        let refused = command(home, &["certificates", "import", "old.csv", "--entered-by", name]);
        assert_eq!(refused.code, Some(1), "{name}: {}", refused.out);
        assert!(refused.err.contains("no active account of a supervisor has this name"), "{name}: {}", refused.err);
    }
    assert_eq!(command(home, &["certificates", "import", "old.csv", "--dry-run"]).code, Some(0));
    assert_eq!(rows(home, "SELECT id FROM certificates UNION SELECT id FROM certificate_imports"), [""; 0]);
}

#[tokio::test]
async fn what_a_command_entered_is_approved_by_another_account_than_the_one_it_named() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    hall(home);
    let entered = command(home, &["certificates", "import", "old.csv", "--entered-by", "One", "--json"]);
    assert_eq!(entered.code, Some(0), "{}", entered.err);
    let answer: Value = serde_json::from_str(entered.out.lines().last().unwrap()).unwrap();
    let import = answer["result"]["import"].as_str().unwrap().to_owned();
    let one = rows(home, "SELECT id FROM users WHERE username = 'one'").remove(0);
    let by =
        rows(home, "SELECT actor_id || ' ' || (system_user <> '') AS text FROM audit WHERE kind = 'import_entered'");
    assert_eq!(by, [format!("{one} 1")], "the account, and the system's user beside it");
    assert_eq!(rows(home, "SELECT DISTINCT actor_id FROM events"), [one.as_str()]);

    let serving = Serving::start(home, &[], &[]);
    let http = Client::new();
    let path = format!("{}/api/v1/certificates/imports/{import}/approve", serving.base);
    let approve = async |name: &str| -> Answer {
        let body = json!({ "username": name, "password": PASSWORD });
        let issued = send(http.post(format!("{}/api/v1/sessions", serving.base)).json(&body)).await.expect(201);
        let request = http.post(&path).bearer_auth(issued["access_token"].as_str().unwrap());
        send(request.header("Idempotency-Key", format!("by-{name}")).json(&json!({}))).await
    };
    approve("one").await.refused(409, "second_person_needed");
    assert_eq!(rows(home, "SELECT DISTINCT stage FROM certificates"), ["unapproved"]);
    let approved = approve("two").await.expect(200);
    assert_eq!((&approved["state"]["code"], &approved["entered_by"]["name"]), (&json!("approved"), &json!("one")));
}

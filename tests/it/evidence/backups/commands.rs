//! The commands, as an operator types them.

use std::path::Path;

use reqwest::Client;
use serde_json::{Value, json};

use crate::hall::{PASSWORD, application, send};
use crate::program::{Ended, Serving, run};

fn ended(home: &Path, arguments: &[&str]) -> Ended {
    run(home, arguments, &[], &format!("{PASSWORD}\n"))
}

fn succeeded(home: &Path, arguments: &[&str]) -> Ended {
    let ended = ended(home, arguments);
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}{}", ended.out, ended.err);
    ended
}

fn refused(home: &Path, arguments: &[&str]) -> String {
    let ended = ended(home, arguments);
    assert_eq!(ended.code, Some(1), "{arguments:?}: {}{}", ended.out, ended.err);
    ended.err
}

/// The one backup in a directory.
fn backup_in(directory: &Path) -> String {
    let mut entries = std::fs::read_dir(directory).unwrap();
    let path = entries.next().unwrap().unwrap().path();
    assert!(entries.next().is_none());
    path.display().to_string()
}

#[tokio::test]
async fn a_hall_is_backed_up_beside_its_server_checked_restored_elsewhere_and_serves_again() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (home, other) = (home.path(), other.path());
    succeeded(home, &["init"]);
    succeeded(home, &["user", "add", "the-clerk", "--role", "clerk", "--all-outlets"]);
    let serving = Serving::start(home, &[], &[]);
    let http = Client::new();
    let body = json!({ "username": "the-clerk", "password": PASSWORD });
    let issued = send(http.post(format!("{}/api/v1/sessions", serving.base)).json(&body)).await.expect(201);
    let token = issued["access_token"].as_str().unwrap().to_owned();
    let opened =
        send(http.post(format!("{}/api/v1/cases", serving.base)).bearer_auth(&token).json(&application(1))).await;
    let number = opened.expect(201)["acceptance_number"].as_str().unwrap().to_owned();

    assert!(refused(home, &["backup", "kept"]).contains("say whether the private keys go with it"));
    succeeded(home, &["audit", "seal"]);
    let made = succeeded(home, &["backup", "kept", "--keys", "apart"]);
    assert!(
        made.out.contains("kept/casehall-") && made.err.contains("No private key is in it"),
        "{}{}",
        made.out,
        made.err
    );
    let backup = backup_in(&home.join("kept"));
    let checked = succeeded(home, &["verify", &backup]);
    assert!(
        checked.out.contains("1 case, 0 certificates") && checked.out.contains("as it should be"),
        "{}",
        checked.out
    );
    assert_eq!(backup_in(&home.join("kept")), backup, "nothing is left of what was restored aside");
    assert!(succeeded(home, &["verify"]).out.contains("as it should be"), "of the hall that serves, too");
    assert!(refused(home, &["restore", &backup]).contains("nothing is overwritten"));

    assert!(refused(other, &["restore", &backup]).contains("without the data keys"));
    let keys = home.join("data/data_keys").display().to_string();
    let restored = succeeded(other, &["restore", &backup, "--data-keys", &keys]);
    assert!(restored.err.contains("has no private key") && restored.err.contains("audit new-key"), "{}", restored.err);
    let refused_words = refused(other, &["verify"]);
    assert!(refused_words.contains("files that end with .pem"), "{refused_words}");
    // Lost for good: what was sealed is still verified, by the public half that the backup has.
    succeeded(other, &["audit", "new-key"]);
    assert!(succeeded(other, &["verify"]).out.contains("1 case"));
    assert!(succeeded(other, &["audit", "verify"]).out.contains("everything recorded is as it was"));
    let again = Serving::start(other, &[], &[]);
    // The token is of the first hall, and so is its session.
    let read = |token: String| http.get(format!("{}/api/v1/cases/{number}", again.base)).bearer_auth(token);
    send(read(token)).await.expect(401);
    let issued = send(http.post(format!("{}/api/v1/sessions", again.base)).json(&body)).await.expect(201);
    let case = send(read(issued["access_token"].as_str().unwrap().to_owned())).await.expect(200);
    assert_eq!(case["application"]["organization"]["name"], "广州第1建筑有限公司");
    let kinds = succeeded(home, &["audit", "list", "--kind", "backup_made"]).out;
    assert!(kinds.contains("\"backup\":\"casehall-"), "{kinds}");
}

#[tokio::test]
async fn a_backup_with_the_keys_is_verified_and_serves_and_its_old_tokens_are_refused() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (home, other) = (home.path(), other.path());
    succeeded(home, &["init"]);
    succeeded(home, &["user", "add", "the-clerk", "--role", "clerk", "--all-outlets"]);
    let serving = Serving::start(home, &[], &[]);
    let http = Client::new();
    let body = json!({ "username": "the-clerk", "password": PASSWORD });
    let issued = send(http.post(format!("{}/api/v1/sessions", serving.base)).json(&body)).await.expect(201);
    succeeded(home, &["audit", "seal"]);
    let made = succeeded(home, &["backup", "kept", "--keys", "included"]);
    assert!(!made.err.contains("No private key"), "{}", made.err);
    let backup = backup_in(&home.join("kept"));
    succeeded(home, &["verify", &backup]);
    let restored = succeeded(other, &["restore", &backup]);
    assert!(!restored.err.contains("has no private key"), "{}", restored.err);
    succeeded(other, &["verify"]);
    let again = Serving::start(other, &[], &[]);
    // The key that signed it is here, and the session isn't.
    let token = issued["access_token"].as_str().unwrap();
    send(http.get(format!("{}/api/v1/cases", again.base)).bearer_auth(token)).await.expect(401);
    send(http.get(format!("{}/api/v1/cases", serving.base)).bearer_auth(token)).await.expect(200);
}

#[test]
fn a_damaged_backup_is_something_found_and_one_that_is_not_there_nothing_to_look_at() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    succeeded(home, &["init"]);
    assert_eq!(Serving::start(home, &[], &[]).stop().0, Some(0));
    succeeded(home, &["backup", "kept", "--keys", "included"]);
    let backup = backup_in(&home.join("kept"));
    succeeded(home, &["verify", &backup]);
    let found = |words: &str| {
        let looked = ended(home, &["verify", &backup]);
        assert!(looked.code == Some(3) && looked.err.contains(words), "{looked:?}");
        let looked = ended(home, &["verify", &backup, "--json"]);
        let said: Value = serde_json::from_str(&looked.out).unwrap();
        assert_eq!((looked.code, said["exit"].as_i64()), (Some(3), Some(3)), "{said:#}");
        assert!(said["result"]["faults"][0].as_str().unwrap().contains(words), "{said:#}");
        assert!(refused(home, &["restore", &backup]).contains("is damaged"));
    };
    let file = Path::new(&backup).join("casehall.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    found("casehall.db isn't as it was written");
    std::fs::remove_file(&file).unwrap();
    found("casehall.db");
    std::fs::remove_file(Path::new(&backup).join("manifest.json")).unwrap();
    found("manifest.json: there is none");
    refused(home, &["verify", "kept/of-another-day"]);
}

#[test]
fn a_schedule_says_what_becomes_of_the_private_keys() {
    let home = tempfile::tempdir().unwrap();
    let said = run(home.path(), &["check-config"], &[("CASEHALL__BACKUPS__DIRECTORY", "kept")], "");
    assert_eq!(said.code, Some(4));
    assert!(said.err.contains("needs keys beside it"), "{}", said.err);
}

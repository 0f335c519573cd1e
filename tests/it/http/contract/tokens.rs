//! Another implementation (PyJWT) takes the hall's tokens by its published keys, and no others; and the hall takes its tokens by its keys.

use std::process::{Command, Output, Stdio};

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::judges::{installed, programs};
use crate::accounts::systems::issuers::{KeyServer, Keys, NOW, claims, setting, systems, trusting};
use crate::accounts::systems::status_with;
use crate::databases::TestDatabase;
use crate::hall::Hall;

#[tokio::test]
async fn another_implementation_takes_tokens_by_the_published_keys() {
    let hall = Hall::with(TestDatabase::sqlite(), &[("TOKENS__ISSUER", "https://hall.example.org")]).await;
    let directory = tempfile::tempdir().unwrap();
    let keys = directory.path().join("jwks.json");
    let published = hall.nobody().get("//.well-known/jwks.json").await.expect(200);
    std::fs::write(&keys, published.to_string()).unwrap();
    let judged = |token: &str, issuer: &str| {
        let mut judging = Command::new(installed().join("venv/bin/python"));
        judging
            .arg(programs().join("judge_token.py"))
            .arg(&keys)
            .args([token, issuer])
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    let said = |judged: &Output| String::from_utf8_lossy(&judged.stderr).into_owned();
    let (clerk, portal) = (hall.staff(Role::Clerk).await, hall.client("portal", &[Scope::CasesRead]).await);
    for (caller, name, rights) in [(&clerk, "roles", json!(["clerk"])), (&portal, "scope", json!("cases:read"))] {
        let token = caller.token().await.unwrap();
        let taken = judged(&token, "https://hall.example.org");
        assert!(taken.status.success(), "{}", said(&taken));
        let claims: Value = serde_json::from_slice(&taken.stdout).unwrap();
        assert_eq!(claims[name], rights, "{claims:#}");
        let mut forged = token.clone();
        forged.replace_range(token.len() - 6..token.len() - 2, "AAAA");
        let refused = judged(&forged, "https://hall.example.org");
        assert!(said(&refused).contains("InvalidSignatureError"), "{}", said(&refused));
        let refused = judged(&token, "https://other.example.org");
        assert!(said(&refused).contains("InvalidIssuerError"), "{}", said(&refused));
    }
}

/// What PyJWT makes of the claims of a system, by keys that are new each time.
fn made(changes: Value) -> Value {
    let mut making = Command::new(installed().join("venv/bin/python"));
    making.arg(programs().join("make_tokens.py")).arg(claims(changes).to_string());
    let made = making.stdin(Stdio::null()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    serde_json::from_slice(&made.stdout).unwrap()
}

#[tokio::test]
async fn keys_of_another_implementation_are_fetched_from_its_address_and_exchanged_there() {
    let (before, after) = (made(json!({ "exp": NOW + 3600 })), made(json!({ "exp": NOW + 3600 })));
    let server = KeyServer::of(&[]).await;
    server.answer(Keys::Set(before["jwks"].clone(), String::new()));
    let hall = trusting(TestDatabase::sqlite(), &server).await;
    let all = async |made: &Value, status: u16| {
        for (algorithm, token) in made["tokens"].as_object().unwrap() {
            assert_eq!(status_with(&hall, token.as_str().unwrap()).await, status, "{algorithm}");
        }
    };
    all(&before, 200).await;
    all(&after, 401).await;
    let unknown = before["unknown"].as_array().unwrap();
    let flood = unknown.iter().map(|token| status_with(&hall, token.as_str().unwrap()));
    assert!(join_all(flood).await.iter().all(|status| *status == 401));
    assert_eq!((unknown.len(), server.asked()), (60, 1), "whatever keys are named");
    server.answer(Keys::Set(after["jwks"].clone(), String::new()));
    hall.advance(Duration::minutes(5));
    all(&after, 200).await;
    all(&before, 401).await;
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn tokens_of_another_implementation_are_taken_by_its_keys() {
    let made = made(json!({}));
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), made["jwks"].to_string()).unwrap();
    let trusted = setting(&format!("jwks_file = \"{}\"", keys.path().display()));
    let hall = Hall::with(TestDatabase::sqlite(), &[("ISSUERS", &trusted)]).await;
    systems(&hall).await;
    let tokens = |of: &str| {
        let all: Vec<(String, String)> =
            serde_json::from_value::<std::collections::BTreeMap<_, _>>(made[of].clone()).unwrap().into_iter().collect();
        all
    };
    assert_eq!(tokens("tokens").len(), 4);
    for (algorithm, token) in tokens("tokens") {
        assert_eq!(status_with(&hall, &token).await, 200, "{algorithm}");
        let mut forged = token.clone();
        forged.replace_range(token.len() - 6..token.len() - 2, "AAAA");
        assert_eq!(status_with(&hall, &forged).await, 401, "{algorithm}, forged");
    }
    assert_eq!(tokens("wrong").len(), 13);
    for (what, token) in tokens("wrong") {
        assert_eq!(status_with(&hall, &token).await, 401, "{what}");
    }
    // What isn't allowed isn't taken, whatever the set has.
    let only = trusted.replace("\"EdDSA\", \"ES256\", \"RS256\", \"PS256\"", "\"ES256\"");
    let hall = Hall::with(TestDatabase::sqlite(), &[("ISSUERS", &only)]).await;
    systems(&hall).await;
    for (algorithm, token) in tokens("tokens") {
        assert_eq!(status_with(&hall, &token).await, if algorithm == "ES256" { 200 } else { 401 }, "{algorithm}");
    }
}

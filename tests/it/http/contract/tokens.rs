//! Another implementation (PyJWT) takes the hall's tokens by its published keys, and no others.

use std::process::{Command, Output, Stdio};

use casehall::domain::accounts::role::{Role, Scope};
use serde_json::{Value, json};

use super::judges::{installed, programs};
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

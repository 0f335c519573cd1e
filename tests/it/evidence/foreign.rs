//! Evidence judged by programs that aren't ours: Python's standard library and OpenSSL.

use std::process::{Command, Output};

use casehall::domain::accounts::role::Role;

use crate::databases::TestDatabase;
use crate::hall::{Hall, application};

/// Cases that are opened and withdrawn, each sealed.
async fn work(hall: &Hall, numbers: std::ops::Range<u32>) {
    let clerk = hall.staff(Role::Clerk).await;
    for number in numbers {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        clerk
            .act(case["id"].as_str().unwrap(), "withdraw", &serde_json::json!({ "reason": "不办了" }))
            .await
            .expect(200);
        assert!(hall.running.service.seal().await.unwrap() > 0);
    }
}

/// The verifier keys as auditors are told them.
async fn keys(hall: &Hall) -> Vec<String> {
    let told = hall.person(&[Role::Auditor], None).await.get("/audit/seals").await.expect(200);
    hall.running.service.seal().await.unwrap();
    told["verifier_keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned()).collect()
}

fn checked(hall: &Hall, keys: &[String]) -> Output {
    let checker = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/evidence/check.py");
    Command::new("python3").arg(checker).arg(hall.database.file()).args(keys).output().unwrap()
}

/// What it says of the trees, one a line; that there is none of ours in it.
fn trees(output: &Output) -> Vec<String> {
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said.lines().map(str::to_owned).collect()
}

fn refused(output: &Output, named: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(named), "{named}: {said}");
}

#[tokio::test]
async fn the_newest_seal_is_verified_without_a_line_of_ours_in_both_suites() {
    for suite in ["international", "national"] {
        let hall = Hall::with(TestDatabase::sqlite(), &[("CRYPTOGRAPHY__SUITE", suite)]).await;
        work(&hall, 1..4).await;
        let keys = keys(&hall).await;
        let seal = hall.running.service.newest_seal().await.unwrap().unwrap();
        let trees = trees(&checked(&hall, &keys));
        assert_eq!(trees.len(), 1, "{trees:?}");
        assert!(trees[0].starts_with(&format!("0 {} ", seal.size)) && trees[0].ends_with(suite), "{trees:?}");
        refused(&checked(&hall, &[]), "has signed it");
        hall.database.tamper("DROP TRIGGER audit_stays; UPDATE audit SET address = '192.0.2.9' WHERE number = 1");
        refused(&checked(&hall, &keys), "entry 1");
    }
}

#[tokio::test]
async fn what_stands_from_before_a_change_of_the_suite_is_verified_without_a_line_of_ours() {
    let hall = Hall::with(TestDatabase::sqlite(), &[("CRYPTOGRAPHY__SUITE", "national")]).await;
    work(&hall, 1..3).await;
    let before = hall.running.service.newest_seal().await.unwrap().unwrap();
    let hall = hall.restarted(None).await.unwrap();
    work(&hall, 3..5).await;
    let keys = keys(&hall).await;
    assert_eq!(keys.len(), 2, "{keys:?}");
    let trees = trees(&checked(&hall, &keys));
    assert_eq!(trees.len(), 2, "{trees:?}");
    assert!(trees[0].starts_with("0 ") && trees[0].ends_with("national"), "{trees:?}");
    assert!(!trees[1].starts_with("0 ") && trees[1].ends_with("international"), "{trees:?}");
    // One key alone has signed one of the trees.
    refused(&checked(&hall, &keys[..1]), "has signed it");
    let number = before.number;
    hall.database
        .tamper(&format!("DROP TRIGGER seals_stay; UPDATE seals SET note = note || ' ' WHERE number = {number}"));
    refused(&checked(&hall, &keys), "seal ");
}

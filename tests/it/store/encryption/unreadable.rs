//! A key that is gone, or a ciphertext that doesn't open: it is marked where it stands, the rest is read, and nothing is written over it.

use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::evidence::finding::{Finding, FindingKind, Place};
use casehall::service::accounts::caller::Caller;
use serde_json::json;

use crate::certificates::register::registration;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(
    a_case_without_its_key_is_marked_and_the_others_are_read,
    a_certificate_without_its_key_can_still_be_used,
    a_verification_names_whose_key_is_missing,
);

/// What is read where a person's text doesn't open.
const MARK: &str = "（无法读取）";

async fn found(hall: &Hall) -> Vec<Finding> {
    hall.running.service.verify(&Caller::hall(), None).await.unwrap().findings
}

async fn a_case_without_its_key_is_marked_and_the_others_are_read(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut ids = Vec::new();
    for number in 1..4 {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        ids.push(case["id"].as_str().unwrap().to_owned());
    }
    again.tamper("CREATE TABLE kept AS SELECT * FROM person_keys");
    let broken = &ids[1];
    for damage in [
        "DELETE FROM person_keys",
        "UPDATE person_keys SET wrapped = 'international.x'",
        "UPDATE person_keys SET data_key = '019aaf3e-0000-7000-8000-0000000000ff'",
        "UPDATE person_keys SET wrapped = (SELECT wrapped FROM kept WHERE kept.subject_id <> person_keys.subject_id LIMIT 1)",
    ] {
        again.tamper(&format!("{damage} WHERE subject_id = '{broken}'"));
        let listed = clerk.get("/cases?limit=10").await.expect(200);
        assert_eq!(listed["cases"].as_array().unwrap().len(), 3, "{damage}");
        let shown = clerk.get(&format!("/cases/{broken}")).await.expect(200);
        assert_eq!(shown["application"]["applicant"]["name"], MARK, "{damage}");
        assert!(!shown.to_string().contains("0694"), "{damage}");
        assert!(clerk.get(&format!("/cases/{broken}/events")).await.expect(200).to_string().contains(MARK), "{damage}");
        let other = clerk.get(&format!("/cases/{}", ids[0])).await.expect(200);
        assert_eq!(other["application"]["applicant"]["name"], "谭丽");
        // Nobody writes the mark over what may yet be read.
        clerk.act(broken, "withdraw", &json!({ "reason": "不办了" })).await.refused(500, "internal_error");
        again.tamper(&format!("DELETE FROM person_keys WHERE subject_id = '{broken}'"));
        again.tamper(&format!("INSERT INTO person_keys SELECT * FROM kept WHERE subject_id = '{broken}'"));
        let shown = clerk.get(&format!("/cases/{broken}")).await.expect(200);
        assert_eq!(shown["application"]["applicant"]["name"], "谭丽", "the key was put back");
    }
    let checks = hall.nobody().get("//readyz").await.expect(200).to_string();
    assert!(checks.contains("1 case(s) or certificate(s) could not be read"), "{checks}");
    clerk.act(broken, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
}

async fn a_certificate_without_its_key_can_still_be_used(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let login = hall.client("login", &[Scope::AuthorizationsRead]).await;
    for number in 1..3 {
        let mut registration = registration(number);
        registration["handler"] = json!("曾国栋");
        hall.register(&registration).await;
    }
    let asked = json!({ "application": "urban-construction", "certificates": [{ "serial": "GZ2013-0001" }, { "serial": "GZ2013-0002" }] });
    let before = login.post("/authorizations/query", &asked).await.expect(200);
    let damaged = again.rows("SELECT subject_id FROM person_keys WHERE subject_kind = 'certificate'");
    assert!(!damaged.is_empty());
    again.tamper(&format!("DELETE FROM person_keys WHERE subject_id = '{}'", damaged[0]));
    let after = login.post("/authorizations/query", &asked).await.expect(200);
    assert_eq!(before["answers"], after["answers"]);
    let clerk = hall.staff(Role::Clerk).await;
    clerk.get("/certificates?limit=10").await.expect(200);
}

async fn a_verification_names_whose_key_is_missing(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut ids = Vec::new();
    for number in 1..4 {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        ids.push(case["id"].as_str().unwrap().to_owned());
    }
    hall.running.service.seal().await.unwrap();
    assert_eq!(found(&hall).await, vec![]);
    let missing = |id: &str| Finding {
        kind: FindingKind::KeyMissing,
        place: Place::Subject { kind: "case".to_owned(), id: id.to_owned() },
    };
    // A row without its key is no erasure by itself: that is an event.
    again.tamper(&format!("UPDATE person_keys SET wrapped = NULL, data_key = NULL WHERE subject_id = '{}'", ids[0]));
    assert_eq!(found(&hall).await, vec![missing(&ids[0])]);
    again.tamper(&format!("DELETE FROM person_keys WHERE subject_id = '{}'", ids[1]));
    let both = vec![missing(&ids[0]), missing(&ids[1])];
    assert_eq!(found(&hall).await, both);
    let missing = missing(&ids[1]);
    assert!(missing.to_string().starts_with(&format!("case {} has persons' data that can't be read", ids[1])));
    // Also where the case itself is gone, and only its events are left.
    again.tamper(&format!("DELETE FROM cases WHERE id = '{}'", ids[1]));
    assert_eq!(found(&hall).await, both);
}

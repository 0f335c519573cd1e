//! A key that is gone, or a ciphertext that doesn't open: it is marked where it stands, the rest is read, and nothing is written over it.

use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::evidence::finding::{Finding, FindingKind, Place};
use casehall::service::accounts::caller::Caller;
use reqwest::Method;
use serde_json::json;

use crate::calendar::calendars::{Push, Staff, before_2019s_amendment};

use crate::certificates::register::registration;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application, send};

on_both!(
    a_case_without_its_key_is_marked_and_the_others_are_read,
    a_certificate_without_its_key_can_still_be_used,
    a_verification_names_whose_key_is_missing,
    a_ciphertext_that_does_not_open_is_marked_too_and_named,
    the_key_of_an_erased_case_put_back_is_named_and_keeps_nobody_from_it,
    what_needs_persons_says_so_where_they_cannot_be_read,
    a_certificate_is_locked_and_suspended_without_its_person,
    a_calendar_moves_the_dates_of_a_case_without_its_key,
    the_loss_of_the_data_key_is_told,
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
        let mut asked = application(number);
        asked["metadata"] = json!({ "order_id": number.to_string() });
        let case = clerk.post("/cases", &asked).await.expect(201);
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
        assert_eq!(listed["items"].as_array().unwrap().len(), 3, "{damage}");
        let shown = clerk.get(&format!("/cases/{broken}")).await.expect(200);
        assert_eq!(shown["application"]["applicant"]["name"], MARK, "{damage}");
        assert_eq!(shown["application"]["metadata"]["order_id"], MARK, "{damage}");
        assert!(!shown.to_string().contains("0694"), "{damage}");
        assert!(clerk.get(&format!("/cases/{broken}/events")).await.expect(200).to_string().contains(MARK), "{damage}");
        let other = clerk.get(&format!("/cases/{}", ids[0])).await.expect(200);
        assert_eq!(other["application"]["applicant"]["name"], "谭丽");
        // Nobody writes the mark over what may yet be read.
        clerk.act(broken, "withdraw", &json!({ "reason": "不办了" })).await.refused(409, "persons_unreadable");
        let labels = clerk.request(Method::PUT, &format!("/cases/{broken}/labels")).await.header("If-Match", "\"1\"");
        send(labels.json(&json!({ "reference": "x" }))).await.refused(409, "persons_unreadable");
        again.tamper(&format!("DELETE FROM person_keys WHERE subject_id = '{broken}'"));
        again.tamper(&format!("INSERT INTO person_keys SELECT * FROM kept WHERE subject_id = '{broken}'"));
        let shown = clerk.get(&format!("/cases/{broken}")).await.expect(200);
        assert_eq!(shown["application"]["applicant"]["name"], "谭丽", "the key was put back");
        let found = clerk.get("/cases?metadata=order_id:2").await.expect(200);
        assert_eq!(found["items"][0]["id"], shown["id"], "{damage}");
    }
    let checks = hall.readiness(200).await.to_string();
    assert!(checks.contains("1 record (cases and certificates) could not be read"), "{checks}");
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

/// Three cases; the id of the second.
async fn three_cases(hall: &Hall) -> String {
    let clerk = hall.staff(Role::Clerk).await;
    let mut ids = Vec::new();
    for number in 1..4 {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        ids.push(case["id"].as_str().unwrap().to_owned());
    }
    ids.swap_remove(1)
}

fn named(id: &str) -> Vec<Finding> {
    let place = Place::Subject { kind: "case".to_owned(), id: id.to_owned() };
    vec![Finding { kind: FindingKind::KeyMissing, place }]
}

async fn a_ciphertext_that_does_not_open_is_marked_too_and_named(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let broken = three_cases(&hall).await;
    let clerk = hall.staff(Role::Clerk).await;
    again.tamper("CREATE TABLE kept AS SELECT id, document FROM cases");
    for damage in [
        // Changed, taken away, and with a place that has no number.
        r"replace(document, 'international.', 'international.AAAA')",
        r"replace(document, '\u0002', '')",
        r#"replace(document, '\u00010"', '\u0001x"')"#,
    ] {
        again.tamper(&format!("UPDATE cases SET document = {damage} WHERE id = '{broken}'"));
        let listed = clerk.get("/cases?limit=10").await.expect(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 3, "{damage}");
        let shown = clerk.get(&format!("/cases/{broken}")).await.expect(200);
        assert_eq!(shown["application"]["applicant"]["name"], MARK, "{damage}");
        assert_eq!(shown["application"]["applicant"]["identity_number"], MARK, "whole, not masked: {damage}");
        assert_eq!(found(&hall).await, named(&broken), "{damage}");
        clerk.act(&broken, "withdraw", &json!({ "reason": "不办了" })).await;
        let after = again.rows(&format!("SELECT document FROM cases WHERE id = '{broken}'"));
        assert!(!after[0].contains("无法读取"), "{damage}");
        let back = "(SELECT document FROM kept WHERE kept.id = cases.id)";
        again.tamper(&format!("UPDATE cases SET document = {back} WHERE id = '{broken}'"));
        assert_eq!(found(&hall).await, vec![]);
    }
    let checks = hall.readiness(200).await.to_string();
    assert!(checks.contains("1 record (cases and certificates) could not be read"), "{checks}");
}

async fn the_key_of_an_erased_case_put_back_is_named_and_keeps_nobody_from_it(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let case = crate::evidence::retention::withdrawn(&hall, &application(1)).await;
    again.tamper("CREATE TABLE kept AS SELECT * FROM person_keys");
    hall.advance(chrono::Duration::days(366 * 3));
    assert_eq!(crate::evidence::retention::erase(&hall).await, 1);
    again.tamper("DELETE FROM person_keys WHERE subject_kind = 'case'");
    again.tamper("INSERT INTO person_keys SELECT * FROM kept WHERE subject_kind = 'case'");
    let supervisor = hall.staff(Role::Supervisor).await;
    let shown = supervisor.get(&format!("/cases/{case}")).await.expect(200);
    let (found, id) = (found(&hall).await, shown["id"].as_str().unwrap());
    assert_eq!((&found[..1], found[1].kind, found.len()), (&named(id)[..], FindingKind::KeyPutBack, 2));
    assert_eq!(crate::evidence::retention::erase(&hall).await, 0);
}

async fn what_needs_persons_says_so_where_they_cannot_be_read(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let broken = three_cases(&hall).await;
    again.tamper(&format!("DELETE FROM person_keys WHERE subject_id = '{broken}'"));
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let asked = json!({ "person": "applicant", "fields": ["phone"], "purpose": "contact", "reason": "通知补正材料" });
    for (who, path, body) in [
        (&supervisor, "holds", json!({ "reason": "审计抽查" })),
        (&supervisor, "disclosures", asked),
        (&clerk, "claim", json!({})),
        (&clerk, "actions/withdraw", json!({ "reason": "不办了" })),
    ] {
        let answer = who.post(&format!("/cases/{broken}/{path}"), &body).await;
        assert!(answer.body["detail"].as_str().unwrap().contains("nothing was saved"), "{:#}", answer.body);
        answer.refused(409, "persons_unreadable");
    }
    let batch = json!({ "cases": [{ "case": broken }] });
    let row = clerk.post("/batches/claim", &batch).await.expect(200)["results"][0].clone();
    assert_eq!((&row["result"], &row["problem"]["code"]), (&json!("refused"), &json!("persons_unreadable")));
}

async fn a_certificate_is_locked_and_suspended_without_its_person(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    for number in 1..4 {
        let mut registration = registration(number);
        registration["handler"] = json!("曾国栋");
        hall.register(&registration).await;
    }
    let documents = "SELECT document FROM certificates ORDER BY serial";
    let (before, keys) = (again.rows(documents), "SELECT handler_key FROM certificates ORDER BY serial");
    let found_by = again.rows(keys);
    again.tamper("CREATE TABLE kept AS SELECT * FROM person_keys; DELETE FROM person_keys");
    let clerk = hall.staff(Role::Clerk).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    let at = |number: u32, what: &str| format!("/certificates/GZ2013-000{number}/{what}");
    let locked = clerk.post(&at(1, "lock-reports"), &json!({})).await.expect(200);
    assert_eq!(locked["handler"], MARK);
    clerk.post(&at(2, "loss-reports"), &json!({ "reason": "遗失" })).await.expect(200);
    supervisor.post(&at(2, "restore"), &json!({ "reason": "找到了" })).await.expect(200);
    clerk.post(&at(3, "services/urban-construction/suspend"), &json!({ "reason": "核查" })).await.expect(200);
    assert!(again.rows("SELECT subject_id FROM person_keys").is_empty(), "nobody makes another key");
    assert_eq!(again.rows(keys), found_by);
    let sealed =
        |document: &String| document.split("international.").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(
        again.rows(documents).iter().map(sealed).collect::<Vec<_>>(),
        before.iter().map(sealed).collect::<Vec<_>>()
    );
    again.tamper("INSERT INTO person_keys SELECT * FROM kept");
    let shown = clerk.get(&at(1, "")[..at(1, "").len() - 1]).await.expect(200);
    assert_eq!(shown["handler"], "曾国栋", "the key was put back");
}

async fn a_calendar_moves_the_dates_of_a_case_without_its_key(database: TestDatabase) {
    let before = before_2019s_amendment();
    let again = database.again();
    let hall = Hall::arranged(database, before.path(), &[]).await;
    hall.set_time("2019-04-15T10:00:00+08:00");
    let case = Staff::of(&hall).await.open(1).await;
    let id = format!("SELECT id FROM cases WHERE id = '{case}' OR acceptance_number = '{case}'");
    again.tamper("CREATE TABLE kept AS SELECT * FROM person_keys; DELETE FROM person_keys");
    // The start with other files, and then an import.
    let hall = hall.restarted(None).await.unwrap();
    let staff = Staff::of(&hall).await;
    assert_eq!(staff.dates(&case).await.1, "2019-04-28");
    let body = std::fs::read_to_string(before.path().join("calendar/2019.toml")).unwrap();
    let push = Push { body, ..Push::shipped(2019, 2) };
    assert_eq!(push.tried_by(&staff.administrator).await.expect(200)["moved"], 1);
    assert_eq!(push.by(&staff.administrator).await.expect(200)["moved"], 1);
    assert_eq!(staff.dates(&case).await.1, "2019-04-29");
    assert_eq!(again.rows(&id).len(), 1);
    again.tamper("INSERT INTO person_keys SELECT * FROM kept");
    assert_eq!(
        staff.clerk.get(&format!("/cases/{case}")).await.expect(200)["application"]["applicant"]["name"],
        "谭丽"
    );
    hall.running.service.sweep().await.unwrap();
}

async fn the_loss_of_the_data_key_is_told(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    three_cases(&hall).await;
    again.tamper("DELETE FROM data_keys");
    let checks = hall.readiness(200).await.to_string();
    assert!(checks.contains("has no data key in force any more"), "{checks}");
}

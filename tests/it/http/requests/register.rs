//! Certificates in the register: which can be worked on, which can be used, and when an organization may apply again.

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, addition, all_in_order, application, unified_code};

on_both!(
    a_login_application_is_added_only_to_a_usable_certificate,
    a_voided_certificate_is_never_usable,
    an_organization_may_apply_again_after_rejection_withdrawal_and_expiry,
    serial_and_medium_are_unique_in_the_register,
);

fn registration(number: u32) -> Value {
    json!({
        "serial": format!("GZ2013-{number:04}"), "medium_number": format!("KEY-{number:04}"),
        "organization": { "name": "广州老证单位", "unified_social_credit_code": unified_code(number) },
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
    })
}

async fn a_login_application_is_added_only_to_a_usable_certificate(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut expired = registration(1);
    expired["valid_until"] = json!("2026-03-02T02:00:00Z"); // this very instant isn't in it any more
    let mut locked = registration(2);
    locked["locked_at"] = json!("2026-02-01T00:00:00Z");
    let mut future = registration(3);
    future["valid_from"] = json!("2026-03-02T02:00:01Z");
    let mut open = registration(4);
    open["applications"] = json!(["urban-construction"]);
    for registration in [&expired, &locked, &future, &open, &registration(5)] {
        hall.register(registration).await;
    }
    clerk.post("/cases", &addition(1, "GZ2013-0001")).await.refused(422, "certificate_expired");
    clerk.post("/cases", &addition(2, "GZ2013-0002")).await.refused(422, "certificate_locked");
    clerk.post("/cases", &addition(3, "GZ2013-0003")).await.refused(422, "certificate_not_yet_valid");
    clerk.post("/cases", &addition(4, "GZ2013-0004")).await.refused(422, "application_already_open");
    clerk.post("/cases", &addition(6, "GZ2013-0005")).await.refused(422, "certificate_of_another");
    clerk.post("/cases", &addition(5, "GZ2013-9999")).await.refused(422, "certificate_unknown");
    let odd = clerk.post("/cases", &addition(5, "证书")).await;
    assert_eq!(odd.faults(), [("/certificate_serial".to_owned(), "bad_serial".to_owned())]);
    // As somebody types it: small and full-width letters.
    let opened = clerk.post("/cases", &addition(5, " ｇz2013-0005 ")).await.expect(201);
    assert_eq!(opened["application"]["certificate_serial"], "GZ2013-0005");
    // What has expired by the time of the hand-over isn't opened any more.
    let case = opened["acceptance_number"].as_str().unwrap();
    clerk.act(case, "record_materials", &all_in_order(&opened)).await.expect(200);
    clerk.act(case, "accept_materials", &json!({})).await.expect(200);
    let payment = json!({ "payment": { "amount_fen": opened["fee"]["total_fen"], "method": "cash" } });
    clerk.act(case, "record_payment", &payment).await.expect(200);
    hall.set_time("2027-01-01T00:00:00Z");
    clerk.act(case, "activate", &json!({})).await.refused(422, "certificate_expired");
}

/// Takes a new case as far as a certificate that was made.
async fn made(clerk: &Person<'_>, producer: &Person<'_>, number: u32) -> String {
    let opened = clerk.post("/cases", &application(number)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap().to_owned();
    clerk.act(&case, "record_materials", &all_in_order(&opened)).await.expect(200);
    clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
    make(producer, &case, number).await;
    case
}

async fn make(producer: &Person<'_>, case: &str, number: u32) {
    let certificate = json!({ "serial": format!("GZ-{number:06}"), "medium_number": format!("M-{number:06}") });
    producer.act(case, "record_certificate", &json!({ "certificate": certificate })).await.expect(200);
}

async fn a_voided_certificate_is_never_usable(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let asker = hall.client("login", &[Scope::AuthorizationsRead]).await;
    let reason = async |serial: &str| {
        let path = format!("/certificates/{serial}/authorizations/urban-construction");
        let answer = asker.get(&path).await.expect(200);
        assert_eq!(answer["usable"], false);
        answer["reason"]["code"].as_str().unwrap().to_owned()
    };
    let remade = made(&clerk, &producer, 1).await;
    assert_eq!(reason("GZ-000001").await, "not_activated");
    producer.act(&remade, "remake", &json!({ "reason": "介质损坏" })).await.expect(200);
    assert_eq!(reason("GZ-000001").await, "revoked");
    make(&producer, &remade, 2).await;
    assert_eq!(reason("GZ-000002").await, "not_activated");
    clerk.act(&remade, "decline", &json!({ "reason": "材料虚假" })).await.expect(200);
    assert_eq!((reason("GZ-000001").await, reason("GZ-000002").await), ("revoked".to_owned(), "revoked".to_owned()));
    hall.advance(Duration::days(30));
    assert_eq!(reason("GZ-000002").await, "revoked");
    // Nothing can be added to it, and its number isn't given out again.
    clerk.post("/cases", &addition(1, "GZ-000002")).await.refused(422, "certificate_revoked");
    let again = clerk.post("/cases", &application(1)).await.expect(201);
    let again = again["acceptance_number"].as_str().unwrap();
    let sheet = all_in_order(&clerk.get(&format!("/cases/{again}")).await.expect(200));
    clerk.act(again, "record_materials", &sheet).await.expect(200);
    clerk.act(again, "accept_materials", &json!({})).await.expect(200);
    let reused = json!({ "certificate": { "serial": "gz-000002", "medium_number": "M-000003" } });
    producer.act(again, "record_certificate", &reused).await.refused(409, "serial_taken");
    let seen = clerk.get("/certificates/GZ-000002").await.expect(200);
    assert_eq!(seen["state"]["code"], "revoked");
    asker.get("/certificates/GZ-000002/authorizations/nothing").await.refused(404, "not_found");
}

async fn an_organization_may_apply_again_after_rejection_withdrawal_and_expiry(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let producer = hall.staff(Role::Producer).await;
    for action in ["decline", "withdraw"] {
        let case = made(&clerk, &producer, if action == "decline" { 1 } else { 2 }).await;
        let number = if action == "decline" { 1 } else { 2 };
        clerk.post("/cases", &application(number)).await.refused(409, "already_applied");
        clerk.act(&case, action, &json!({ "reason": "x" })).await.expect(200);
        clerk.post("/cases", &application(number)).await.expect(201);
    }
    hall.register(&registration(3)).await;
    let eligibility = format!("/organizations/{}/eligibility", unified_code(3));
    clerk.post("/cases", &application(3)).await.refused(409, "already_applied");
    hall.set_time("2026-12-31T23:59:59Z");
    assert_eq!(clerk.get(&eligibility).await.expect(200)["eligible"], false);
    clerk.post("/cases", &application(3)).await.refused(409, "already_applied");
    hall.advance(Duration::seconds(1));
    assert_eq!(clerk.get(&eligibility).await.expect(200)["eligible"], true);
    clerk.post("/cases", &application(3)).await.expect(201);
    assert_eq!(clerk.get(&eligibility).await.expect(200)["eligible"], false);
    // One that had ended before it was registered stands in nobody's way.
    let mut ended = registration(4);
    ended["valid_until"] = json!("2026-01-01T00:00:00Z");
    hall.register(&ended).await;
    clerk.post("/cases", &application(4)).await.expect(201);
    let listed = clerk.get(&format!("/certificates?organization_code={}", unified_code(4))).await.expect(200);
    assert_eq!(listed["items"][0]["serial"], "GZ2013-0004");
}

async fn serial_and_medium_are_unique_in_the_register(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    hall.register(&registration(1)).await;
    let mut same_serial = registration(2);
    same_serial["serial"] = json!("gz2013-0001");
    supervisor.post("/certificates", &same_serial).await.refused(409, "serial_taken");
    let mut same_medium = registration(2);
    same_medium["medium_number"] = json!("key-0001");
    supervisor.post("/certificates", &same_medium).await.refused(409, "medium_taken");
    let mut same_organization = registration(1);
    same_organization["serial"] = json!("GZ2013-0002");
    same_organization["medium_number"] = json!("KEY-0002");
    supervisor.post("/certificates", &same_organization).await.refused(409, "already_applied");
    hall.register(&registration(2)).await;
    let misshapen = json!({
        "serial": "号", "medium_number": "K", "organization": { "name": " ", "organization_code": "1" },
        "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z",
    });
    let pointers: Vec<_> =
        supervisor.post("/certificates", &misshapen).await.faults().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/medium_number", "/organization/name", "/serial"]);
    let faulty = json!({
        "serial": "号一二三", "medium_number": "号码号码", "organization": { "name": "甲\n乙", "organization_code": "1" },
        "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z", "applications": ["tax"],
    });
    let answer = supervisor.post("/certificates", &faulty).await;
    let pointers: Vec<_> = answer.faults().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(
        pointers,
        [
            "/applications/0",
            "/medium_number",
            "/organization/name",
            "/organization/organization_code",
            "/serial",
            "/valid_until"
        ]
    );
    answer.refused(422, "invalid_request");
}

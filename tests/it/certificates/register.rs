//! The register over HTTP: what is reported, what happened, who answers how long, what is found, and what is imported.

mod answers;
mod approvals;
mod by_command;
mod corrections;
pub(crate) mod imports;
mod lock_reports;
mod searches;
mod services;

use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::certificates::event::fold;
use casehall::store::engine::events::{self, Subject};
use casehall::store::{StoreError, certificates};
use chrono::Duration;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, addition, application, organization_code, unified_code};

on_both!(
    a_certificate_made_in_a_case_equals_its_folded_events,
    a_lock_report_records_time_and_source_and_no_pin,
    a_loss_suspends_at_once_and_a_supervisor_restores,
    lock_and_loss_reports_are_idempotent,
);

/// A certificate from before, with the application open.
pub(crate) fn registration(number: u32) -> Value {
    json!({
        "serial": format!("GZ2013-{number:04}"), "medium_number": format!("KEY-{number:04}"),
        "organization": { "name": format!("广州第{number}老证单位"), "unified_social_credit_code": unified_code(number) },
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
        "applications": ["urban-construction"], "handler": "刘少芬", "e_seal": true,
    })
}

/// The kinds of what happened to a certificate, after it was held against its events.
async fn history(database: &TestDatabase, reader: &Person<'_>, serial: &str) -> Vec<String> {
    let told = reader.get(&format!("/certificates/{serial}/events")).await.expect(200);
    let (db, serial) = (database.open(), serial.to_owned());
    let (row, folded) = db
        .read_long("fold", move |tx| {
            let row = certificates::load(tx, &serial)?.unwrap();
            let events = events::list(tx, Subject::Certificate(row.id), i64::MAX)?;
            Ok::<_, StoreError>((row.clone(), fold(row.id, &events)))
        })
        .await
        .unwrap();
    assert_eq!(Some(&row), folded.as_ref(), "a certificate is its events folded");
    let events = told["items"].as_array().unwrap();
    assert!(events.iter().map(|event| event["sequence"].as_i64().unwrap()).eq(1..=row.version));
    events.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

async fn a_certificate_made_in_a_case_equals_its_folded_events(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    clerk.act(case, "record_materials", &crate::hall::all_in_order(&opened)).await.expect(200);
    clerk.act(case, "accept_materials", &json!({})).await.expect(200);
    let made = |number: u32| json!({ "certificate": { "serial": format!("GZ-{number:06}"), "medium_number": format!("M-{number:06}") } });
    producer.act(case, "record_certificate", &made(1)).await.expect(200);
    producer.act(case, "remake", &json!({ "reason": "介质损坏" })).await.expect(200);
    assert_eq!(history(&again, &clerk, "GZ-000001").await, ["made", "revoked"]);
    producer.act(case, "record_certificate", &made(2)).await.expect(200);
    let payment = json!({ "payment": { "amount_fen": opened["fee"]["total_fen"], "method": "cash" } });
    clerk.act(case, "record_payment", &payment).await.expect(200);
    let collector = json!({ "name": "刘少芬", "document_number": "440199196706237621", "document_sighted": true });
    clerk.act(case, "record_collector", &json!({ "collector": collector })).await.expect(200);
    clerk.act(case, "issue", &json!({})).await.expect(200);
    clerk
        .post("/certificates/GZ-000002/loss-reports", &json!({ "reason": "x" }))
        .await
        .refused(409, "certificate_not_active");
    clerk.act(case, "activate", &json!({})).await.expect(200);
    let kinds = ["made", "issued", "activated", "service_opened", "service_opened"];
    assert_eq!(history(&again, &clerk, "GZ-000002").await, kinds);
    let told = clerk.get("/certificates/GZ-000002/events").await.expect(200);
    let activated = &told["items"][2];
    assert_eq!((&activated["action"], &activated["case_id"]), (&json!("activate"), &opened["id"]));
    let shown = clerk.get("/certificates/GZ-000002").await.expect(200);
    assert_eq!(
        (&shown["state"]["code"], &shown["handler"], &shown["version"]),
        (&json!("active"), &json!("刘少芬"), &json!(5))
    );
    let services: Vec<_> = shown["services"].as_array().unwrap().iter().collect();
    assert!(services.iter().all(|service| service["status"] == "open" && service["reason"] == "waiting"));
    hall.advance(Duration::days(365));
    let ended = clerk.get("/certificates/GZ-000002").await.expect(200);
    assert_eq!((&ended["state"]["code"], &ended["services"][1]["status"]), (&json!("expired"), &json!("closed")));
    clerk.get("/certificates/GZ-000009/events").await.refused(404, "not_found");
}

async fn a_lock_report_records_time_and_source_and_no_pin(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let login = hall.client("login", &[Scope::CertificatesReport, Scope::AuthorizationsRead]).await;
    let other = hall.client("other", &[Scope::CertificatesRead]).await;
    for number in 1..=2 {
        hall.register(&registration(number)).await;
    }
    let path = "/certificates/GZ2013-0001/lock-reports";
    let told = json!({ "locked_at": "2026-03-01T09:30:00+08:00" });
    other.post(path, &told).await.refused(403, "forbidden");
    hall.staff(Role::Producer).await.post(path, &told).await.refused(403, "role_missing");
    let pin = json!({ "pin": "123456" });
    assert_eq!(login.post(path, &pin).await.faults(), [("/pin".to_owned(), "unknown_field".to_owned())]);
    let tomorrow = login.post(path, &json!({ "locked_at": "2026-03-03T00:00:00Z" })).await;
    assert_eq!(tomorrow.faults(), [("/locked_at".to_owned(), "in_the_future".to_owned())]);
    let locked = login.post(path, &told).await.expect(200);
    assert_eq!(locked["state"]["code"], "locked");
    let lock = json!({ "at": "2026-03-01T01:30:00Z", "source": "client", "reported_by": "login", "reference": null });
    assert_eq!(locked["lock"], lock);
    login.post(path, &told).await.refused(409, "certificate_locked");
    let answer = login.get("/certificates/GZ2013-0001/authorizations/urban-construction").await.expect(200);
    assert_eq!((&answer["usable"], &answer["reason"]["code"]), (&json!(false), &json!("locked")));
    let window = clerk.post("/certificates/GZ2013-0002/lock-reports", &json!({})).await.expect(200);
    assert_eq!((&window["lock"]["source"], &window["lock"]["at"]), (&json!("window"), &json!("2026-03-02T02:00:00Z")));
    assert_eq!(history(&again, &clerk, "GZ2013-0001").await, ["registered", "registration_approved", "lock_reported"]);
    login.post("/certificates/GZ2013-0009/lock-reports", &json!({})).await.refused(404, "not_found");
}

async fn a_loss_suspends_at_once_and_a_supervisor_restores(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let asker = hall.client("login", &[Scope::AuthorizationsRead, Scope::CertificatesReport]).await;
    hall.register(&registration(1)).await;
    let question = "/certificates/GZ2013-0001/authorizations/urban-construction";
    assert_eq!(asker.get(question).await.expect(200)["usable"], true);
    let (loss, restore) = ("/certificates/GZ2013-0001/loss-reports", "/certificates/GZ2013-0001/restore");
    let reason = json!({ "reason": "经办人电话挂失" });
    asker.post(loss, &reason).await.refused(403, "role_missing");
    assert_eq!(
        clerk.post(loss, &json!({ "reason": " \n" })).await.faults(),
        [("/reason".to_owned(), "too_short".to_owned())]
    );
    let suspended = clerk.post(loss, &reason).await.expect(200);
    let suspension = json!({ "since": "2026-03-02T02:00:00Z", "cause": "loss", "reason": "经办人电话挂失" });
    assert_eq!((&suspended["state"]["code"], &suspended["suspension"]), (&json!("suspended"), &suspension));
    assert_eq!(asker.get(question).await.expect(200)["reason"]["code"], "suspended");
    clerk.post(loss, &reason).await.refused(409, "certificate_suspended");
    // It is held by its organization still, and nothing is added to it.
    clerk.post("/cases", &application(1)).await.refused(409, "already_applied");
    let addition = addition(1, "GZ2013-0001");
    clerk.post("/cases", &addition).await.refused(422, "certificate_suspended");
    clerk.post(restore, &reason).await.refused(403, "role_missing");
    let restored = supervisor.post(restore, &json!({ "reason": "已找回" })).await.expect(200);
    assert_eq!((&restored["state"]["code"], &restored["suspension"]), (&json!("active"), &Value::Null));
    supervisor.post(restore, &json!({ "reason": "x" })).await.refused(409, "certificate_not_suspended");
    assert_eq!(asker.get(question).await.expect(200)["usable"], true);
    assert_eq!(
        history(&again, &clerk, "GZ2013-0001").await,
        ["registered", "registration_approved", "suspended", "restored"]
    );
    let events = clerk.get("/certificates/GZ2013-0001/events").await.expect(200)["items"].clone();
    assert_eq!((&events[2]["action"], &events[3]["data"]["reason"]), (&json!("report_loss"), &json!("已找回")));
    hall.set_time("2027-01-01T00:00:00Z");
    clerk.post(loss, &reason).await.refused(409, "certificate_expired");
    assert!(events[0]["data"]["certificate"]["organization_code"] == organization_code(1));
}

async fn lock_and_loss_reports_are_idempotent(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let registered = supervisor.post_once("/certificates", "one", &registration(1)).await.expect(201);
    let service = &hall.running.service;
    service.approve_registration(&crate::hall::registering::supervisor("two"), "GZ2013-0001", 1, None).await.unwrap();
    let reason = json!({ "reason": "遗失" });
    let lost = clerk.post_once("/certificates/GZ2013-0001/loss-reports", "lost", &reason).await.expect(200);
    supervisor.post_once("/certificates/GZ2013-0001/restore", "back", &reason).await.expect(200);
    hall.advance(Duration::days(3));
    // However late, and whatever happened to the certificate meanwhile.
    let again = clerk.post_once("/certificates/GZ2013-0001/loss-reports", "lost", &reason).await.expect(200);
    assert_eq!(again, lost);
    let again = supervisor.post_once("/certificates", "one", &registration(1)).await.expect(201);
    assert_eq!(again, registered);
    assert_eq!(clerk.get("/certificates/GZ2013-0001").await.expect(200)["version"], 4);
    let other = json!({ "reason": "被盗" });
    clerk
        .post_once("/certificates/GZ2013-0001/loss-reports", "lost", &other)
        .await
        .refused(422, "idempotency_key_reused");
}

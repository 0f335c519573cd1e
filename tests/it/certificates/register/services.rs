//! The e-seal, and any application, by itself: suspended, restored, closed and opened again, with its own record.

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::case_types::shipped::{SERIAL, Staff};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, addition};

on_both!(
    the_e_seal_is_suspended_restored_closed_and_opened_again,
    the_e_seal_follows_the_end_of_its_certificate,
    the_register_does_not_open_a_service_that_a_case_adds,
);

fn kinds(record: &Value) -> Vec<&str> {
    record["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

async fn the_e_seal_is_suspended_restored_closed_and_opened_again(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let seal = format!("/certificates/{SERIAL}/services/e-seal");
    let why = |reason: &str| json!({ "reason": reason });
    let act = |act: &str| format!("{seal}/{act}");
    let record = staff.clerk.get(&seal).await.expect(200);
    assert_eq!((&record["service"]["status"], &record["service"]["usable"]), (&json!("open"), &json!(true)));
    assert_eq!(kinds(&record), ["registered"]);

    staff.clerk.post(&act("restore"), &why("无")).await.refused(403, "role_missing");
    staff.supervisor.post(&act("restore"), &why("无")).await.refused(409, "service_not_suspended");
    let suspended = staff.clerk.post(&act("suspend"), &why("印章停用待换")).await.expect(200);
    assert_eq!(suspended["state"]["code"], "active", "the certificate is as good as before");
    staff.clerk.post(&act("suspend"), &why("再次")).await.refused(409, "service_suspended");
    let record = staff.clerk.get(&seal).await.expect(200);
    let service = &record["service"];
    assert_eq!((&service["status"], &service["reason"]), (&json!("suspended"), &json!("application_suspended")));
    assert!(record["suspended_at"].is_string());
    let login = format!("/certificates/{SERIAL}/authorizations/urban-construction");
    assert_eq!(staff.clerk.get(&login).await.expect(200)["usable"], true, "the application is another service");
    staff.supervisor.post(&act("restore"), &why("新章已备案")).await.expect(200);

    staff.clerk.post(&act("close"), &why("单位不再使用")).await.refused(403, "role_missing");
    staff.supervisor.post(&act("close"), &why("单位不再使用")).await.expect(200);
    staff.clerk.post(&act("suspend"), &why("迟了")).await.refused(409, "service_not_open");
    hall.advance(Duration::days(1));
    let opened = staff.supervisor.post(&act("open"), &why("重新启用")).await.expect(200);
    staff.supervisor.post(&act("open"), &why("重新启用")).await.refused(409, "service_already_open");
    let service = opened["services"].as_array().unwrap().iter().find(|service| service["code"] == "e-seal").unwrap();
    assert_eq!((&service["usable"], &service["reason"]), (&json!(false), &json!("waiting")), "24 clock hours again");
    hall.advance(Duration::hours(24));
    let record = staff.clerk.get(&seal).await.expect(200);
    assert_eq!(record["service"]["usable"], true);
    let own = ["registered", "service_suspended", "service_restored", "service_closed", "service_opened"];
    assert_eq!(kinds(&record), own);
    assert_eq!(record["events"][4]["data"]["reason"], "重新启用");

    let answer = staff.clerk.post(&act("suspend"), &why(" ")).await;
    assert_eq!(answer.faults(), [("/reason".to_owned(), "too_short".to_owned())]);
    let tax = format!("/certificates/{SERIAL}/services/tax");
    staff.clerk.get(&tax).await.refused(404, "not_found");
    staff.clerk.post(&format!("{tax}/suspend"), &why("没有")).await.refused(409, "service_not_open");
    staff.supervisor.post(&format!("{tax}/open"), &why("没有")).await.refused(409, "service_never_opened");
}

async fn the_e_seal_follows_the_end_of_its_certificate(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let seal = format!("/certificates/{SERIAL}/services/e-seal");
    hall.set_time("2026-03-31T15:59:59Z");
    assert_eq!(staff.clerk.get(&seal).await.expect(200)["service"]["status"], "open");
    hall.set_time("2026-03-31T16:00:00Z");
    let expired = staff.clerk.get(&seal).await.expect(200);
    assert_eq!(
        (&expired["service"]["status"], &expired["service"]["reason"], &expired["closed_at"]),
        (&json!("closed"), &json!("expired"), &json!("2026-03-31T16:00:00Z"))
    );
    let why = json!({ "reason": "迟了" });
    staff.supervisor.post(&format!("{seal}/open"), &why).await.refused(409, "certificate_expired");

    hall.set_time("2026-03-02T10:00:00+08:00");
    let (case, view) = staff.opened("revoke", json!({})).await;
    staff.accept(&case, &view).await;
    staff.clerk.act(&case, "revoke", &json!({})).await.expect(200);
    let revoked = staff.clerk.get(&seal).await.expect(200);
    assert_eq!((&revoked["service"]["status"], kinds(&revoked)), (&json!("closed"), vec!["registered", "revoked"]));
    for act in ["suspend", "restore", "close", "open"] {
        staff.supervisor.post(&format!("{seal}/{act}"), &why).await.refused(409, "certificate_revoked");
    }
}

async fn the_register_does_not_open_a_service_that_a_case_adds(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let login = format!("/certificates/{SERIAL}/services/urban-construction");
    let why = json!({ "reason": "单位申请" });
    staff.supervisor.post(&format!("{login}/close"), &why).await.expect(200);
    let addition = addition(1, SERIAL);
    let case = staff.clerk.post("/cases", &addition).await.expect(201);
    let refused = staff.supervisor.post(&format!("{login}/open"), &why).await.refused(409, "addition_already_applied");
    assert!(refused["detail"].as_str().unwrap().contains(case["acceptance_number"].as_str().unwrap()));
    let other = hall.staff(Role::Supervisor).await;
    let number = case["acceptance_number"].as_str().unwrap();
    staff.clerk.act(number, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    other.post(&format!("{login}/open"), &why).await.expect(200);
}

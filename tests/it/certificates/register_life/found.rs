//! What the walks have found, each told by itself over HTTP.

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use serde_json::json;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, all_in_order, application, blockers, offer, unified_code};

on_both!(
    an_issued_certificate_that_cannot_be_activated_is_voided_and_remade,
    a_name_is_corrected_in_any_state_of_the_certificate,
);

async fn an_issued_certificate_that_cannot_be_activated_is_voided_and_remade(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    let certificate = |number| json!({ "certificate": { "serial": format!("GZ-{number}"), "medium_number": format!("KEY-{number}") } });
    let collector =
        json!({ "collector": { "name": "谭丽", "document_number": "440199196412310694", "document_sighted": true } });
    clerk.act(case, "record_materials", &all_in_order(&opened)).await.expect(200);
    clerk.act(case, "accept_materials", &json!({})).await.expect(200);
    producer.act(case, "record_certificate", &certificate(1)).await.expect(200);
    let owed = opened["fee"]["total_fen"].as_i64().unwrap();
    clerk
        .act(case, "record_payment", &json!({ "payment": { "amount_fen": owed, "method": "cash" } }))
        .await
        .expect(200);
    clerk.act(case, "record_collector", &collector).await.expect(200);
    clerk.act(case, "issue", &json!({})).await.expect(200);

    hall.advance(Duration::days(400));
    let late = clerk.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(blockers(&late, "activate"), ["certificate_expired"]);
    let voided = producer.act(case, "remake", &json!({ "reason": "未激活即到期" })).await.expect(200);
    assert_eq!((&voided["state"]["code"], &voided["collector"]), (&json!("materials_checked"), &json!(null)));
    assert_eq!(clerk.get("/certificates/GZ-1").await.expect(200)["state"]["code"], "revoked");
    producer.act(case, "record_certificate", &certificate(2)).await.expect(200);
    clerk.act(case, "issue", &json!({})).await.refused(422, "collector_not_recorded");
    clerk.act(case, "record_collector", &collector).await.expect(200);
    clerk.act(case, "issue", &json!({})).await.expect(200);
    clerk.act(case, "activate", &json!({})).await.expect(200);
    assert_eq!(clerk.get("/certificates/GZ-2").await.expect(200)["state"]["code"], "active");
}

async fn a_name_is_corrected_in_any_state_of_the_certificate(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let registered = json!({
        "serial": "GZ-1", "medium_number": "KEY-1",
        "organization": { "name": "广州第1建筑有限公司", "unified_social_credit_code": unified_code(1) },
        "valid_from": "2025-04-01T00:00:00+08:00", "valid_until": "2026-04-01T00:00:00+08:00",
    });
    hall.register(&registered).await;
    let mut renewal = application(1);
    for not_asked in ["applications", "collection_method", "responsibility_letter_accepted"] {
        renewal.as_object_mut().unwrap().remove(not_asked);
    }
    (renewal["case_type"], renewal["certificate_serial"]) = (json!("renew"), json!("GZ-1"));
    let opened = clerk.post("/cases", &renewal).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    clerk.post("/certificates/GZ-1/loss-reports", &json!({ "reason": "遗失" })).await.expect(200);
    let shown = clerk.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(offer(&shown, "correct_application")["allowed"], true);
    let corrected = |number: u32| {
        let organization =
            json!({ "name": "广州第一建筑有限公司", "unified_social_credit_code": unified_code(number) });
        json!({ "correction": { "organization": organization }, "reason": "录错" })
    };
    let done = clerk.act(case, "correct_application", &corrected(1)).await.expect(200);
    assert_eq!(done["application"]["organization"]["name"], "广州第一建筑有限公司");
    clerk.act(case, "correct_application", &corrected(2)).await.refused(422, "certificate_of_another");
}

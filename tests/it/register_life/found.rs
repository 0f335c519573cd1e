//! What the walks have found, each told by itself over HTTP.

use casehall::domain::role::Role;
use chrono::Duration;
use serde_json::json;

use crate::hall::{Hall, all_in_order, application, blockers};
use crate::places::{Place, on_both};

on_both!(what_was_handed_over_and_cannot_be_activated_any_more_is_voided_and_made_anew);

async fn what_was_handed_over_and_cannot_be_activated_any_more_is_voided_and_made_anew(place: Place) {
    let hall = Hall::open(place).await;
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

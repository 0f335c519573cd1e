//! When a service on a certificate can be used, that is an event at its second.

use casehall::domain::accounts::role::Role;
use casehall::domain::accounts::role::Scope;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::{PORTAL, arranged, deliver, feed, made};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person};

on_both!(
    that_a_certificate_can_be_used_is_told_once_and_at_its_second,
    what_cannot_be_used_when_its_time_has_come_is_not_told,
    several_instances_tell_it_once,
);

/// Hands over and activates what was made in a case.
async fn activated(hall: &Hall, case: &str) {
    let clerk = hall.staff(Role::Clerk).await;
    let collector = json!({ "name": "曾国栋", "document_number": "440199198701195759", "document_sighted": true });
    for (action, body) in [
        ("record_payment", json!({ "payment": { "amount_fen": 60_000, "method": "cash" } })),
        ("record_collector", json!({ "collector": collector })),
        ("issue", json!({})),
        ("activate", json!({})),
    ] {
        clerk.act(case, action, &body).await.expect(200);
    }
}

async fn told(reader: &Person<'_>) -> Vec<Value> {
    let mut events = feed(reader).await;
    events.retain(|event| event["type"] == "casehall.certificate.service_usable.v1");
    events
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

async fn that_a_certificate_can_be_used_is_told_once_and_at_its_second(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    // Whoever reads certificates hears of all of them, whoever opened the case.
    let bureau = hall.client("bureau", &[Scope::CasesRead, Scope::CertificatesRead, Scope::WebhooksManage]).await;
    let asked = json!({ "url": receiver.url(), "types": ["casehall.certificate.service_usable.v1"] });
    bureau.post("/webhooks", &asked).await.expect(201);
    let case = made(&hall, &portal, 1).await;
    activated(&hall, &case).await;
    let opened: Vec<Value> =
        feed(&bureau).await.into_iter().filter(|event| event["data"]["usable_from"].is_string()).collect();
    assert!(!opened.is_empty());
    let usable_from = instant(&opened[0]["data"]["usable_from"]);
    hall.clock.set(usable_from - Duration::microseconds(1));
    assert_eq!(hall.running.service.tell_usable().await.unwrap(), 0);
    // A sweep that is late tells the second as it was.
    hall.clock.set(usable_from + Duration::hours(3));
    assert_eq!(hall.running.service.tell_usable().await.unwrap(), opened.len());
    assert_eq!(hall.running.service.tell_usable().await.unwrap(), 0);
    let told = told(&bureau).await;
    let services = |events: &[Value]| {
        let mut services: Vec<String> = events.iter().map(|event| event["data"]["service"].to_string()).collect();
        services.sort();
        services
    };
    assert_eq!(services(&told), services(&opened));
    assert!(
        told.iter().all(|event| instant(&event["time"]) == usable_from && event["data"]["action"] == "become_usable")
    );
    assert_eq!(told[0]["data"]["certificate"]["serial"], "GZ-W-1");
    deliver(&hall).await;
    assert_eq!(receiver.taken().len(), told.len());
    let serial = "/certificates/GZ-W-1/authorizations/urban-construction";
    let reader = hall.client("reader", &[Scope::AuthorizationsRead]).await;
    assert_eq!(reader.get(serial).await.expect(200)["usable"], true);
    let record = hall.staff(Role::Clerk).await.get("/certificates/GZ-W-1/events").await.expect(200);
    let newest = record["events"]
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["action"]["code"] == "become_usable" || event["action"] == "become_usable");
    assert!(newest.is_some(), "{record:#}");
    assert_eq!(hall.database.rows("SELECT code FROM usable_soon"), Vec::<String>::new());
}

async fn what_cannot_be_used_when_its_time_has_come_is_not_told(database: TestDatabase) {
    let (hall, _receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let case = made(&hall, &portal, 1).await;
    activated(&hall, &case).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.post("/certificates/GZ-W-1/lock-reports", &json!({})).await.expect(200);
    hall.advance(Duration::hours(25));
    assert_eq!(hall.running.service.tell_usable().await.unwrap(), 0);
    assert_eq!(told(&portal).await, Vec::<Value>::new());
    assert_eq!(hall.database.rows("SELECT code FROM usable_soon"), Vec::<String>::new());
}

async fn several_instances_tell_it_once(database: TestDatabase) {
    let (hall, _receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    for number in 1..=3 {
        let case = made(&hall, &portal, number).await;
        activated(&hall, &case).await;
    }
    hall.advance(Duration::hours(25));
    let service = &hall.running.service;
    let all = futures_util::future::join_all((0..4).map(|_| service.tell_usable())).await;
    let many: usize = all.into_iter().map(|told| told.unwrap()).sum();
    let told = told(&portal).await;
    assert_eq!(many, told.len());
    let mut subjects: Vec<String> =
        told.iter().map(|event| format!("{} {}", event["subject"], event["data"]["service"])).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), told.len());
    assert!(told.len() >= 3);
}

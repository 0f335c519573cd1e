//! What is changed while events are being sent counts from the next request on: rights, address, types and secrets.

use std::sync::Arc;

use casehall::clock::Clock;
use casehall::domain::accounts::role::{Role, Scope};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::delivering::is_genuine;
use super::receiver::{Receiver, Reply};
use super::{PORTAL, arranged, deliver, dispatcher, feed, ids, made, opened, webhook};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, until};

on_both!(
    a_system_that_is_deactivated_is_told_nothing_more,
    a_system_without_a_scope_is_told_nothing_more_of_what_that_lets_it_see,
    another_address_is_where_the_next_request_goes,
    other_types_count_for_what_happens_from_then_on,
    what_was_promised_of_a_secret_is_kept_however_often_another_comes,
    a_secret_that_has_ended_signs_no_more,
);

/// Delivers until the first request is there, which waits for its answer: all that follow wait for it.
async fn under_way(hall: &Hall, receiver: &Receiver) -> (Arc<Semaphore>, JoinHandle<()>) {
    let gate = Arc::new(Semaphore::new(0));
    let waits = gate.clone();
    receiver.answer(move |_| Reply::Waits(waits.clone()));
    let dispatcher = dispatcher(hall);
    let delivering = tokio::spawn(async move { dispatcher.deliver().await.unwrap() });
    until("the first request is there", async || !receiver.all().is_empty()).await;
    (gate, delivering)
}

async fn a_system_that_is_deactivated_is_told_nothing_more(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let security = hall.staff(Role::SecurityAdministrator).await;
    let portal = hall.client("portal", &PORTAL).await;
    webhook(&portal, &receiver.url()).await;
    made(&hall, &portal, 1).await;
    let (gate, delivering) = under_way(&hall, &receiver).await;
    security.post("/clients/portal/deactivate", &json!({})).await.expect(200);
    gate.add_permits(1);
    delivering.await.unwrap();
    assert_eq!(receiver.all().len(), 1);
    // The webhook was left to whoever comes next, and nothing is lost.
    security.post("/clients/portal/activate", &json!({})).await.expect(200);
    portal.forget_token().await;
    deliver(&hall).await;
    assert_eq!(ids(&receiver.taken()), ids(&feed(&portal).await));
}

async fn a_system_without_a_scope_is_told_nothing_more_of_what_that_lets_it_see(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let security = hall.staff(Role::SecurityAdministrator).await;
    let portal = hall.client("portal", &PORTAL).await;
    webhook(&portal, &receiver.url()).await;
    made(&hall, &portal, 1).await;
    let is_certificate = |event: &Value| event["subject"].as_str().unwrap().starts_with("certificates/");
    assert!(feed(&portal).await.iter().any(is_certificate));
    let (gate, delivering) = under_way(&hall, &receiver).await;
    let scopes: Vec<&str> = PORTAL.iter().filter(|of| **of != Scope::CertificatesRead).map(|of| of.code()).collect();
    security.put("/clients/portal", 1, &json!({ "name": "portal", "scopes": scopes })).await.expect(200);
    gate.add_permits(1);
    delivering.await.unwrap();
    assert!(receiver.all().len() > 5);
    assert!(!receiver.taken().iter().any(is_certificate));
}

async fn another_address_is_where_the_next_request_goes(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let other = Receiver::start().await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    made(&hall, &portal, 1).await;
    let (gate, delivering) = under_way(&hall, &receiver).await;
    let change = json!({ "url": other.url(), "types": [], "active": true });
    portal.put(&format!("/webhooks/{id}"), 1, &change).await.expect(200);
    gate.add_permits(1);
    delivering.await.unwrap();
    assert_eq!(receiver.all().len(), 1);
    assert_eq!(ids(&other.taken()), ids(&feed(&portal).await)[1..]);
}

async fn other_types_count_for_what_happens_from_then_on(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    made(&hall, &portal, 1).await;
    let before: Vec<Value> = feed(&portal).await.iter().map(|event| event["id"].clone()).collect();
    let (gate, delivering) = under_way(&hall, &receiver).await;
    let change = json!({ "url": receiver.url(), "types": ["casehall.case.opened.v1"], "active": true });
    portal.put(&format!("/webhooks/{id}"), 1, &change).await.expect(200);
    made(&hall, &portal, 2).await;
    gate.add_permits(1);
    delivering.await.unwrap();
    let (taken, before) = (receiver.taken(), &before);
    let later: Vec<_> = taken.iter().filter(|event| !before.contains(&event["id"])).collect();
    assert_eq!((taken.len(), later.len()), (before.len() + 1, 1));
    assert_eq!(later[0]["type"], "casehall.case.opened.v1");
}

async fn what_was_promised_of_a_secret_is_kept_however_often_another_comes(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, first) = webhook(&portal, &receiver.url()).await;
    let path = format!("/webhooks/{id}/secrets");
    let long = hall.clock.now() + chrono::Duration::days(20);
    // The second answer is lost: nobody knows that secret, and the receiver goes on with the first.
    portal.post(&path, &json!({ "old_valid_until": long.to_rfc3339() })).await.expect(201);
    hall.advance(chrono::Duration::hours(1));
    let third = portal.post(&path, &json!({})).await.expect(201);
    let ends: Vec<Value> =
        third["webhook"]["secrets"].as_array().unwrap().iter().map(|one| one["valid_until"].clone()).collect();
    assert_eq!(ends, [json!(long), json!("2026-03-03T03:00:00Z"), Value::Null]);
    opened(&portal, 1).await;
    deliver(&hall).await;
    let received = receiver.all().pop().unwrap();
    assert!(is_genuine(&received, &first) && is_genuine(&received, third["secret"].as_str().unwrap()));
    // There is an end to it: a further one is refused, and it is said until when.
    for _ in 0..2 {
        portal.post(&path, &json!({})).await.expect(201);
    }
    let refused = portal.post(&path, &json!({})).await.refused(409, "too_many_secrets");
    assert!(refused["detail"].as_str().unwrap().contains("2026-03-03T03:00:00Z"), "{refused}");
    // What has become known ends all the same, with all others.
    let now = json!({ "old_valid_until": hall.clock.now().to_rfc3339() });
    let newest = portal.post(&path, &now).await.expect(201);
    assert_eq!(newest["webhook"]["secrets"].as_array().unwrap().len(), 1);
    opened(&portal, 2).await;
    deliver(&hall).await;
    let received = receiver.all().pop().unwrap();
    assert_eq!(received.header("webhook-signature").split(' ').count(), 1);
    assert!(is_genuine(&received, newest["secret"].as_str().unwrap()));
}

async fn a_secret_that_has_ended_signs_no_more(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, old) = webhook(&portal, &receiver.url()).await;
    made(&hall, &portal, 1).await;
    let (gate, delivering) = under_way(&hall, &receiver).await;
    let now = hall.clock.now().to_rfc3339();
    let rotated = portal.post(&format!("/webhooks/{id}/secrets"), &json!({ "old_valid_until": now })).await.expect(201);
    let new = rotated["secret"].as_str().unwrap();
    gate.add_permits(1);
    delivering.await.unwrap();
    let all = receiver.all();
    assert!(all.len() > 5 && is_genuine(&all[0], &old));
    assert!(all[1..].iter().all(|received| is_genuine(received, new) && !is_genuine(received, &old)));
}

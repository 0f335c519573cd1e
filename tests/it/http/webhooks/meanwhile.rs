//! What is changed or asked for while something waits or is under way isn't undone by what becomes of that.

use std::sync::Arc;

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::receiver::{Receiver, Reply};
use super::{PORTAL, arranged, deliver, dispatcher, feed, ids, log, made, opened, webhook};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, until};

on_both!(
    a_late_410_of_the_address_of_before_switches_nothing_off,
    a_replay_that_is_asked_for_during_an_attempt_that_fails_is_not_forgotten,
    a_test_that_is_asked_for_during_another_is_sent,
    what_waits_for_an_event_that_was_put_off_is_no_work,
    what_waits_when_its_system_may_read_certificates_comes_as_the_certificates,
    what_waits_when_its_system_may_read_certificates_no_more_comes_as_the_cases,
    of_a_webhook_that_is_removed_during_an_attempt_nothing_is_counted,
    what_a_process_had_that_was_killed_is_gone_on_with_at_the_next_start,
);

/// Delivers until the first request is there, which is answered late with a status; others are taken.
async fn under_way(hall: &Hall, receiver: &Receiver, status: u16) -> (Arc<Semaphore>, JoinHandle<()>) {
    let gate = Arc::new(Semaphore::new(0));
    let mut late = Some(Reply::Late(gate.clone(), status));
    receiver.answer(move |_| late.take().unwrap_or(Reply::Status(204)));
    let dispatcher = dispatcher(hall);
    let delivering = tokio::spawn(async move { dispatcher.deliver().await.unwrap() });
    until("the first request is there", async || !receiver.all().is_empty()).await;
    // Requests to send differ by their time.
    hall.advance(Duration::milliseconds(10));
    (gate, delivering)
}

async fn a_late_410_of_the_address_of_before_switches_nothing_off(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let other = Receiver::start().await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    opened(&portal, 1).await;
    let (gate, delivering) = under_way(&hall, &receiver, 410).await;
    let change = json!({ "url": other.url(), "types": [], "active": true });
    portal.put(&format!("/webhooks/{id}"), 1, &change).await.expect(200);
    gate.add_permits(1);
    delivering.await.unwrap();
    let shown = portal.get(&format!("/webhooks/{id}")).await.expect(200);
    assert_eq!((&shown["active"], &shown["disabled_reason"]), (&json!(true), &Value::Null));
    hall.advance(Duration::seconds(6));
    deliver(&hall).await;
    assert_eq!(ids(&other.taken()), ids(&feed(&portal).await));
}

async fn a_replay_that_is_asked_for_during_an_attempt_that_fails_is_not_forgotten(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    opened(&portal, 1).await;
    let (gate, delivering) = under_way(&hall, &receiver, 500).await;
    let event = receiver.all()[0].header("webhook-id").to_owned();
    portal.post(&format!("/webhooks/{id}/replays"), &json!({ "event": event })).await.expect(204);
    gate.add_permits(1);
    delivering.await.unwrap();
    assert_eq!(ids(&receiver.taken()), ids(&feed(&portal).await));
    assert_eq!(log(&portal, &id).await[0].1, "failed");
}

async fn a_test_that_is_asked_for_during_another_is_sent(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    let test = format!("/webhooks/{id}/test");
    portal.post(&test, &json!({})).await.expect(204);
    let (gate, delivering) = under_way(&hall, &receiver, 500).await;
    portal.post(&test, &json!({})).await.expect(204);
    gate.add_permits(1);
    delivering.await.unwrap();
    assert_eq!((receiver.all().len(), receiver.taken().len()), (2, 1));
    deliver(&hall).await;
    assert_eq!(receiver.all().len(), 2);
}

async fn what_waits_for_an_event_that_was_put_off_is_no_work(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    made(&hall, &portal, 1).await;
    receiver.answer(|_| Reply::Status(500));
    deliver(&hall).await;
    assert_eq!(receiver.all().len(), 1);
    let work = async || hall.running.service.webhooks_with_work().await.unwrap();
    assert!(work().await.is_empty());
    hall.advance(Duration::seconds(6));
    assert_eq!(work().await.iter().map(ToString::to_string).collect::<Vec<_>>(), [id]);
}

/// What a system may.
async fn may(security: &Person<'_>, scopes: &[Scope]) {
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.code()).collect();
    security.put("/clients/portal", 1, &json!({ "name": "portal", "scopes": scopes })).await.expect(200);
}

/// What comes where a system has other scopes once all waits: what the feed has for them, each event once.
async fn scopes_change(database: TestDatabase, before: &[Scope], after: &[Scope]) {
    let (hall, receiver) = arranged(database).await;
    let security = hall.staff(Role::SecurityAdministrator).await;
    let portal = hall.client("portal", before).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    made(&hall, &portal, 1).await;
    receiver.answer(|_| Reply::Status(500));
    deliver(&hall).await;
    let seen = ids(&feed(&portal).await);
    may(&security, after).await;
    portal.forget_token().await;
    receiver.answer(|_| Reply::Status(204));
    hall.advance(Duration::seconds(6));
    deliver(&hall).await;
    let in_order = |mut ids: Vec<String>| {
        ids.sort_by_key(|id| id.parse::<i64>().unwrap());
        ids
    };
    let expected = ids(&feed(&portal).await);
    assert_ne!(seen, expected);
    assert_eq!(in_order(ids(&receiver.taken())), expected);
    assert!(log(&portal, &id).await.iter().all(|(_, outcome, ..)| outcome != "withheld"));
}

const WITHOUT_CERTIFICATES: [Scope; 3] = [Scope::CasesOpen, Scope::CasesRead, Scope::WebhooksManage];

async fn what_waits_when_its_system_may_read_certificates_comes_as_the_certificates(database: TestDatabase) {
    scopes_change(database, &WITHOUT_CERTIFICATES, &PORTAL).await;
}

async fn what_waits_when_its_system_may_read_certificates_no_more_comes_as_the_cases(database: TestDatabase) {
    scopes_change(database, &PORTAL, &WITHOUT_CERTIFICATES).await;
}

async fn of_a_webhook_that_is_removed_during_an_attempt_nothing_is_counted(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    opened(&portal, 1).await;
    let (gate, delivering) = under_way(&hall, &receiver, 204).await;
    assert_eq!(portal.delete(&format!("/webhooks/{id}")).await.status, 204);
    gate.add_permits(1);
    delivering.await.unwrap();
    assert_eq!(hall.running.service.attempt_meter().counts(), []);
}

async fn what_a_process_had_that_was_killed_is_gone_on_with_at_the_next_start(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    webhook(&portal, &receiver.url()).await;
    opened(&portal, 1).await;
    hall.database.tamper("UPDATE webhooks SET leased_by = 'killed', leased_until = '2026-03-02 23:00:00'");
    deliver(&hall).await;
    assert_eq!(receiver.all().len(), 0);
    let next = dispatcher(&hall);
    next.begin().await;
    next.deliver().await.unwrap();
    // With PostgreSQL others may be at work: nobody knows whether one was killed.
    let expected = if hall.database.address.sqlite_path().is_some() { ids(&feed(&portal).await) } else { Vec::new() };
    assert_eq!(ids(&receiver.taken()), expected);
}

//! What happens is sent: signed, once, in order, and as far as its system sees it.

use std::collections::BTreeSet;

use casehall::clock::Clock;
use casehall::domain::accounts::role::{Role, Scope};
use chrono::Utc;
use cloudevents::AttributesReader;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::receiver::{Received, Receiver, Reply};
use super::{PORTAL, arranged, assert_in_order, deliver, dispatcher, feed, ids, log, made, opened, webhook};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, until};
use crate::http::feed::read_by_the_sdk;

on_both!(
    what_happens_is_sent_as_the_feed_tells_it_and_signed_as_the_specification_wants,
    a_webhook_is_told_of_what_happens_after_it_was_added_and_of_the_types_that_it_wants,
    a_system_is_told_what_it_may_see_and_nothing_else,
    while_a_secret_is_exchanged_both_sign,
    a_test_is_sent_once_and_signed_alike,
    a_webhook_that_does_not_answer_delays_no_other,
    a_hall_that_runs_delivers_by_itself,
);

fn headers(received: &Received) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, received.header(name).parse().unwrap());
    }
    headers
}

/// Whether a foreign program takes a request as genuine, by a secret.
pub(super) fn is_genuine(received: &Received, secret: &str) -> bool {
    let foreign = Webhook::new(secret).unwrap();
    let timestamp = received.header("webhook-timestamp").parse().unwrap();
    let signature = foreign.sign(received.header("webhook-id"), timestamp, received.body.as_bytes()).unwrap();
    received.header("webhook-signature").split(' ').any(|one| one == signature)
}

async fn what_happens_is_sent_as_the_feed_tells_it_and_signed_as_the_specification_wants(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    // Receivers refuse what is older than five minutes by their own clock.
    hall.clock.set(Utc::now());
    let portal = hall.client("portal", &PORTAL).await;
    let (_, secret) = webhook(&portal, &receiver.url()).await;
    made(&hall, &portal, 1).await;
    deliver(&hall).await;
    let expected = feed(&portal).await;
    assert!(expected.len() > 10);
    for event in &expected {
        let schema = format!("urn:casehall:events/{}", event["type"].as_str().unwrap());
        assert_eq!(event["dataschema"], json!(schema), "wherever the feed is asked");
    }
    assert_eq!(receiver.taken(), expected);
    let foreign = Webhook::new(&secret).unwrap();
    for received in receiver.all() {
        foreign.verify(received.body.as_bytes(), &headers(&received)).unwrap();
        assert!(foreign.verify(received.body.replace(':', ": ").as_bytes(), &headers(&received)).is_err());
        assert_eq!(received.header("webhook-id"), read_by_the_sdk(&received.event()).id());
        assert_eq!(received.header("webhook-timestamp"), hall.clock.now().timestamp().to_string());
        assert_eq!(received.header("content-type"), "application/cloudevents+json");
        assert_eq!(received.header("host"), format!("127.0.0.1:{}", receiver.port()));
        assert_eq!(received.path, "/hook?from=casehall");
        let parts: Vec<&str> = received.header("traceparent").split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 32, 16, 2]);
    }
    // Nothing comes twice.
    deliver(&hall).await;
    assert_eq!(receiver.taken().len(), expected.len());
}

async fn a_webhook_is_told_of_what_happens_after_it_was_added_and_of_the_types_that_it_wants(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    made(&hall, &portal, 1).await;
    let types = json!(["casehall.case.opened.v1", "casehall.certificate.made.v1"]);
    portal.post("/webhooks", &json!({ "url": receiver.url(), "types": types })).await.expect(201);
    deliver(&hall).await;
    assert_eq!(receiver.taken(), Vec::<Value>::new());
    made(&hall, &portal, 2).await;
    deliver(&hall).await;
    let taken: Vec<Value> = receiver.taken().iter().map(|event| event["type"].clone()).collect();
    assert_eq!(json!(taken), types);
}

async fn a_system_is_told_what_it_may_see_and_nothing_else(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let security = hall.staff(Role::SecurityAdministrator).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    let other = hall.client("other", &[Scope::CasesOpen]).await;
    let asked = json!({ "client_id": "portal", "url": receiver.url() });
    let made_webhook = security.post("/webhooks", &asked).await.expect(201);
    let id = made_webhook["webhook"]["id"].as_str().unwrap().to_owned();
    made(&hall, &portal, 1).await;
    made(&hall, &other, 2).await;
    deliver(&hall).await;
    assert_eq!(ids(&receiver.taken()), ids(&feed(&portal).await));
    assert!(receiver.taken().iter().all(|event| event["data"]["case"]["id"].is_string()));
    let told = receiver.taken().len();

    // What happens while it may not read waits, and follows when it may again.
    security.post("/clients/portal/deactivate", &json!({})).await.expect(200);
    opened(&other, 3).await;
    let clerk = hall.staff(Role::Clerk).await;
    let own = receiver.taken()[0]["data"]["case"]["acceptance_number"].as_str().unwrap().to_owned();
    clerk.post(&format!("/cases/{own}/claim"), &json!({})).await.expect(200);
    deliver(&hall).await;
    assert_eq!(receiver.taken().len(), told);
    security.post("/clients/portal/activate", &json!({})).await.expect(200);
    portal.forget_token().await;
    deliver(&hall).await;
    assert_eq!(ids(&receiver.taken()), ids(&feed(&portal).await));

    // An event that waits and may not be seen any more isn't sent.
    receiver.answer(|_| Reply::Status(500));
    opened(&portal, 4).await;
    deliver(&hall).await;
    let failed = log(&security, &id).await;
    assert_eq!(failed.last().unwrap().1, "failed");
    hall.database.tamper("UPDATE cases SET client_id = 'other' WHERE client_id = 'portal'");
    hall.advance(chrono::Duration::minutes(10));
    let before = receiver.all().len();
    deliver(&hall).await;
    assert_eq!(receiver.all().len(), before);
    let withheld = log(&security, &id).await;
    assert_eq!(withheld.last().unwrap().1, "withheld");
}

async fn while_a_secret_is_exchanged_both_sign(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, old) = webhook(&portal, &receiver.url()).await;
    let rotated = portal.post(&format!("/webhooks/{id}/secrets"), &json!({})).await.expect(201);
    let new = rotated["secret"].as_str().unwrap().to_owned();
    assert_ne!(old, new);
    opened(&portal, 1).await;
    deliver(&hall).await;
    let received = receiver.all().pop().unwrap();
    assert_eq!(received.header("webhook-signature").split(' ').count(), 2);
    assert!(is_genuine(&received, &old) && is_genuine(&received, &new));
    // After its end the old one is good for nothing.
    hall.advance(chrono::Duration::hours(24));
    opened(&portal, 2).await;
    deliver(&hall).await;
    let received = receiver.all().pop().unwrap();
    assert!(!is_genuine(&received, &old) && is_genuine(&received, &new));
    // One that has become known ends at once.
    let body = json!({ "old_valid_until": hall.clock.now().to_rfc3339() });
    let newest = portal.post(&format!("/webhooks/{id}/secrets"), &body).await.expect(201);
    opened(&portal, 3).await;
    deliver(&hall).await;
    let received = receiver.all().pop().unwrap();
    assert!(!is_genuine(&received, &new) && is_genuine(&received, newest["secret"].as_str().unwrap()));
}

async fn a_test_is_sent_once_and_signed_alike(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, secret) = webhook(&portal, &receiver.url()).await;
    let test = format!("/webhooks/{id}/test");
    portal.post(&test, &json!({})).await.expect(204);
    deliver(&hall).await;
    let received = receiver.all().pop().unwrap();
    assert!(is_genuine(&received, &secret));
    let event = received.event();
    assert_eq!(read_by_the_sdk(&event).ty(), "casehall.webhook.tested.v1");
    let mut catalog = hall.nobody().get("//asyncapi.json").await.expect(200);
    catalog["$ref"] = json!("#/channels/webhook/messages/casehall.webhook.tested.v1/payload");
    let described = jsonschema::draft7::options().should_validate_formats(true).build(&catalog).unwrap();
    assert!(described.is_valid(&event), "{event:#}");
    assert_eq!((&event["data"]["webhook"], &event["id"]), (&json!(id), &json!(received.header("webhook-id"))));
    receiver.answer(|_| Reply::Status(500));
    portal.post(&test, &json!({})).await.expect(204);
    deliver(&hall).await;
    hall.advance(chrono::Duration::days(1));
    deliver(&hall).await;
    let log = log(&portal, &id).await;
    let outcomes: Vec<&str> = log.iter().map(|(_, outcome, ..)| outcome.as_str()).collect();
    assert_eq!((outcomes, log[1].2), (vec!["delivered", "given_up"], Some(500)));
    assert!(log.iter().all(|(event, ..)| event.is_none()));
}

async fn a_webhook_that_does_not_answer_delays_no_other(database: TestDatabase) {
    let (hall, slow) = arranged(database).await;
    let fast = Receiver::start().await;
    let portal = hall.client("portal", &PORTAL).await;
    let (slow_id, _) = webhook(&portal, &slow.url()).await;
    webhook(&portal, &fast.url()).await;
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let waits = gate.clone();
    slow.answer(move |_| Reply::Waits(waits.clone()));
    made(&hall, &portal, 1).await;
    opened(&portal, 2).await;
    let expected = ids(&feed(&portal).await);
    let dispatcher = dispatcher(&hall);
    let delivering = tokio::spawn(async move { dispatcher.deliver().await.unwrap() });
    until("the other has everything", async || fast.taken().len() == expected.len()).await;
    // Of each case one waits, and the others behind it.
    until("the slow one has the first of each case", async || slow.all().len() == 2).await;
    assert_eq!(slow.taken().len(), 0);
    assert_eq!(log(&portal, &slow_id).await.len(), 0);
    gate.add_permits(1000);
    delivering.await.unwrap();
    let arrived: BTreeSet<String> = ids(&slow.taken()).into_iter().collect();
    assert_eq!(arrived, expected.iter().cloned().collect());
    assert_in_order(&slow.taken());
}

async fn a_hall_that_runs_delivers_by_itself(database: TestDatabase) {
    let receiver = Receiver::start().await;
    let mut settings = super::ON_THIS_MACHINE.to_vec();
    settings.push(("WEBHOOKS__DELIVER_SECONDS", "1"));
    let directory = tempfile::tempdir().unwrap();
    let now = crate::hall::MONDAY.parse().unwrap();
    let hall = Hall::start(database, directory, &settings, None, now).await.unwrap();
    let secret = hall.add_client("portal", &PORTAL).await;
    let portal = crate::hall::Person::system(&hall.base, &*hall.clock, "portal", &secret);
    webhook(&portal, &receiver.url()).await;
    opened(&portal, 1).await;
    let expected = feed(&portal).await;
    until("it is delivered", async || receiver.taken().len() == expected.len()).await;
    assert_eq!(ids(&receiver.taken()), ids(&expected));
    drop(portal);
    hall.running.stop().await;
}

//! What didn't arrive is sent again, for about three days; nothing is lost, whatever ends in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::receiver::{Receiver, Reply};
use super::{Attempt, PORTAL, arranged, assert_in_order, deliver, dispatcher, feed, ids, log, made, opened, webhook};
use crate::databases::{TestDatabase, on_both};

on_both!(
    an_event_waits_for_the_earlier_ones_of_its_case_and_for_no_other,
    after_a_day_without_its_receiver_everything_arrives_in_the_order_of_each_case,
    an_event_is_given_up_after_ten_attempts_within_about_three_days,
    crashes_between_commit_and_delivery_lose_nothing,
    whoever_answers_410_is_told_no_more_until_somebody_activates_it,
    what_finds_no_room_in_the_queue_follows_later,
);

fn outcomes(log: &[Attempt]) -> Vec<&str> {
    log.iter().map(|(_, outcome, ..)| outcome.as_str()).collect()
}

async fn an_event_waits_for_the_earlier_ones_of_its_case_and_for_no_other(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    webhook(&portal, &receiver.url()).await;
    // The first event of the first case fails twice.
    let failures = Arc::new(AtomicUsize::new(0));
    let counted = failures.clone();
    let first = made(&hall, &portal, 1).await;
    let second = made(&hall, &portal, 2).await;
    let events = feed(&portal).await;
    let poisoned = events[0]["id"].as_str().unwrap().to_owned();
    receiver.answer(move |received| {
        let fails = received.header("webhook-id") == poisoned && counted.fetch_add(1, Ordering::SeqCst) < 2;
        Reply::Status(if fails { 503 } else { 200 })
    });
    deliver(&hall).await;
    let of = |case: &str, all: &[Value]| {
        let is_of = |event: &&Value| event["data"]["case"]["acceptance_number"] == json!(case);
        ids(&all.iter().filter(is_of).cloned().collect::<Vec<_>>())
    };
    assert_eq!(of(&second, &receiver.taken()), of(&second, &events));
    assert_eq!(of(&first, &receiver.taken()), Vec::<String>::new());
    // Five seconds later it fails again, five minutes after that it is taken, and all that waited behind it.
    hall.advance(Duration::seconds(6));
    deliver(&hall).await;
    assert_eq!((failures.load(Ordering::SeqCst), of(&first, &receiver.taken()).len()), (2, 0));
    hall.advance(Duration::minutes(6));
    deliver(&hall).await;
    assert_eq!(of(&first, &receiver.taken()), of(&first, &events));
    assert_in_order(&receiver.taken());
    assert_eq!(receiver.taken().len(), events.len());
}

async fn after_a_day_without_its_receiver_everything_arrives_in_the_order_of_each_case(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    let mut fails = 0;
    receiver.answer(move |_| {
        fails += 1;
        if fails % 2 == 0 { Reply::Nothing } else { Reply::Status(502) }
    });
    for hour in 1..=24 {
        if hour % 4 == 0 {
            made(&hall, &portal, hour).await;
        }
        deliver(&hall).await;
        hall.advance(Duration::hours(1));
    }
    assert_eq!(receiver.taken().len(), 0);
    let failed = log(&portal, &id).await;
    assert!(failed.len() >= 20 && failed.iter().all(|(_, outcome, ..)| outcome == "failed"), "{failed:#?}");
    assert!(failed.iter().any(|(.., error)| error.as_deref() == Some("bad_answer")));
    receiver.answer(|_| Reply::Status(200));
    for _ in 0..30 {
        hall.advance(Duration::hours(1));
        deliver(&hall).await;
    }
    let mut arrived: Vec<i64> = ids(&receiver.taken()).iter().map(|id| id.parse().unwrap()).collect();
    assert_in_order(&receiver.taken());
    arrived.sort_unstable();
    let expected: Vec<i64> = ids(&feed(&portal).await).iter().map(|id| id.parse().unwrap()).collect();
    assert_eq!(arrived, expected);
}

async fn an_event_is_given_up_after_ten_attempts_within_about_three_days(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    opened(&portal, 1).await;
    let first = ids(&feed(&portal).await)[0].clone();
    receiver.answer(|_| Reply::Status(500));
    let of_first = async || {
        let page = portal.get(&format!("/webhooks/{id}/attempts?event={first}")).await.expect(200);
        page["items"].as_array().unwrap().clone()
    };
    let mut hours = 0;
    while of_first().await.first().is_none_or(|newest| newest["outcome"] != "given_up") {
        assert!(hours < 100, "it is never given up");
        deliver(&hall).await;
        hall.advance(Duration::hours(1));
        hours += 1;
    }
    let attempts = of_first().await;
    let numbers: Vec<u64> = attempts.iter().rev().map(|attempt| attempt["attempt"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    assert!(attempts.iter().all(|attempt| attempt["http_status"] == 500 && attempt["error"] == "rejected"));
    assert!((66..=90).contains(&hours), "{hours}");
    // What came behind it waits no longer.
    receiver.answer(|_| Reply::Status(200));
    deliver(&hall).await;
    assert!(!ids(&receiver.taken()).contains(&first));
}

async fn crashes_between_commit_and_delivery_lose_nothing(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    webhook(&portal, &receiver.url()).await;
    let came = Arc::new(Notify::new());
    // Each time the program ends at another place: as a request begins, once it was answered, or before it is sent.
    for crash in 0..100_u32 {
        if crash % 4 == 0 {
            opened(&portal, crash + 1).await;
        }
        let (signal, mut left) = (came.clone(), crash % 3);
        receiver.answer(move |_| {
            if left == 0 {
                signal.notify_one();
            }
            left = left.saturating_sub(1);
            Reply::Status(200)
        });
        let ends = dispatcher(&hall);
        let delivering = tokio::spawn(async move { ends.deliver().await });
        let ended = tokio::select! {
            () = came.notified() => false,
            () = async { while !delivering.is_finished() { tokio::task::yield_now().await } } => true,
        };
        if !ended && crash % 2 == 0 {
            tokio::task::yield_now().await;
        }
        delivering.abort();
        let _ = delivering.await;
        // Nobody gave the webhook back: another instance takes it once the lease is over.
        hall.advance(Duration::seconds(61));
    }
    receiver.answer(|_| Reply::Status(200));
    deliver(&hall).await;
    let mut arrived: Vec<i64> = ids(&receiver.taken()).iter().map(|id| id.parse().unwrap()).collect();
    arrived.sort_unstable();
    arrived.dedup();
    let expected: Vec<i64> = ids(&feed(&portal).await).iter().map(|id| id.parse().unwrap()).collect();
    assert_eq!(arrived, expected);
}

async fn whoever_answers_410_is_told_no_more_until_somebody_activates_it(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let other = Receiver::start().await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    webhook(&portal, &other.url()).await;
    receiver.answer(|_| Reply::Status(410));
    opened(&portal, 1).await;
    deliver(&hall).await;
    let path = format!("/webhooks/{id}");
    let disabled = portal.get(&path).await.expect(200);
    assert_eq!((&disabled["active"], &disabled["disabled_reason"]), (&json!(false), &json!("gone")));
    let asked = receiver.all().len();
    opened(&portal, 2).await;
    hall.advance(Duration::days(1));
    deliver(&hall).await;
    assert_eq!(receiver.all().len(), asked);
    assert_eq!(other.taken().len(), feed(&portal).await.len());
    assert_eq!(log(&portal, &id).await[0].3.as_deref(), Some("gone"));
    let auditor = hall.staff(Role::Auditor).await;
    let trail = auditor.get(&format!("/audit?kind=webhook_disabled&subject={id}")).await.expect(200);
    assert_eq!(trail["items"][0]["actor"]["id"], "casehall");
    portal.post(&format!("{path}/test"), &json!({})).await.refused(422, "invalid_request");
    // Nothing is lost: it follows once somebody wants it again.
    receiver.answer(|_| Reply::Status(200));
    let change = json!({ "url": receiver.url(), "types": [], "active": true });
    let changed = portal.put(&path, disabled["version"].as_i64().unwrap(), &change).await.expect(200);
    assert_eq!((&changed["active"], &changed["disabled_reason"]), (&json!(true), &Value::Null));
    deliver(&hall).await;
    let (mut arrived, mut expected) = (ids(&receiver.taken()), ids(&feed(&portal).await));
    arrived.sort();
    expected.sort();
    assert_eq!(arrived, expected);
}

async fn what_finds_no_room_in_the_queue_follows_later(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    opened(&portal, 1).await;
    // A queue that is full of what waits for something.
    let row = |number: u32| format!("('{id}', {number}, 0, '2026-03-02 03:00:00', '2026-03-02 02:00:00')");
    let rows: Vec<String> = (1_000_000..1_001_000).map(row).collect();
    let columns = "webhook_id, number, attempts, next_at, queued_at";
    hall.database.tamper(&format!("INSERT INTO webhook_queue ({columns}) VALUES {}", rows.join(", ")));
    deliver(&hall).await;
    assert_eq!(receiver.taken().len(), 0);
    hall.database.tamper("DELETE FROM webhook_queue WHERE number >= 1000000");
    deliver(&hall).await;
    assert_eq!(ids(&receiver.taken()), ids(&feed(&portal).await));
    assert!(outcomes(&log(&portal, &id).await).iter().all(|outcome| *outcome == "delivered"));
}

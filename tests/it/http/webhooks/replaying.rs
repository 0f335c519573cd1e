//! What was sent, or given up, is sent once more: one event, or all of a time. The log says what became of it.

use casehall::clock::Clock;
use chrono::Duration;
use serde_json::{Value, json};

use super::receiver::{Receiver, Reply};
use super::{PORTAL, arranged, deliver, feed, ids, log, made, opened, webhook};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(
    one_event_is_sent_once_more_with_the_same_id,
    all_events_of_a_time_are_sent_once_more,
    what_waits_for_its_next_attempt_is_sent_at_once_when_it_is_asked_for,
    what_waits_in_a_full_queue_is_sent_at_once_when_it_is_asked_for,
    what_an_event_waits_for_is_sent_at_once_with_it,
    no_more_than_a_thousand_wait_whatever_is_asked_for,
    what_cannot_be_sent_once_more_is_refused,
    the_log_leads_from_page_to_page_and_is_searched,
);

async fn one_event_is_sent_once_more_with_the_same_id(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    made(&hall, &portal, 1).await;
    deliver(&hall).await;
    let before = receiver.all();
    let event = before[3].header("webhook-id").to_owned();
    portal.post(&format!("/webhooks/{id}/replays"), &json!({ "event": event })).await.expect(204);
    deliver(&hall).await;
    let after = receiver.all();
    assert_eq!(after.len(), before.len() + 1);
    assert_eq!((after.last().unwrap().header("webhook-id"), &after.last().unwrap().body), (&*event, &before[3].body));
}

async fn all_events_of_a_time_are_sent_once_more(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    made(&hall, &portal, 1).await;
    hall.advance(Duration::hours(3));
    let from = hall.clock.now();
    made(&hall, &portal, 2).await;
    hall.advance(Duration::hours(3));
    let to = hall.clock.now();
    made(&hall, &portal, 3).await;
    deliver(&hall).await;
    let all = receiver.taken();
    let within = |event: &&Value| {
        let at = event["time"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        from <= at && at < to
    };
    let expected: Vec<Value> = all.iter().filter(within).cloned().collect();
    assert!(expected.len() > 5 && expected.len() < all.len());
    let time = json!({ "from": from.to_rfc3339(), "to": to.to_rfc3339() });
    portal.post(&format!("/webhooks/{id}/replays"), &time).await.expect(204);
    assert_eq!(portal.get(&format!("/webhooks/{id}")).await.expect(200)["replaying"], true);
    deliver(&hall).await;
    assert_eq!(receiver.taken()[all.len()..], expected);
    assert_eq!(portal.get(&format!("/webhooks/{id}")).await.expect(200)["replaying"], false);
    // What happens meanwhile isn't held up or forgotten.
    portal.post(&format!("/webhooks/{id}/replays"), &time).await.expect(204);
    opened(&portal, 4).await;
    deliver(&hall).await;
    let newest = ids(&feed(&portal).await);
    assert!(ids(&receiver.taken()).contains(newest.last().unwrap()));
    assert_eq!(receiver.taken().len(), all.len() + 2 * expected.len() + newest.len() - all.len());
}

async fn what_waits_for_its_next_attempt_is_sent_at_once_when_it_is_asked_for(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    opened(&portal, 1).await;
    let started = hall.clock.now();
    failed_for_a_day(&hall, &receiver).await;
    let time = json!({ "from": started.to_rfc3339(), "to": hall.clock.now().to_rfc3339() });
    portal.post(&format!("/webhooks/{id}/replays"), &time).await.expect(204);
    deliver(&hall).await;
    assert_eq!(ids(&receiver.taken()), ids(&feed(&portal).await));
}

/// Fills the queue of a webhook up to so many, by what is due in a year.
fn fill(hall: &Hall, id: &str, up_to: usize) {
    let waiting: usize = hall.database.rows("SELECT CAST(count(*) AS TEXT) FROM webhook_queue")[0].parse().unwrap();
    let row = |number: usize| format!("('{id}', {number}, 0, '2027-03-02 03:00:00', '2026-03-02 02:00:00')");
    let rows: Vec<String> = (0..up_to - waiting).map(|nth| row(1_000_000 + nth)).collect();
    let columns = "webhook_id, number, attempts, next_at, queued_at";
    hall.database.tamper(&format!("INSERT INTO webhook_queue ({columns}) VALUES {}", rows.join(", ")));
}

/// Fails for a day, so that the next attempt is hours away.
async fn failed_for_a_day(hall: &Hall, receiver: &Receiver) {
    receiver.answer(|_| Reply::Status(500));
    for _ in 0..8 {
        deliver(hall).await;
        hall.advance(Duration::hours(3));
    }
    receiver.answer(|_| Reply::Status(200));
    hall.advance(Duration::seconds(1));
}

async fn what_waits_in_a_full_queue_is_sent_at_once_when_it_is_asked_for(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    let started = hall.clock.now();
    opened(&portal, 1).await;
    failed_for_a_day(&hall, &receiver).await;
    fill(&hall, &id, 1_000);
    let time = json!({ "from": started.to_rfc3339(), "to": hall.clock.now().to_rfc3339() });
    portal.post(&format!("/webhooks/{id}/replays"), &time).await.expect(204);
    deliver(&hall).await;
    // What was sent at once may come once more when there is room for the replay.
    let mut arrived = ids(&receiver.taken());
    arrived.dedup();
    assert_eq!(arrived, ids(&feed(&portal).await));
}

async fn what_an_event_waits_for_is_sent_at_once_with_it(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    made(&hall, &portal, 1).await;
    failed_for_a_day(&hall, &receiver).await;
    let expected = ids(&feed(&portal).await);
    portal.post(&format!("/webhooks/{id}/replays"), &json!({ "event": expected[3] })).await.expect(204);
    deliver(&hall).await;
    assert_eq!(ids(&receiver.taken()), expected);
}

async fn no_more_than_a_thousand_wait_whatever_is_asked_for(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    let from = hall.clock.now();
    made(&hall, &portal, 1).await;
    deliver(&hall).await;
    let first = ids(&receiver.taken());
    hall.advance(Duration::seconds(1));
    let to = hall.clock.now();
    receiver.answer(|_| Reply::Status(500));
    fill(&hall, &id, 995);
    made(&hall, &portal, 2).await;
    let time = json!({ "from": from.to_rfc3339(), "to": to.to_rfc3339() });
    portal.post(&format!("/webhooks/{id}/replays"), &time).await.expect(204);
    deliver(&hall).await;
    let waiting = || hall.database.rows("SELECT CAST(count(*) AS TEXT) FROM webhook_queue");
    assert_eq!(waiting(), ["1000"]);
    deliver(&hall).await;
    assert_eq!(waiting(), ["1000"]);
    // What found no room follows, and is told once more as it was asked.
    hall.database.tamper("DELETE FROM webhook_queue WHERE number >= 1000000");
    receiver.answer(|_| Reply::Status(200));
    hall.advance(Duration::minutes(10));
    deliver(&hall).await;
    let (mut arrived, mut expected) = (ids(&receiver.taken()), [ids(&feed(&portal).await), first].concat());
    arrived.sort();
    expected.sort();
    assert_eq!(arrived, expected);
}

async fn what_cannot_be_sent_once_more_is_refused(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let other = hall.client("other", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    opened(&other, 1).await;
    let foreign = ids(&feed(&other).await)[0].clone();
    let replays = format!("/webhooks/{id}/replays");
    let (from, to) = ("2026-03-02T02:00:00Z", "2026-03-02T03:00:00Z");
    for wrong in [
        json!({ "event": foreign }),
        json!({ "event": "999999" }),
        json!({}),
        json!({ "event": "1", "from": from, "to": to }),
        json!({ "from": from }),
        json!({ "from": to, "to": from }),
        json!({ "event": "0" }),
    ] {
        portal.post(&replays, &wrong).await.refused(422, "invalid_request");
    }
    other.post(&replays, &json!({ "from": from, "to": to })).await.refused(404, "not_found");
    deliver(&hall).await;
    assert_eq!(receiver.all().len(), 0);
}

async fn the_log_leads_from_page_to_page_and_is_searched(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    let mut count = 0;
    receiver.answer(move |_| {
        count += 1;
        Reply::Status(if count == 2 { 500 } else { 200 })
    });
    made(&hall, &portal, 1).await;
    deliver(&hall).await;
    hall.advance(Duration::seconds(6));
    deliver(&hall).await;
    let all = log(&portal, &id).await;
    assert_eq!(all.len(), feed(&portal).await.len() + 1);
    let (mut path, mut followed) = (format!("/webhooks/{id}/attempts?limit=3"), Vec::new());
    loop {
        let page = portal.get(&path).await;
        followed.extend(page.body["items"].as_array().unwrap().iter().cloned());
        let Some(link) = page.headers.get("Link") else { break };
        let link = link.to_str().unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        path = link.strip_prefix("</api/v1").unwrap().to_owned();
        assert!(path.ends_with(&format!("&after={}", page.body["next"].as_str().unwrap())), "{path}");
    }
    let events: Vec<Option<String>> =
        followed.iter().rev().map(|one| one["event"].as_str().map(str::to_owned)).collect();
    assert_eq!(events, all.iter().map(|(event, ..)| event.clone()).collect::<Vec<_>>());
    let failed = portal.get(&format!("/webhooks/{id}/attempts?outcome=failed")).await.expect(200);
    let failed = failed["items"].as_array().unwrap();
    assert_eq!((failed.len(), &failed[0]["attempt"], &failed[0]["http_status"]), (1, &json!(1), &json!(500)));
    let event = failed[0]["event"].as_str().unwrap();
    let of_event = portal.get(&format!("/webhooks/{id}/attempts?event={event}")).await.expect(200);
    let attempts: Vec<&Value> = of_event["items"].as_array().unwrap().iter().map(|one| &one["attempt"]).collect();
    assert_eq!(attempts, [&json!(2), &json!(1)]);
    // After a month it is forgotten.
    hall.advance(Duration::days(31));
    hall.running.service.clean_up().await.unwrap();
    assert_eq!(log(&portal, &id).await, []);
}

//! Several instances on one database: one works on a webhook at a time, and nobody waits for one that has ended.

use casehall::clock::Clock;
use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::receiver::{Receiver, Reply};
use super::{ON_THIS_MACHINE, PORTAL, assert_in_order, dispatcher, feed, ids, opened, webhook};
use crate::databases::TestDatabase;
use crate::hall::{Hall, Person, until};

#[tokio::test]
async fn two_instances_deliver_in_order_and_each_event_once() {
    let hall = Hall::with(TestDatabase::postgres(), &ON_THIS_MACHINE).await;
    let beside = hall.sharing_settings(&ON_THIS_MACHINE).await;
    let receivers = [Receiver::start().await, Receiver::start().await, Receiver::start().await];
    let portal = hall.client("portal", &PORTAL).await;
    for receiver in &receivers {
        webhook(&portal, &receiver.url()).await;
    }
    let dispatchers = [dispatcher(&hall), dispatcher(&hall), dispatcher(&beside), dispatcher(&beside)];
    for round in 0..10 {
        let opening = join_all((0..4).map(|nth| opened(&portal, round * 4 + nth + 1)));
        let delivering = join_all(dispatchers.iter().map(|dispatcher| dispatcher.deliver()));
        let (_, delivered) = tokio::join!(opening, delivering);
        delivered.into_iter().for_each(|delivered| delivered.unwrap());
    }
    let expected = feed(&portal).await;
    for receiver in &receivers {
        until("everything has arrived", async || {
            dispatchers[0].deliver().await.unwrap();
            receiver.taken().len() >= expected.len()
        })
        .await;
        let taken: Vec<Value> = receiver.taken();
        assert_in_order(&taken);
        let mut numbers: Vec<i64> = ids(&taken).iter().map(|id| id.parse().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, ids(&expected).iter().map(|id| id.parse().unwrap()).collect::<Vec<i64>>());
    }
}

#[tokio::test]
async fn another_instance_goes_on_where_one_ended_without_a_word() {
    let hall = Hall::with(TestDatabase::postgres(), &ON_THIS_MACHINE).await;
    let beside = hall.sharing_settings(&ON_THIS_MACHINE).await;
    let receiver = Receiver::start().await;
    let portal = hall.client("portal", &PORTAL).await;
    webhook(&portal, &receiver.url()).await;
    opened(&portal, 1).await;
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let waits = gate.clone();
    receiver.answer(move |_| Reply::Waits(waits.clone()));
    let first = dispatcher(&hall);
    let delivering = tokio::spawn(async move { first.deliver().await });
    until("a request is under way", async || !receiver.all().is_empty()).await;
    // While one works on it, the other leaves it alone.
    let other = dispatcher(&beside);
    other.deliver().await.unwrap();
    assert_eq!(receiver.all().len(), 1);
    delivering.abort();
    let _ = delivering.await;
    receiver.answer(|_| Reply::Status(200));
    other.deliver().await.unwrap();
    assert_eq!(receiver.all().len(), 1);
    beside.advance(Duration::seconds(61));
    other.deliver().await.unwrap();
    assert_eq!(ids(&receiver.taken()), ids(&feed(&portal).await));
    // What was under way came a second time, with the same id.
    let came: Vec<String> = receiver.all().iter().map(|one| one.header("webhook-id").to_owned()).collect();
    assert_eq!(came[0], came[1]);
}

#[tokio::test]
async fn an_instance_that_has_just_started_while_others_write_tells_nothing_of_before_and_drops_no_replay() {
    let database = TestDatabase::postgres();
    let mut writer = PgConnection::establish(&database.address.to_string()).unwrap();
    let hall = Hall::with(database, &ON_THIS_MACHINE).await;
    let (receiver, newer) = (Receiver::start().await, Receiver::start().await);
    let secret = hall.add_client("portal", &PORTAL).await;
    let portal = Person::system(&hall.base, &*hall.clock, "portal", &secret);
    let from = hall.clock.now();
    let (id, _) = webhook(&portal, &receiver.url()).await;
    opened(&portal, 1).await;
    dispatcher(&hall).deliver().await.unwrap();
    let before = feed(&portal).await;
    assert_eq!(ids(&receiver.taken()), ids(&before));
    hall.advance(Duration::seconds(1));

    // Somebody writes for as long as the other instance looks: it can't know up to where nothing comes in between.
    writer.batch_execute("BEGIN; LOCK TABLE events IN ROW EXCLUSIVE MODE").unwrap();
    let beside = hall.sharing_settings(&ON_THIS_MACHINE).await;
    let through = Person::system(&beside.base, &*beside.clock, "portal", &secret);
    webhook(&through, &newer.url()).await;
    let time = json!({ "from": from.to_rfc3339(), "to": hall.clock.now().to_rfc3339() });
    through.post(&format!("/webhooks/{id}/replays"), &time).await.expect(204);
    let other = dispatcher(&beside);
    let limit = std::time::Duration::from_secs(20);
    tokio::time::timeout(limit, other.deliver()).await.expect("it looks again and again").unwrap();
    let shown = through.get(&format!("/webhooks/{id}")).await.expect(200);
    assert_eq!((receiver.all().len(), &shown["replaying"]), (before.len(), &json!(true)));
    writer.batch_execute("COMMIT").unwrap();

    other.deliver().await.unwrap();
    assert_eq!(ids(&receiver.taken())[before.len()..], ids(&before));
    assert_eq!(newer.all().len(), 0);
    let shown = through.get(&format!("/webhooks/{id}")).await.expect(200);
    assert_eq!(shown["replaying"], false);
    // What happens from now on is told.
    opened(&portal, 2).await;
    other.deliver().await.unwrap();
    assert_eq!(ids(&newer.taken()), ids(&feed(&portal).await)[before.len()..]);
}

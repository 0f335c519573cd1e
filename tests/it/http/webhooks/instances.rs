//! Several instances on one database: one works on a webhook at a time, and nobody waits for one that has ended.

use chrono::Duration;
use futures_util::future::join_all;
use serde_json::Value;

use super::receiver::{Receiver, Reply};
use super::{ON_THIS_MACHINE, PORTAL, assert_in_order, courier, feed, ids, opened, webhook};
use crate::databases::TestDatabase;
use crate::hall::{Hall, until};

#[tokio::test]
async fn two_instances_deliver_in_order_and_each_event_once() {
    let hall = Hall::with(TestDatabase::postgres(), &ON_THIS_MACHINE).await;
    let beside = hall.sharing_settings(&ON_THIS_MACHINE).await;
    let receivers = [Receiver::start().await, Receiver::start().await, Receiver::start().await];
    let portal = hall.client("portal", &PORTAL).await;
    for receiver in &receivers {
        webhook(&portal, &receiver.url()).await;
    }
    let couriers = [courier(&hall), courier(&hall), courier(&beside), courier(&beside)];
    for round in 0..10 {
        let opening = join_all((0..4).map(|nth| opened(&portal, round * 4 + nth + 1)));
        let delivering = join_all(couriers.iter().map(|courier| courier.deliver()));
        let (_, delivered) = tokio::join!(opening, delivering);
        delivered.into_iter().for_each(|delivered| delivered.unwrap());
    }
    let expected = feed(&portal).await;
    for receiver in &receivers {
        until("everything has arrived", async || {
            couriers[0].deliver().await.unwrap();
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
    let first = courier(&hall);
    let delivering = tokio::spawn(async move { first.deliver().await });
    until("a request is under way", async || !receiver.all().is_empty()).await;
    // While one works on it, the other leaves it alone.
    let other = courier(&beside);
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

//! The slots in which passwords are hashed.

use std::sync::mpsc;

use casehall::service::accounts::hashing::{Hashing, HashingLimits};
use casehall::service::accounts::passwords::Cost;
use casehall::service::base::error::ServiceError;
use tokio::sync::oneshot;

fn hashing(slots: usize, queue: usize) -> Hashing {
    Hashing::new(HashingLimits { slots, queue, cost: Cost::default() })
}

#[test]
fn places_end_and_one_address_has_half_of_them() {
    let hashing = hashing(2, 4);
    let mut turns: Vec<_> = (0..3).map(|_| hashing.turn_for("192.0.2.1").unwrap()).collect();
    let busy = hashing.turn_for("192.0.2.1").err();
    assert!(matches!(busy, Some(ServiceError::Busy { retry_after_seconds: 2 })), "{busy:?}");
    turns.extend(["192.0.2.2", "192.0.2.3", "192.0.2.2"].map(|address| hashing.turn_for(address).unwrap()));
    assert!(hashing.turn_for("192.0.2.4").is_err(), "all six are taken");
    turns.remove(0);
    drop(hashing.turn_for("192.0.2.4").unwrap());
    assert!(hashing.turn_for("192.0.2.1").is_ok());
}

#[tokio::test]
async fn no_more_than_the_slots_work_at_once_and_a_place_is_taken_until_its_work_is_done() {
    let hashing = hashing(1, 1);
    let (begun, has_begun) = oneshot::channel();
    let (let_go, may_go) = mpsc::channel::<()>();
    let first = hashing.turn_for("a").unwrap();
    let first = tokio::spawn(first.compute(move |_| {
        begun.send(()).unwrap();
        may_go.recv().unwrap();
        1
    }));
    has_begun.await.unwrap();
    let second = hashing.turn_for("b").unwrap();
    let (told, hears) = mpsc::channel();
    let second = tokio::spawn(second.compute(move |_| told.send(()).unwrap()));
    assert!(hashing.turn_for("c").is_err());
    assert!(hears.try_recv().is_err(), "the only slot is busy");
    let_go.send(()).unwrap();
    assert_eq!(first.await.unwrap().unwrap(), 1);
    second.await.unwrap().unwrap();
    assert!(hears.try_recv().is_ok());
    hashing.turn().await.unwrap();
}

#[tokio::test]
async fn a_panic_takes_no_slot_away() {
    let hashing = hashing(1, 0);
    for _ in 0..3 {
        let fallen = hashing.turn().await.unwrap().compute(|_| panic!("the work fell")).await;
        assert!(matches!(fallen, Err::<(), _>(ServiceError::Internal(_))));
    }
    assert_eq!(hashing.turn().await.unwrap().compute(|_| 7).await.unwrap(), 7);
}

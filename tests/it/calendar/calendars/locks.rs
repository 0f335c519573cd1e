//! Who saves dates and who changes the calendar, on PostgreSQL: they keep out of one another's way, and nobody starves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::places::Place;
use casehall::store::calendar::years;
use casehall::store::{Db, DbOptions, StoreError};

#[tokio::test]
async fn a_change_of_the_calendar_gets_its_turn_though_dates_are_saved_all_the_time() {
    let place = Place::postgres();
    let (db, stop) = (place.open(), Arc::new(AtomicBool::new(false)));
    let saved = Arc::new(AtomicU32::new(0));
    let savers: Vec<_> = (0..4)
        .map(|saver| {
            let (db, stop, saved) = (db.clone(), stop.clone(), saved.clone());
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(20 * saver)).await;
                // Each begins while the others are in the middle: at no instant is there none.
                while !stop.load(Ordering::SeqCst) {
                    let saving = db.write("save dates", |tx| {
                        years::edition_for_dates(tx)?;
                        std::thread::sleep(Duration::from_millis(80));
                        Ok::<_, StoreError>(())
                    });
                    saving.await.unwrap();
                    saved.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let asked = Instant::now();
    place.open().write("change", |tx| years::edition_to_change(tx).map(drop)).await.unwrap();
    let waited = asked.elapsed();
    stop.store(true, Ordering::SeqCst);
    for saver in savers {
        saver.await.unwrap();
    }
    assert!(saved.load(Ordering::SeqCst) > 8);
    assert!(waited < Duration::from_secs(2), "it waited {waited:?}");
}

#[tokio::test]
async fn whoever_waits_too_long_for_a_change_of_the_calendar_is_told_to_try_again() {
    let place = Place::postgres();
    let (changing, changed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (begun, end, db) = (changing.clone(), changed.clone(), place.open());
    let change = tokio::spawn(async move {
        let change = db.write("change", move |tx| {
            years::edition_to_change(tx)?;
            begun.store(true, Ordering::SeqCst);
            while !end.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok::<_, StoreError>(())
        });
        change.await.unwrap();
    });
    while !changing.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let options = DbOptions { statement_timeout: Duration::from_millis(200), ..DbOptions::default() };
    let impatient = Db::open(&place.address, options).unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let refused = impatient.write("save dates", move |tx| {
        counted.fetch_add(1, Ordering::SeqCst);
        years::edition_for_dates(tx).map(drop)
    });
    let refused = refused.await;
    changed.store(true, Ordering::SeqCst);
    change.await.unwrap();
    assert!(matches!(&refused, Err(StoreError::Busy(words)) if words.contains("calendar")), "{refused:?}");
    assert_eq!(runs.load(Ordering::SeqCst), 1, "to wait the same time again would hold a connection for long");
}

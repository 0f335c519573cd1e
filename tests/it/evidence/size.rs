//! Sealing and verifying go by parts. `EVIDENCE_EVENTS=1000000` with `--nocapture`, alone, shows what a million events cost.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use casehall::clock::Clock;
use casehall::domain::base::recorded::Recorded;
use casehall::service::accounts::caller::Caller;
use casehall::store::StoreError;
use casehall::store::engine::events::{Subject, append_firsts};
use serde_json::json;
use uuid::Uuid;

use crate::databases::TestDatabase;
use crate::hall::{Hall, MANY_OPENINGS};
use crate::store::crashes::Program;

/// The own memory of a process, without the database file that SQLite maps, in kB; none where the system doesn't say.
fn memory_of(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

fn memory() -> Option<u64> {
    memory_of("self")
}

/// The most memory while something runs.
fn most_memory(runs: Arc<AtomicBool>) -> std::thread::JoinHandle<Option<u64>> {
    std::thread::spawn(move || {
        let mut most = memory();
        while runs.load(Ordering::Relaxed) {
            most = most.max(memory());
            std::thread::sleep(Duration::from_millis(20));
        }
        most
    })
}

/// Records so many thousand events, each of a case of its own.
async fn record(hall: &Hall, thousands: usize) {
    let db = hall.database.open();
    let at = hall.clock.now();
    for _ in 0..thousands {
        let written = db.write("many", move |tx| {
            let event = json!({ "kind": "opened", "text": "广州市".repeat(60) });
            let one = |_| {
                let recorded = Recorded {
                    sequence: 1,
                    at,
                    actor_id: Uuid::nil().to_string(),
                    actor_name: "谭丽".to_owned(),
                    action: "open".to_owned(),
                    event: event.clone(),
                };
                (Subject::Case(Uuid::now_v7()), recorded)
            };
            append_firsts(tx, &(0..1_000).map(one).collect::<Vec<_>>())
        });
        let written: Result<(), StoreError> = written.await;
        written.unwrap();
    }
}

#[tokio::test]
async fn many_events_are_sealed_and_verified_in_parts() {
    let asked: Option<usize> = std::env::var("EVIDENCE_EVENTS").ok().and_then(|many| many.parse().ok());
    let many = asked.unwrap_or(12_000);
    let hall = Hall::with(TestDatabase::sqlite(), &[MANY_OPENINGS]).await;
    record(&hall, many / 1_000).await;
    let (before, runs) = (memory(), Arc::new(AtomicBool::new(true)));
    let most = most_memory(runs.clone());
    let started = Instant::now();
    let sealed = hall.running.service.seal().await.unwrap();
    let (sealing, started) = (started.elapsed(), Instant::now());
    let found = hall.running.service.verify(&Caller::hall(), None).await.unwrap();
    let verifying = started.elapsed();
    assert_eq!((found.finding_count, found.leaves), (0, sealed));
    assert_eq!(found.seals, sealed.div_ceil(2_000), "a seal for two thousand rows, so that others get in between");
    assert!(found.events >= u64::try_from(many / 1_000 * 1_000).unwrap());
    runs.store(false, Ordering::Relaxed);
    let most = most.join().unwrap();
    println!(
        "{sealed} rows: sealed in {sealing:?}, verified in {verifying:?}; kB of memory: {before:?} before, at most {most:?}"
    );
    if let (Some(before), Some(most), Some(_)) = (before, most, asked) {
        assert!(most < before + 100_000, "a million events as they are stored would be 900 MB");
    }
}

/// The most memory of a program of its own that verifies a database, in kB.
fn verified_beside(database: &TestDatabase) -> Option<u64> {
    let mut command = Program::command(database, &["audit", "verify"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let (mut most, process) = (None, child.id().to_string());
    let ended = loop {
        most = most.max(memory_of(&process));
        match child.try_wait().unwrap() {
            Some(ended) => break ended,
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    assert!(ended.success(), "{ended}");
    most
}

#[tokio::test]
async fn four_times_as_many_events_take_no_more_memory_to_verify() {
    let hall = Hall::with(TestDatabase::sqlite(), &[MANY_OPENINGS]).await;
    let mut most = Vec::new();
    for thousands in [6, 18] {
        record(&hall, thousands).await;
        hall.running.service.seal().await.unwrap();
        most.extend(verified_beside(&hall.database));
    }
    println!("kB of memory to verify 6,000 and 24,000 events: {most:?}");
    if let [one, four] = most[..] {
        assert!(four < one + 8_000, "{one} kB, then {four} kB; 18,000 events as they are stored are 16 MB");
    }
}

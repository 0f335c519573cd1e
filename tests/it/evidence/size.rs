//! What sealing and verifying cost. `EVIDENCE_EVENTS=1000000` with `--nocapture` shows it for a million.

use std::time::Instant;

use casehall::clock::Clock;
use casehall::domain::base::recorded::Recorded;
use casehall::service::accounts::caller::Caller;
use casehall::store::StoreError;
use casehall::store::engine::events::{Subject, append_firsts};
use serde_json::json;
use uuid::Uuid;

use crate::databases::TestDatabase;
use crate::hall::Hall;

/// Memory that the process has now, and the most that it had, in kB; none where the system doesn't say.
fn memory() -> Option<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_ascii_whitespace().nth(1)?.parse().ok()
    };
    Some((field("VmRSS:")?, field("VmHWM:")?))
}

#[tokio::test]
async fn sealing_and_verifying_many_events_takes_little_memory() {
    let many: usize = std::env::var("EVIDENCE_EVENTS").ok().and_then(|many| many.parse().ok()).unwrap_or(12_000);
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let db = hall.database.open();
    let at = hall.clock.now();
    for _ in 0..many / 1_000 {
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
    let before = memory();
    let started = Instant::now();
    let sealed = hall.running.service.seal().await.unwrap();
    let (sealing, started) = (started.elapsed(), Instant::now());
    let found = hall.running.service.verify(&Caller::hall(), None).await.unwrap();
    let verifying = started.elapsed();
    assert_eq!((found.finding_count, found.leaves), (0, sealed));
    assert!(found.events >= u64::try_from(many / 1_000 * 1_000).unwrap());
    let after = memory();
    println!(
        "{sealed} rows: sealed in {sealing:?}, verified in {verifying:?}; memory in kB {before:?} before, {after:?} after"
    );
    if let (Some((before, _)), Some((after, _))) = (before, after) {
        // Others of this process run at the same time; a million events as they are stored would be 700 MB.
        assert!(after < before + 300_000, "{before} kB before, {after} kB after");
    }
}

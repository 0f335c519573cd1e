//! Who reads while others write misses nothing and reads nothing twice, and what webhooks are sent is the same.
//!
//! `FEED_CASES=10000 cargo test --test it readers_beside_writers -- --nocapture --test-threads 1`, alone on a machine, tells how long after
//! the answer that opened it a case is read about, and is told to a webhook.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use casehall::domain::accounts::role::{Role, Scope};
use casehall::jobs::webhooks::Dispatcher;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use futures_util::future::join_all;
use serde_json::Value;

use super::{all, number, read, types};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, application};
use crate::http::webhooks::receiver::{Receiver, Reply};
use crate::http::webhooks::{ON_THIS_MACHINE, dispatcher, ids, webhook};

on_both!(readers_beside_writers_miss_nothing_and_read_nothing_twice);

const WRITERS: u32 = 8;
/// Cases that are opened where nobody says how many.
const USUAL: u32 = 304;
/// How often an instance looks what is to be sent, as it is shipped.
const LOOKS: Duration = Duration::from_secs(1);
/// Readers may be no later than this about 99 of a hundred cases, on whatever machine. A webhook may: it is sent what was answered, so
/// more may happen for a while than its receiver and it can do.
const MOST: Duration = Duration::from_secs(10);

/// When the case with an id was opened, or first read about.
type Seen = Mutex<HashMap<String, Instant>>;

fn see(seen: &Seen, event: &Value) {
    let case = event["data"]["case"]["id"].as_str().unwrap().to_owned();
    seen.lock().unwrap().entry(case).or_insert_with(Instant::now);
}

/// Reads one small part after the other until nothing is written any more, and answers the numbers of all events.
async fn follow(reader: &Person<'_>, seen: &Seen, is_written: &AtomicBool) -> Vec<i64> {
    let (mut numbers, mut after) = (Vec::new(), None);
    loop {
        let is_last = is_written.load(Ordering::SeqCst);
        let cursor = after.as_ref().map_or(String::new(), |after| format!("&after={after}"));
        let page = reader.get(&format!("/events?limit=7{cursor}")).await.expect(200);
        let events = page["items"].as_array().unwrap();
        events.iter().for_each(|event| see(seen, event));
        numbers.extend(events.iter().map(number));
        let next = page["next"].as_str().map(str::to_owned);
        if is_last && next == after {
            return numbers;
        }
        after = next;
    }
}

/// Sends what is due, look after look, until nothing is written any more; then once more.
async fn send(dispatcher: Dispatcher, is_written: &AtomicBool) {
    let mut looks = tokio::time::interval(LOOKS);
    loop {
        looks.tick().await;
        let is_last = is_written.load(Ordering::SeqCst);
        dispatcher.deliver().await.unwrap();
        if is_last {
            return;
        }
    }
}

/// Tells how long after their answer cases were heard of; the longest of 99 in a hundred.
fn tell(what: &str, opened: &HashMap<String, Instant>, heard: &HashMap<String, Instant>) -> Duration {
    let mut lags: Vec<Duration> = heard.iter().map(|(case, at)| at.saturating_duration_since(opened[case])).collect();
    lags.sort_unstable();
    let [half, most] = [50, 99].map(|part| lags[(lags.len() - 1) * part / 100]);
    eprintln!("{} cases, {what} after their answer: p50 {half:?}, p99 {most:?}", lags.len());
    most
}

async fn readers_beside_writers_miss_nothing_and_read_nothing_twice(database: TestDatabase) {
    let asked = std::env::var("FEED_CASES").ok().and_then(|cases| cases.parse().ok());
    let each = asked.unwrap_or(USUAL) / WRITERS;
    let is_postgres = database.address.sqlite_path().is_none();
    let again = database.again();
    let settings = [&ON_THIS_MACHINE[..], &[("OPENINGS__PER_SYSTEM_AND_HOUR", "1000000")]].concat();
    let hall = Hall::with(database, &settings).await;
    let scopes = [Scope::CasesOpen, Scope::CasesRead, Scope::WebhooksManage];
    let (portal, auditor) = (hall.client("portal", &scopes).await, hall.staff(Role::Auditor).await);
    // On PostgreSQL half of them write and read through another instance, and both send.
    let other = if is_postgres { Some(hall.sharing_settings(&settings).await) } else { None };
    let at = other.as_ref().unwrap_or(&hall);
    let (writer_beside, reader_beside) = (at.staff(Role::Clerk).await, at.staff(Role::Auditor).await);
    let (is_written, opened, seen, seen_beside) =
        (AtomicBool::new(false), Seen::default(), Seen::default(), Seen::default());
    let (receiver, told) = (Receiver::start().await, Arc::new(Seen::default()));
    let telling = Arc::clone(&told);
    receiver.answer(move |request| {
        see(&telling, &request.event());
        Reply::Status(204)
    });
    webhook(&portal, &receiver.url()).await;
    let write = async |writer: u32| {
        for case in 0..each {
            let by = if writer.is_multiple_of(2) { &portal } else { &writer_beside };
            let case = by.post("/cases", &application(1 + writer * each + case)).await.expect(201);
            opened.lock().unwrap().insert(case["id"].as_str().unwrap().to_owned(), Instant::now());
        }
    };
    let writing = async {
        join_all((0..WRITERS).map(write)).await;
        is_written.store(true, Ordering::SeqCst);
    };
    let following = (follow(&auditor, &seen, &is_written), follow(&reader_beside, &seen_beside, &is_written));
    let sending =
        join_all([Some(&hall), other.as_ref()].into_iter().flatten().map(|at| send(dispatcher(at), &is_written)));
    let (numbers, numbers_beside, (), _) = tokio::join!(following.0, following.1, writing, sending);
    let stored: Vec<i64> = again
        .rows("SELECT CAST(number AS TEXT) AS value FROM events ORDER BY number")
        .iter()
        .map(|number| number.parse().unwrap())
        .collect();
    assert!(stored.len() >= (WRITERS * each) as usize);
    assert_eq!(numbers, stored);
    assert_eq!(numbers_beside, stored);
    let mut sent = ids(&receiver.taken());
    sent.sort_unstable();
    let mut own = ids(&all(&portal).await);
    own.sort_unstable();
    assert_eq!(sent, own, "each event once");
    let opened = opened.into_inner().unwrap();
    for seen in [&seen, &seen_beside] {
        let seen = seen.lock().unwrap();
        assert_eq!(opened.len(), seen.len());
        let most = tell("read about", &opened, &seen);
        assert!(most < MOST, "{most:?}");
    }
    tell("told to a webhook", &opened, &told.lock().unwrap());
}

#[tokio::test]
async fn a_number_that_was_taken_and_is_not_yet_there_holds_the_feed_until_it_is() {
    let database = TestDatabase::postgres();
    let mut slow = PgConnection::establish(&database.address.to_string()).unwrap();
    let hall = Hall::open(database).await;
    let (clerk, auditor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Auditor).await);
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let (before, end) = read(&auditor, None, 50, "").await;
    // A colleague's transaction has its number and isn't through.
    let late = format!(
        "BEGIN;
         INSERT INTO events (subject_kind, subject_id, sequence, kind, at, actor_id, actor_name, action, data, hash)
         VALUES ('case', '{}', 1000, 'state_changed', '2026-03-02 02:00:00', 'x', 'x', 'late',
                 '{{\"kind\":\"state_changed\",\"from\":\"a\",\"to\":\"b\",\"closed\":false}}', '\\x01')",
        case["id"].as_str().unwrap()
    );
    slow.batch_execute(&late).unwrap();
    clerk.post("/cases", &application(2)).await.expect(201);
    for _ in 0..5 {
        assert_eq!(read(&auditor, end.clone(), 50, "").await, (vec![], end.clone()), "a smaller number may come yet");
    }
    slow.batch_execute("COMMIT").unwrap();
    let (after, _) = read(&auditor, end, 50, "").await;
    assert_eq!(types(&after), ["casehall.case.state_changed.v1", "casehall.case.opened.v1"]);
    assert!(before.iter().all(|event| number(event) < number(&after[0])));
}

//! Following along: every event once, in an order in which nothing comes in between later, and only what one may see.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use casehall::clock::SystemClock;
use casehall::domain::accounts::role::{Role, Scope};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, TWO_OUTLETS, all_in_order, application};

on_both!(
    each_event_comes_once_and_each_subject_counts_from_one,
    each_sees_what_they_may,
    types_are_chosen_by_their_names,
    no_person_is_told,
    what_is_no_cursor_and_no_type_is_refused,
    readers_beside_writers_miss_nothing_and_read_nothing_twice,
);

/// All events from a number on, so many at a time; and where they end.
async fn read(reader: &Person<'_>, mut after: String, limit: u32, filter: &str) -> (Vec<Value>, String) {
    let mut all = Vec::new();
    loop {
        let page = reader.get(&format!("/events?after={after}&limit={limit}{filter}")).await.expect(200);
        let events = page["events"].as_array().unwrap();
        all.extend(events.iter().cloned());
        let next = page["next"].as_str().unwrap().to_owned();
        if next == after {
            return (all, next);
        }
        after = next;
    }
}

fn number(event: &Value) -> i64 {
    event["id"].as_str().unwrap().parse().unwrap()
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// Opens a case and brings it to its made certificate.
async fn made(hall: &Hall, portal: &Person<'_>, number: u32) -> String {
    let case = portal.post("/cases", &application(number)).await.expect(201);
    let key = case["acceptance_number"].as_str().unwrap().to_owned();
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    clerk.act(&key, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(&key, "accept_materials", &json!({})).await.expect(200);
    let payment = json!({ "payment": { "amount_fen": 60_000, "method": "transfer", "reference": "T1" } });
    clerk.act(&key, "record_payment", &payment).await.expect(200);
    let certificate = json!({ "certificate": { "serial": format!("GZ-F-{number}"), "medium_number": format!("KEY-F-{number}") } });
    producer.act(&key, "record_certificate", &certificate).await.expect(200);
    key
}

async fn each_event_comes_once_and_each_subject_counts_from_one(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    for number in 1..4 {
        made(&hall, &portal, number).await;
    }
    let auditor = hall.staff(Role::Auditor).await;
    let (all, end) = read(&auditor, "0".to_owned(), 200, "").await;
    let (in_parts, same_end) = read(&auditor, "0".to_owned(), 2, "").await;
    assert_eq!((&all, &end), (&in_parts, &same_end));
    assert!(all.windows(2).all(|pair| number(&pair[0]) < number(&pair[1])));
    let mut versions: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for event in &all {
        versions.entry(event["subject"].as_str().unwrap()).or_default().push(event["data"]["version"].as_i64().unwrap());
    }
    // What a case did to a certificate stands in the record of both, and is told once: there the case's versions leave one out.
    assert_eq!(versions.keys().filter(|subject| subject.starts_with("certificates/")).count(), 3);
    for (subject, versions) in versions {
        assert!(versions.windows(2).all(|pair| pair[0] < pair[1]), "{subject}: {versions:?}");
        let is_whole = (1..).zip(&versions).all(|(expected, version)| expected == *version);
        assert!(is_whole || subject.starts_with("cases/"), "{subject}: {versions:?}");
    }
    let made: Vec<_> = all.iter().filter(|event| event["type"] == "casehall.certificate_made.v1").collect();
    assert_eq!(made.len(), 3);
    assert_eq!(made[0]["data"]["certificate"]["serial"], "GZ-F-1");
    assert!(made[0]["data"]["case"]["acceptance_number"].is_string() && made[0]["data"]["valid_until"].is_string());
    assert_eq!((&made[0]["specversion"], &made[0]["source"]), (&json!("1.0"), &json!("casehall")));
    // Nothing more until something happens.
    assert_eq!(read(&auditor, end.clone(), 10, "").await, (vec![], end.clone()));
    portal.post("/cases", &application(9)).await.expect(201);
    assert_eq!(types(&read(&auditor, end, 10, "").await.0), ["casehall.case_opened.v1"]);
}

async fn each_sees_what_they_may(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    let register = hall.client("register", &[Scope::CasesRead, Scope::CertificatesRead]).await;
    let own = made(&hall, &portal, 1).await;
    let mut elsewhere = application(2);
    elsewhere["outlet"] = json!("panyu");
    hall.staff(Role::Clerk).await.post("/cases", &elsewhere).await.expect(201);

    let (of_portal, _) = read(&portal, "0".to_owned(), 50, "").await;
    assert!(of_portal.iter().all(|event| event["data"]["case"]["acceptance_number"] == json!(own)), "{of_portal:#?}");
    assert_eq!(types(&of_portal).iter().filter(|it| **it == "casehall.certificate_made.v1").count(), 1, "by its case");
    let (of_register, _) = read(&register, "0".to_owned(), 50, "").await;
    assert!(!of_register.is_empty());
    for event in &of_register {
        assert!(event["subject"].as_str().unwrap().starts_with("certificates/"), "{event:#}");
        assert_eq!(event["data"]["case"], Value::Null, "it isn't theirs: {event:#}");
    }
    let clerk = hall.person(&[Role::Clerk], Some("panyu")).await;
    let (at_outlet, _) = read(&clerk, "0".to_owned(), 50, "").await;
    let cases = at_outlet.iter().filter(|event| event["subject"].as_str().unwrap().starts_with("cases/"));
    assert!(cases.clone().count() > 0);
    assert!(cases.clone().all(|event| event["data"]["case"]["outlet"] == "panyu"));
}

async fn types_are_chosen_by_their_names(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    made(&hall, &portal, 1).await;
    let filter = "&type=casehall.state_changed.v1&type=casehall.certificate_made.v1";
    for reader in [&portal, &hall.staff(Role::Supervisor).await] {
        let (chosen, _) = read(reader, "0".to_owned(), 2, filter).await;
        let (all, _) = read(reader, "0".to_owned(), 200, "").await;
        let of_them = |it: &&Value| ["casehall.state_changed.v1", "casehall.certificate_made.v1"].contains(&it["type"].as_str().unwrap());
        assert_eq!(chosen, all.iter().filter(of_them).cloned().collect::<Vec<_>>());
        assert!(types(&chosen).contains(&"casehall.certificate_made.v1"));
    }
}

async fn no_person_is_told(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    let key = made(&hall, &portal, 1).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.act(&key, "remark", &json!({ "remark": "谭丽的电话打不通" })).await;
    let (all, _) = read(&hall.staff(Role::Auditor).await, "0".to_owned(), 200, "").await;
    let text = Value::from(all).to_string();
    for told in ["谭丽", "刘少芬", "0694", "13800138", "广州", clerk.name()] {
        assert!(!text.contains(told), "{told}: {text}");
    }
}

async fn what_is_no_cursor_and_no_type_is_refused(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.get("/events?after=next").await.refused(400, "invalid_query");
    clerk.get("/events?after=9999999999999999999").await.refused(400, "invalid_query");
    clerk.get("/events?type=case_opened").await.refused(400, "invalid_query");
    clerk.get("/events?limit=0").await.refused(400, "invalid_query");
    // Beyond the end nothing has happened yet.
    let page = clerk.get("/events?after=500").await.expect(200);
    assert_eq!((&page["events"], &page["next"]), (&json!([]), &json!("500")));
}

async fn readers_beside_writers_miss_nothing_and_read_nothing_twice(database: TestDatabase) {
    const WRITERS: u32 = 8;
    const CASES: u32 = 12;
    let is_postgres = database.address.sqlite_path().is_none();
    let again = database.again();
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    let auditor = hall.staff(Role::Auditor).await;
    // On PostgreSQL half of them write and read through another instance.
    let other = if is_postgres { Some(hall.beside().await) } else { None };
    let elsewhere = other.as_ref().map(|other| Person::at(&other.base, &SystemClock, auditor.name()));
    let done = AtomicBool::new(false);
    let write = async |writer: u32| {
        for case in 0..CASES {
            portal.post("/cases", &application(1 + writer * CASES + case)).await.expect(201);
        }
    };
    let follow = async |reader: &Person<'_>| {
        let (mut seen, mut after) = (Vec::new(), "0".to_owned());
        loop {
            let last = done.load(Ordering::SeqCst);
            let (events, next) = read(reader, after, 7, "").await;
            seen.extend(events);
            after = next;
            if last {
                return seen;
            }
        }
    };
    let writing = async {
        join_all((0..WRITERS).map(write)).await;
        done.store(true, Ordering::SeqCst);
    };
    let (seen, seen_elsewhere, ()) = tokio::join!(
        follow(&auditor),
        follow(elsewhere.as_ref().unwrap_or(&auditor)),
        writing
    );
    let stored = again.rows("SELECT CAST(number AS TEXT) AS value FROM events ORDER BY number");
    for seen in [seen, seen_elsewhere] {
        assert_eq!(seen.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), stored);
    }
}

#[tokio::test]
async fn a_number_that_was_taken_and_is_not_yet_there_holds_the_feed_until_it_is() {
    let database = TestDatabase::postgres();
    let mut slow = PgConnection::establish(&database.address.to_string()).unwrap();
    let hall = Hall::open(database).await;
    let (clerk, auditor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Auditor).await);
    clerk.post("/cases", &application(1)).await.expect(201);
    let (before, end) = read(&auditor, "0".to_owned(), 50, "").await;
    slow.batch_execute(
        "BEGIN;
         INSERT INTO events (subject_kind, subject_id, sequence, kind, at, actor_id, actor_name, action, data)
         VALUES ('case', '019aaf3e-0000-7000-8000-000000000001', 1, 'remarked', '2026-03-02 02:00:00', 'x', 'x', 'remark',
                 '{\"kind\":\"remarked\",\"text\":\"late\"}')",
    )
    .unwrap();
    clerk.post("/cases", &application(2)).await.expect(201);
    for _ in 0..5 {
        assert_eq!(read(&auditor, end.clone(), 50, "").await, (vec![], end.clone()), "a smaller number may come yet");
    }
    slow.batch_execute("COMMIT").unwrap();
    let (after, _) = read(&auditor, end, 50, "").await;
    assert_eq!(types(&after)[..2], ["casehall.remarked.v1", "casehall.case_opened.v1"]);
    assert!(before.iter().all(|event| number(event) < number(&after[0])));
}

//! Imports in the middle of work at two instances, and cut off in the middle: all or nothing, and nothing twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use casehall::clock::SystemClock;
use chrono::{Datelike, NaiveDate};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Push, Staff, dates_in, year_of};
use crate::databases::postgres::Cluster;
use crate::databases::{TestDatabase, on_both};
use crate::hall::until;
use crate::hall::{Hall, MANY_OPENINGS, Person, application};
use crate::store::crashes::Program;

on_both!(concurrent_imports_leave_all_open_cases_on_the_last_calendar);

/// 2026 with one more holiday or without.
fn year_with(holiday: Option<&str>, if_match: i64) -> Push<'static> {
    let shipped = Push::shipped(2026, if_match);
    let Some(date) = holiday else { return shipped };
    let day = format!("days = [\n  {{ date = {date}, kind = \"holiday\", name = \"清明节\" }},\n");
    Push { body: shipped.body.replacen("days = [\n", &day, 1), ..shipped }
}

/// Opens cases and stops, starts and ends them, until told not to. What nobody may do just now is refused, and nothing
/// else is.
async fn work(desk: &Staff<'_>, first: u32, stop: &AtomicBool, opened: &AtomicU32) {
    let mut number = first;
    while !stop.load(Ordering::SeqCst) {
        let case = desk.open(number).await;
        opened.fetch_add(1, Ordering::SeqCst);
        match number % 4 {
            0 => {
                desk.supervisor.act(&case, "pause", &json!({ "reason": "停电" })).await.expect(200);
            }
            1 => {
                desk.supervisor.act(&case, "pause", &json!({ "reason": "停电" })).await.expect(200);
                desk.supervisor.act(&case, "resume", &json!({})).await.expect(200);
            }
            2 => desk.make(&case, number).await,
            _ => {}
        }
        number += 1;
    }
}

async fn concurrent_imports_leave_all_open_cases_on_the_last_calendar(database: TestDatabase) {
    let hall = Hall::with(database, &[MANY_OPENINGS]).await;
    // An SQLite file is one instance's: two that write to it all the time would keep each other from it.
    let other = if hall.database.address.sqlite_path().is_none() {
        Some(hall.sharing_settings(&[MANY_OPENINGS]).await)
    } else {
        None
    };
    let (here, there) = (Staff::of(&hall).await, Staff::of(other.as_ref().unwrap_or(&hall)).await);
    let (stop, opened) = (AtomicBool::new(false), AtomicU32::new(0));
    let importing = async {
        let mut edition = 1;
        for round in 0..8 {
            let enough = opened.load(Ordering::SeqCst) + 4;
            until("cases are opened", async || opened.load(Ordering::SeqCst) >= enough).await;
            let holiday = if round % 2 == 0 { Some("2026-03-10") } else { None };
            let done = year_with(holiday, edition).by(&here.administrator).await.expect(200);
            edition = done["edition"].as_i64().unwrap();
        }
        // The last one has another holiday, which all that run must show in the end.
        let last = year_with(Some("2026-03-12"), edition).by(&here.administrator).await.expect(200);
        stop.store(true, Ordering::SeqCst);
        last["edition"].as_i64().unwrap()
    };
    let (edition, ..) = tokio::join!(
        importing,
        work(&here, 10_000, &stop, &opened),
        work(&there, 20_000, &stop, &opened),
        work(&there, 30_000, &stop, &opened),
    );
    assert!(opened.load(Ordering::SeqCst) >= 32);
    assert!(check_all(&here, edition).await >= 32);
    assert!(check_all(&there, edition).await >= 32);
}

/// Holds every case against the calendar in force and its own timeline; how many there are.
async fn check_all(staff: &Staff<'_>, edition: i64) -> usize {
    let mut cases = 0;
    let mut after = String::new();
    loop {
        let list = staff.supervisor.get(&format!("/cases?limit=200{after}")).await.expect(200);
        for row in list["items"].as_array().unwrap() {
            check(staff, row, edition).await;
            cases += 1;
        }
        match list["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return cases,
        }
    }
}

async fn check(staff: &Staff<'_>, row: &Value, edition: i64) {
    let id = row["id"].as_str().unwrap();
    let told = staff.supervisor.get(&format!("/cases/{id}/deadlines")).await.expect(200);
    let runs = ["on_track", "overdue"].contains(&told["status"].as_str().unwrap());
    if runs {
        assert_eq!((&row["ready_from"]["at"], &row["limit"]["at"]), (&told["ready_from"]["at"], &told["limit"]["at"]));
    }
    if told["met_at"].is_null() {
        assert_eq!(told["calendar_edition"], edition);
    }
    // The dates that a calendar gave are those that the next one took away.
    let moves = staff.moves(id).await;
    let editions: Vec<i64> = moves.iter().map(|moved| moved["data"]["calendar"].as_i64().unwrap()).collect();
    assert!(editions.is_sorted_by(|one, next| one < next), "each change of the calendar once: {editions:?}");
    for pair in moves.windows(2) {
        if runs {
            assert_eq!(dates_in(&pair[0]["data"]["after"]), dates_in(&pair[1]["data"]["before"]));
        }
    }
    if let (true, Some(last)) = (runs && told["pauses"].as_array().unwrap().is_empty(), moves.last()) {
        assert_eq!(dates_in(&last["data"]["after"]), dates_in(&told));
    }
}

/// What a case's timeline says: how often the calendar moved it, and how often each thing was announced.
async fn counted(person: &Person<'_>, id: &str) -> (usize, BTreeMap<String, usize>) {
    let events = person.get(&format!("/cases/{id}/events")).await.expect(200);
    let (mut moves, mut announced) = (0, BTreeMap::new());
    for event in events["items"].as_array().unwrap() {
        moves += usize::from(event["kind"] == "calendar_changed");
        if event["kind"] == "announced" {
            let announcement = &event["data"]["announcement"];
            *announced.entry(format!("{} {}", announcement["kind"], announcement["cause"])).or_default() += 1;
        }
    }
    (moves, announced)
}

#[tokio::test]
async fn kill_9_of_postgres_leaves_no_partial_calendar_import() {
    let cluster = Arc::new(Cluster::private(false));
    let hall = Hall::open(TestDatabase::at(cluster.database())).await;
    let other = hall.beside().await;
    let staff = Staff::of(&hall).await;
    hall.set_time("2026-03-02T10:00:00+08:00");
    let cases: Vec<String> = join_all((0..80).map(|number| staff.open(number))).await;
    // Ready from the 11th, near the limit since the 12th: the import itself announces what no sweep has.
    for hall in [&hall, &other] {
        hall.set_time("2026-03-13T10:00:00+08:00");
    }
    staff.administrator.token().await;
    let (mut edition, mut moved) = (1, 0);
    for round in 0..4_u64 {
        let holiday = if round % 2 == 0 { Some("2026-03-16") } else { None };
        let push = year_with(holiday, edition);
        let request = push.by(&staff.administrator);
        let server = cluster.clone();
        let plug = tokio::task::spawn_blocking(move || {
            std::thread::sleep(Duration::from_millis(15 + 45 * round));
            server.kill();
        });
        let (answer, killed) = tokio::join!(request, plug);
        killed.unwrap();
        let server = cluster.clone();
        tokio::task::spawn_blocking(move || server.start()).await.unwrap();
        until("the service is ready", async || hall.nobody().get("//readyz").await.status == 200).await;
        let now = staff.clerk.get("/calendar/2026").await.expect(200)["edition"].as_i64().unwrap();
        assert!(answer.status != 200 || now == edition + 1, "what was answered is done");
        moved += usize::from(now != edition);
        let seen = join_all(cases.iter().map(|case| counted(&staff.clerk, case))).await;
        assert!(seen.iter().all(|(moves, _)| *moves == moved), "all of them or none: {seen:?}");
        // Whoever sends it again gets it done, or hears that it is.
        let again = push.by(&staff.administrator).await.expect(200);
        assert_eq!(again["changed"], now == edition);
        moved += usize::from(now == edition);
        edition = again["edition"].as_i64().unwrap();
    }
    let (one, two) = tokio::join!(hall.running.service.sweep(), other.running.service.sweep());
    one.unwrap();
    two.unwrap();
    for case in &cases {
        let (_, announced) = counted(&staff.clerk, case).await;
        assert!(announced.values().all(|times| *times == 1), "{announced:?}");
        assert!(announced.len() >= 3, "ready, and near both limits that it had: {announced:?}");
    }
    assert_eq!(check_all(&staff, edition).await, cases.len());
}

#[tokio::test]
async fn kill_9_leaves_no_partial_calendar_import() {
    let database = TestDatabase::sqlite();
    Program::add_user(&database, &["administrator", "--role", "administrator"]);
    Program::add_user(&database, &["clerk", "--role", "clerk", "--outlet", crate::hall::CENTER]);
    let program = Program::serve(&database);
    let clerk = Person::at(&program.base, &SystemClock, "clerk");
    let mut cases = Vec::new();
    let mut ready_from = NaiveDate::default();
    for number in 0..60 {
        let opened = clerk.post("/cases", &application(number)).await.expect(201);
        ready_from = opened["deadlines"]["ready_from"]["date"].as_str().unwrap().parse().unwrap();
        cases.push(opened["id"].as_str().unwrap().to_owned());
    }
    drop(clerk);
    program.signal("-9");
    program.ended().await;
    let year = ready_from.year();
    let (mut moved, mut edition) = (0, None);
    for round in 0..6_u64 {
        let program = Program::serve(&database);
        let administrator = Person::at(&program.base, &SystemClock, "administrator");
        let clerk = Person::at(&program.base, &SystemClock, "clerk");
        clerk.token().await;
        if round == 0 {
            edition = administrator.get(&format!("/calendar/{year}")).await.body["edition"].as_i64();
        }
        // The day on which they should be ready becomes a holiday, and a day like any other again.
        let holiday = ready_from.to_string();
        let push = match round % 2 {
            0 => Push::json(year, &year_of(year, &[(&holiday, true)]), edition),
            _ => Push::json(year, &year_of(year, &[]), edition),
        };
        push.tried_by(&administrator).await.expect(200);
        let cut = async {
            tokio::time::sleep(Duration::from_millis(5 + 9 * round)).await;
            program.signal("-9");
        };
        let (sent, ()) = tokio::join!(push.attempted_by(&administrator), cut);
        drop((clerk, administrator));
        program.ended().await;
        let program = Program::serve(&database);
        let administrator = Person::at(&program.base, &SystemClock, "administrator");
        let clerk = Person::at(&program.base, &SystemClock, "clerk");
        let now = administrator.get(&format!("/calendar/{year}")).await.body["edition"].as_i64();
        assert!(!sent || now != edition, "what was answered is done");
        moved += usize::from(now != edition);
        let seen = join_all(cases.iter().map(|case| counted(&clerk, case))).await;
        assert!(seen.iter().all(|(moves, _)| *moves == moved), "all of them or none: {seen:?}");
        let again = push.by(&administrator).await.expect(200);
        moved += usize::from(again["changed"] == true);
        edition = again["edition"].as_i64();
        drop((clerk, administrator));
        program.signal("-9");
        program.ended().await;
    }
}

//! What is announced about deadlines: everything, once, whoever sweeps and whenever.

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, all_in_order, application};
use crate::program::Files;

on_both!(
    each_date_is_announced_once_when_it_comes,
    late_sweeps_make_every_announcement_once,
    a_clock_that_is_put_back_stores_no_negative_spans,
    a_limit_moved_away_and_back_is_announced_once,
    an_action_announces_what_fell_due_before_it,
    uncollected_certificates_and_unanswered_corrections_are_announced,
    a_workflow_may_withdraw_what_nobody_corrects,
    a_failing_case_does_not_block_the_sweep,
    simultaneous_sweeps_announce_once,
);

async fn opened(clerk: &Person<'_>, number: u32) -> String {
    let case = clerk.post("/cases", &application(number)).await.expect(201);
    case["acceptance_number"].as_str().unwrap().to_owned()
}

/// What was announced about a case: kind and cause.
async fn announced(person: &Person<'_>, case: &str) -> Vec<(String, String)> {
    let events = person.get(&format!("/cases/{case}/events")).await.expect(200);
    let events = events["items"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let announcements = events.iter().filter(|event| event["kind"] == "announced").map(|event| {
        assert_eq!(event["actor"]["code"], "casehall", "nobody did it");
        let announcement = &event["data"]["announcement"];
        (text(&announcement["kind"]), text(&announcement["cause"]))
    });
    announcements.collect()
}

async fn sweep(hall: &Hall) -> usize {
    hall.running.service.sweep().await.unwrap().announced
}

fn pairs(found: &[(String, String)]) -> Vec<(&str, &str)> {
    found.iter().map(|(kind, cause)| (kind.as_str(), cause.as_str())).collect()
}

async fn each_date_is_announced_once_when_it_comes(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    hall.set_time("2026-03-02T10:00:00+08:00");
    let case = opened(&clerk, 1).await; // ready from the 11th, limit on Monday, the 16th
    assert_eq!(sweep(&hall).await, 0);
    for (instant, expected) in [
        ("2026-03-11T17:29:59+08:00", 0),
        ("2026-03-11T17:30:00+08:00", 1), // ready from: the end of the 7th working day
        ("2026-03-12T08:59:59+08:00", 0),
        ("2026-03-12T09:00:00+08:00", 1), // two working days before the limit, when business begins
        ("2026-03-16T17:29:59+08:00", 0),
        ("2026-03-16T17:30:00+08:00", 1),
        ("2026-03-20T17:30:00+08:00", 0),
    ] {
        hall.set_time(instant);
        assert_eq!(sweep(&hall).await, expected, "{instant}");
        assert_eq!(sweep(&hall).await, 0, "{instant} again");
    }
    let found = announced(&clerk, &case).await;
    assert_eq!(
        pairs(&found),
        [("ready_from_reached", "2026-03-11"), ("due_soon", "2026-03-16"), ("limit_passed", "2026-03-16")]
    );
}

async fn late_sweeps_make_every_announcement_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let mut cases = Vec::new();
    for (number, instant) in
        ["2026-03-02T10:00:00+08:00", "2026-03-03T10:00:00+08:00", "2026-03-04T10:00:00+08:00"].iter().enumerate()
    {
        hall.set_time(instant);
        for more in 0..4 {
            cases.push((number, opened(&clerk, 10 * u32::try_from(number).unwrap() + more).await));
        }
    }
    hall.set_time("2026-03-11T18:00:00+08:00");
    assert_eq!(sweep(&hall).await, 4, "the first four are ready to be collected");
    // Three days without the program, in which dates pass; it comes back with the same database.
    let hall = {
        hall.set_time("2026-03-16T18:00:00+08:00");
        let _ = supervisor.name();
        drop((clerk, supervisor));
        hall.restarted(None).await.unwrap()
    };
    let clerk = hall.staff(Role::Clerk).await;
    // First day: due soon, limit passed. Second: ready, due soon. Third: ready, due soon.
    assert_eq!(sweep(&hall).await, 4 * 2 + 4 * 2 + 4 * 2);
    assert_eq!(sweep(&hall).await, 0);
    for (number, case) in &cases {
        let found = announced(&clerk, case).await;
        let kinds: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
        let expected: &[&str] = match number {
            0 => &["ready_from_reached", "due_soon", "limit_passed"],
            _ => &["ready_from_reached", "due_soon"],
        };
        assert_eq!(kinds, expected, "{case} of day {number}");
    }
}

async fn a_clock_that_is_put_back_stores_no_negative_spans(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    hall.set_time("2026-03-05T10:00:00+08:00");
    let case = asked_for_correction(&clerk, 1).await;
    hall.set_time("2026-03-03T10:00:00+08:00");
    clerk.act(&case, "resubmit", &json!({})).await.expect(200);
    let spans = "SELECT CAST(seconds AS TEXT) || ' ' || CAST(working_days AS TEXT) FROM report_facts WHERE seconds < 0 OR working_days < 0";
    assert_eq!(hall.database.rows(spans), Vec::<String>::new());
    let pauses = clerk.get(&format!("/cases/{case}/deadlines")).await.expect(200)["pauses"].clone();
    assert!(pauses[0]["to"].is_string() && pauses[0]["from"] == pauses[0]["to"], "{pauses}");
}

async fn a_limit_moved_away_and_back_is_announced_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    hall.set_time("2026-03-02T10:00:00+08:00");
    let case = opened(&clerk, 1).await;
    hall.set_time("2026-03-12T10:00:00+08:00");
    assert_eq!(sweep(&hall).await, 2);
    let extend = json!({ "limit": "2026-03-20", "reason": "介质缺货" });
    supervisor.act(&case, "extend_limit", &extend).await.expect(200);
    assert_eq!(sweep(&hall).await, 0);
    hall.set_time("2026-03-18T10:00:00+08:00");
    assert_eq!(sweep(&hall).await, 1, "the new limit is near");
    // The clock of the hall is set back and forth: what was announced stays announced.
    hall.set_time("2026-03-12T11:00:00+08:00");
    assert_eq!(sweep(&hall).await, 0);
    hall.set_time("2026-03-20T18:00:00+08:00");
    assert_eq!(sweep(&hall).await, 1);
    let found = announced(&clerk, &case).await;
    assert_eq!(
        pairs(&found),
        [
            ("ready_from_reached", "2026-03-11"),
            ("due_soon", "2026-03-16"),
            ("due_soon", "2026-03-20"),
            ("limit_passed", "2026-03-20"),
        ]
    );
}

async fn an_action_announces_what_fell_due_before_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    hall.set_time("2026-03-02T10:00:00+08:00");
    let (paused, withdrawn) = (opened(&clerk, 1).await, opened(&clerk, 2).await);
    hall.set_time("2026-03-16T18:00:00+08:00");
    supervisor.act(&paused, "pause", &json!({ "reason": "介质缺货" })).await.expect(200);
    clerk.act(&withdrawn, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    for case in [&paused, &withdrawn] {
        let found = announced(&clerk, case).await;
        let kinds: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["ready_from_reached", "due_soon", "limit_passed"]);
    }
    assert_eq!(sweep(&hall).await, 0);
}

async fn uncollected_certificates_and_unanswered_corrections_are_announced(database: TestDatabase) {
    let hall = Hall::with(database, &[("ANNOUNCEMENTS__UNANSWERED_AFTER_DAYS", "10")]).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    hall.set_time("2026-03-02T10:00:00+08:00");
    let view = clerk.post("/cases", &application(1)).await.expect(201);
    let made = view["acceptance_number"].as_str().unwrap().to_owned();
    clerk.act(&made, "record_materials", &all_in_order(&view)).await.expect(200);
    clerk.act(&made, "accept_materials", &json!({})).await.expect(200);
    let certificate = json!({ "certificate": { "serial": "GZ-1", "medium_number": "KEY-1" } });
    producer.act(&made, "record_certificate", &certificate).await.expect(200);
    let waiting = asked_for_correction(&clerk, 2).await;
    hall.advance(Duration::days(10) - Duration::seconds(1));
    assert_eq!(sweep(&hall).await, 0);
    hall.advance(Duration::seconds(1));
    assert_eq!(sweep(&hall).await, 1);
    hall.advance(Duration::days(20));
    assert_eq!(sweep(&hall).await, 1);
    assert_eq!(pairs(&announced(&clerk, &made).await), [("uncollected", "2026-03-02")]);
    assert_eq!(pairs(&announced(&clerk, &waiting).await), [("correction_unanswered", "2026-03-02")]);
}

/// A case whose applicant was told what to correct.
async fn asked_for_correction(clerk: &Person<'_>, number: u32) -> String {
    let view = clerk.post("/cases", &application(number)).await.expect(201);
    let case = view["acceptance_number"].as_str().unwrap().to_owned();
    let mut sheet = all_in_order(&view);
    sheet["materials"][0]["copies_received"] = json!(0);
    sheet["materials"][0]["copies_stamped"] = json!(0);
    clerk.act(&case, "record_materials", &sheet).await.expect(200);
    clerk.act(&case, "request_correction", &json!({})).await.expect(200);
    case
}

async fn a_workflow_may_withdraw_what_nobody_corrects(database: TestDatabase) {
    let files = Files::new();
    let with_end =
        "states = [{ code = \"correction_requested\", time_out = { after_days = 60, action = \"withdraw\" } }]";
    files.change("workflows/check-then-make.toml", &[("\nextends", &format!("\n{with_end}\nextends"))]);
    let hall = Hall::arranged(database, files.path(), &[]).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (case, answered) = (asked_for_correction(&clerk, 1).await, asked_for_correction(&clerk, 2).await);
    clerk.act(&answered, "resubmit", &json!({})).await.expect(200);
    // Money is given back by people: a case in which it was taken waits for one.
    let paid = asked_for_correction(&clerk, 3).await;
    clerk.act(&paid, "resubmit", &json!({})).await.expect(200);
    let cash = json!({ "payment": { "amount_fen": 100, "method": "cash" } });
    clerk.act(&paid, "record_payment", &cash).await.expect(200);
    clerk.act(&paid, "request_correction", &json!({})).await.expect(200);
    hall.advance(Duration::days(60));
    sweep(&hall).await;
    let waiting = clerk.get(&format!("/cases/{paid}")).await.expect(200);
    assert_eq!(waiting["state"]["code"], "correction_requested");
    // Whoever took the money doesn't give it back.
    let other = hall.staff(Role::Clerk).await;
    let withdrawn = other.act(&paid, "withdraw", &json!({ "reason": "逾期未补正" })).await.expect(200);
    assert_eq!(withdrawn["fee"]["refunded_fen"], 100);
    let ended = clerk.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(ended["state"]["code"], "withdrawn");
    assert_eq!(pairs(&announced(&clerk, &case).await).first().unwrap().0, "correction_unanswered");
    let events = clerk.get(&format!("/cases/{case}/events")).await.expect(200);
    let last = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["kind"] == "state_changed" && event["data"]["to"] == "withdrawn")
        .unwrap();
    assert_eq!((&last["actor"]["code"], &last["action"]), (&json!("casehall"), &json!("withdraw")));
    assert_eq!(clerk.get(&format!("/cases/{answered}")).await.expect(200)["state"]["code"], "submitted");
    // Why, whoever looks reads in their language.
    let path = format!("/console/cases/{case}");
    let (zh, en) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await.in_english());
    for (visitor, why) in [(zh, "逾期未办理，系统自动处理"), (en, "Not dealt with in time; done by the system")]
    {
        let timeline = visitor.get(&path).await.texts(".timeline").concat();
        assert!(timeline.contains(why), "{why}: {timeline}");
    }
    // The organization may apply again.
    clerk.post("/cases", &application(1)).await.expect(201);
}

async fn a_failing_case_does_not_block_the_sweep(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    hall.set_time("2026-03-02T10:00:00+08:00");
    let (broken, sound) = (opened(&clerk, 1).await, opened(&clerk, 2).await);
    hall.database.tamper(&format!("UPDATE cases SET document = '{{' WHERE acceptance_number = '{broken}'"));
    hall.set_time("2026-03-11T18:00:00+08:00");
    let swept = hall.running.service.sweep().await.unwrap();
    assert_eq!((swept.looked_at, swept.announced, swept.failed), (2, 1, 1));
    assert_eq!(pairs(&announced(&clerk, &sound).await), [("ready_from_reached", "2026-03-11")]);
    assert_eq!(hall.running.service.sweep().await.unwrap().looked_at, 0, "it is put off");
    hall.advance(Duration::minutes(11));
    assert_eq!(hall.running.service.sweep().await.unwrap().failed, 1, "and tried again");
}

async fn simultaneous_sweeps_announce_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    hall.set_time("2026-03-02T10:00:00+08:00");
    let mut cases = Vec::new();
    for number in 0..20 {
        cases.push(opened(&clerk, number).await);
    }
    hall.set_time("2026-03-16T18:00:00+08:00");
    let other = hall.beside().await;
    let (one, two) = tokio::join!(hall.running.service.sweep(), other.running.service.sweep());
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.announced + two.announced, one.failed + two.failed), (60, 0));
    for case in &cases {
        assert_eq!(announced(&clerk, case).await.len(), 3);
    }
}

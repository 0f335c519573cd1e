//! Locks that another system reports: so many in an hour, named with their source, and withdrawn when they were wrong.

use casehall::clock::Clock;
use casehall::domain::accounts::actor::Actor;
use casehall::domain::accounts::role::{Role, Scope};
use casehall::service::accounts::caller::Caller;
use casehall::service::base::error::ServiceError;
use chrono::Duration;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::registration;
use crate::case_types::shipped::{self, Staff};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person};

on_both!(
    a_system_locks_so_many_certificates_in_an_hour_on_whatever_instance,
    of_100_locks_in_a_second_most_are_refused_and_all_can_be_withdrawn,
    only_a_lock_that_stands_and_came_from_the_report_is_withdrawn,
    what_a_system_suspends_by_an_application_counts_and_is_withdrawn_as_well,
    what_somebody_else_reported_as_well_stays_when_a_system_is_withdrawn,
    an_account_locks_and_suspends_so_many_certificates_in_an_hour,
    a_supervisor_other_than_the_reporter_withdraws_what_the_window_reported,
    services_that_one_account_suspended_are_restored_as_a_run,
);

const WITHDRAW: &str = "/certificates/lock-reports/withdrawals";
const REPORTS: &[Scope] = &[Scope::CertificatesReport, Scope::CertificatesRead];

async fn lock(who: &Person<'_>, number: u32) -> crate::hall::Answer {
    let report = json!({ "reference": format!("LOGIN-{number}") });
    who.post(&format!("/certificates/GZ2013-{number:04}/lock-reports"), &report).await
}

async fn a_system_locks_so_many_certificates_in_an_hour_on_whatever_instance(database: TestDatabase) {
    let settings = [("LOCK_REPORTS__PER_SYSTEM_AND_HOUR", "3")];
    let again = database.again();
    let hall = Hall::with(database, &settings).await;
    for number in 1..=8 {
        hall.register(&registration(number)).await;
    }
    let (login, other) = (hall.client("login", REPORTS).await, hall.client("other", REPORTS).await);
    let clerk = hall.staff(Role::Clerk).await;
    let locked = lock(&login, 1).await.expect(200);
    let source =
        json!({ "at": "2026-03-02T02:00:00Z", "source": "client", "reported_by": "login", "reference": "LOGIN-1" });
    assert_eq!(locked["lock"], source);
    lock(&login, 1).await.refused(409, "certificate_locked");
    let early = json!({ "locked_at": "2024-12-31T23:59:59Z" });
    let refused = login.post("/certificates/GZ2013-0002/lock-reports", &early).await;
    assert_eq!(refused.faults(), [("/locked_at".to_owned(), "out_of_order".to_owned())], "before it was valid");
    hall.advance(Duration::minutes(20));
    lock(&login, 2).await.expect(200);
    lock(&login, 3).await.expect(200);
    let answer = lock(&login, 4).await;
    assert_eq!(answer.header("Retry-After"), "2401", "until the first is an hour old");
    answer.refused(429, "too_many_reports");
    lock(&other, 4).await.expect(200);
    lock(&clerk, 5).await.expect(200);
    // The database counts, so that another instance knows.
    let (directory, now) = (tempfile::tempdir().unwrap(), hall.clock.now());
    let elsewhere = Hall::start(again, directory, &settings, None, now).await.unwrap();
    let service = &elsewhere.running.service;
    let [id, name] = ["login", "login"].map(str::to_owned);
    let actor = Actor { id, name, roles: vec![Role::Client], outlet: None };
    let caller = Caller::new(actor, Some(REPORTS.to_vec()));
    let report = service.lock_report(None, None).unwrap();
    let refused = service.enter_report(&caller, "GZ2013-0006", report, None).await;
    assert!(matches!(refused, Err(ServiceError::TooManyReports { retry_after_seconds: 2401 })), "{refused:?}");
    hall.advance(Duration::minutes(40) + Duration::seconds(1));
    lock(&login, 6).await.expect(200);
    lock(&login, 7).await.refused(429, "too_many_reports");
}

async fn of_100_locks_in_a_second_most_are_refused_and_all_can_be_withdrawn(database: TestDatabase) {
    let hall = Hall::with(database, &[("LOCK_REPORTS__PER_SYSTEM_AND_HOUR", "20")]).await;
    for number in 1..=100 {
        hall.register(&registration(number)).await;
    }
    let (login, supervisor) = (hall.client("login", REPORTS).await, hall.staff(Role::Supervisor).await);
    login.token().await;
    let answers = join_all((1..=100).map(|number| lock(&login, number))).await;
    let of = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((of(200), of(429)), (20, 80), "however they come");
    let run = json!({
        "system": "login", "from": "2026-03-02T02:00:00Z", "until": "2026-03-02T02:00:01Z", "reason": "登录系统被入侵",
    });
    let tried = supervisor.post(&format!("{WITHDRAW}?dry_run=true"), &run).await.expect(200);
    assert_eq!((&tried["withdrawn"], &tried["results"][0]["state"]), (&json!(20), &json!("locked")));
    let done = supervisor.post(WITHDRAW, &run).await.expect(200);
    assert_eq!((&done["withdrawn"], &done["refused"], &done["more"]), (&json!(20), &json!(0), &json!(false)));
    assert!(done["results"].as_array().unwrap().iter().all(|row| row["state"] == "active"));
    let locked = supervisor.get("/certificates?state=locked").await.expect(200);
    assert_eq!(locked["items"], json!([]));
}

async fn only_a_lock_that_stands_and_came_from_the_report_is_withdrawn(database: TestDatabase) {
    let hall = Hall::open(database).await;
    for number in 1..=5 {
        hall.register(&registration(number)).await;
    }
    let (login, other) = (hall.client("login", REPORTS).await, hall.client("other", REPORTS).await);
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    for number in 1..=3 {
        lock(&login, number).await.expect(200);
    }
    lock(&other, 4).await.expect(200);
    lock(&clerk, 5).await.expect(200);
    // Its holder has reported it lost since: the lock goes, the suspension stays.
    clerk.post("/certificates/GZ2013-0002/loss-reports", &json!({ "reason": "遗失" })).await.expect(200);
    let run =
        |until: &str| json!({ "system": "login", "from": "2026-03-02T02:00:00Z", "until": until, "reason": "误报" });
    let first = run("2026-03-02T02:00:01Z");
    clerk.post(WITHDRAW, &first).await.refused(403, "role_missing");
    login.post(WITHDRAW, &first).await.refused(403, "role_missing");
    supervisor.post(WITHDRAW, &run("2026-03-02T02:00:00Z")).await.refused(422, "invalid_request");
    let states = |done: &Value| -> Vec<(String, String)> {
        let row = |row: &Value| {
            let what = row["state"].as_str().or(row["problem"]["code"].as_str()).unwrap();
            (row["serial"].as_str().unwrap().to_owned(), what.to_owned())
        };
        let mut rows: Vec<_> = done["results"].as_array().unwrap().iter().map(row).collect();
        rows.sort();
        rows
    };
    let of = |pairs: [(&str, &str); 3]| pairs.map(|(serial, what)| (serial.to_owned(), what.to_owned())).to_vec();
    let done = supervisor.post(WITHDRAW, &first).await.expect(200);
    let expected = of([("GZ2013-0001", "active"), ("GZ2013-0002", "suspended"), ("GZ2013-0003", "active")]);
    assert_eq!(states(&done), expected);
    for number in [4, 5] {
        let shown = clerk.get(&format!("/certificates/GZ2013-{number:04}")).await.expect(200);
        assert_eq!(shown["state"]["code"], "locked", "another one reported that");
    }
    let events = clerk.get("/certificates/GZ2013-0001/events").await.expect(200);
    let last = &events["items"].as_array().unwrap()[3];
    assert_eq!((&last["kind"], &last["action"]), (&json!("unlocked"), &json!("withdraw_report")));
    assert_eq!((&last["data"]["reason"], &last["data"]["before"]["reference"]), (&json!("误报"), &json!("LOGIN-1")));
    // Reported again, and rightly: the run of before doesn't reach that one.
    hall.advance(Duration::minutes(5));
    lock(&login, 3).await.expect(200);
    let again = supervisor.post(WITHDRAW, &first).await.expect(200);
    let expected = of([
        ("GZ2013-0001", "certificate_not_locked"),
        ("GZ2013-0002", "certificate_not_locked"),
        ("GZ2013-0003", "report_of_another"),
    ]);
    assert_eq!(states(&again), expected);
    assert_eq!(clerk.get("/certificates/GZ2013-0003").await.expect(200)["state"]["code"], "locked");
}

async fn what_a_system_suspends_by_an_application_counts_and_is_withdrawn_as_well(database: TestDatabase) {
    let hall = Hall::with(database, &[("LOCK_REPORTS__PER_SYSTEM_AND_HOUR", "1")]).await;
    let staff = Staff::of(&hall).await;
    hall.register(&registration(2)).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CertificatesReport]).await;
    lock(&portal, 2).await.expect(200);
    let lost = shipped::application("reissue", shipped::reissue("lost"));
    portal.post("/cases", &lost).await.refused(429, "too_many_reports");
    assert_eq!(staff.state().await, "active", "nothing of it was done");
    hall.advance(Duration::hours(1));
    portal.post("/cases", &lost).await.expect(201);
    assert_eq!(staff.state().await, "suspended");
    lock(&portal, 2).await.refused(409, "certificate_locked");
    let run = json!({
        "system": "portal", "from": "2026-03-02T02:00:00Z", "until": "2026-03-02T04:00:00Z", "reason": "系统被入侵",
    });
    let done = staff.supervisor.post(WITHDRAW, &run).await.expect(200);
    assert_eq!((&done["withdrawn"], &done["refused"]), (&json!(2), &json!(0)));
    assert_eq!(staff.state().await, "active");
}

async fn what_somebody_else_reported_as_well_stays_when_a_system_is_withdrawn(database: TestDatabase) {
    let hall = Hall::open(database).await;
    for number in 2..=4 {
        hall.register(&registration(number)).await;
    }
    let staff = Staff::of(&hall).await;
    let (login, other) = (hall.client("login", REPORTS).await, hall.client("other", REPORTS).await);
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CertificatesReport]).await;
    let run = |system: &str| {
        let (from, until) = ("2026-03-02T02:00:00Z", "2026-03-02T04:00:00Z");
        json!({ "system": system, "from": from, "until": until, "reason": "误报" })
    };
    let state = async |number: u32| {
        let shown = staff.clerk.get(&format!("/certificates/GZ2013-{number:04}")).await.expect(200);
        shown["state"]["code"].as_str().unwrap().to_owned()
    };
    // Whoever reports it first, the window's report stands by itself; nobody reports it twice.
    lock(&login, 2).await.expect(200);
    lock(&staff.clerk, 2).await.expect(200);
    lock(&staff.clerk, 2).await.refused(409, "certificate_locked");
    lock(&staff.clerk, 3).await.expect(200);
    lock(&login, 3).await.expect(200);
    // Of two systems each is withdrawn by itself, and the certificate is unlocked with the last.
    lock(&login, 4).await.expect(200);
    lock(&other, 4).await.expect(200);
    // The holder came to the window about what a portal had reported lost.
    portal.post("/cases", &shipped::application("reissue", shipped::reissue("lost"))).await.expect(201);
    let lost = format!("/certificates/{}/loss-reports", shipped::SERIAL);
    staff.clerk.post(&lost, &json!({ "reason": "遗失" })).await.expect(200);
    staff.clerk.post(&lost, &json!({ "reason": "遗失" })).await.refused(409, "certificate_suspended");

    let tried = staff.supervisor.post(&format!("{WITHDRAW}?dry_run=true"), &run("login")).await.expect(200);
    let done = staff.supervisor.post(WITHDRAW, &run("login")).await.expect(200);
    for answer in [&tried, &done] {
        assert_eq!((&answer["withdrawn"], &answer["refused"]), (&json!(3), &json!(0)));
    }
    assert_eq!([state(2).await, state(3).await, state(4).await], ["locked"; 3]);
    let shown = staff.clerk.get("/certificates/GZ2013-0002").await.expect(200);
    assert_eq!(shown["lock"]["source"], "window", "what stands is told");
    let events = staff.clerk.get("/certificates/GZ2013-0002/events").await.expect(200);
    let last = events["items"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["kind"], &last["data"]["lock"]["reported_by"]),
        (&json!("lock_report_withdrawn"), &json!("login"))
    );
    staff.supervisor.post(WITHDRAW, &run("other")).await.expect(200);
    assert_eq!(state(4).await, "active");
    staff.supervisor.post(WITHDRAW, &run("portal")).await.expect(200);
    assert_eq!(staff.state().await, "suspended");
    let again = staff.supervisor.post(WITHDRAW, &run("login")).await.expect(200);
    assert_eq!(again["withdrawn"], 0, "nothing is withdrawn twice");
    let restore = format!("/certificates/{}/restore", shipped::SERIAL);
    staff.supervisor.post(&restore, &json!({ "reason": "找回" })).await.expect(200);
    assert_eq!(staff.state().await, "active", "a supervisor lifts it, whoever reported");
    // A system that nobody knows has reported nothing.
    let unknown = staff.supervisor.post(WITHDRAW, &run("nobody")).await;
    assert_eq!(unknown.faults(), [("/system".to_owned(), "unknown_system".to_owned())]);
}

async fn an_account_locks_and_suspends_so_many_certificates_in_an_hour(database: TestDatabase) {
    let hall = Hall::with(database, &[("LOCK_REPORTS__PER_ACCOUNT_AND_HOUR", "3")]).await;
    for number in 1..=7 {
        hall.register(&registration(number)).await;
    }
    let (clerk, other) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let supervisor = hall.staff(Role::Supervisor).await;
    let lose = async |number: u32| {
        let path = format!("/certificates/GZ2013-{number:04}/loss-reports");
        clerk.post(&path, &json!({ "reason": "遗失" })).await
    };
    lock(&clerk, 1).await.expect(200);
    lose(2).await.expect(200);
    lose(3).await.expect(200);
    let answer = lock(&clerk, 4).await;
    assert_eq!(answer.header("Retry-After"), "3601");
    answer.refused(429, "too_many_reports");
    lose(5).await.refused(429, "too_many_reports");
    // Nobody else waits for that, nor does what lifts it.
    lock(&other, 4).await.expect(200);
    lock(&supervisor, 5).await.expect(200);
    supervisor.post("/certificates/GZ2013-0002/restore", &json!({ "reason": "找回" })).await.expect(200);
    hall.advance(Duration::hours(1) + Duration::seconds(1));
    lock(&clerk, 6).await.expect(200);
}

async fn a_supervisor_other_than_the_reporter_withdraws_what_the_window_reported(database: TestDatabase) {
    let hall = Hall::open(database).await;
    for number in 1..=4 {
        hall.register(&registration(number)).await;
    }
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let login = hall.client("login", REPORTS).await;
    let locked = lock(&clerk, 1).await.expect(200);
    let account = locked["lock"]["reported_by"].as_str().unwrap().to_owned();
    clerk.post("/certificates/GZ2013-0002/loss-reports", &json!({ "reason": "遗失" })).await.expect(200);
    lock(&clerk, 3).await.expect(200);
    lock(&login, 3).await.expect(200);
    let own = lock(&supervisor, 4).await.expect(200)["lock"]["reported_by"].clone();
    let run = |account: &Value| {
        let (from, until) = ("2026-03-02T02:00:00Z", "2026-03-02T02:00:01Z");
        json!({ "account": account, "from": from, "until": until, "reason": "误报" })
    };
    let faults = async |run: Value| supervisor.post(WITHDRAW, &run).await.faults();
    let fault = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    assert_eq!(faults(run(&own)).await, fault("/account", "own_reports"));
    assert_eq!(faults(run(&json!("nobody"))).await, fault("/account", "unknown_account"));
    let mut both = run(&json!(account));
    both["system"] = json!("login");
    assert_eq!(faults(both).await, fault("/system", "one_of"));
    clerk.post(WITHDRAW, &run(&json!(account))).await.refused(403, "role_missing");
    let tried = supervisor.post(&format!("{WITHDRAW}?dry_run=true"), &run(&json!(account))).await.expect(200);
    let done = supervisor.post(WITHDRAW, &run(&json!(account))).await.expect(200);
    assert_eq!((&tried["withdrawn"], &done["withdrawn"], &done["refused"]), (&json!(3), &json!(3), &json!(0)));
    let mut states = Vec::new();
    for number in 1..=4 {
        let shown = clerk.get(&format!("/certificates/GZ2013-{number:04}")).await.expect(200);
        states.push(shown["state"]["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(states, ["active", "active", "locked", "locked"], "what the system reported, too, stays");
    // Another supervisor takes back what this one reported.
    let other = hall.staff(Role::Supervisor).await;
    assert_eq!(other.post(WITHDRAW, &run(&own)).await.expect(200)["withdrawn"], 1);
}

async fn services_that_one_account_suspended_are_restored_as_a_run(database: TestDatabase) {
    let hall = Hall::with(database, &[("LOCK_REPORTS__PER_ACCOUNT_AND_HOUR", "8")]).await;
    for number in 1..=5 {
        hall.register(&registration(number)).await;
    }
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let service =
        |number: u32, code: &str, act: &str| format!("/certificates/GZ2013-{number:04}/services/{code}/{act}");
    let why = json!({ "reason": "误报" });
    for number in 1..=4 {
        for code in ["e-seal", "urban-construction"] {
            clerk.post(&service(number, code, "suspend"), &why).await.expect(200);
        }
    }
    clerk.post(&service(5, "e-seal", "suspend"), &why).await.refused(429, "too_many_reports");
    // Restored since; and suspended again by somebody else, who isn't undone.
    supervisor.post(&service(3, "e-seal", "restore"), &why).await.expect(200);
    supervisor.post(&service(4, "e-seal", "restore"), &why).await.expect(200);
    supervisor.post(&service(4, "e-seal", "suspend"), &why).await.expect(200);
    let account = hall.database.rows(&format!("SELECT id FROM users WHERE username = '{}'", clerk.name()));
    let run = json!({
        "account": account[0], "from": "2026-03-02T02:00:00Z", "until": "2026-03-02T02:00:01Z", "reason": "账号被盗用",
    });
    let tried = supervisor.post(&format!("{WITHDRAW}?dry_run=true"), &run).await.expect(200);
    assert_eq!((&tried["withdrawn"], &tried["refused"]), (&json!(6), &json!(2)), "{tried}");
    let done = supervisor.post(WITHDRAW, &run).await.expect(200);
    assert_eq!((&done["withdrawn"], &done["refused"]), (&json!(6), &json!(2)));
    let mut codes: Vec<&str> =
        done["results"].as_array().unwrap().iter().filter_map(|row| row["problem"]["code"].as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["report_of_another", "service_not_suspended"]);
    for (number, code, status) in [(1, "e-seal", "open"), (2, "urban-construction", "open"), (4, "e-seal", "suspended")]
    {
        let record = clerk.get(&format!("/certificates/GZ2013-{number:04}/services/{code}")).await.expect(200);
        assert_eq!(record["service"]["status"], status, "{number} {code}");
    }
    let again = supervisor.post(WITHDRAW, &run).await.expect(200);
    assert_eq!(again["withdrawn"], 0, "sent again, nothing is done twice");
}

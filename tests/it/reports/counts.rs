//! Reports and the board over HTTP: what is counted when, who sees what, and as what it is sent.

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::hall::{CENTER, Hall, Person, TWO_OUTLETS, all_in_order, application, send};
use crate::places::{Place, on_both};

on_both!(
    a_certificate_counts_on_the_day_it_was_made_though_it_is_voided_later,
    what_is_made_late_by_the_promise_may_be_in_time_by_an_extension,
    an_overdue_case_says_where_its_time_went,
    the_board_parts_what_is_overdue_due_and_stopped,
    a_case_is_open_at_the_outlet_where_it_was_that_day,
);

/// Opens a case and takes it to the papers accepted.
async fn accepted(clerk: &Person<'_>, number: u32) -> String {
    let opened = clerk.post("/cases", &application(number)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap().to_owned();
    clerk.act(&case, "record_materials", &all_in_order(&opened)).await.expect(200);
    clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
    case
}

fn certificate(number: u32) -> Value {
    json!({ "certificate": { "serial": format!("GZ-{number}"), "medium_number": format!("KEY-{number}") } })
}

async fn table(person: &Person<'_>, query: &str) -> Vec<Value> {
    person.get(&format!("/reports/{query}")).await.expect(200)["table"]["rows"].as_array().unwrap().clone()
}

async fn a_certificate_counts_on_the_day_it_was_made_though_it_is_voided_later(place: Place) {
    let hall = Hall::open(place).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let supervisor = hall.staff(Role::Supervisor).await;
    let case = accepted(&clerk, 1).await;
    hall.advance(Duration::days(1));
    producer.act(&case, "record_certificate", &certificate(1)).await.expect(200);
    hall.advance(Duration::days(1));
    let tuesday = table(&supervisor, "throughput?from=2026-03-03&to=2026-03-03").await;
    assert_eq!((&tuesday[0]["made"], &tuesday[0]["share_by_ready"]), (&json!(1), &json!(1.0)));

    producer.act(&case, "remake", &json!({ "reason": "介质损坏" })).await.expect(200);
    producer.act(&case, "record_certificate", &certificate(2)).await.expect(200);
    assert_eq!(table(&supervisor, "throughput?from=2026-03-03&to=2026-03-03").await, tuesday);
    let days = table(&supervisor, "throughput?from=2026-03-02&to=2026-03-04").await;
    let of = |what: &str| days.iter().map(|day| day[what].as_i64().unwrap()).collect::<Vec<_>>();
    assert_eq!((of("opened"), of("made"), of("voided")), (vec![1, 0, 0], vec![0, 1, 1], vec![0, 0, 1]));
    assert_eq!(days[0]["share_by_limit"], Value::Null, "a share of nothing is none");

    // Today isn't over, and says so.
    for (to, open) in [("2026-03-03", false), ("2026-03-04", true)] {
        let report = supervisor.get(&format!("/reports/throughput?from=2026-03-02&to={to}")).await.expect(200);
        assert_eq!(report["open"], open, "{to}");
    }
}

async fn what_is_made_late_by_the_promise_may_be_in_time_by_an_extension(place: Place) {
    let hall = Hall::open(place).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let supervisor = hall.staff(Role::Supervisor).await;
    // Received on Monday, 2 March: ready from the 11th, limit the 16th.
    let cases = [accepted(&clerk, 1).await, accepted(&clerk, 2).await, accepted(&clerk, 3).await];
    let extension = json!({ "limit": "2026-03-18", "reason": "材料待核" });
    supervisor.act(&cases[1], "extend_limit", &extension).await.expect(200);
    hall.set_time("2026-03-16T09:30:00Z"); // closing time, which is still in time
    producer.act(&cases[0], "record_certificate", &certificate(1)).await.expect(200);
    hall.set_time("2026-03-16T09:30:01Z");
    producer.act(&cases[1], "record_certificate", &certificate(2)).await.expect(200);
    producer.act(&cases[2], "record_certificate", &certificate(3)).await.expect(200);
    let row = &table(&supervisor, "throughput?by=period").await[0];
    let counts = ["made", "made_by_ready", "made_by_limit", "made_in_time"].map(|code| row[code].as_i64().unwrap());
    assert_eq!(counts, [3, 0, 1, 2]);
    assert_eq!(row["share_by_limit"], json!(0.3333));
    let people = table(&supervisor, "people").await;
    let made: Vec<_> = people.iter().filter(|row| row["made"] != json!(0)).collect();
    assert_eq!((made.len(), &made[0]["made_late"], &made[0]["late_share"]), (1, &json!(1), &json!(0.3333)));
    assert_eq!(made[0]["name"], "制证人员");
}

async fn an_overdue_case_says_where_its_time_went(place: Place) {
    let hall = Hall::open(place).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let auditor = hall.person(&[Role::Auditor], None).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    hall.advance(Duration::hours(5));
    clerk.act(case, "record_materials", &all_in_order(&opened)).await.expect(200);
    clerk.act(case, "accept_materials", &json!({})).await.expect(200);
    hall.advance(Duration::hours(1));
    supervisor.act(case, "pause", &json!({ "reason": "核查" })).await.expect(200);
    hall.advance(Duration::hours(24));
    supervisor.act(case, "resume", &json!({})).await.expect(200);
    assert_eq!(table(&auditor, "overdue").await, Vec::<Value>::new());

    hall.set_time("2026-03-20T02:00:00Z"); // Friday; with the day it stood still the limit was Tuesday, the 17th
    let rows = table(&auditor, "overdue").await;
    assert_eq!(rows.len(), 1);
    let spent = |code: &str| rows[0][format!("seconds_{code}")].as_i64().unwrap() / 3600;
    assert_eq!((&rows[0]["limit"], &rows[0]["overdue_working_days"]), (&json!("2026-03-17"), &json!(3)));
    assert_eq!((spent("to_check"), spent("suspended"), spent("to_make")), (5, 24, 18 * 24 - 5 - 24));
    assert_eq!(rows[0]["provisional"], Value::Null);
}

async fn the_board_parts_what_is_overdue_due_and_stopped(place: Place) {
    let hall = Hall::open(place).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let tiles = async || {
        let board = supervisor.get("/board").await.expect(200);
        let tiles = board["tiles"].as_array().unwrap().clone();
        let count = |code: &str| tiles.iter().find(|tile| tile["code"] == code).unwrap()["count"].as_i64().unwrap();
        ["overdue", "due_today", "due_soon", "paused", "unassigned"].map(count)
    };
    for number in 1..=4 {
        accepted(&clerk, number).await; // limit Monday, the 16th
    }
    let stopped = accepted(&clerk, 5).await;
    supervisor.act(&stopped, "pause", &json!({ "reason": "核查" })).await.expect(200);
    assert_eq!(tiles().await, [0, 0, 0, 1, 5]);
    hall.set_time("2026-03-12T02:00:00Z"); // Thursday: Monday is the second working day after
    assert_eq!(tiles().await, [0, 0, 4, 1, 5]);
    hall.set_time("2026-03-16T02:00:00Z");
    assert_eq!(tiles().await, [0, 4, 0, 1, 5]);
    hall.set_time("2026-03-16T09:30:00Z");
    assert_eq!(tiles().await, [0, 4, 0, 1, 5], "the last moment is still in time");
    hall.set_time("2026-03-16T09:30:01Z");
    assert_eq!(tiles().await, [4, 0, 0, 1, 5]);

    let board = supervisor.get("/board").await.expect(200);
    assert_eq!((&board["outlet"], &board["from"]), (&json!(CENTER), &json!("2026-02-15")));
    assert_eq!(board["totals"]["rows"][0]["opened"], 5);
    assert_eq!(board["days"]["rows"].as_array().unwrap().len(), 30);
    let ages: Vec<_> = board["ageing"]["rows"].as_array().unwrap().iter().map(|row| row["open"].clone()).collect();
    assert_eq!(ages, [0, 0, 5, 0, 0, 0].map(|count| json!(count)), "ten working days old");
    assert_eq!(board["warnings"], json!([]));
    hall.set_time("2026-11-02T02:00:00Z");
    let board = supervisor.get("/board").await.expect(200);
    assert_eq!(board["warnings"][0]["code"], "calendar_year_missing");
}

async fn a_case_is_open_at_the_outlet_where_it_was_that_day(place: Place) {
    let hall = Hall::with(place, &[TWO_OUTLETS]).await;
    let clerk = hall.person(&[Role::Clerk], None).await;
    let auditor = hall.person(&[Role::Auditor], None).await;
    let case = accepted(&clerk, 1).await;
    hall.advance(Duration::days(2));
    let outlet = json!({ "correction": { "outlet": "panyu" }, "reason": "改在番禺领取" });
    clerk.act(&case, "correct_application", &outlet).await.expect(200);
    hall.advance(Duration::days(2));
    clerk.act(&case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    hall.advance(Duration::days(2));
    for (day, expected) in
        [("2026-03-02", [1, 0]), ("2026-03-03", [1, 0]), ("2026-03-04", [0, 1]), ("2026-03-06", [0, 0])]
    {
        for (outlet, expected) in [CENTER, "panyu"].into_iter().zip(expected) {
            let rows = table(&auditor, &format!("ageing?from=2026-03-01&to={day}&outlet={outlet}")).await;
            let open: i64 = rows.iter().map(|row| row["open"].as_i64().unwrap()).sum();
            assert_eq!(open, expected, "{outlet} on {day}");
            let to_make: i64 = rows.iter().map(|row| row["to_make"].as_i64().unwrap()).sum();
            assert_eq!(to_make, expected, "it was to be made");
        }
    }
}

#[tokio::test]
async fn supervisors_see_their_outlet_and_people_at_the_window_what_they_did_themselves() {
    let hall = Hall::with(Place::sqlite(), &[TWO_OUTLETS]).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let (supervisor, auditor) = (hall.staff(Role::Supervisor).await, hall.person(&[Role::Auditor], None).await);
    let administrator = hall.person(&[Role::Administrator], None).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let portal = hall.client("portal", &[Scope::CasesRead, Scope::CasesOpen]).await;
    let other = hall.person(&[Role::Clerk], Some("panyu")).await;
    accepted(&clerk, 1).await;
    let mut elsewhere = application(2);
    elsewhere["outlet"] = json!("panyu");
    other.post("/cases", &elsewhere).await.expect(201);

    let opened = async |person: &Person<'_>, query: &str| {
        table(person, &format!("throughput?by=period{query}")).await[0]["opened"].as_i64().unwrap()
    };
    assert_eq!(opened(&auditor, "").await, 2);
    assert_eq!(opened(&auditor, "&outlet=panyu").await, 1);
    assert_eq!(opened(&administrator, "").await, 2);
    assert_eq!(opened(&supervisor, "").await, 1, "their outlet's only");
    supervisor.get("/reports/throughput?outlet=panyu").await.refused(404, "not_found");
    supervisor.get("/board?outlet=panyu").await.refused(404, "not_found");
    assert_eq!(opened(&clerk, "").await, 1, "their own only");
    assert_eq!(opened(&producer, "").await, 0);
    let people = table(&auditor, "people").await;
    let id = people.iter().find(|row| row["accepted"] == 1).unwrap()["person"].as_str().unwrap();
    assert_eq!(opened(&clerk, &format!("&person={id}")).await, 1);
    producer.get(&format!("/reports/throughput?person={id}")).await.refused(403, "forbidden");
    assert_eq!(table(&clerk, "people").await.len(), 1);
    for person in [&clerk, &producer] {
        for report in ["ageing", "overdue", "defects", "uncollected"] {
            person.get(&format!("/reports/{report}")).await.refused(403, "forbidden");
        }
        person.get("/board").await.refused(403, "forbidden");
    }
    for person in [&portal, &security] {
        person.get("/reports/throughput").await.refused(403, "forbidden");
        person.get("/board").await.refused(403, "forbidden");
    }
    administrator.get("/reports/ageing").await.expect(200);
    administrator.get("/reports/overdue").await.refused(403, "forbidden"); // they see no case
    hall.nobody().get("/reports/throughput").await.refused(401, "unauthorized");
    auditor.get("/reports/weather").await.refused(404, "not_found");
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_question_is_said_at_once() {
    let hall = Hall::open(Place::sqlite()).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    for (query, expected) in [
        (
            "throughput?from=2026-03-01&to=2026-03-03&outlet=mars&case_type=marriage&by=day&by=week&limit=5&colour=red",
            vec![
                fault("/by/1", "contradiction"),
                fault("/case_type", "not_one_of"),
                fault("/colour", "unknown_field"),
                fault("/limit", "unexpected_field"),
                fault("/outlet", "not_one_of"),
                fault("/to", "out_of_range"),
            ],
        ),
        ("throughput?from=2026-03-02&to=2026-03-01", vec![fault("/from", "out_of_range")]),
        ("throughput?from=2016-03-02&to=2026-03-02", vec![fault("/from", "out_of_range")]),
        ("throughput?from=2026-02-30", vec![fault("/from", "bad_format")]),
        ("ageing?person=x&by=day", vec![fault("/by/0", "not_one_of"), fault("/person", "unexpected_field")]),
        (
            "overdue?from=2026-03-01&after=x&limit=5000",
            vec![fault("/after", "invalid_value"), fault("/from", "unexpected_field"), fault("/limit", "too_large")],
        ),
    ] {
        let answer = supervisor.get(&format!("/reports/{query}")).await;
        assert_eq!(answer.faults(), expected, "{query}");
        answer.refused(400, "invalid_query");
    }
    supervisor.get("/board?outlet=mars").await.refused(400, "invalid_query");
    supervisor.get("/reports/throughput?from=2016-03-03&to=2026-03-02&by=month").await.expect(200);
}

#[tokio::test]
async fn a_report_is_sent_as_text_or_a_spreadsheet_too() {
    let hall = Hall::open(Place::sqlite()).await;
    let (clerk, auditor) = (hall.staff(Role::Clerk).await, hall.person(&[Role::Auditor], None).await.in_chinese());
    accepted(&clerk, 1).await;
    let csv = auditor.get("/reports/throughput?from=2026-03-02&by=outlet&format=csv").await;
    assert_eq!(csv.header("Content-Type"), "text/csv; charset=utf-8");
    assert_eq!(csv.header("Content-Disposition"), "attachment; filename=\"throughput-2026-03-02-2026-03-02.csv\"");
    let text = csv.body.as_str().unwrap();
    assert!(
        text.starts_with("自,至,网点代码,网点,收件") || text.starts_with("\u{feff}自,至,网点代码,网点,收件"),
        "{text}"
    );
    assert!(text.contains("2026-03-02,2026-03-02,guangzhou-center,广州市电子签名中心,1,0"), "{text}");
    let path = "/reports/cycle_times?format=xlsx";
    let request = auditor.request(Method::GET, path).await;
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["Content-Type"], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    let bytes = response.bytes().await.unwrap();
    assert_eq!(&bytes[..2], b"PK", "a spreadsheet is a ZIP file");
    let again = send(auditor.request(Method::GET, path).await).await;
    assert_eq!(again.status, 200);
}

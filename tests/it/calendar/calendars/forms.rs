//! The forms that a year comes in: whatever is wrong with it is told at once, at a member or at a line, and changes nothing.

use std::time::{Duration, Instant};

use casehall::domain::accounts::role::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Push, year_of};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, send};

on_both!(
    the_same_year_may_come_in_any_form,
    an_import_with_faults_reports_all_and_changes_nothing,
    half_a_year_is_imported_only_if_the_caller_says_so,
);

const NOTICE: &str = "notice_address=https://www.gov.cn/2027.htm";

/// What takes a year with some days.
const PART: &str = "allow_incomplete=true";

fn file<'a>(media_type: &'a str, query: &'a str, body: &str, if_match: Option<i64>) -> Push<'a> {
    Push { year: 2027, media_type, body: body.to_owned(), query, if_match }
}

const ICALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//hall//EN\r\n\
    BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270102\r\n\
    SUMMARY:元旦（休）\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:2\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;VALUE=DATE:20270102\r\nSUMMARY:元旦（班）\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:3\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;VALUE=DATE:20280101\r\nSUMMARY:元旦（休）\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

async fn the_same_year_may_come_in_any_form(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let administrator = hall.person(&[Role::Administrator], None).await;
    let json = year_of(2027, &[("2027-01-01", true), ("2027-01-02", false)]);
    let toml = "year = 2027\nnotices = [{ address = \"https://www.gov.cn/2027.htm\" }]\ndays = [\n\
                { date = 2027-01-02, kind = \"make_up_workday\", name = \"元旦\" },\n\
                { date = 2027-01-01, kind = \"holiday\", name = \"元旦\" },\n]\n";
    let csv = "date,kind,name\n2027-01-01,holiday,元旦\n2027-01-02,make_up_workday,元旦\n";
    let first = Push::json(2027, &json, None).by(&administrator).await.expect(200);
    assert_eq!(first["changed"], true);
    let said = format!("{NOTICE}&{PART}");
    for push in [
        file("application/toml", PART, toml, None),
        file("text/csv", &said, csv, None),
        file("text/csv; charset=utf-8", &said, csv, None),
        file("text/calendar", &said, ICALENDAR, None),
    ] {
        let answer = push.by(&administrator).await.expect(200);
        assert_eq!(answer["changed"], false, "{}: {answer:#}", push.media_type);
        let others = if push.media_type == "text/calendar" { json!({ "2028": 1 }) } else { json!({}) };
        assert_eq!(answer["ignored"]["other_years"], others, "what else the file holds is told");
    }
}

async fn an_import_with_faults_reports_all_and_changes_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let administrator = hall.person(&[Role::Administrator], None).await;
    let before = administrator.get("/calendar").await.expect(200);
    in_json(&administrator).await;
    in_files(&administrator).await;
    assert_eq!(administrator.get("/calendar").await.expect(200), before);
}

async fn half_a_year_is_imported_only_if_the_caller_says_so(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let administrator = hall.person(&[Role::Administrator], None).await;
    let (new_year, worked) = (("2027-01-01", true), ("2027-01-02", false));
    let (labour_day, national_day) = (("2027-05-01", true), ("2027-10-01", true));
    let no_holidays = ("/days".to_owned(), "holidays_missing".to_owned());
    let no_worked = ("/days".to_owned(), "make_up_workdays_missing".to_owned());
    let no_fixed = ("/days".to_owned(), "fixed_holiday_missing".to_owned());
    for (days, missing) in [
        (&[new_year, labour_day, national_day][..], vec![no_worked.clone()]),
        (&[new_year, worked], vec![no_fixed.clone(), no_fixed.clone()]),
        (&[worked, labour_day, national_day], vec![no_fixed.clone()]),
        (&[new_year], vec![no_fixed.clone(), no_fixed.clone(), no_worked.clone()]),
        (&[worked], vec![no_holidays.clone()]),
        (&[], vec![no_holidays, no_worked.clone()]),
    ] {
        let push = Push { query: "", ..Push::json(2027, &year_of(2027, days), None) };
        for refused in [push.tried_by(&administrator).await, push.by(&administrator).await] {
            assert_eq!(refused.faults(), missing);
            let body = refused.refused(422, "invalid_request");
            assert!(body["errors"][0]["detail"].as_str().unwrap().contains("allow_incomplete=true"), "{body:#}");
        }
    }
    administrator.get("/calendar/2027").await.refused(404, "not_found");
    let events: Vec<&str> = ICALENDAR.split_inclusive("END:VEVENT\r\n").collect();
    let free_only = [events[0], events[2], events[3]].concat();
    let refused = file("text/calendar", NOTICE, &free_only, None).by(&administrator).await;
    assert_eq!(refused.faults(), [no_fixed.clone(), no_fixed, no_worked]);
    let said = format!("{NOTICE}&{PART}");
    let taken = file("text/calendar", &said, &free_only, None).by(&administrator).await.expect(200);
    assert_eq!(taken["changed"], true);
    let events = [("0501", "劳动节"), ("1001", "国庆节")].map(|(day, name)| {
        format!("BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:2027{day}\r\nSUMMARY:{name}（休）\r\nEND:VEVENT\r\n")
    });
    let whole = ICALENDAR.replace("END:VCALENDAR", &(events.concat() + "END:VCALENDAR"));
    let whole = file("text/calendar", NOTICE, &whole, taken["edition"].as_i64());
    assert_eq!(whole.by(&administrator).await.expect(200)["changed"], true, "a whole year needs no word");
    let query = format!("{NOTICE}&allow_incomplete=perhaps");
    file("text/calendar", &query, ICALENDAR, None).by(&administrator).await.refused(400, "invalid_query");
}

async fn in_json(administrator: &Person<'_>) {
    let mut body = json!({
        "year": 2028, "notices": [{ "note": "x" }, { "address": "ftp://gov.cn" }], "colour": "red",
        "days": [
            { "date": "2028-01-03", "kind": "make_up_workday", "name": { "zh": "元旦", "en": "New Year's Day" } },
            { "date": "2027-01-01", "kind": "holiday", "name": { "zh": "元旦", "en": " " } },
            { "date": "2028-02-30", "kind": "day_off", "name": "元旦" },
        ],
    });
    let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    let misshapen = Push::json(2027, &body, None).by(administrator).await;
    assert_eq!(
        misshapen.faults(),
        [
            fault("/colour", "unknown_field"),
            fault("/days/2/date", "bad_format"),
            fault("/days/2/kind", "not_one_of"),
            fault("/days/2/name", "wrong_type"),
        ]
    );
    misshapen.refused(422, "invalid_request");
    body["days"].as_array_mut().unwrap().pop();
    body.as_object_mut().unwrap().remove("colour");
    let refused = Push::json(2027, &body, None).by(administrator).await;
    assert_eq!(
        refused.faults(),
        [
            fault("/days/0/date", "make_up_workday_on_weekday"),
            fault("/days/1/date", "day_outside_year"),
            fault("/days/1/name", "day_without_name"),
            fault("/notices/0", "notice_without_source"),
            fault("/notices/1/address", "notice_address_invalid"),
            fault("/year", "other_year"),
        ]
    );
    refused.refused(422, "invalid_request");
    Push { body: "{".to_owned(), ..Push::json(2027, &json!({}), None) }
        .by(administrator)
        .await
        .refused(400, "malformed_json");
    let days = |count: usize| vec!["0"; count].join(",");
    let many = |notices, count| format!("{{\"year\":2027,\"notices\":[{}],\"days\":[{}]}}", days(notices), days(count));
    let begun = Instant::now();
    for (notices, count, too_many) in [(1, 500_000, "/days"), (500_000, 1, "/notices")] {
        let push = Push { body: many(notices, count), ..Push::json(2027, &json!({}), None) };
        let refused = push.by(administrator).await;
        assert!(refused.faults().contains(&fault(too_many, "too_many_items")), "{:?}", refused.faults());
        let body = refused.refused(422, "invalid_request");
        let detail = body["detail"].as_str().unwrap();
        let counted: usize = detail.split(' ').find_map(|word| word.parse().ok()).unwrap();
        assert!(counted < 400, "what follows isn't looked at: {detail}");
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let empty =
        Push::json(2027, &json!({ "year": 2027, "notices": [], "days": [] }), None).tried_by(administrator).await;
    assert_eq!(empty.faults(), [fault("/notices", "notice_missing")]);
}

async fn in_files(administrator: &Person<'_>) {
    let lines = |answer: &Value| -> Vec<(Option<u64>, String)> {
        let errors = answer["errors"].as_array().unwrap();
        errors.iter().map(|error| (error["line"].as_u64(), error["code"].as_str().unwrap().to_owned())).collect()
    };
    let at = |line: u64, code: &str| (Some(line), code.to_owned());
    let csv = "date,kind,name\n2027-01-04,make_up_workday,元旦\n2027-01-01,holiday,元旦\n2027-01-01,holiday,元旦\n";
    let refused = file("text/csv", "", csv, None).by(administrator).await.refused(422, "invalid_request");
    assert_eq!(
        lines(&refused),
        [(None, "notice_missing".to_owned()), at(2, "make_up_workday_on_weekday"), at(4, "day_named_twice")]
    );
    assert!(refused["errors"][1]["detail"].as_str().unwrap().contains("2027-01-04 is a Monday"), "{refused:#}");
    let toml =
        "year = 2027\nnotices = []\ndays = [\n  { date = 2026-12-31, kind = \"holiday\", name = \"元旦\" },\n]\n";
    let refused = file("application/toml", "", toml, None).by(administrator).await.refused(422, "invalid_request");
    assert!(lines(&refused).contains(&at(4, "day_outside_year")), "{refused:#}");
    let calendar = ICALENDAR.replace("DTSTART;VALUE=DATE:20270102", "DTSTART;VALUE=DATE:20270104");
    let refused =
        file("text/calendar", NOTICE, &calendar, None).by(administrator).await.refused(422, "invalid_request");
    assert!(
        lines(&refused).iter().any(|(line, code)| line.is_some() && code == "make_up_workday_on_weekday"),
        "{refused:#}"
    );
    let refused = file("text/csv", "notice_adress=x&amendment=perhaps", "", None).by(administrator).await;
    assert_eq!(refused.faults().len(), 2);
    refused.refused(400, "invalid_query");
    for media_type in ["text/plain", "application/xml", "application/x-www-form-urlencoded", "nonsense"] {
        file(media_type, NOTICE, csv, None).by(administrator).await.refused(415, "unsupported_media_type");
    }
    let request = administrator.request(Method::PUT, "/calendar/2027").await.header("Content-Type", "text/csv");
    send(request.header("Content-Encoding", "gzip").body("x")).await.refused(415, "unsupported_media_type");
    let long = "x".repeat(1024 * 1024 + 1);
    file("text/csv", NOTICE, &long, None).by(administrator).await.refused(413, "content_too_large");
    let refused = file("text/csv", NOTICE, &long[1..], None).by(administrator).await;
    refused.refused(422, "invalid_request");
}

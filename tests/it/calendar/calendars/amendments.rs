//! Amendments in mid-year as they happened in 2019 and 2020: open cases are recomputed with the reason on each, made and
//! closed ones stay as they were counted, and the list of moves is exactly right.

use serde_json::{Value, json};

use super::{Dates, Push, Staff, before_2019s_amendment, before_2020s_amendment, dates_in, moves_in, year_of};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;
use crate::program::Files;

on_both!(
    the_amendment_of_2019_moves_dates_both_ways,
    the_amendment_of_2020_moves_promised_dates,
    publishing_a_year_ends_provisional_dates,
);

const ADDRESS_OF_2019: &str = "http://www.gov.cn/zhengce/zhengceku/2019-03/22/content_5375877.htm";
const ADDRESS_OF_2020: &str = "http://www.gov.cn/zhengce/zhengceku/2020-01/27/content_5472352.htm";

fn dates(ready_from: &str, limit: &str) -> Dates {
    (ready_from.to_owned(), limit.to_owned(), false)
}

fn provisional(ready_from: &str, limit: &str) -> Dates {
    (ready_from.to_owned(), limit.to_owned(), true)
}

/// What is known of a case: its number, its dates before and, where it is moved, after.
type Watched = (String, Dates, Option<Dates>);

async fn hall_with(database: TestDatabase, files: &Files, now: &str) -> Hall {
    let hall = Hall::arranged(database, files.path(), &[]).await;
    hall.set_time(now);
    hall
}

/// Tries the import and does it; both must say exactly the expected moves, and each case, its columns and its timeline
/// must show them, or nothing where it isn't moved. The answer of the import.
async fn import(staff: &Staff<'_>, push: &Push<'_>, cases: &[Watched]) -> Value {
    for (case, before, _) in cases {
        assert_eq!(staff.dates(case).await, *before, "{case} before");
    }
    let listed = staff.listed().await;
    let tried = push.tried_by(&staff.administrator).await.expect(200);
    assert_eq!(staff.listed().await, listed, "a dry run changes nothing");
    let year = format!("/calendar/{}", push.year);
    let known = staff.clerk.get(&year).await;
    assert_eq!((tried["dry_run"].as_bool(), tried["changed"].as_bool()), (Some(true), Some(true)));
    let done = push.by(&staff.administrator).await;
    let edition = done.header("ETag").trim_matches('"').parse::<i64>().unwrap();
    let done = done.expect(200);
    assert_eq!(done["edition"], edition);
    assert_ne!(known.body["edition"], edition);
    let same = |answer: &Value| {
        let mut answer = answer.clone();
        answer["dry_run"] = Value::Null;
        answer
    };
    assert_eq!(same(&tried), same(&done), "a dry run says the same");
    let expected: Vec<_> =
        cases.iter().filter_map(|(case, before, after)| Some((case.clone(), before.clone(), after.clone()?))).collect();
    assert_eq!(moves_in(&done), expected);
    assert_eq!(done["moved"], expected.len());
    for (case, before, after) in cases {
        assert_eq!(staff.dates(case).await, *after.as_ref().unwrap_or(before), "{case} after");
        let moves = staff.moves(case).await;
        assert_eq!(moves.len(), usize::from(after.is_some()), "{case}");
        if let (Some(event), Some(after)) = (moves.first(), after) {
            assert_eq!(
                (event["action"].as_str(), &event["data"]["years"]),
                (Some("change_calendar"), &json!([push.year]))
            );
            assert_eq!(
                (dates_in(&event["data"]["before"]), dates_in(&event["data"]["after"])),
                (before.clone(), after.clone())
            );
            assert_eq!(event["data"]["calendar"], edition);
            assert_eq!(event["actor"]["code"], done_by(staff, push.year).await);
        }
    }
    in_step(staff).await;
    done
}

async fn done_by(staff: &Staff<'_>, year: i32) -> Value {
    staff.clerk.get(&format!("/calendar/{year}")).await.expect(200)["recorded_by"]["code"].clone()
}

/// Lists find cases by the dates that the cases themselves show.
async fn in_step(staff: &Staff<'_>) {
    for row in staff.listed().await {
        let case = staff.supervisor.get(&format!("/cases/{}", row["id"].as_str().unwrap())).await.expect(200);
        let runs = ["on_track", "overdue"].contains(&case["deadlines"]["status"].as_str().unwrap_or_default());
        let shown = |name: &str| if runs { case["deadlines"][name]["at"].clone() } else { Value::Null };
        assert_eq!((&row["ready_from"]["at"], &row["limit"]["at"]), (&shown("ready_from"), &shown("limit")), "{row:#}");
        if runs {
            assert_eq!(row["provisional"], dates_in(&case["deadlines"]).2, "{row:#}");
        }
    }
}

async fn the_amendment_of_2019_moves_dates_both_ways(database: TestDatabase) {
    let files = before_2019s_amendment();
    let hall = hall_with(database, &files, "2019-04-08T10:00:00+08:00").await;
    let staff = Staff::of(&hall).await;
    let mut cases: Vec<Watched> = Vec::new();
    let unmoved = staff.open(1).await; // done before anything changes
    cases.push((unmoved, dates("2019-04-17", "2019-04-22"), None));
    hall.set_time("2019-04-11T10:00:00+08:00");
    let suspended = staff.open(2).await;
    hall.set_time("2019-04-12T10:00:00+08:00");
    staff.supervisor.act(&suspended, "pause", &json!({ "reason": "停电" })).await.expect(200);
    hall.set_time("2019-04-15T10:00:00+08:00");
    // The 28th, a Sunday that is worked now, is the 10th day: a date that comes forward.
    let forward = staff.open(3).await;
    let (made, withdrawn, correcting, extended) =
        (staff.open(4).await, staff.open(5).await, staff.open(6).await, staff.open(7).await);
    hall.set_time("2019-04-16T10:00:00+08:00");
    staff.supervisor.act(&suspended, "resume", &json!({})).await.expect(200);
    staff.clerk.act(&withdrawn, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    hall.set_time("2019-04-17T10:00:00+08:00");
    staff.ask_for_correction(&correcting).await;
    let third_holiday = staff.open(8).await;
    hall.set_time("2019-04-18T10:00:00+08:00");
    staff.make(&made, 4).await;
    let extend = json!({ "limit": "2019-05-03", "reason": "介质缺货" });
    staff.supervisor.act(&extended, "extend_limit", &extend).await.expect(200);
    hall.set_time("2019-04-22T10:00:00+08:00");
    let ready_only = staff.open(9).await;
    hall.set_time("2019-04-25T12:00:00+08:00");
    let over_all_of_it = staff.open(10).await; // two days more off, two more worked: the dates stay
    cases.extend([
        (suspended, dates("2019-04-24", "2019-04-29"), Some(dates("2019-04-24", "2019-04-28"))),
        (forward.clone(), dates("2019-04-24", "2019-04-29"), Some(dates("2019-04-24", "2019-04-28"))),
        (made.clone(), dates("2019-04-24", "2019-04-29"), None),
        (withdrawn.clone(), dates("2019-04-24", "2019-04-29"), None),
        (correcting, dates("2019-05-03", "2019-05-08"), Some(dates("2019-05-05", "2019-05-08"))),
        (extended, dates("2019-04-24", "2019-05-03"), Some(dates("2019-04-24", "2019-05-05"))),
        (third_holiday, dates("2019-04-26", "2019-05-02"), Some(dates("2019-04-26", "2019-04-30"))),
        (ready_only, dates("2019-05-02", "2019-05-07"), Some(dates("2019-04-30", "2019-05-07"))),
        (over_all_of_it, dates("2019-05-07", "2019-05-10"), None),
    ]);
    let edition = staff.clerk.get("/calendar/2019").await.expect(200)["edition"].as_i64().unwrap();
    let push = Push::shipped(2019, edition);
    let done = import(&staff, &push, &cases).await;
    assert_eq!((&done["moved"], &done["becoming_sure"]), (&json!(6), &json!(0)));
    assert_eq!(staff.moves(&forward).await[0]["data"]["notices"], json!([ADDRESS_OF_2019]));
    // What was reached is explained by the calendar that it was counted by, what runs by the new one.
    for (case, day, counted) in [
        (&made, "weekend", Value::Null),
        (&withdrawn, "weekend", Value::Null),
        (&forward, "make_up_workday", json!(10)),
    ] {
        let told = staff.clerk.get(&format!("/cases/{case}/deadlines?explain=days")).await.expect(200);
        let days = told["days"].as_array().unwrap();
        let sunday = days.iter().find(|day| day["date"] == "2019-04-28").unwrap();
        assert_eq!((sunday["code"].as_str(), &sunday["counted"]), (Some(day), &counted));
        let expected = if day == "weekend" { edition } else { edition + 1 };
        assert_eq!(told["calendar_edition"], expected);
        if day != "weekend" {
            assert_eq!(sunday["notice"], ADDRESS_OF_2019);
        }
    }
    // The same year once more, by somebody whose answer was lost, and as somebody reads it afresh.
    let listed = staff.listed().await;
    for if_match in [Some(edition), Some(edition + 1), None] {
        let again = Push { if_match, ..Push::shipped(2019, 0) }.by(&staff.administrator).await.expect(200);
        assert_eq!(
            (&again["changed"], &again["moved"], &again["edition"]),
            (&json!(false), &json!(0), &json!(edition + 1))
        );
    }
    assert_eq!(staff.listed().await, listed, "importing the same again changes nothing");
    // Made again after the amendment, a date is counted by what holds then.
    staff.producer.act(&made, "remake", &json!({ "reason": "印坏" })).await.expect(200);
    assert_eq!(staff.dates(&made).await, dates("2019-04-24", "2019-04-28"));
    // What was counted by the calendar of before is what its events say.
    assert_eq!(hall.running.service.check_consistency().await.unwrap().faults, [""; 0]);
}

async fn the_amendment_of_2020_moves_promised_dates(database: TestDatabase) {
    let files = before_2020s_amendment();
    let hall = hall_with(database, &files, "2020-01-10T10:00:00+08:00").await;
    let staff = Staff::of(&hall).await;
    let before = staff.open(1).await;
    hall.set_time("2020-01-13T10:00:00+08:00");
    let (limit_only, made) = (staff.open(2).await, staff.open(3).await);
    hall.set_time("2020-01-16T10:00:00+08:00");
    let (both, pausing) = (staff.open(4).await, staff.open(5).await);
    staff.make(&made, 3).await;
    hall.set_time("2020-01-22T16:00:00+08:00");
    staff.supervisor.act(&pausing, "pause", &json!({ "reason": "盘点" })).await.expect(200);
    // The notice of the night before: on 31 January nobody works, and 1 February isn't made up.
    hall.set_time("2020-01-27T10:00:00+08:00");
    let cases = [
        (before, dates("2020-01-20", "2020-01-23"), None),
        (limit_only.clone(), dates("2020-01-21", "2020-01-31"), Some(dates("2020-01-21", "2020-02-03"))),
        (made, dates("2020-01-21", "2020-01-31"), None),
        (both, dates("2020-01-31", "2020-02-04"), Some(dates("2020-02-03", "2020-02-06"))),
        // Five days are counted, those from the 23rd on stand still up to now.
        (pausing, dates("2020-02-01", "2020-02-05"), Some(dates("2020-02-04", "2020-02-07"))),
    ];
    let days = csv_of(&Files::shipped("calendar/2020.toml"));
    let query = format!("notice_address={ADDRESS_OF_2020}&amendment=true");
    let if_match = staff.clerk.get("/calendar/2020").await.expect(200)["edition"].as_i64();
    let push = Push { year: 2020, media_type: "text/csv", body: days, query: &query, if_match };
    import(&staff, &push, &cases).await;
    // By the old calendar the limit was near on the 22nd, and no sweep had come by: that is said before it moves.
    let events = staff.clerk.get(&format!("/cases/{limit_only}/events")).await.expect(200);
    let kinds: Vec<_> =
        events["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["case_opened", "announced", "announced", "calendar_changed"]);
    // An amendment stands beside the notice that it amends: the year is now as it is shipped, and that is no change.
    let year = staff.clerk.get("/calendar/2020").await.expect(200);
    let amendments: Vec<_> = year["notices"].as_array().unwrap().iter().map(|notice| &notice["amendment"]).collect();
    assert_eq!(amendments, [&json!(false), &json!(true)]);
    for push in [Push::shipped(2020, 0), push] {
        let again = push.by(&staff.administrator).await.expect(200);
        assert_eq!((&again["changed"], &again["moves"]), (&json!(false), &json!([])));
    }
}

/// The days of a year's file as a table.
fn csv_of(toml: &str) -> String {
    let day = |line: &str| {
        let parts: Vec<&str> = line.split(['"', ',', '=']).map(str::trim).collect();
        line.contains("date =").then(|| format!("{},{},{}\n", parts[1], parts[4], parts[8]))
    };
    let days: Vec<String> = toml.lines().filter_map(day).collect();
    assert!(days.len() > 30, "{days:?}");
    format!("date,kind,name\n{}", days.concat())
}

async fn publishing_a_year_ends_provisional_dates(database: TestDatabase) {
    let hall = hall_with(database, &Files::new(), "2026-12-17T10:00:00+08:00").await;
    let staff = Staff::of(&hall).await;
    let sure = staff.open(1).await;
    hall.set_time("2026-12-18T10:00:00+08:00");
    let (moving, made) = (staff.open(2).await, staff.open(3).await);
    hall.set_time("2026-12-21T10:00:00+08:00");
    let (firming, pausing) = (staff.open(4).await, staff.open(5).await);
    let extend = json!({ "limit": "2027-01-06", "reason": "介质缺货" });
    staff.supervisor.act(&sure, "extend_limit", &extend).await.expect(200);
    staff.make(&made, 3).await;
    staff.supervisor.act(&pausing, "pause", &json!({ "reason": "盘点" })).await.expect(200);
    let events = staff.clerk.get(&format!("/cases/{sure}/events")).await.expect(200);
    let extended = events["items"].as_array().unwrap().iter().find(|event| event["kind"] == "limit_extended").unwrap();
    assert_eq!(extended["data"]["provisional"], true, "wherever a date appears");
    hall.set_time("2026-12-24T10:00:00+08:00");
    for row in staff.listed().await {
        let number = row["acceptance_number"].as_str().unwrap();
        let shown = staff.dates(number).await;
        assert_eq!(row["provisional"], shown.2 && number != made, "{row:#}");
        if row["provisional"] == true {
            assert!(row["explanation"].as_str().unwrap().contains("provisional"), "{row:#}");
        }
    }
    // New Year's Day off, made up for on the Saturday after it.
    let days = year_of(2027, &[("2027-01-01", true), ("2027-01-02", false)]);
    let cases = [
        (sure, provisional("2026-12-28", "2027-01-06"), Some(dates("2026-12-28", "2027-01-06"))),
        (moving, provisional("2026-12-29", "2027-01-01"), Some(dates("2026-12-29", "2027-01-02"))),
        (made, provisional("2026-12-29", "2027-01-01"), None),
        (firming, provisional("2026-12-30", "2027-01-04"), Some(dates("2026-12-30", "2027-01-04"))),
        (pausing, provisional("2027-01-04", "2027-01-07"), Some(dates("2027-01-04", "2027-01-07"))),
    ];
    let push = Push::json(2027, &days, None);
    let tried = push.tried_by(&staff.administrator).await.expect(200);
    assert_eq!((&tried["moved"], &tried["becoming_sure"]), (&json!(4), &json!(4)));
    staff.clerk.get("/calendar/2027").await.refused(404, "not_found");
    let tried = moves_in(&tried);
    let done = push.by(&staff.administrator).await.expect(200);
    assert_eq!(moves_in(&done), tried);
    let expected: Vec<_> =
        cases.iter().filter_map(|(case, before, after)| Some((case.clone(), before.clone(), after.clone()?))).collect();
    assert_eq!(tried, expected);
    for (case, before, after) in &cases {
        assert_eq!(staff.dates(case).await, *after.as_ref().unwrap_or(before), "{case}");
    }
    in_step(&staff).await;
    assert!(staff.listed().await.iter().all(|row| row["provisional"] == false));
}

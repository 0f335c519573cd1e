//! The two dates over HTTP: the golden ones, provisional ones, and the hall's own hours.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use crate::hall::{Hall, Person, application};
use crate::places::Place;

/// Opens a case at an instant and answers its dates.
async fn received(hall: &Hall, clerk: &Person<'_>, at: &str, number: u32) -> Value {
    hall.set_time(at);
    clerk.post("/cases", &application(number)).await.expect(201)["deadlines"].clone()
}

fn days(deadlines: &Value) -> (&str, &str) {
    (deadlines["ready_from"]["date"].as_str().unwrap(), deadlines["limit"]["date"].as_str().unwrap())
}

#[tokio::test]
async fn the_dates_follow_holidays_and_make_up_days() {
    let hall = Hall::open(Place::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    for (number, (at, ready_from, limit)) in [
        ("2014-04-04T10:00:00+08:00", "2014-04-16", "2014-04-21"), // over 清明节
        ("2014-04-28T10:00:00+08:00", "2014-05-08", "2014-05-13"),
        ("2014-09-26T10:00:00+08:00", "2014-10-11", "2014-10-15"), // a Saturday that is worked
        ("2014-01-26T10:00:00+08:00", "2014-02-10", "2014-02-13"), // a Sunday that is worked
    ]
    .into_iter()
    .enumerate()
    {
        let deadlines = received(&hall, &clerk, at, u32::try_from(number).unwrap()).await;
        assert_eq!(days(&deadlines), (ready_from, limit), "{at}");
        assert_eq!(deadlines["limit"]["at"], format!("{limit}T09:30:00Z"), "the close of business, 17:30 in Guangzhou");
        assert_eq!(
            (&deadlines["ready_from"]["provisional"], &deadlines["limit"]["provisional"]),
            (&json!(false), &json!(false))
        );
    }
}

#[tokio::test]
async fn a_date_in_a_year_without_a_notice_is_provisional() {
    let hall = Hall::open(Place::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let before = received(&hall, &clerk, "2026-12-15T10:00:00+08:00", 1).await;
    assert_eq!(days(&before), ("2026-12-24", "2026-12-29"));
    assert_eq!((&before["ready_from"]["provisional"], &before["limit"]["provisional"]), (&json!(false), &json!(false)));
    let across = received(&hall, &clerk, "2026-12-22T10:00:00+08:00", 2).await;
    assert_eq!(days(&across).0, "2026-12-31");
    assert_eq!((&across["ready_from"]["provisional"], &across["limit"]["provisional"]), (&json!(false), &json!(true)));
    assert!(days(&across).1.starts_with("2027-01-"));
    let within = received(&hall, &clerk, "2027-02-01T10:00:00+08:00", 3).await;
    assert_eq!(within["ready_from"]["provisional"], true);
}

#[tokio::test]
async fn what_comes_after_hours_counts_as_the_setting_says() {
    let evening = "2026-03-02T17:30:00+08:00";
    let clerks_day = async |settings: &[(&str, &str)], at: &str| {
        let hall = Hall::with(Place::sqlite(), settings).await;
        let clerk = hall.staff(Role::Clerk).await;
        received(&hall, &clerk, at, 1).await
    };
    assert_eq!(days(&clerks_day(&[], evening).await), ("2026-03-11", "2026-03-16"));
    let next_day = [("HALL__AFTER_HOURS_RECEIPT", "next_working_day")];
    assert_eq!(days(&clerks_day(&next_day, evening).await), ("2026-03-12", "2026-03-17"));
    assert_eq!(days(&clerks_day(&next_day, "2026-03-02T17:29:59+08:00").await), ("2026-03-11", "2026-03-16"));
    // Saturday counts as Monday.
    assert_eq!(days(&clerks_day(&next_day, "2026-03-07T10:00:00+08:00").await), ("2026-03-18", "2026-03-23"));
    let early = [("HALL__AFTER_HOURS_RECEIPT", "next_working_day"), ("HALL__CLOSES", "16:00")];
    let deadlines = clerks_day(&early, "2026-03-02T16:01:00+08:00").await;
    assert_eq!(days(&deadlines), ("2026-03-12", "2026-03-17"));
    assert_eq!(deadlines["limit"]["at"], "2026-03-17T08:00:00Z");
}

#[tokio::test]
async fn a_deadline_that_was_met_stands_still() {
    let hall = Hall::with(Place::sqlite(), &[("WORKFLOWS__NEW_CERTIFICATE", "make-then-check")]).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    hall.set_time("2026-03-05T02:00:00Z");
    let body = json!({ "certificate": { "serial": "GZ-0001", "medium_number": "KEY-0001" } });
    producer.act(number, "record_certificate", &body).await.expect(200);
    hall.set_time("2026-05-05T02:00:00Z");
    let clerk_sees = clerk.get(&format!("/cases/{number}")).await.expect(200);
    let deadlines = &clerk_sees["deadlines"];
    assert_eq!((&deadlines["status"], &deadlines["met_at"]), (&json!("met"), &json!("2026-03-05T02:00:00Z")));
    assert_eq!(days(deadlines), ("2026-03-11", "2026-03-16"));
    // Voided, it runs again as if it had never stopped: the certificate that met it is gone.
    let remade = producer.act(number, "remake", &json!({ "reason": "介质损坏" })).await.expect(200);
    assert_eq!(remade["deadlines"]["status"], "overdue");
}

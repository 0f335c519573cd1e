//! Days that are over are summed, and a report says the same as before, whatever comes late.

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use serde_json::json;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, application};

on_both!(a_day_that_is_over_is_summed, what_comes_late_is_counted, a_day_that_was_changed_is_named);

/// The days that are kept.
fn kept(hall: &Hall) -> Vec<String> {
    hall.database.rows("SELECT CAST(day AS TEXT) FROM counted_days WHERE counts IS NOT NULL ORDER BY day")
}

/// How many cases reports say were opened on 2 March.
async fn opened(supervisor: &Person<'_>) -> i64 {
    let report = supervisor.get("/reports/throughput?from=2026-03-02&to=2026-03-02").await.expect(200);
    report["table"]["rows"][0]["opened"].as_i64().unwrap()
}

/// Adds a report fact behind the program's back, as a version that knows of no days would.
const ADDED: &str = "INSERT INTO report_facts (kind, day, case_id, sequence, at, outlet, case_type, actor_id)
    SELECT kind, day, case_id, sequence + 77, at, outlet, case_type, actor_id FROM report_facts WHERE kind = 'opened'";

async fn a_day_that_is_over_is_summed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    clerk.post("/cases", &application(1)).await.expect(201);
    hall.set_time("2026-03-02T16:59:59Z");
    assert_eq!(hall.running.service.count_days().await.unwrap(), 0, "it ended less than an hour ago");
    hall.set_time("2026-03-04T17:00:00Z");
    assert_eq!(hall.running.service.count_days().await.unwrap(), 3);
    assert_eq!(kept(&hall), ["2026-03-02", "2026-03-03", "2026-03-04"], "also those on which nothing happened");
    assert_eq!(hall.running.service.count_days().await.unwrap(), 0);
    assert_eq!(opened(&supervisor).await, 1);
}

async fn what_comes_late_is_counted(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    clerk.post("/cases", &application(1)).await.expect(201);
    hall.advance(Duration::days(2));
    assert_eq!(hall.running.service.count_days().await.unwrap(), 2);
    // The clock of another instance is two days late.
    hall.set_time("2026-03-02T03:00:00Z");
    clerk.post("/cases", &application(2)).await.expect(201);
    assert_eq!((kept(&hall), opened(&supervisor).await), (vec!["2026-03-03".to_owned()], 2));
    hall.advance(Duration::days(2));
    assert_eq!(hall.running.service.count_days().await.unwrap(), 1);
    assert_eq!((kept(&hall).len(), opened(&supervisor).await), (2, 2));
}

async fn a_day_that_was_changed_is_named(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.staff(Role::Clerk).await.post("/cases", &application(1)).await.expect(201);
    hall.advance(Duration::days(2));
    hall.running.service.count_days().await.unwrap();
    let faults = async || hall.running.service.check_consistency().await.unwrap().faults;
    assert_eq!(faults().await, [""; 0]);
    hall.database.tamper("UPDATE counted_days SET day = '2026-02-27' WHERE day = '2026-03-03'");
    assert_eq!(faults().await, [""; 0], "on both nothing happened");
    hall.database.tamper("UPDATE counted_days SET day = '2026-03-03' WHERE day = '2026-03-02'");
    assert_eq!(faults().await, ["what reports count of 2026-03-03 isn't what its report facts say"]);
    hall.database.tamper("UPDATE counted_days SET day = '2026-03-02' WHERE day = '2026-03-03'");
    hall.database.tamper(ADDED);
    let of_day = "what reports count of 2026-03-02 isn't what its report facts say";
    assert!(faults().await.iter().any(|fault| fault == of_day));
}

#[tokio::test]
async fn nothing_is_kept_while_somebody_adds_facts_who_hasnt_seen_the_mark() {
    let hall = Hall::open(TestDatabase::postgres()).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    clerk.post("/cases", &application(1)).await.expect(201);
    hall.advance(Duration::days(2));
    let mut late = PgConnection::establish(&hall.database.address.to_string()).unwrap();
    late.batch_execute(&format!("BEGIN; {ADDED}")).unwrap();
    assert_eq!(hall.running.service.count_days().await.unwrap(), 0);
    assert_eq!((kept(&hall).len(), opened(&supervisor).await), (0, 1));
    late.batch_execute("COMMIT").unwrap();
    assert_eq!(hall.running.service.count_days().await.unwrap(), 2);
    assert_eq!(opened(&supervisor).await, 2);
}

#[tokio::test]
async fn days_in_the_form_of_a_later_version_are_counted_from_their_facts() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    clerk.post("/cases", &application(1)).await.expect(201);
    hall.advance(Duration::days(1));
    hall.running.service.count_days().await.unwrap();
    hall.database.tamper("UPDATE counted_days SET counts = X'FF00'");
    assert_eq!(opened(&supervisor).await, 1);
    let board = supervisor.get("/board").await.expect(200);
    assert_eq!(board["totals"]["rows"][0]["opened"], json!(1));
}

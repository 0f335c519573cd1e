//! What an amendment must not do: announce what it is too late for, be late with what it makes due earlier, or be seen on
//! one instance only.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use super::{Push, Staff};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;
use crate::program::Files;

on_both!(
    announcements_follow_the_calendar_even_if_no_date_moves,
    settled_cases_keep_their_dates_after_an_amendment,
    other_instances_show_the_new_dates_at_once,
);

/// 2026 with more days than were ordered.
fn with(days: &[(&str, &str)]) -> String {
    let more: String = days
        .iter()
        .map(|(date, kind)| format!("  {{ date = {date}, kind = \"{kind}\", name = \"清明节\" }},\n"))
        .collect();
    Files::shipped("calendar/2026.toml").replacen("days = [\n", &format!("days = [\n{more}"), 1)
}

async fn import(staff: &Staff<'_>, days: &[(&str, &str)]) -> Value {
    let if_match = staff.clerk.get("/calendar/2026").await.expect(200)["edition"].as_i64();
    let push = Push { body: with(days), if_match, ..Push::shipped(2026, 0) };
    push.by(&staff.administrator).await.expect(200)
}

async fn announced(staff: &Staff<'_>, case: &str) -> Vec<String> {
    let events = staff.clerk.get(&format!("/cases/{case}/events")).await.expect(200);
    let announced = events["items"].as_array().unwrap().iter().filter(|event| event["kind"] == "announced");
    announced.map(|event| event["data"]["announcement"]["kind"].as_str().unwrap().to_owned()).collect()
}

async fn announcements_follow_the_calendar_even_if_no_date_moves(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    hall.set_time("2026-03-02T10:00:00+08:00");
    let case = staff.open(1).await; // ready from the 11th
    let extend = json!({ "limit": "2026-03-23", "reason": "介质缺货" });
    staff.supervisor.act(&case, "extend_limit", &extend).await.expect(200);
    hall.set_time("2026-03-12T10:00:00+08:00");
    assert_eq!(hall.running.service.sweep().await.unwrap().announced, 1);
    // Thursday, the 19th, was two working days before the limit; now Wednesday is.
    let done = import(&staff, &[("2026-03-14", "make_up_workday"), ("2026-03-19", "holiday")]).await;
    assert_eq!((&done["changed"], &done["moved"]), (&json!(true), &json!(0)));
    hall.set_time("2026-03-18T08:59:59+08:00");
    assert_eq!(hall.running.service.sweep().await.unwrap().announced, 0);
    hall.set_time("2026-03-18T09:00:00+08:00");
    assert_eq!(hall.running.service.sweep().await.unwrap().announced, 1);
    assert_eq!(announced(&staff, &case).await, ["ready_from_reached", "due_soon"]);
}

async fn settled_cases_keep_their_dates_after_an_amendment(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    hall.set_time("2026-03-02T10:00:00+08:00");
    let case = staff.open(1).await;
    hall.set_time("2026-03-11T12:00:00+08:00");
    staff.make(&case, 1).await; // before it was due soon, on the 12th
    let before = staff.clerk.get(&format!("/cases/{case}")).await.expect(200);
    // By this one it would have been due soon in the morning of the 11th.
    import(&staff, &[("2026-03-12", "holiday")]).await;
    let after = staff.clerk.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(after["deadlines"], before["deadlines"]);
    assert_eq!(after["deadlines"]["working_days_left"], 3, "as they were counted");
    let told = staff.clerk.get(&format!("/cases/{case}/deadlines")).await.expect(200);
    assert_eq!(told["working_days_left"], 3);
    let payment = json!({ "payment": { "amount_fen": 60_000, "method": "cash" } });
    let paid = staff.clerk.act(&case, "record_payment", &payment).await.expect(200);
    assert_eq!(paid["deadlines"], before["deadlines"], "an action on it shows the same");
    hall.set_time("2026-04-20T12:00:00+08:00");
    hall.running.service.sweep().await.unwrap();
    assert_eq!(announced(&staff, &case).await, ["uncollected"]);
}

async fn other_instances_show_the_new_dates_at_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.set_time("2026-03-02T10:00:00+08:00");
    let other = hall.beside().await;
    let (staff, elsewhere) = (Staff::of(&hall).await, other.staff(Role::Supervisor).await);
    let case = staff.open(1).await;
    let limit =
        async || elsewhere.get(&format!("/cases/{case}")).await.expect(200)["deadlines"]["limit"]["date"].clone();
    assert_eq!(limit().await, "2026-03-16");
    import(&staff, &[("2026-03-12", "holiday")]).await;
    assert_eq!(limit().await, "2026-03-17");
    import(&staff, &[("2026-03-12", "holiday"), ("2026-03-13", "holiday")]).await;
    let listed = elsewhere.get("/cases").await.expect(200);
    let row = &listed["items"][0];
    assert_eq!(row["limit"]["at"], "2026-03-18T09:30:00Z");
    assert!(row["explanation"].as_str().unwrap().contains("2026-03-18"), "the sentence and the date agree: {row:#}");
    let told = elsewhere.get(&format!("/cases/{case}/deadlines?explain=days")).await.expect(200);
    assert_eq!((&told["limit"]["date"], &told["calendar_edition"]), (&json!("2026-03-18"), &json!(3)));
    import(&staff, &[]).await;
    // An action counts by it, too, without having looked before.
    let extend = json!({ "limit": "2026-03-17", "reason": "介质缺货" });
    let extended = elsewhere.act(&case, "extend_limit", &extend).await.expect(200);
    assert_eq!(extended["deadlines"]["limit"]["date"], "2026-03-17");
}

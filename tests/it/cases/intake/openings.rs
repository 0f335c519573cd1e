//! How many cases a system, and an account, opens within an hour.

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use serde_json::json;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(
    a_system_opens_so_many_cases_in_an_hour_and_people_as_many_as_come,
    an_account_opens_so_many_cases_in_an_hour_one_by_one_and_together,
    many_at_once_are_told_when_the_rest_may_come,
);

async fn a_system_opens_so_many_cases_in_an_hour_and_people_as_many_as_come(database: TestDatabase) {
    let hall = Hall::with(database, &[("OPENINGS__PER_SYSTEM_AND_HOUR", "3")]).await;
    let (portal, other) =
        (hall.client("portal", &[Scope::CasesOpen]).await, hall.client("other", &[Scope::CasesOpen]).await);
    let clerk = hall.staff(Role::Clerk).await;
    portal.post_once("/cases", "first", &application(1)).await.expect(201);
    hall.advance(Duration::minutes(20));
    // What opens no case counts for nothing.
    portal.post("/cases", &application(1)).await.refused(409, "already_applied");
    portal.post("/cases", &application(2)).await.expect(201);
    portal.post("/cases", &application(3)).await.expect(201);
    let answer = portal.post("/cases", &application(4)).await;
    assert_eq!(answer.header("Retry-After"), "2401", "until the first is an hour old");
    answer.refused(429, "too_many_openings");
    // An answer that was given is given again.
    let again = portal.post_once("/cases", "first", &application(1)).await;
    assert_eq!(again.header("Idempotency-Replayed"), "true");
    again.expect(201);
    other.post("/cases", &application(4)).await.expect(201);
    for number in 5..12 {
        clerk.post("/cases", &application(number)).await.expect(201);
    }
    hall.advance(Duration::minutes(40) + Duration::seconds(1));
    portal.post("/cases", &application(20)).await.expect(201);
    portal.post("/cases", &application(21)).await.refused(429, "too_many_openings");
}

async fn an_account_opens_so_many_cases_in_an_hour_one_by_one_and_together(database: TestDatabase) {
    let hall = Hall::with(database, &[("OPENINGS__PER_ACCOUNT_AND_HOUR", "3")]).await;
    let (clerk, other) = (hall.staff(Role::Clerk).await, hall.person(&[Role::Clerk], None).await);
    clerk.post("/cases", &application(1)).await.expect(201);
    hall.advance(Duration::minutes(20));
    let body = json!({ "applications": (2..=5).map(application).collect::<Vec<_>>() });
    let request = clerk.request(reqwest::Method::POST, "/cases/bulk").await.header("Idempotency-Key", "many");
    let done = crate::hall::send(request.json(&body)).await.expect(200);
    let outcomes: Vec<&str> = done["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["problem"]["errors"][0]["code"].as_str().or(row["problem"]["code"].as_str()).unwrap_or("opened"))
        .collect();
    assert_eq!(outcomes, ["opened", "opened", "too_many_openings", "too_many_openings"]);
    let answer = clerk.post("/cases", &application(6)).await;
    assert_eq!(answer.header("Retry-After"), "2401", "until the first is an hour old");
    answer.refused(429, "too_many_openings");
    other.post("/cases", &application(6)).await.expect(201);
    hall.advance(Duration::minutes(40) + Duration::seconds(1));
    clerk.post("/cases", &application(7)).await.expect(201);
}

async fn many_at_once_are_told_when_the_rest_may_come(database: TestDatabase) {
    let hall = Hall::with(database, &[("OPENINGS__PER_SYSTEM_AND_HOUR", "3")]).await;
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    portal.post("/cases", &application(1)).await.expect(201);
    hall.advance(Duration::minutes(20));
    let bulk = json!({ "applications": (2..=5).map(application).collect::<Vec<_>>() });
    let answer = portal.post_once("/cases/bulk", "bulk", &bulk).await;
    assert_eq!(answer.header("Retry-After"), "2401", "until the first is an hour old");
    let told = answer.expect(200);
    assert_eq!((&told["opened"], &told["refused"]), (&json!(2), &json!(2)));
    for row in [2, 3] {
        let problem = &told["results"][row]["problem"];
        assert_eq!(problem["code"], "too_many_openings");
        assert_eq!(problem["retry_after_seconds"], 2401);
        assert!(problem["detail"].as_str().unwrap().contains("2026-03-02T03:00:01Z"), "{problem}");
    }
    hall.advance(Duration::seconds(2401));
    let again = portal.post_once("/cases/bulk", "bulk", &bulk).await;
    let told = again.body.clone();
    assert_eq!((&told["opened"], &told["repeated"], &told["refused"]), (&json!(1), &json!(2), &json!(1)));
    assert_eq!(again.header("Retry-After"), "1200");
    hall.advance(Duration::seconds(1200));
    let whole = portal.post_once("/cases/bulk", "bulk", &bulk).await;
    assert_eq!(whole.header("Retry-After"), "");
    assert_eq!(whole.expect(200)["refused"], 0);
}

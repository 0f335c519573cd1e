//! How many cases a system, and an account, opens within an hour.

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use serde_json::json;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(
    a_system_opens_so_many_cases_in_an_hour_and_people_as_many_as_come,
    an_account_opens_so_many_cases_in_an_hour_one_by_one_and_together,
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

//! How many cases another system opens within an hour.

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(a_system_opens_so_many_cases_in_an_hour_and_people_as_many_as_come,);

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

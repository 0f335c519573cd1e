//! How many requests another system may send in a minute.

use casehall::domain::accounts::role::{Role, Scope};

use crate::databases::TestDatabase;
use crate::hall::Hall;

const POLICY: &str = "RateLimit-Policy";
const LEFT: &str = "RateLimit";

#[tokio::test]
async fn a_system_that_asks_too_often_is_told_when_it_may_again_and_nobody_else_is_counted() {
    let hall = Hall::with(TestDatabase::sqlite(), &[("SERVER__SYSTEM_REQUESTS_PER_MINUTE", "3")]).await;
    let (portal, other) = (hall.client("portal", &[Scope::CasesRead]).await, hall.client("other", &[]).await);
    let clerk = hall.staff(Role::Clerk).await;
    for (left, path, status) in [(2, "/me", 200), (1, "/cases/260101000001", 404), (0, "/me", 200)] {
        let answer = portal.get(path).await;
        assert_eq!((answer.status, answer.header(POLICY)), (status, "\"requests\";q=3;w=60"), "{path}");
        assert!(answer.header(LEFT).starts_with(&format!("\"requests\";r={left};t=")), "{}", answer.header(LEFT));
    }
    let refused = portal.get("/me").await;
    let wait: u32 = refused.header("Retry-After").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert!(refused.header(LEFT).starts_with("\"requests\";r=0;t="), "{}", refused.header(LEFT));
    refused.refused(429, "too_many_requests");
    other.get("/me").await.expect(200);
    for _ in 0..10 {
        let answer = clerk.get("/me").await;
        assert_eq!((answer.status, answer.header(LEFT)), (200, ""));
    }
}

#[tokio::test]
async fn a_hall_that_limits_nothing_tells_nothing_of_limits() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let answer = hall.client("portal", &[]).await.get("/me").await;
    assert_eq!((answer.status, answer.header(POLICY), answer.header(LEFT)), (200, "", ""));
}

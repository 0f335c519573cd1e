//! A system that asks for a token again and again fills no trail.

use casehall::domain::accounts::role::Scope;
use chrono::Duration;
use serde_json::json;

use super::{administrator, ask_by_secret, secret_of, status_with, token};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(of_each_secret_so_many_tokens_an_hour_are_entered_and_then_their_number,);

async fn of_each_secret_so_many_tokens_an_hour_are_entered_and_then_their_number(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = administrator(&hall).await;
    let body = json!({
        "client_id": "ext-portal", "name": "门户", "scopes": [Scope::CasesRead.code()],
    });
    let made = security.post("/clients", &body).await.expect(201);
    let first = secret_of(&made);
    let second = secret_of(&security.post("/clients/ext-portal/secrets", &json!({})).await.expect(201));
    for _ in 0..130 {
        ask_by_secret(&hall, "ext-portal", &first).await.expect(200);
    }
    assert_eq!(hall.entries("token_issued").await.len(), 100);
    let last = token(ask_by_secret(&hall, "ext-portal", &first).await);
    assert_eq!(status_with(&hall, &last).await, 200, "they are good all the same");
    ask_by_secret(&hall, "ext-portal", &second).await.expect(200);
    assert_eq!(hall.entries("token_issued").await.len(), 101, "another secret is told");
    hall.running.service.enter_left_out(false).await.unwrap();
    assert_eq!(hall.entries("token_issued").await.len(), 101, "the hour isn't over");
    hall.advance(Duration::hours(1));
    hall.running.service.enter_left_out(false).await.unwrap();
    let entries = hall.entries("token_issued").await;
    let counted: Vec<&String> = entries.iter().filter(|details| details.contains("many_tokens")).collect();
    assert!(counted.len() == 1 && counted[0].contains(r#""further":"31""#), "{counted:?}");
    ask_by_secret(&hall, "ext-portal", &first).await.expect(200);
    assert_eq!(hall.entries("token_issued").await.len(), 103, "each hour has its own");
}

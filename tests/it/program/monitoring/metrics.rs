//! `/metrics`: what is told, to whom, and how much of it.

use casehall::domain::accounts::role::Role;
use serde_json::json;

use super::{ask, promtool, scrape, telling, value};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(what_happened_is_told, waiting_cases_are_told_by_list);

async fn what_happened_is_told(database: TestDatabase) {
    let hall = telling(database, &[]).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.post("/cases", &application(1)).await.expect(201);
    clerk.post("/cases", &json!({})).await.expect(422);
    let text = scrape(&hall).await;
    let request = |status: &str| {
        let labels = format!("{{method=\"POST\",route=\"/api/v1/cases\",status=\"{status}\"}}");
        value(&text, &format!("casehall_http_request_duration_seconds_count{labels}"))
    };
    assert_eq!((request("2xx"), request("4xx"), request("5xx")), (Some(1.0), Some(1.0), None), "{text}");
    let told = |series: &str| value(&text, series).unwrap_or_else(|| panic!("{series}\n{text}"));
    assert!(told("casehall_database_changes_total") >= told("casehall_database_commits_total"));
    assert!(told("casehall_database_commits_total") > 0.0);
    assert_eq!(told("casehall_database_places_waiting{use=\"changes\"}"), 0.0);
    assert_eq!(told("casehall_database_errors_total{kind=\"unavailable\"}"), 0.0);
    assert!(told("casehall_sign_in_slots") >= 1.0);
    assert_eq!(told("casehall_ready"), 1.0);
    assert_eq!(told("casehall_check_ready{check=\"database\"}"), 1.0);
    assert!(told("casehall_disk_free_bytes{disk=\"data\"}") > 0.0);
    assert!(told("process_resident_memory_bytes") > 1e6);
    let server_has_a_clock = hall.database.address.sqlite_path().is_none();
    assert_eq!(value(&text, "casehall_clock_ahead_of_server_seconds").is_some(), server_has_a_clock);
}

async fn waiting_cases_are_told_by_list(database: TestDatabase) {
    let hall = Hall::open(database.again()).await;
    let clerk = hall.staff(Role::Clerk).await;
    for number in 1..=3 {
        clerk.post("/cases", &application(number)).await.expect(201);
    }
    hall.running.stop().await;
    let later = "2026-03-30T02:00:00Z".parse().unwrap();
    let hall = Hall::start(database, tempfile::tempdir().unwrap(), &[super::TOLD], None, later).await.unwrap();
    let text = scrape(&hall).await;
    let on = |list: &str| value(&text, &format!("casehall_cases{{list=\"{list}\"}}"));
    assert_eq!((on("overdue"), on("due_today"), on("to_check")), (Some(3.0), Some(0.0), Some(3.0)), "{text}");
}

#[tokio::test]
async fn promtool_finds_nothing_wrong_with_what_is_told() {
    let hall = telling(TestDatabase::sqlite(), &[("JOBS__SWEEP_SECONDS", "1")]).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.get("/cases").await.expect(200);
    let text = scrape(&hall).await;
    let said = promtool(&["check", "metrics"], &text).unwrap_or_else(|said| panic!("{said}\n{text}"));
    assert_eq!(said, "");
}

#[tokio::test]
async fn addresses_and_methods_that_callers_make_up_are_one_series() {
    let hall = telling(TestDatabase::sqlite(), &[]).await;
    let client = reqwest::Client::new();
    for number in 0..20 {
        let made_up = reqwest::Method::from_bytes(format!("M{number}").as_bytes()).unwrap();
        client.get(format!("{}/no/{number}", hall.base)).send().await.unwrap();
        client.request(made_up, format!("{}/no/{number}", hall.base)).send().await.unwrap();
        client.get(format!("{}/api/v1/cases/{number}", hall.base)).send().await.unwrap();
    }
    let text = scrape(&hall).await;
    let series: Vec<&str> = text.lines().filter(|line| line.contains("request_duration_seconds_count")).collect();
    assert_eq!(series.len(), 3, "{series:#?}");
    assert!(series.iter().all(|line| line.ends_with(" 20")), "{series:#?}");
}

#[tokio::test]
async fn metrics_are_told_at_their_own_address_only() {
    let hall = telling(TestDatabase::sqlite(), &[]).await;
    let administrator = hall.person(&[Role::Administrator], None).await;
    assert_eq!(administrator.get("//metrics").await.status, 404);
    let elsewhere = hall.running.metrics_address().unwrap();
    let other = reqwest::get(format!("http://{elsewhere}/readyz")).await.unwrap();
    assert_eq!(other.status(), 404);
    let silent = Hall::open(TestDatabase::sqlite()).await;
    assert_eq!(silent.running.metrics_address(), None);
    hall.running.stop().await;
    assert!(reqwest::get(format!("http://{elsewhere}/metrics")).await.is_err(), "it stops with the hall");
}

#[tokio::test]
async fn where_a_token_is_set_it_must_be_shown() {
    let token = "a-token-of-twenty-characters";
    let hall = telling(TestDatabase::sqlite(), &[("MONITORING__TOKEN", token)]).await;
    for wrong in [None, Some(""), Some("a-token-of-twenty-character")] {
        let answer = ask(&hall, wrong).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer"));
        assert!(answer.body.is_null());
    }
    assert_eq!(ask(&hall, Some(token)).await.status, 200);
}

//! People's own passwords.

use casehall::domain::accounts::role::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, PASSWORD, Person, send};

on_both!(
    a_password_is_changed_with_the_old_one_and_other_sessions_end,
    a_wrong_old_password_counts_as_a_failure_to_sign_in,
);

const NEW: &str = "another much longer passphrase";

fn change(old: &str, new: &str) -> Value {
    json!({ "old_password": old, "new_password": new })
}

async fn sign_in<'a>(hall: &'a Hall, username: &str, password: &str) -> Person<'a> {
    let body = json!({ "username": username, "password": password });
    let signed_in = hall.nobody().post("/sessions", &body).await.expect(201);
    hall.nobody().with_token(signed_in["access_token"].as_str().unwrap())
}

async fn a_password_is_changed_with_the_old_one_and_other_sessions_end(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let name = hall.staff(Role::Clerk).await.name().to_owned();
    let (here, elsewhere) = (sign_in(&hall, &name, PASSWORD).await, sign_in(&hall, &name, PASSWORD).await);
    elsewhere.get("/me").await.expect(200);
    let fault = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    for (old, new, faults) in [
        ("not the old one", NEW, fault("/old_password", "wrong_password")),
        (PASSWORD, PASSWORD, fault("/new_password", "password_unchanged")),
        (PASSWORD, "seven77", fault("/new_password", "password_too_short")),
        (PASSWORD, &name.repeat(2), fault("/new_password", "password_too_weak")),
        (PASSWORD, "Password123", fault("/new_password", "password_too_weak")),
    ] {
        let answer = here.post("/password", &change(old, new)).await;
        assert_eq!(answer.faults(), faults, "{new}");
        answer.refused(422, "invalid_request");
    }
    elsewhere.get("/me").await.expect(200);
    assert_eq!(here.post("/password", &change(PASSWORD, NEW)).await.status, 204);
    here.get("/me").await.expect(200);
    elsewhere.get("/me").await.refused(401, "unauthorized");
    sign_in(&hall, &name, NEW).await;
    let body = json!({ "username": name, "password": PASSWORD });
    hall.nobody().post("/sessions", &body).await.refused(401, "wrong_credentials");
    assert_eq!(hall.entries("password_changed").await.len(), 1);
}

async fn a_wrong_old_password_counts_as_a_failure_to_sign_in(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    for _ in 0..5 {
        clerk.post("/password", &change("not the old one", NEW)).await.refused(422, "invalid_request");
    }
    let held_up = clerk.post("/password", &change(PASSWORD, NEW)).await;
    assert_eq!(held_up.header("Retry-After"), "900");
    held_up.refused(429, "too_many_attempts");
    let body = json!({ "username": clerk.name(), "password": PASSWORD });
    hall.nobody().post("/sessions", &body).await.refused(429, "too_many_attempts");
    clerk.get("/me").await.expect(200);
}

#[tokio::test]
async fn a_weak_password_is_told_what_would_help_in_the_callers_language() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await.in_chinese();
    let answer = clerk.post("/password", &change(PASSWORD, "广州市电子签名中心")).await;
    let said = answer.refused(422, "invalid_request");
    let said = said["errors"][0]["detail"].as_str().unwrap();
    assert!(said.contains("含有姓名、用户名，或大厅的名称") && said.contains("建议："), "{said}");
}

#[tokio::test]
async fn what_everybody_reads_of_the_hall_makes_no_password() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    for guessed in [
        "www.gzca.gd.cn",
        "gzca.gd.cn2026",
        "020-38828393",
        "02038828393",
        "Gz-38828393-Gz",
        "020 83124994",
        "天河区龙口西路穗园小区",
        "online.gzcc.gov.cn",
        "guangzhou-center!!",
    ] {
        let answer = clerk.post("/password", &change(PASSWORD, guessed)).await;
        assert_eq!(answer.faults(), [("/new_password".to_owned(), "password_too_weak".to_owned())], "{guessed}");
    }
    assert_eq!(clerk.post("/password", &change(PASSWORD, "岭南荔枝 2 kettles 38828")).await.status, 204);
}

#[tokio::test]
async fn systems_have_no_password_to_change() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let portal = hall.client("portal", &[]).await;
    for path in ["/password", "/second-factor", "/second-factor/confirm"] {
        let request = portal.request(Method::POST, path).await.json(&json!({}));
        send(request).await.refused(403, "forbidden");
    }
}

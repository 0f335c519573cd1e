//! Whoever writes the database, and nothing else: sessions and recovery codes are bound to whose they are, by what lies outside.

use casehall::domain::accounts::role::Role;
use casehall::service::accounts::caller::Caller;
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::second_factor::enrolled;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, PASSWORD, Person, send};

on_both!(
    a_session_that_was_given_to_somebody_else_is_none,
    a_session_that_was_made_to_last_is_none,
    a_browser_whose_session_was_given_to_somebody_else_is_signed_out,
    a_recovery_code_of_somebody_else_signs_nobody_in,
);

async fn signed_in(hall: &Hall, person: &Person<'_>) -> Value {
    hall.nobody().post("/sessions", &json!({ "username": person.name(), "password": PASSWORD })).await.expect(201)
}

async fn refresh(hall: &Hall, token: &Value) -> crate::hall::Answer {
    hall.nobody().post("/sessions/refresh", &json!({ "refresh_token": token["refresh_token"] })).await
}

async fn me(hall: &Hall, token: &Value) -> crate::hall::Answer {
    let request = hall.nobody().request(Method::GET, "/me").await;
    send(request.bearer_auth(token["access_token"].as_str().unwrap())).await
}

fn session_of(token: &Value) -> String {
    token["refresh_token"].as_str().unwrap().split('.').next().unwrap().to_owned()
}

fn id_of(hall: &Hall, person: &Person<'_>) -> String {
    let found = hall.database.rows(&format!("SELECT id FROM users WHERE username = '{}'", person.name()));
    found[0].clone()
}

/// What a verification says.
async fn said(hall: &Hall) -> Vec<String> {
    let found = hall.running.service.verify(&Caller::hall(), None).await.unwrap();
    found.findings.iter().map(ToString::to_string).collect()
}

async fn a_session_that_was_given_to_somebody_else_is_none(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let (own, other) = (signed_in(&hall, &clerk).await, signed_in(&hall, &clerk).await);
    let (theirs, victim) = (signed_in(&hall, &supervisor).await, id_of(&hall, &supervisor));
    let session = session_of(&own);
    hall.database.tamper(&format!("UPDATE sessions SET user_id = '{victim}' WHERE id = '{session}'"));
    // Also with everything else of a session that is theirs, but what is said to a client.
    let columns = ["user_id", "address", "started_at", "refreshed_at", "expires_at", "binding"];
    let of =
        |column: &str| format!("{column} = (SELECT t.{column} FROM sessions t WHERE t.id = '{}')", session_of(&theirs));
    let all = columns.map(of).join(", ");
    hall.database.tamper(&format!("UPDATE sessions SET {all} WHERE id = '{}'", session_of(&other)));
    for token in [&own, &other] {
        refresh(&hall, token).await.refused(401, "session_ended");
        assert_eq!(me(&hall, token).await.status, 401);
        let named = format!("session {} was changed", session_of(token));
        assert!(said(&hall).await.iter().any(|finding| finding.starts_with(&named)), "{named}");
    }
    let renewed = refresh(&hall, &theirs).await.expect(200);
    assert_eq!(me(&hall, &renewed).await.expect(200)["id"], json!(victim));
    assert!(hall.entries("refresh_reused").await.is_empty(), "nobody used a token twice");
}

async fn a_session_that_was_made_to_last_is_none(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    for change in ["expires_at = '2036-03-02 02:00:00'", "started_at = '2036-03-02 02:00:00'", "binding = ''"] {
        let token = signed_in(&hall, &clerk).await;
        hall.database.tamper(&format!("UPDATE sessions SET {change} WHERE id = '{}'", session_of(&token)));
        refresh(&hall, &token).await.refused(401, "session_ended");
    }
}

async fn a_browser_whose_session_was_given_to_somebody_else_is_signed_out(database: TestDatabase) {
    use casehall::service::accounts::people::sessions::SessionHolder;

    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let (service, address) = (&hall.running.service, "127.0.0.1".parse().unwrap());
    let cookie = service.sign_in(clerk.name(), PASSWORD, None, address, SessionHolder::Browser, None).await;
    let cookie = cookie.ok().unwrap().refresh_token;
    assert!(service.visitor(&cookie, address, true).await.is_ok());
    hall.advance(chrono::Duration::minutes(5));
    assert!(service.visitor(&cookie, address, true).await.is_ok(), "its use is noted");
    assert!(service.visitor(&cookie, address, true).await.is_ok(), "and it goes on");
    let (session, victim) = (cookie.split('.').next().unwrap(), id_of(&hall, &supervisor));
    hall.database.tamper(&format!("UPDATE sessions SET user_id = '{victim}' WHERE id = '{session}'"));
    assert!(service.visitor(&cookie, address, true).await.is_err());
}

async fn a_recovery_code_of_somebody_else_signs_nobody_in(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let (_, own) = enrolled(&hall, &clerk).await;
    let (_, theirs) = enrolled(&hall, &supervisor).await;
    assert_eq!(said(&hall).await, Vec::<String>::new());
    let (id, victim) = (id_of(&hall, &clerk), id_of(&hall, &supervisor));
    hall.database.tamper(&format!("UPDATE recovery_codes SET user_id = '{victim}' WHERE user_id = '{id}'"));
    let sign_in = async |person: &Person<'_>, code: &str| {
        let body = json!({ "username": person.name(), "password": PASSWORD, "code": code });
        hall.nobody().post("/sessions", &body).await
    };
    sign_in(&supervisor, &own[0]).await.refused(401, "second_factor_code_wrong");
    sign_in(&supervisor, &theirs[0]).await.expect(201);
    let named = format!("recovery code of account {victim} was changed");
    assert!(said(&hall).await.iter().any(|finding| finding.starts_with(&named)), "{named}");
}

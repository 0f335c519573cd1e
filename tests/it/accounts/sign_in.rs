//! Signing in: locks after wrong passwords, tokens and their end, OAuth client credentials, and keys to verify with.

use casehall::domain::accounts::account::AccountDraft;
use casehall::domain::accounts::role::{Role, Scope};
use casehall::service::accounts::caller::Caller;
use casehall::service::accounts::people::users::NewUser;
use chrono::Duration;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::Method;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, PASSWORD, application, send};

on_both!(
    five_wrong_passwords_lock_existing_and_unknown_names,
    a_right_password_in_time_starts_the_count_again,
    a_password_is_taken_as_it_was_typed,
);

async fn sign_in(hall: &Hall, username: &str, password: &str) -> Answer {
    hall.nobody().post("/sessions", &json!({ "username": username, "password": password })).await
}

async fn a_password_is_taken_as_it_was_typed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    // Blanks at its ends, a family of emoji, a soft hyphen and a tab: other texts lose these.
    let password = " 大厅的\tpass\u{AD}phrase 👩\u{200D}👧 ";
    let account = AccountDraft {
        display_name: "空白".to_owned(),
        roles: vec!["clerk".to_owned()],
        all_outlets: true,
        ..AccountDraft::default()
    };
    let user = NewUser { username: "blank".to_owned(), account, password: Some(password.to_owned()) };
    let operator = Caller::operator_as(Role::SecurityAdministrator);
    hall.running.service.add_user(&operator, user).await.unwrap();
    sign_in(&hall, "blank", password.trim()).await.refused(401, "wrong_credentials");
    sign_in(&hall, "blank", password).await.expect(201);
}

async fn five_wrong_passwords_lock_existing_and_unknown_names(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    for name in [clerk.name(), "nobody-of-this-name"] {
        let mut refusals = Vec::new();
        for _ in 0..5 {
            let mut refused = sign_in(&hall, name, "a wrong password").await.refused(401, "wrong_credentials");
            refused["request_id"] = Value::Null;
            refusals.push(refused);
        }
        assert!(refusals.iter().all(|refusal| *refusal == refusals[0]), "nothing tells which of both was wrong");
        let locked = sign_in(&hall, name, "a wrong password").await;
        assert_eq!(locked.header("Retry-After"), "900");
        locked.refused(429, "too_many_attempts");
    }
    // The name is locked, however it is written, and also for whoever knows the password.
    for name in [clerk.name().to_owned(), clerk.name().to_uppercase(), format!(" {} ", clerk.name())] {
        sign_in(&hall, &name, PASSWORD).await.refused(429, "too_many_attempts");
    }
    hall.advance(Duration::minutes(15) - Duration::seconds(1));
    let locked = sign_in(&hall, clerk.name(), PASSWORD).await;
    assert_eq!(locked.header("Retry-After"), "1");
    locked.refused(429, "too_many_attempts");
    hall.advance(Duration::seconds(1));
    sign_in(&hall, clerk.name(), PASSWORD).await.expect(201);
    sign_in(&hall, "nobody-of-this-name", PASSWORD).await.refused(401, "wrong_credentials");
}

async fn a_right_password_in_time_starts_the_count_again(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    for _ in 0..3 {
        for _ in 0..4 {
            sign_in(&hall, clerk.name(), "a wrong password").await.refused(401, "wrong_credentials");
        }
        sign_in(&hall, clerk.name(), PASSWORD).await.expect(201);
    }
}

#[tokio::test]
async fn the_sign_in_lock_follows_the_settings() {
    let settings = [("SIGN_IN__FAILURES", "2"), ("SIGN_IN__LOCK_MINUTES", "3")];
    let hall = Hall::with(TestDatabase::sqlite(), &settings).await;
    let clerk = hall.staff(Role::Clerk).await;
    for _ in 0..2 {
        sign_in(&hall, clerk.name(), "a wrong password").await.refused(401, "wrong_credentials");
    }
    assert_eq!(sign_in(&hall, clerk.name(), PASSWORD).await.header("Retry-After"), "180");
}

#[tokio::test]
async fn a_token_ends_by_the_halls_clock() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let issued = sign_in(&hall, clerk.name(), PASSWORD).await;
    assert_eq!(issued.header("Cache-Control"), "no-store");
    let issued = issued.expect(201);
    assert_eq!((&issued["token_type"], &issued["expires_in"]), (&json!("Bearer"), &json!(900)));
    let token = issued["access_token"].as_str().unwrap();
    let nobody = hall.nobody();
    let status = async || send(nobody.request(Method::GET, "/cases").await.bearer_auth(token)).await.status;
    assert_eq!(status().await, 200);
    hall.advance(Duration::minutes(15) - Duration::seconds(1));
    assert_eq!(status().await, 200);
    hall.advance(Duration::seconds(1));
    assert_eq!(status().await, 401);
}

#[tokio::test]
async fn the_published_keys_verify_our_tokens() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let token = clerk.token().await.unwrap();
    let keys = hall.nobody().get("//.well-known/jwks.json").await.expect(200);
    let header = decode_header(&token).unwrap();
    assert_eq!((header.typ.as_deref(), header.alg), (Some("at+jwt"), Algorithm::EdDSA));
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == json!(header.kid)).unwrap();
    assert!(key["d"].is_null(), "the private part stays at home");
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["casehall"]);
    validation.set_issuer(&["casehall"]);
    validation.validate_exp = false; // the hall's clock isn't the machine's
    let key = DecodingKey::from_ed_components(key["x"].as_str().unwrap()).unwrap();
    let claims = decode::<Value>(&token, &key, &validation).unwrap().claims;
    assert_eq!(claims["roles"], json!(["clerk"]));
    let mut forged = token.clone();
    forged.replace_range(token.len() - 4.., "AAAA");
    assert!(decode::<Value>(&forged, &key, &validation).is_err());
    send(hall.nobody().request(Method::GET, "/cases").await.bearer_auth(forged)).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn a_system_gets_its_token_by_form_or_by_basic_authentication() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let secret = hall.add_client("portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    let nobody = hall.nobody();
    let ask = async |form: String, basic: Option<(&str, &str)>| {
        let request = nobody.request(Method::POST, "//oauth/token").await.body(form);
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        send(basic.map_or(request.try_clone().unwrap(), |(id, secret)| request.basic_auth(id, Some(secret)))).await
    };
    let form = |id: &str, secret: &str, rest: &str| {
        format!("grant_type=client_credentials&client_id={id}&client_secret={secret}{rest}")
    };
    let granted = ask(form("portal", &secret, ""), None).await;
    assert_eq!(granted.header("Cache-Control"), "no-store");
    assert_eq!(granted.expect(200)["scope"], "cases:open cases:read");
    let granted = ask("grant_type=client_credentials&scope=cases%3Aread".to_owned(), Some(("portal", &secret))).await;
    let granted = granted.expect(200);
    assert_eq!(granted["scope"], "cases:read");
    // What has no value counts as left out (RFC 6749 section 3.2): all scopes, and nothing of another way to prove who asks.
    for rest in ["&scope=", "&scope=+", "&scope=&client_assertion=&client_assertion_type="] {
        assert_eq!(
            ask(form("portal", &secret, rest), None).await.expect(200)["scope"],
            "cases:open cases:read",
            "{rest}"
        );
    }
    let by_basic = "grant_type=client_credentials&client_id=&client_secret=&scope=".to_owned();
    assert_eq!(ask(by_basic, Some(("portal", &secret))).await.expect(200)["scope"], "cases:open cases:read");
    let nothing = ask(form("portal", &secret, "").replace("client_credentials", ""), None).await;
    assert_eq!((nothing.status, &nothing.body), (400, &json!({ "error": "invalid_request" })));
    // A token with less than the client has is good for that much only.
    let token = granted["access_token"].as_str().unwrap();
    send(nobody.request(Method::GET, "/cases").await.bearer_auth(token)).await.expect(200);
    let opening = nobody.request(Method::POST, "/cases").await.bearer_auth(token).json(&application(1));
    send(opening).await.refused(403, "forbidden");

    for rest in ["&scope=cases%3Awrite", "&scope=nothing", "&scope=cases%3Aread+nothing"] {
        let refused = ask(form("portal", &secret, rest), None).await;
        assert_eq!((refused.status, &refused.body), (400, &json!({ "error": "invalid_scope" })), "{rest}");
    }
    for (id, secret) in [("portal", "wrong"), ("nobody", secret.as_str()), ("portal", "")] {
        for refused in [
            ask(form(id, secret, ""), None).await,
            ask("grant_type=client_credentials".to_owned(), Some((id, secret))).await,
        ] {
            assert_eq!((refused.status, &refused.body), (401, &json!({ "error": "invalid_client" })), "{id}");
            assert!(refused.header("WWW-Authenticate").starts_with("Basic "));
        }
    }
    let refused = ask("grant_type=client_credentials".to_owned(), None).await;
    assert_eq!((refused.status, &refused.body), (401, &json!({ "error": "invalid_client" })));
    let refused = ask(form("portal", &secret, "").replace("client_credentials", "password"), None).await;
    assert_eq!((refused.status, &refused.body), (400, &json!({ "error": "unsupported_grant_type" })));
    let refused = ask(String::new(), None).await;
    assert_eq!((refused.status, &refused.body), (400, &json!({ "error": "invalid_request" })));
    // Who says to be one and proves to be another has mixed up two.
    let same = "grant_type=client_credentials&client_id=portal".to_owned();
    ask(same.clone(), Some(("portal", &secret))).await.expect(200);
    let mixed_up = ask(same.replace("portal", "bureau"), Some(("portal", &secret))).await;
    assert_eq!((mixed_up.status, &mixed_up.body), (400, &json!({ "error": "invalid_request" })));
    let as_json = nobody.post("//oauth/token", &json!({ "grant_type": "client_credentials" })).await;
    assert_eq!((as_json.status, &as_json.body), (400, &json!({ "error": "invalid_request" })));
}

//! What is accepted, and what somebody may who comes in so.

use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ISSUER, KeyServer, NOW, SUBJECT, header, read_with, set, setting, systems, token, trusting};
use crate::accounts::systems::assertions::{key, signed};
use crate::accounts::systems::{administrator, status_with};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application, send};

on_both!(
    a_system_comes_in_as_itself_with_what_both_sides_allow,
    the_first_use_of_each_token_stands_in_the_trail,
    a_deactivated_system_is_refused_within_five_seconds_everywhere,
);

async fn a_system_comes_in_as_itself_with_what_both_sides_allow(database: TestDatabase) {
    let server = KeyServer::of(&[1]).await;
    let hall = trusting(database, &server).await;
    let opener = hall.nobody().with_token(&token(1, json!({ "scope": "hall.open hall.register offline_access" })));
    let case = opener.post("/cases", &application(1)).await.expect(201);
    let path = format!("/cases/{}", case["acceptance_number"].as_str().unwrap());
    let me = opener.get("/me").await.expect(200);
    assert_eq!((&me["id"], &me["scopes"]), (&json!("tax-portal"), &json!(["cases:open", "cases:read"])), "{me:#}");
    // What the issuer lets it do and the hall doesn't, and the other way about.
    opener.get("/certificates").await.refused(403, "forbidden");
    let reader = hall.nobody().with_token(&token(1, json!({})));
    reader.post("/cases", &application(2)).await.refused(403, "forbidden");
    // It is one system, however it proves who it is.
    assert_eq!(reader.get(&path).await.expect(200)["acceptance_number"], case["acceptance_number"]);
    let events = reader.get("/events").await.expect(200);
    assert_eq!(events["items"].as_array().unwrap().len(), 1, "{events:#}");
    let change = json!({ "name": "税务", "scopes": ["cases:read"] });
    administrator(&hall).await.put("/clients/tax-portal", 1, &change).await.expect(200);
    opener.post("/cases", &application(3)).await.refused(403, "forbidden");
    assert_eq!(server.asked(), 1, "the keys are kept");
}

async fn the_first_use_of_each_token_stands_in_the_trail(database: TestDatabase) {
    let server = KeyServer::of(&[1]).await;
    let hall = trusting(database, &server).await;
    let entries = || async { hall.entries("token_accepted").await };
    for _ in 0..3 {
        assert_eq!(status_with(&hall, &token(1, json!({}))).await, 200);
    }
    let entered = entries().await;
    assert_eq!(entered.len(), 1);
    let entry: Value = serde_json::from_str(&entered[0]).unwrap();
    let expected = json!({
        "issuer": ISSUER, "subject": SUBJECT, "token": "t-1", "scope": "cases:read", "until": "2026-03-02T02:05:00+00:00",
    });
    assert_eq!(entry, expected);
    let by = hall.database.rows("SELECT actor_id AS text FROM audit WHERE kind = 'token_accepted'");
    assert_eq!(by, ["tax-portal"]);
    // Keys that are fetched anew make no token another one.
    hall.advance(Duration::minutes(6));
    let longer = token(1, json!({ "jti": "t-2", "exp": NOW + 7200 }));
    for _ in 0..2 {
        assert_eq!(status_with(&hall, &longer).await, 200);
        hall.advance(Duration::minutes(6));
    }
    assert_eq!(entries().await.len(), 2);
    // Without a number that could be kept, a digest; and a hundred in an hour.
    for number in 0..110 {
        let jti = if number == 0 { json!("a number\n") } else { json!(format!("n-{number}")) };
        assert_eq!(status_with(&hall, &token(1, json!({ "jti": jti, "exp": NOW + 7200 }))).await, 200);
    }
    let entered = entries().await;
    assert!(entered[2].contains("\"sha256:"), "{}", entered[2]);
    assert_eq!(entered.len(), 100);
    hall.advance(Duration::minutes(60));
    assert_eq!(status_with(&hall, &token(1, json!({ "jti": "later", "exp": NOW + 7200 }))).await, 200);
    assert_eq!(entries().await.len(), 101);
}

async fn a_deactivated_system_is_refused_within_five_seconds_everywhere(database: TestDatabase) {
    let server = KeyServer::of(&[1]).await;
    let hall = trusting(database, &server).await;
    let other = hall.sharing_settings(&[("ISSUERS", &server.setting())]).await;
    let long = token(1, json!({ "exp": NOW + 3600 }));
    assert_eq!((status_with(&hall, &long).await, status_with(&other, &long).await), (200, 200));
    administrator(&hall).await.post("/clients/tax-portal/deactivate", &json!({})).await.expect(200);
    assert_eq!(status_with(&hall, &long).await, 401);
    other.advance(Duration::seconds(5));
    assert_eq!(status_with(&other, &long).await, 401);
    // The token is the issuer's: as long as that lets it live, it is good again with the system.
    administrator(&hall).await.post("/clients/tax-portal/activate", &json!({})).await.expect(200);
    assert_eq!(status_with(&hall, &long).await, 200);
}

#[tokio::test]
async fn what_a_right_token_may_look_like_is_taken() {
    let server = KeyServer::of(&[1]).await;
    let hall = trusting(TestDatabase::sqlite(), &server).await;
    let claims = [
        json!({ "aud": ["https://hall.example.org"] }),
        json!({ "scope": ["hall.read"] }),
        json!({ "scope": null, "scp": "hall.read" }),
        json!({ "scope": null, "roles": ["hall.read", "other"] }),
        json!({ "exp": NOW + 1 }),
        json!({ "exp": NOW as f64 + 0.5 }),
        json!({ "exp": NOW + 86_400, "iat": NOW }),
        json!({ "iat": NOW + 30, "nbf": NOW + 30 }),
        json!({ "iat": null, "jti": null, "nbf": null }),
        // What the hall's own tokens say means nothing in another's.
        json!({ "kind": "user", "roles": ["hall.read", "supervisor"], "sid": "0", "name": "系统", "client_id": "other", "azp": "x" }),
    ];
    for claims in claims {
        read_with(&hall, &token(1, claims.clone())).await.expect(200);
    }
    for typ in ["at+jwt", "JWT", "AT+JWT", "application/at+jwt"] {
        let mut header = header("1");
        (header["typ"], header["jku"], header["x5t"]) = (json!(typ), json!("https://127.0.0.1:1/keys"), json!("x"));
        read_with(&hall, &signed(&key(1), &header, &super::claims(json!({})))).await.expect(200);
    }
    let to_the_second = token(1, json!({ "exp": NOW + 1, "jti": "short" }));
    read_with(&hall, &to_the_second).await.expect(200);
    hall.advance(Duration::seconds(1));
    assert_eq!(read_with(&hall, &to_the_second).await.status, 401, "also when it was seen before");
}

#[tokio::test]
async fn keys_may_lie_in_a_file_that_is_exchanged() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys.json");
    std::fs::write(&file, set(&[1]).to_string()).unwrap();
    let setting = setting(&format!("jwks_file = \"{}\"", file.display()));
    let hall = Hall::with(TestDatabase::sqlite(), &[("ISSUERS", &setting)]).await;
    systems(&hall).await;
    assert_eq!(status_with(&hall, &token(1, json!({}))).await, 200);
    std::fs::write(&file, set(&[2]).to_string()).unwrap();
    assert_eq!(status_with(&hall, &token(2, json!({}))).await, 401, "not within the minute");
    hall.advance(Duration::minutes(1));
    assert_eq!(status_with(&hall, &token(2, json!({}))).await, 200);
    assert_eq!(status_with(&hall, &token(1, json!({}))).await, 401);
}

#[tokio::test]
async fn the_hall_goes_on_taking_its_own_tokens() {
    let server = KeyServer::of(&[1]).await;
    let hall = trusting(TestDatabase::sqlite(), &server).await;
    let portal = hall.client("own", &[casehall::domain::accounts::role::Scope::CasesRead]).await;
    portal.get("/cases").await.expect(200);
    hall.staff(casehall::domain::accounts::role::Role::Clerk).await.get("/cases").await.expect(200);
    assert_eq!(server.asked(), 0, "nobody asked for keys");
    let stream = hall.nobody().request(Method::GET, "/events").await.header("Accept", "text/event-stream");
    let opened = stream.bearer_auth(token(1, json!({ "scope": "hall.open" }))).send().await.unwrap();
    assert_eq!(opened.status(), 200);
    send(hall.nobody().request(Method::GET, "/me").await.bearer_auth(token(1, json!({})))).await.expect(200);
}

//! Where the keys of an issuer come from, and what becomes of them when it can't be reached.

use std::sync::Arc;

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{KeyServer, Keys, NOW, read_with, set, token, trusting};
use crate::accounts::systems::status_with;
use crate::databases::TestDatabase;
use crate::hall::{Hall, until};
use crate::program::log::check;
use crate::program::monitoring::{TOLD, scrape};

/// A token that lives for a day.
fn long(number: u8) -> String {
    token(number, json!({ "exp": NOW + 86_000 }))
}

async fn status(hall: &Hall, token: &str) -> u16 {
    status_with(hall, token).await
}

fn remark(ready: &Value) -> String {
    check(ready, "issuers")["remark"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn keys_are_exchanged_without_a_restart() {
    let server = KeyServer::of(&[1]).await;
    let hall = trusting(TestDatabase::sqlite(), &server).await;
    assert_eq!(status(&hall, &long(1)).await, 200);
    // Both are published, then the old one is withdrawn.
    server.publish(&[1, 2]);
    assert_eq!((status(&hall, &long(2)).await, server.asked()), (401, 1), "it was asked within this minute");
    hall.advance(Duration::seconds(59));
    assert_eq!((status(&hall, &long(2)).await, server.asked()), (401, 1));
    hall.advance(Duration::seconds(1));
    assert_eq!((status(&hall, &long(2)).await, server.asked()), (200, 2));
    assert_eq!(status(&hall, &long(1)).await, 200);
    server.publish(&[2]);
    hall.advance(Duration::minutes(4));
    assert_eq!(status(&hall, &long(1)).await, 200, "it is kept for five minutes");
    hall.advance(Duration::minutes(1));
    assert_eq!((status(&hall, &long(1)).await, server.asked()), (401, 3));
    assert_eq!(status(&hall, &long(2)).await, 200);
    // Another key under the same name is another key.
    let mut other = set(&[3]);
    other["keys"][0]["kid"] = json!("2");
    server.answer(Keys::Set(other, String::new()));
    hall.advance(Duration::minutes(5));
    assert_eq!(status(&hall, &long(2)).await, 401);
}

#[tokio::test]
async fn keys_are_kept_as_long_as_the_issuer_says_within_bounds() {
    for (said, minutes) in
        [("", 5), ("no-store", 5), ("max-age=1", 5), ("public, max-age=3600", 60), ("max-age=99999999", 1440)]
    {
        let server = KeyServer::of(&[]).await;
        server.answer(Keys::Set(set(&[1]), format!("Cache-Control: {said}\r\n")));
        let hall = trusting(TestDatabase::sqlite(), &server).await;
        let at = |seconds: i64| token(1, json!({ "iat": NOW + seconds, "exp": NOW + seconds + 300 }));
        assert_eq!(status(&hall, &at(0)).await, 200);
        hall.advance(Duration::minutes(minutes) - Duration::seconds(1));
        assert_eq!((status(&hall, &at(minutes * 60 - 1)).await, server.asked()), (200, 1), "{said}");
        hall.advance(Duration::seconds(1));
        assert_eq!((status(&hall, &at(minutes * 60)).await, server.asked()), (200, 2), "{said}");
    }
}

#[tokio::test]
async fn known_keys_go_on_for_a_day_when_the_issuer_is_down() {
    let server = KeyServer::of(&[1]).await;
    let hall = Hall::with(TestDatabase::sqlite(), &[("ISSUERS", &server.setting()), TOLD]).await;
    super::systems(&hall).await;
    let at = |minutes: i64| token(1, json!({ "iat": NOW + minutes * 60, "exp": NOW + minutes * 60 + 300 }));
    assert_eq!(status(&hall, &at(0)).await, 200);
    assert_eq!(remark(&hall.readiness(200).await), "");
    server.answer(Keys::Nothing);
    hall.advance(Duration::minutes(5));
    assert_eq!(status(&hall, &at(5)).await, 200);
    assert_eq!(server.asked(), 2);
    let told = remark(&hall.readiness(200).await);
    assert!(told.contains("the keys of 1 issuer can't be fetched") && told.contains("2026-03-03T02:05:00Z"), "{told}");
    assert!(!told.contains("login.example.org"), "anybody may ask");
    let metrics = scrape(&hall).await;
    let failing = format!("casehall_issuer_keys_failing{{issuer=\"{}\"}} 1", super::ISSUER);
    assert!(metrics.contains(&failing), "{metrics}");
    assert!(metrics.contains("casehall_issuer_keys_fetched_timestamp_seconds{"), "{metrics}");
    hall.set_time("2026-03-03T02:04:59Z");
    assert_eq!(status(&hall, &at(1444)).await, 200);
    hall.advance(Duration::seconds(1));
    assert_eq!(status(&hall, &at(1445)).await, 401, "no longer: it may have been withdrawn");
    server.publish(&[1]);
    hall.advance(Duration::minutes(1));
    assert_eq!(status(&hall, &at(1446)).await, 200);
    assert_eq!(remark(&hall.readiness(200).await), "");
}

#[tokio::test]
async fn looking_at_readiness_fetches_what_is_old() {
    let server = KeyServer::of(&[1]).await;
    let hall = trusting(TestDatabase::sqlite(), &server).await;
    hall.readiness(200).await;
    until("the keys are fetched before anybody needs them", async || server.asked() == 1).await;
    assert_eq!((status(&hall, &long(1)).await, server.asked()), (200, 1));
    let untrusting = Hall::open(TestDatabase::sqlite()).await;
    let ready = untrusting.readiness(200).await;
    assert!(ready["checks"].as_array().unwrap().iter().all(|check| check["name"] != "issuers"));
}

#[tokio::test]
async fn what_is_no_set_of_keys_is_given_up() {
    let elsewhere = KeyServer::of(&[1]).await;
    let huge = json!({ "keys": set(&[1])["keys"], "pad": "x".repeat(300_000) });
    let endless = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{\"keys\":[".to_owned();
    let empty = |head: &str| Keys::Other(format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n"));
    let redirect = empty(&format!("302 Found\r\nLocation: http://127.0.0.1:{}/keys", elsewhere.port));
    let private = json!({ "keys": [{ "kty": "oct", "k": "c2VjcmV0", "kid": "1", "alg": "HS256" }] });
    let answers = [
        ("huge", Keys::Set(huge, String::new())),
        ("broken off", Keys::Other(endless)),
        ("a long head", Keys::Set(set(&[1]), format!("X: {}\r\n", "x".repeat(40_000)))),
        ("a redirect", redirect),
        ("an error", empty("500 Internal Server Error")),
        ("nothing", empty("204 No Content")),
        ("no HTTP", Keys::Other("SSH-2.0-OpenSSH_9.9\r\n".to_owned())),
        ("no set", Keys::Set(json!(["keys"]), String::new())),
        ("a page", Keys::Other("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>".to_owned())),
        ("no key", Keys::Set(json!({ "keys": [] }), String::new())),
        ("a secret", Keys::Set(private, String::new())),
    ];
    let server = KeyServer::of(&[1]).await;
    let hall = trusting(TestDatabase::sqlite(), &server).await;
    assert_eq!(status(&hall, &long(1)).await, 200);
    for (what, answer) in answers {
        server.answer(answer);
        hall.advance(Duration::minutes(6));
        let asked = server.asked();
        assert_eq!(status(&hall, &long(1)).await, 200, "{what}: what was known goes on");
        assert_eq!(server.asked(), asked + 1, "{what}");
        assert!(remark(&hall.readiness(200).await).contains("can't be fetched"), "{what}");
        hall.advance(Duration::minutes(1));
        assert_eq!(status(&hall, &long(2)).await, 401, "{what}");
    }
    assert_eq!(elsewhere.asked(), 0, "no redirect is followed");
    server.publish(&[1, 2]);
    hall.advance(Duration::minutes(1));
    assert_eq!(status(&hall, &long(2)).await, 200);
}

#[tokio::test]
async fn a_slow_issuer_holds_up_nobody_whose_key_is_known() {
    let server = KeyServer::of(&[1]).await;
    let hall = trusting(TestDatabase::sqlite(), &server).await;
    let portal = hall.client("own", &[Scope::CasesRead]).await;
    let clerk = hall.staff(Role::Clerk).await;
    assert_eq!(status(&hall, &long(1)).await, 200);
    let gate = Arc::new(Semaphore::new(0));
    server.answer(Keys::Waits(gate.clone(), set(&[1, 2])));
    hall.advance(Duration::minutes(1));
    let (by_two, by_three) = (long(2), long(3));
    let meanwhile = async {
        until("the server is asked", async || server.asked() == 2).await;
        for _ in 0..5 {
            assert_eq!(status(&hall, &long(1)).await, 200);
            portal.get("/cases").await.expect(200);
            clerk.get("/cases").await.expect(200);
        }
        hall.readiness(200).await;
        gate.add_permits(1);
    };
    let (two, three, ()) = tokio::join!(status(&hall, &by_two), status(&hall, &by_three), meanwhile);
    assert_eq!((two, three), (200, 401), "who waited is answered by what came");
    assert_eq!(server.asked(), 2, "both waited for one");
    // One that never answers is given up.
    server.answer(Keys::Waits(Arc::new(Semaphore::new(0)), set(&[1])));
    hall.advance(Duration::minutes(1));
    let began = std::time::Instant::now();
    assert_eq!(status(&hall, &by_three).await, 401);
    assert!(began.elapsed() < std::time::Duration::from_secs(20));
    read_with(&hall, &long(1)).await.expect(200);
}

#[tokio::test]
async fn who_breaks_a_request_off_does_not_break_the_fetching_off() {
    let server = KeyServer::of(&[1]).await;
    let hall = trusting(TestDatabase::sqlite(), &server).await;
    let gate = Arc::new(Semaphore::new(0));
    server.answer(Keys::Waits(gate.clone(), set(&[1])));
    let waiting = reqwest::Client::builder().timeout(std::time::Duration::from_millis(200)).build().unwrap();
    let request = waiting.get(format!("{}/api/v1/cases", hall.base)).bearer_auth(long(1));
    assert!(request.send().await.is_err_and(|error| error.is_timeout()));
    gate.add_permits(1);
    until("the keys are there", async || status(&hall, &long(1)).await == 200).await;
    assert_eq!(server.asked(), 1);
}

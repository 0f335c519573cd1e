//! Sessions: renewed by tokens that are good once, ended here and everywhere, and what holds on every instance within seconds.

use std::path::Path;

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, PASSWORD, Person, send};

on_both!(
    a_refresh_token_is_good_once_and_its_reuse_ends_the_session,
    two_who_bring_the_same_refresh_token_at_once_end_the_session,
    signing_out_ends_this_session_or_all,
    a_session_ends_when_it_is_idle_and_at_the_latest_after_its_longest_time,
    what_was_ended_is_not_revived_by_activating_the_account_again,
    what_changes_on_one_instance_holds_on_the_other_within_five_seconds_under_load,
    a_system_with_a_persons_id_is_not_taken_for_that_person,
);

async fn signed_in(hall: &Hall, username: &str) -> Value {
    hall.nobody().post("/sessions", &json!({ "username": username, "password": PASSWORD })).await.expect(201)
}

async fn refresh(hall: &Hall, token: &Value) -> Answer {
    hall.nobody().post("/sessions/refresh", &json!({ "refresh_token": token["refresh_token"] })).await
}

/// What somebody with a token is answered.
async fn me(hall: &Hall, token: &Value) -> u16 {
    let request = hall.nobody().request(Method::GET, "/me").await;
    send(request.bearer_auth(token["access_token"].as_str().unwrap())).await.status
}

async fn delete(hall: &Hall, path: &str, token: &Value) -> Answer {
    let request = hall.nobody().request(Method::DELETE, path).await;
    send(request.bearer_auth(token["access_token"].as_str().unwrap())).await
}

async fn a_refresh_token_is_good_once_and_its_reuse_ends_the_session(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let first = signed_in(&hall, clerk.name()).await;
    assert_eq!(
        (&first["expires_in"], &first["refresh_expires_in"], &first["required"]),
        (&json!(900), &json!(3600), &Value::Null)
    );
    let second = refresh(&hall, &first).await.expect(200);
    let third = refresh(&hall, &second).await.expect(200);
    assert_eq!(
        [me(&hall, &first).await, me(&hall, &third).await],
        [200, 200],
        "access tokens live on until they expire"
    );
    // Made up, of another session, or cut: refused, and nobody's session ends.
    let other = signed_in(&hall, clerk.name()).await;
    let text = |token: &Value| token["refresh_token"].as_str().unwrap().to_owned();
    let (own, others) = (text(&third), text(&other));
    let own_parts: Vec<&str> = own.split('.').collect();
    let other_parts: Vec<&str> = others.split('.').collect();
    for wrong in [
        "nonsense".to_owned(),
        "a.b.c".to_owned(),
        format!("{}.{}", own_parts[0], own_parts[1]),
        format!("{own}.x"),
        format!("{}.{}.{}", own_parts[0], other_parts[1], own_parts[2]),
        format!("{}.made-up.made-up", own_parts[0]),
        "0196d1a0-0000-7000-8000-000000000001.x.y".to_owned(),
    ] {
        let answer = refresh(&hall, &json!({ "refresh_token": wrong })).await;
        answer.refused(401, "session_ended");
    }
    assert_eq!(me(&hall, &third).await, 200);
    // One that was good before tells that somebody has a copy, however old it is.
    refresh(&hall, &first).await.refused(401, "session_ended");
    for token in [&first, &second, &third] {
        assert_eq!(me(&hall, token).await, 401);
        refresh(&hall, token).await.refused(401, "session_ended");
    }
    assert_eq!(me(&hall, &other).await, 200, "another session of the same person goes on");
    assert_eq!(hall.entries("refresh_reused").await.len(), 1);
}

async fn two_who_bring_the_same_refresh_token_at_once_end_the_session(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let first = signed_in(&hall, clerk.name()).await;
    let mut answers = Vec::new();
    for _ in 0..8 {
        let body = json!({ "refresh_token": first["refresh_token"] });
        let request = hall.nobody().request(Method::POST, "/sessions/refresh").await.json(&body);
        answers.push(tokio::spawn(send(request)));
    }
    let mut renewed = Vec::new();
    for answer in answers {
        let answer = answer.await.unwrap();
        if answer.status == 200 {
            renewed.push(answer.body);
        } else {
            answer.refused(401, "session_ended");
        }
    }
    assert_eq!(renewed.len(), 1);
    assert_eq!(me(&hall, &renewed[0]).await, 401, "and that one's session has ended, too");
}

async fn signing_out_ends_this_session_or_all(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, colleague) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let [here, there, elsewhere] = [
        signed_in(&hall, clerk.name()).await,
        signed_in(&hall, clerk.name()).await,
        signed_in(&hall, clerk.name()).await,
    ];
    let of_colleague = signed_in(&hall, colleague.name()).await;
    let request = hall.nobody().request(Method::GET, "/sessions").await;
    let listed = send(request.bearer_auth(here["access_token"].as_str().unwrap())).await.expect(200);
    let listed = listed["items"].as_array().unwrap();
    let current: Vec<bool> = listed.iter().map(|session| session["current"].as_bool().unwrap()).collect();
    assert_eq!(current, [false, false, true], "the latest first");
    assert_eq!(listed[0]["address"], "127.0.0.1");

    assert_eq!(delete(&hall, "/sessions/current", &here).await.status, 204);
    assert_eq!([me(&hall, &here).await, me(&hall, &there).await], [401, 200]);
    refresh(&hall, &here).await.refused(401, "session_ended");
    delete(&hall, "/sessions/current", &here).await.refused(401, "unauthorized");
    assert_eq!(delete(&hall, "/sessions", &there).await.status, 204);
    assert_eq!([me(&hall, &there).await, me(&hall, &elsewhere).await], [401, 401]);
    refresh(&hall, &elsewhere).await.refused(401, "session_ended");
    assert_eq!(me(&hall, &of_colleague).await, 200);
    let everywhere: Vec<String> = hall.entries("signed_out").await;
    assert_eq!(everywhere, [r#"{"everywhere":"false"}"#, r#"{"everywhere":"true"}"#]);
    // Systems have no sessions.
    let portal = hall.client("portal", &[Scope::CasesRead]).await;
    portal.delete("/sessions").await.refused(403, "forbidden");
}

async fn a_session_ends_when_it_is_idle_and_at_the_latest_after_its_longest_time(database: TestDatabase) {
    let settings = [("SESSIONS__IDLE_MINUTES", "30"), ("SESSIONS__LONGEST_HOURS", "1")];
    let hall = Hall::with(database, &settings).await;
    let clerk = hall.staff(Role::Clerk).await;
    let idle = signed_in(&hall, clerk.name()).await;
    hall.advance(Duration::minutes(30));
    refresh(&hall, &idle).await.refused(401, "session_ended");
    let mut token = signed_in(&hall, clerk.name()).await;
    for left in [1800, 1200, 0] {
        hall.advance(Duration::minutes(20));
        if left == 0 {
            break;
        }
        token = refresh(&hall, &token).await.expect(200);
        assert_eq!(token["refresh_expires_in"], left);
    }
    // Its last access token would be good for longer.
    assert_eq!(me(&hall, &token).await, 401);
    refresh(&hall, &token).await.refused(401, "session_ended");
    assert!(hall.running.service.clean_up().await.unwrap() >= 2, "what is over is forgotten");
}

async fn what_was_ended_is_not_revived_by_activating_the_account_again(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let clerk = hall.staff(Role::Clerk).await;
    let token = signed_in(&hall, clerk.name()).await;
    let account = hall.account(&security, clerk.name()).await;
    security.post(&format!("{account}/deactivate"), &json!({})).await.expect(200);
    assert_eq!(me(&hall, &token).await, 401);
    let body = json!({ "username": clerk.name(), "password": PASSWORD });
    hall.nobody().post("/sessions", &body).await.refused(401, "wrong_credentials");
    security.post(&format!("{account}/activate"), &json!({})).await.expect(200);
    assert_eq!(me(&hall, &token).await, 401);
    refresh(&hall, &token).await.refused(401, "session_ended");
    assert_eq!(me(&hall, &signed_in(&hall, clerk.name()).await).await, 200);
}

/// Two instances that sign with one key.
async fn two_instances(database: TestDatabase, keys: &Path) -> (Hall, Hall) {
    let key = keys.join("key.pem");
    let arguments = ["genpkey", "-algorithm", "ed25519", "-out", key.to_str().unwrap()];
    assert!(std::process::Command::new("openssl").args(arguments).status().unwrap().success());
    let settings = [("TOKENS__SIGNING_KEY_FILE", key.to_str().unwrap())];
    let one = Hall::with(database, &settings).await;
    let directory = tempfile::tempdir().unwrap();
    let now = casehall::clock::Clock::now(&*one.clock);
    let other = Hall::start(one.database.again(), directory, &settings, None, now).await.unwrap();
    (one, other)
}

/// Requests that go on, a few at a time, until they are told to stop; each must be answered 200.
fn load(
    base: String,
    token: String,
    stop: std::sync::Arc<std::sync::atomic::AtomicBool>,
) -> tokio::task::JoinHandle<u32> {
    tokio::spawn(async move {
        let (http, mut answered) = (reqwest::Client::new(), 0);
        while !stop.load(std::sync::atomic::Ordering::Relaxed) {
            let answer = send(http.get(format!("{base}/api/v1/me")).bearer_auth(&token)).await;
            assert_eq!(answer.status, 200, "{:#}", answer.body);
            answered += 1;
        }
        answered
    })
}

async fn what_changes_on_one_instance_holds_on_the_other_within_five_seconds_under_load(database: TestDatabase) {
    let keys = tempfile::tempdir().unwrap();
    let (one, other) = two_instances(database, keys.path()).await;
    let security = one.person(&[Role::SecurityAdministrator], None).await;
    let names: Vec<String> = {
        let mut names = Vec::new();
        for _ in 0..4 {
            names.push(one.staff(Role::Clerk).await.name().to_owned());
        }
        names
    };
    let [leaver, quitter, mover, stayer] = [&names[0], &names[1], &names[2], &names[3]];
    let mut tokens = Vec::new();
    for name in [leaver, quitter, mover, stayer] {
        tokens.push(signed_in(&one, name).await);
    }
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let token_of_stayer = tokens[3]["access_token"].as_str().unwrap().to_owned();
    let others: Vec<_> =
        [&one, &other, &other].map(|hall| load(hall.base.clone(), token_of_stayer.clone(), stop.clone())).into();
    for token in &tokens[..3] {
        assert_eq!([me(&one, token).await, me(&other, token).await], [200, 200]);
    }
    assert_eq!(delete(&one, "/sessions/current", &tokens[0]).await.status, 204);
    let account = one.account(&security, quitter).await;
    security.post(&format!("{account}/deactivate"), &json!({})).await.expect(200);
    let account = one.account(&security, mover).await;
    let as_supervisor = json!({ "display_name": "换岗", "roles": ["supervisor"], "all_outlets": true });
    security.put(&account, 1, &as_supervisor).await.expect(200);
    // Somebody who signs in meanwhile is known everywhere at once.
    let newcomer = signed_in(&one, stayer).await;
    assert_eq!(me(&other, &newcomer).await, 200);

    let role_of = async |hall: &Hall| {
        let request = hall.nobody().request(Method::GET, "/me").await;
        let me = send(request.bearer_auth(tokens[2]["access_token"].as_str().unwrap())).await.expect(200);
        me["roles"][0]["code"].as_str().unwrap().to_owned()
    };
    // Here at once; on the other instance when what it has seen is five seconds old, by its own clock.
    assert_eq!([me(&one, &tokens[0]).await, me(&one, &tokens[1]).await], [401, 401]);
    assert_eq!(role_of(&one).await, "supervisor");
    for hall in [&one, &other] {
        hall.advance(Duration::seconds(5));
    }
    assert_eq!([me(&other, &tokens[0]).await, me(&other, &tokens[1]).await], [401, 401]);
    assert_eq!(role_of(&other).await, "supervisor");
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for answered in others {
        assert!(answered.await.unwrap() > 0, "nobody else was refused meanwhile");
    }
}

async fn a_system_with_a_persons_id_is_not_taken_for_that_person(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let id = clerk.get("/me").await.expect(200)["id"].as_str().unwrap().to_owned();
    // As it may stand in the database of a hall from before ids were checked.
    hall.database.tamper(&format!(
        "INSERT INTO clients (client_id, name, secrets, scopes, active, created_at)
         VALUES ('{id}', 'x', '{}', '[\"cases:read\"]', true, '2026-03-01 00:00:00')",
        json!([{
            "number": 1,
            "hash": casehall::service::accounts::passwords::hash_secret("the secret of a system"),
            "created_at": "2026-03-01T00:00:00Z",
            "valid_until": null,
        }])
    ));
    let system = Person::system(&hall.base, &*hall.clock, &id, "the secret of a system");
    for _ in 0..2 {
        assert_eq!(system.get("/me").await.expect(200)["scopes"], json!(["cases:read"]));
        assert_eq!(clerk.get("/me").await.expect(200)["scopes"], Value::Null);
    }
}

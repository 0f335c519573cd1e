//! Guessing passwords: how many guesses are evaluated, whom they hold up and whom they don't, and unlocking.

use casehall::clock::Clock;
use casehall::domain::accounts::role::Role;
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, PASSWORD, send};

on_both!(
    of_many_guesses_at_once_on_two_instances_five_are_evaluated,
    failures_elsewhere_do_not_stop_the_holder,
    a_name_that_is_attacked_from_everywhere_gets_slow_for_new_places_only,
    the_security_administrator_unlocks,
    what_is_old_is_forgotten_and_the_holders_places_are_not,
    names_that_nobody_has_are_neither_kept_nor_fill_the_trail,
    an_address_that_tries_many_names_gets_slow_and_colleagues_behind_it_do_not,
    a_morning_of_first_sign_ins_behind_one_address_is_no_attack,
);

/// A hall behind a proxy on this machine.
const BEHIND_A_PROXY: (&str, &str) = ("SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#);
/// Where the holder works.
const HOME: &str = "198.51.100.7";

async fn sign_in_from(hall: &Hall, address: &str, username: &str, password: &str) -> Answer {
    let request = hall.nobody().request(Method::POST, "/sessions").await.header("X-Forwarded-For", address);
    send(request.json(&json!({ "username": username, "password": password }))).await
}

/// One wrong password each from so many addresses that are new to a name; the last answer.
async fn attack(hall: &Hall, username: &str, addresses: std::ops::Range<u32>) {
    for number in addresses {
        let address = format!("203.0.{}.{}", number / 200, number % 200);
        sign_in_from(hall, &address, username, "a wrong password").await.refused(401, "wrong_credentials");
    }
}

async fn of_many_guesses_at_once_on_two_instances_five_are_evaluated(database: TestDatabase) {
    // There is room for all, so that it isn't the queue that refuses them.
    let settings = [("SIGN_IN__QUEUE", "1000"), ("SIGN_IN__HASHING_SLOTS", "1")];
    let hall = Hall::with(database, &settings).await;
    let other = tempfile::tempdir().unwrap();
    let other = Hall::start(hall.database.again(), other, &settings, None, hall.clock.now()).await.unwrap();
    let clerk = hall.staff(Role::Clerk).await;
    let nobody = [hall.nobody(), other.nobody()];
    let mut guesses = Vec::new();
    for number in 0..150 {
        let password = if number == 75 { PASSWORD.to_owned() } else { format!("a wrong password {number}") };
        let body = json!({ "username": clerk.name(), "password": password });
        guesses.push(nobody[number % 2].request(Method::POST, "/sessions").await.json(&body));
    }
    let mut answers = Vec::new();
    for answer in guesses.into_iter().map(|guess| tokio::spawn(send(guess))).collect::<Vec<_>>() {
        answers.push(answer.await.unwrap());
    }
    let evaluated = answers.iter().filter(|answer| [201, 401].contains(&answer.status)).count();
    assert!((1..=5).contains(&evaluated), "{evaluated} were evaluated");
    for answer in answers.into_iter().filter(|answer| ![201, 401].contains(&answer.status)) {
        assert_eq!(answer.header("Retry-After"), "900");
        answer.refused(429, "too_many_attempts");
    }
    for hall in [&hall, &other] {
        sign_in_from(hall, "", clerk.name(), PASSWORD).await.refused(429, "too_many_attempts");
    }
}

async fn failures_elsewhere_do_not_stop_the_holder(database: TestDatabase) {
    let hall = Hall::with(database, &[BEHIND_A_PROXY]).await;
    let clerk = hall.staff(Role::Clerk).await;
    for _ in 0..5 {
        let wrong = sign_in_from(&hall, "203.0.113.5", clerk.name(), "a wrong password").await;
        wrong.refused(401, "wrong_credentials");
    }
    sign_in_from(&hall, "203.0.113.5", clerk.name(), PASSWORD).await.refused(429, "too_many_attempts");
    // What the caller wrote stands before what the proxy adds.
    let forged = format!("{HOME}, 203.0.113.5");
    sign_in_from(&hall, &forged, clerk.name(), PASSWORD).await.refused(429, "too_many_attempts");
    sign_in_from(&hall, HOME, clerk.name(), PASSWORD).await.expect(201);
    // Of IPv6 a network counts, because whoever has an address there has them all.
    for number in 1..=5 {
        let address = format!("2001:db8:0:7::{number}");
        sign_in_from(&hall, &address, clerk.name(), "a wrong password").await.refused(401, "wrong_credentials");
    }
    sign_in_from(&hall, "2001:db8:0:7::77", clerk.name(), PASSWORD).await.refused(429, "too_many_attempts");
    sign_in_from(&hall, "2001:db8:0:8::77", clerk.name(), PASSWORD).await.expect(201);
}

#[tokio::test]
async fn nobody_but_a_trusted_proxy_says_where_a_caller_is() {
    for networks in ["[]", r#"["192.0.2.0/24", "fd00::/8"]"#] {
        let hall = Hall::with(TestDatabase::sqlite(), &[("SERVER__TRUSTED_PROXIES", networks)]).await;
        let clerk = hall.staff(Role::Clerk).await;
        for number in 1..=5 {
            let address = format!("203.0.113.{number}");
            sign_in_from(&hall, &address, clerk.name(), "a wrong password").await.refused(401, "wrong_credentials");
        }
        sign_in_from(&hall, HOME, clerk.name(), PASSWORD).await.refused(429, "too_many_attempts");
    }
}

#[tokio::test]
async fn only_the_header_that_the_proxies_write_is_read() {
    let forwarded = [BEHIND_A_PROXY, ("SERVER__FORWARDED_HEADER", "forwarded")];
    let hall = Hall::with(TestDatabase::sqlite(), &forwarded).await;
    let clerk = hall.staff(Role::Clerk).await;
    let from = async |forwarded: &str, other: &str, password: &str| {
        let request = hall.nobody().request(Method::POST, "/sessions").await;
        let request = request.header("Forwarded", forwarded).header("X-Forwarded-For", other);
        send(request.json(&json!({ "username": clerk.name(), "password": password }))).await
    };
    for number in 1..=5 {
        let forged = format!("192.0.2.{number}");
        from("for=\"[2001:db8::7]:4711\";proto=https", &forged, "a wrong password").await.expect(401);
    }
    from("for=\"[2001:db8::7]\"", "192.0.2.9", PASSWORD).await.refused(429, "too_many_attempts");
    from("for=192.0.2.9", "192.0.2.1", PASSWORD).await.expect(201);
}

async fn a_name_that_is_attacked_from_everywhere_gets_slow_for_new_places_only(database: TestDatabase) {
    let hall = Hall::with(database, &[BEHIND_A_PROXY]).await;
    let clerk = hall.staff(Role::Clerk).await;
    sign_in_from(&hall, HOME, clerk.name(), PASSWORD).await.expect(201);
    for name in [clerk.name(), "nobody-of-this-name"] {
        attack(&hall, name, 0..20).await;
        for seconds in ["1", "2", "4", "8", "16", "30", "30"] {
            let refused = sign_in_from(&hall, "192.0.2.200", name, "a wrong password").await;
            assert_eq!(refused.header("Retry-After"), seconds, "{name}");
            refused.refused(429, "too_many_attempts");
            hall.advance(Duration::seconds(seconds.parse::<i64>().unwrap()));
            let address = format!("192.0.2.{seconds}");
            sign_in_from(&hall, &address, name, "a wrong password").await.refused(401, "wrong_credentials");
        }
    }
    // The holder works on where the hall knows them, and may mistype there; elsewhere they wait for half a minute.
    sign_in_from(&hall, HOME, clerk.name(), "a wrong password").await.refused(401, "wrong_credentials");
    sign_in_from(&hall, HOME, clerk.name(), PASSWORD).await.expect(201);
    hall.advance(Duration::seconds(1));
    attack_once_more(&hall, clerk.name()).await;
    sign_in_from(&hall, "192.0.2.201", clerk.name(), PASSWORD).await.refused(429, "too_many_attempts");
    hall.advance(Duration::seconds(30));
    sign_in_from(&hall, "192.0.2.201", clerk.name(), PASSWORD).await.expect(201);
    // From then on that is a place of theirs, too.
    attack_once_more(&hall, clerk.name()).await;
    sign_in_from(&hall, "192.0.2.201", clerk.name(), PASSWORD).await.expect(201);
    // An hour of peace ends it.
    hall.advance(Duration::hours(1));
    attack(&hall, clerk.name(), 400..419).await;
}

/// Whether it is evaluated or not.
async fn attack_once_more(hall: &Hall, username: &str) {
    sign_in_from(hall, "192.0.2.250", username, "a wrong password").await;
}

async fn the_security_administrator_unlocks(database: TestDatabase) {
    let hall = Hall::with(database, &[BEHIND_A_PROXY]).await;
    let (clerk, quiet) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let unlock = format!("/sign-in-locks/{}/unlock", clerk.name());
    for role in [Role::Clerk, Role::Supervisor, Role::Administrator, Role::Auditor] {
        let other = hall.person(&[role], None).await;
        other.get("/sign-in-locks").await.refused(403, "role_missing");
        other.post(&unlock, &json!({})).await.refused(403, "role_missing");
    }
    hall.nobody().get("/sign-in-locks").await.refused(401, "unauthorized");
    assert_eq!(security.get("/sign-in-locks").await.expect(200), json!({ "items": [] }));

    for _ in 0..5 {
        let wrong = sign_in_from(&hall, HOME, clerk.name(), "a wrong password").await;
        wrong.refused(401, "wrong_credentials");
        // What nobody's name is may be somebody's password.
        sign_in_from(&hall, HOME, "nobody-of-this-name", "a wrong password").await.refused(401, "wrong_credentials");
    }
    sign_in_from(&hall, HOME, quiet.name(), "a wrong password").await.refused(401, "wrong_credentials");
    attack(&hall, clerk.name(), 0..15).await;
    let name = |account: &Value| account["username"].as_str().unwrap().to_owned();
    let held_up = security.get("/sign-in-locks").await.expect(200);
    let held_up = held_up["items"].as_array().unwrap();
    assert_eq!(held_up.iter().map(name).collect::<Vec<_>>(), [clerk.name()]);
    assert_eq!(held_up[0]["locked_addresses"], 1);
    assert_eq!(held_up[0]["locked_until"], "2026-03-02T02:15:00Z");
    assert_eq!(
        (&held_up[0]["failures_from_elsewhere"], &held_up[0]["slow_until"]),
        (&json!(20), &json!("2026-03-02T02:00:01Z"))
    );

    sign_in_from(&hall, HOME, clerk.name(), PASSWORD).await.refused(429, "too_many_attempts");
    sign_in_from(&hall, "192.0.2.1", clerk.name(), PASSWORD).await.refused(429, "too_many_attempts");
    let lifted = security.post(&unlock, &json!({})).await.expect(200);
    assert_eq!(&lifted, &held_up[0]);
    for address in [HOME, "192.0.2.1"] {
        sign_in_from(&hall, address, clerk.name(), PASSWORD).await.expect(201);
    }
    assert_eq!(security.get("/sign-in-locks").await.expect(200), json!({ "items": [] }));
    // Nothing to lift is no fault; no account is.
    assert_eq!(security.post(&unlock, &json!({})).await.expect(200)["locked_addresses"], 0);
    security.post("/sign-in-locks/nobody-of-this-name/unlock", &json!({})).await.refused(404, "not_found");
}

async fn what_is_old_is_forgotten_and_the_holders_places_are_not(database: TestDatabase) {
    let hall = Hall::with(database, &[BEHIND_A_PROXY]).await;
    let clerk = hall.staff(Role::Clerk).await;
    sign_in_from(&hall, HOME, clerk.name(), PASSWORD).await.expect(201);
    for name in [clerk.name(), "nobody-of-this-name"] {
        attack(&hall, name, 0..10).await;
    }
    assert_eq!(hall.running.service.clean_up().await.unwrap(), 0);
    hall.advance(Duration::days(2));
    // Ten addresses and the name, for each of the two; each address with every name, and the holder's; and the session.
    assert_eq!(hall.running.service.clean_up().await.unwrap(), 2 * (10 + 1) + 10 + 1 + 1);
    attack(&hall, clerk.name(), 0..20).await;
    sign_in_from(&hall, "192.0.2.1", clerk.name(), PASSWORD).await.refused(429, "too_many_attempts");
    sign_in_from(&hall, HOME, clerk.name(), PASSWORD).await.expect(201);
    hall.advance(Duration::days(31));
    assert_eq!(hall.running.service.clean_up().await.unwrap(), 20 + 1 + 20 + 1 + 1);
}

async fn names_that_nobody_has_are_neither_kept_nor_fill_the_trail(database: TestDatabase) {
    let hall = Hall::with(database, &[BEHIND_A_PROXY, ("SIGN_IN__FAILURES_FROM_ADDRESS", "1000")]).await;
    for number in 0..120 {
        let typed = format!("MyOwnSecret!Pw-{number}");
        sign_in_from(&hall, HOME, &typed, "a wrong password").await.refused(401, "wrong_credentials");
    }
    for column in ["SELECT username FROM sign_in_attempts", "SELECT username FROM sign_in_attacks"] {
        let kept = hall.database.rows(column);
        // And their address, of which each is one.
        let kept: Vec<String> = kept.into_iter().filter(|name| !name.starts_with('@')).collect();
        assert_eq!(kept.len(), 120, "each is counted");
        assert!(kept.iter().all(|name| name.starts_with('?') && !name.to_lowercase().contains("secret")), "{kept:?}");
    }
    let entered = "SELECT CAST(count(*) AS TEXT) FROM audit WHERE kind = 'sign_in_failed'";
    assert_eq!(hall.database.rows(entered), ["100"]);
    // Whose name it is, has every failure entered.
    let clerk = hall.staff(Role::Clerk).await;
    sign_in_from(&hall, HOME, clerk.name(), "a wrong password").await.refused(401, "wrong_credentials");
    assert_eq!(hall.database.rows(entered), ["101"]);
    // One more says of how many others it is, once an hour is over.
    let further = "SELECT details FROM audit WHERE kind = 'sign_in_failed' AND details LIKE '%many_unknown_names%'";
    assert_eq!(hall.database.rows(further), [""; 0]);
    hall.advance(Duration::hours(1));
    hall.running.service.clean_up().await.unwrap();
    let told = hall.database.rows(further);
    assert!(told.len() == 1 && told[0].contains("\"further\":\"20\""), "{told:?}");
    hall.running.service.clean_up().await.unwrap();
    assert_eq!(hall.database.rows(further).len(), 1, "they are told once");
}

async fn an_address_that_tries_many_names_gets_slow_and_colleagues_behind_it_do_not(database: TestDatabase) {
    let hall = Hall::with(database, &[BEHIND_A_PROXY, ("SIGN_IN__FAILURES_FROM_ADDRESS", "20")]).await;
    let (colleague, victim, newcomer) =
        (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await, hall.staff(Role::Supervisor).await);
    let wrong = "a wrong password";
    sign_in_from(&hall, HOME, colleague.name(), PASSWORD).await.expect(201);
    // One password each for many names, of which some have accounts: each name alone is far from any limit.
    sign_in_from(&hall, HOME, victim.name(), wrong).await.refused(401, "wrong_credentials");
    for number in 1..20 {
        sign_in_from(&hall, HOME, &format!("guess-{number}"), wrong).await.refused(401, "wrong_credentials");
        // What a colleague mistypes meanwhile is none of it.
        if number % 5 == 0 {
            sign_in_from(&hall, HOME, colleague.name(), wrong).await.refused(401, "wrong_credentials");
            sign_in_from(&hall, HOME, colleague.name(), PASSWORD).await.expect(201);
        }
    }
    for seconds in ["1", "2", "4", "8", "16", "30", "30"] {
        for name in [victim.name(), "another-guess"] {
            let refused = sign_in_from(&hall, HOME, name, wrong).await;
            assert_eq!(refused.header("Retry-After"), seconds, "{name}");
            refused.refused(429, "too_many_attempts");
        }
        // Who has signed in here goes on, and so does everybody elsewhere.
        sign_in_from(&hall, HOME, colleague.name(), PASSWORD).await.expect(201);
        sign_in_from(&hall, "192.0.2.77", victim.name(), PASSWORD).await.expect(201);
        hall.advance(Duration::seconds(seconds.parse::<i64>().unwrap()));
        let next = format!("guess-after-{seconds}-{}", hall.clock.now().timestamp());
        sign_in_from(&hall, HOME, &next, wrong).await.refused(401, "wrong_credentials");
    }
    // Somebody's first sign-in here comes back when it is told.
    sign_in_from(&hall, HOME, newcomer.name(), PASSWORD).await.refused(429, "too_many_attempts");
    hall.advance(Duration::seconds(30));
    sign_in_from(&hall, HOME, newcomer.name(), PASSWORD).await.expect(201);
    sign_in_from(&hall, HOME, "one-more-guess", wrong).await.refused(429, "too_many_attempts");
    sign_in_from(&hall, HOME, newcomer.name(), PASSWORD).await.expect(201);
    let said = hall.entries("sign_in_slowed").await;
    assert_eq!(said, [r#"{"reason":"many_names"}"#], "told once");
    // The security administrator has nothing to unlock, since no name is held up.
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    assert_eq!(security.get("/sign-in-locks").await.expect(200), json!({ "items": [] }));
    // An hour of peace ends it.
    hall.advance(Duration::hours(1));
    for number in 0..19 {
        sign_in_from(&hall, HOME, &format!("later-{number}"), wrong).await.refused(401, "wrong_credentials");
    }
}

async fn a_morning_of_first_sign_ins_behind_one_address_is_no_attack(database: TestDatabase) {
    let hall = Hall::with(database, &[BEHIND_A_PROXY, ("SIGN_IN__FAILURES_FROM_ADDRESS", "4")]).await;
    for _ in 0..2 {
        let clerk = hall.staff(Role::Clerk).await;
        sign_in_from(&hall, HOME, clerk.name(), "mistyped").await.refused(401, "wrong_credentials");
        sign_in_from(&hall, HOME, clerk.name(), PASSWORD).await.expect(201);
    }
    for _ in 0..6 {
        let clerk = hall.staff(Role::Producer).await;
        sign_in_from(&hall, HOME, clerk.name(), PASSWORD).await.expect(201);
    }
    assert_eq!(hall.entries("sign_in_slowed").await, [""; 0]);
}

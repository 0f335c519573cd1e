//! The second factor: set up, asked for, lost.

use casehall::clock::Clock;
use casehall::domain::accounts::role::Role;
use casehall::service::accounts::people::second_factor::totp;
use chrono::Duration;
use serde_json::{Value, json};
use totp_rs::{Secret, Totp};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, PASSWORD, Person};

on_both!(
    a_second_factor_is_set_up_and_asked_for,
    a_code_is_accepted_once_on_two_instances_too,
    a_recovery_code_signs_in_once,
    the_security_administrator_removes_a_lost_one,
    wrong_codes_are_failures_to_sign_in,
    first_codes_are_guessed_as_often_as_passwords,
);

async fn sign_in(hall: &Hall, username: &str, code: Option<&str>) -> Answer {
    let mut body = json!({ "username": username, "password": PASSWORD });
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    hall.nobody().post("/sessions", &body).await
}

/// An authenticator.
pub(crate) struct Device(Totp);

impl Device {
    fn of(prepared: &Value) -> Self {
        Self(totp(Secret::try_from_base32(prepared["secret"].as_str().unwrap()).unwrap()))
    }

    /// What it shows so many steps from now.
    fn shows(&self, hall: &Hall, steps: i64) -> String {
        let now = hall.clock.now().timestamp() + 30 * steps;
        self.0.generate(now.unsigned_abs()).to_string()
    }
}

/// Sets a second factor up for somebody who is signed in; the clock moves on, since the first code is used up.
pub(crate) async fn enrolled(hall: &Hall, person: &Person<'_>) -> (Device, Vec<String>) {
    let prepared = person.post("/second-factor", &json!({ "password": PASSWORD })).await.expect(200);
    let device = Device::of(&prepared);
    let codes = person.post("/second-factor/confirm", &json!({ "code": device.shows(hall, 0) })).await.expect(200);
    let codes = codes["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
    hall.advance(Duration::seconds(30));
    (device, codes.collect())
}

async fn a_second_factor_is_set_up_and_asked_for(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.post("/second-factor/confirm", &json!({ "code": "287082" })).await.refused(409, "no_second_factor_prepared");
    let wrong = clerk.post("/second-factor", &json!({ "password": "not mine" })).await;
    assert_eq!(wrong.faults(), [("/password".to_owned(), "wrong_password".to_owned())]);
    let first = clerk.post("/second-factor", &json!({ "password": PASSWORD })).await.expect(200);
    let url = first["otpauth_url"].as_str().unwrap();
    assert!(url.starts_with("otpauth://totp/") && url.contains(first["secret"].as_str().unwrap()), "{url}");
    assert!(url.contains(clerk.name()) && url.contains("issuer="), "{url}");
    // Until it is confirmed it isn't asked for, and another one may take its place.
    sign_in(&hall, clerk.name(), None).await.expect(201);
    let second = clerk.post("/second-factor", &json!({ "password": PASSWORD })).await.expect(200);
    assert_ne!(first["secret"], second["secret"]);
    let (old, device) = (Device::of(&first), Device::of(&second));
    let wrong = clerk.post("/second-factor/confirm", &json!({ "code": old.shows(&hall, 0) })).await;
    assert_eq!(wrong.faults(), [("/code".to_owned(), "second_factor_code_wrong".to_owned())]);
    let codes = clerk.post("/second-factor/confirm", &json!({ "code": device.shows(&hall, 0) })).await.expect(200);
    assert_eq!(codes["recovery_codes"].as_array().unwrap().len(), 10);
    clerk.post("/second-factor", &json!({ "password": PASSWORD })).await.refused(409, "second_factor_in_use");
    let again = json!({ "code": device.shows(&hall, 1) });
    clerk.post("/second-factor/confirm", &again).await.refused(409, "second_factor_in_use");

    sign_in(&hall, clerk.name(), None).await.refused(401, "second_factor_code_missing");
    // The first code is used up; the next one is good a step early, and no two steps.
    sign_in(&hall, clerk.name(), Some(&device.shows(&hall, 0))).await.refused(401, "second_factor_code_wrong");
    sign_in(&hall, clerk.name(), Some(&device.shows(&hall, 2))).await.refused(401, "second_factor_code_wrong");
    sign_in(&hall, clerk.name(), Some(&device.shows(&hall, 1))).await.expect(201);
    let kinds = ["second_factor_enrolled", "sign_in_failed"];
    assert_eq!([hall.entries(kinds[0]).await.len(), hall.entries(kinds[1]).await.len()], [1, 5]);
    let wrong = json!({ "username": clerk.name(), "password": "not mine", "code": device.shows(&hall, 2) });
    hall.nobody().post("/sessions", &wrong).await.refused(401, "wrong_credentials");
}

async fn a_code_is_accepted_once_on_two_instances_too(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let other = hall.beside().await;
    let clerk = hall.staff(Role::Clerk).await;
    let (device, _) = enrolled(&hall, &clerk).await;
    other.set_time(&hall.clock.now().to_rfc3339());
    let code = device.shows(&hall, 0);
    let mut answers = Vec::new();
    for number in 0..4 {
        let base = [&hall, &other][number % 2].base.clone();
        let body = json!({ "username": clerk.name(), "password": PASSWORD, "code": code });
        let request = reqwest::Client::new().post(format!("{base}/api/v1/sessions")).json(&body);
        answers.push(tokio::spawn(crate::hall::send(request)));
    }
    let mut accepted = 0;
    for answer in answers {
        let answer = answer.await.unwrap();
        match answer.status {
            201 => accepted += 1,
            _ => drop(answer.refused(401, "second_factor_code_wrong")),
        }
    }
    assert_eq!(accepted, 1);
    // A step of before isn't accepted after a later one either.
    sign_in(&hall, clerk.name(), Some(&device.shows(&hall, -1))).await.refused(401, "second_factor_code_wrong");
}

async fn a_recovery_code_signs_in_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (_, codes) = enrolled(&hall, &clerk).await;
    for code in [codes[0].clone(), codes[1].to_lowercase(), format!(" {} ", codes[2])] {
        sign_in(&hall, clerk.name(), Some(&code)).await.expect(201);
        sign_in(&hall, clerk.name(), Some(&code)).await.refused(401, "second_factor_code_wrong");
    }
    let used: Vec<String> = hall.entries("signed_in").await;
    assert_eq!(used.iter().filter(|details| details.contains("recovery_code")).count(), 3);
    for code in &codes {
        assert!(!hall.holds(code), "{code} stands in the database");
    }
}

async fn the_security_administrator_removes_a_lost_one(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (device, codes) = enrolled(&hall, &clerk).await;
    let account = hall.account(&security, clerk.name()).await;
    assert!(security.get(&account).await.expect(200)["second_factor_since"].is_string());
    let removed = security.delete(&format!("{account}/second-factor")).await.expect(200);
    assert_eq!(removed["second_factor_since"], Value::Null);
    clerk.get("/me").await.refused(401, "unauthorized");
    let signed_in = sign_in(&hall, clerk.name(), None).await.expect(201);
    // What was lost is good for nothing, not even when another one is set up.
    let clerk = hall.nobody().with_token(signed_in["access_token"].as_str().unwrap());
    enrolled(&hall, &clerk).await;
    let name = removed["username"].as_str().unwrap();
    for code in [device.shows(&hall, 1), codes[0].clone()] {
        sign_in(&hall, name, Some(&code)).await.refused(401, "second_factor_code_wrong");
    }
    security.delete(&format!("{account}/second-factor")).await.expect(200);
    assert_eq!(
        security.delete(&format!("{account}/second-factor")).await.expect(200)["second_factor_since"],
        Value::Null
    );
    assert_eq!(hall.entries("second_factor_removed").await.len(), 2);
}

async fn wrong_codes_are_failures_to_sign_in(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (device, _) = enrolled(&hall, &clerk).await;
    for _ in 0..5 {
        sign_in(&hall, clerk.name(), Some("not-a-code")).await.refused(401, "second_factor_code_wrong");
    }
    sign_in(&hall, clerk.name(), Some(&device.shows(&hall, 0))).await.refused(429, "too_many_attempts");
}

async fn first_codes_are_guessed_as_often_as_passwords(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let device = Device::of(&clerk.post("/second-factor", &json!({ "password": PASSWORD })).await.expect(200));
    let confirm = async |code: String| clerk.post("/second-factor/confirm", &json!({ "code": code })).await;
    for nth in 0..5 {
        let wrong = confirm(device.shows(&hall, 10 + nth)).await;
        assert_eq!(wrong.faults(), [("/code".to_owned(), "second_factor_code_wrong".to_owned())]);
    }
    confirm(device.shows(&hall, 0)).await.refused(429, "too_many_attempts");
    assert_eq!((hall.entries("sign_in_failed").await.len(), hall.entries("sign_in_locked").await.len()), (5, 1));
    hall.advance(Duration::hours(1));
    clerk.post("/sessions", &json!({ "username": clerk.name(), "password": PASSWORD })).await.expect(201);
    confirm(device.shows(&hall, 0)).await.expect(200);
    // Of one that is in use nobody learns by this whether a code would be right.
    confirm(device.shows(&hall, 10)).await.refused(409, "second_factor_in_use");
    sign_in(&hall, clerk.name(), Some(&device.shows(&hall, 1))).await.expect(201);
}

#[tokio::test]
async fn roles_that_need_one_get_nowhere_before_it() {
    let settings = [("SIGN_IN__SECOND_FACTOR_ROLES", r#"["security_administrator", "auditor"]"#)];
    let hall = Hall::with(TestDatabase::sqlite(), &settings).await;
    let (clerk, auditor) = (hall.staff(Role::Clerk).await, hall.person(&[Role::Auditor], None).await);
    clerk.get("/cases").await.expect(200);
    assert_eq!(sign_in(&hall, auditor.name(), None).await.expect(201)["required"], "second_factor_required");
    auditor.get("/cases").await.refused(403, "second_factor_required");
    auditor.get("/me").await.refused(403, "second_factor_required");
    let (device, _) = enrolled(&hall, &auditor).await;
    auditor.get("/cases").await.expect(200);
    let signed_in = sign_in(&hall, auditor.name(), Some(&device.shows(&hall, 0))).await.expect(201);
    assert_eq!(signed_in["required"], Value::Null);
}

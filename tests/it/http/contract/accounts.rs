//! The part of the walk that is about accounts, sessions and sign-ins that are held up.

use casehall::clock::Clock;
use casehall::domain::accounts::role::Role;
use casehall::service::accounts::people::second_factor::totp;
use reqwest::Method;
use serde_json::{Value, json};
use totp_rs::Secret;

use super::description::{Checked, Contract};
use crate::hall::{Hall, PASSWORD, Person};

const NOBODY: &str = "/api/v1/users/nobody";

/// Sign-ins that are held up, and their unlocking.
pub(super) async fn held_up(hall: &Hall, contract: &Contract, clerk: &Checked<'_>, username: &str) {
    let (security, nobody) = (hall.person(&[Role::SecurityAdministrator], None).await, hall.nobody());
    let (security, nobody) = (Checked(contract, &security), Checked(contract, &nobody));
    for _ in 0..5 {
        let wrong = json!({ "username": username, "password": "y" });
        nobody.post("/api/v1/sessions", &wrong).await.refused(401, "wrong_credentials");
    }
    let unlock = format!("/api/v1/sign-in-locks/{username}/unlock");
    assert_eq!(security.get("/api/v1/sign-in-locks").await.expect(200)["items"][0]["locked_addresses"], 1);
    security.post(&unlock, &json!({})).await.expect(200);
    security.post("/api/v1/sign-in-locks/nobody/unlock", &json!({})).await.refused(404, "not_found");
    clerk.get("/api/v1/sign-in-locks").await.refused(403, "role_missing");
    clerk.post(&unlock, &json!({})).await.refused(403, "role_missing");
}

/// Accounts, as the security administrator manages them.
pub(super) async fn managed(hall: &Hall, contract: &Contract, clerk: &Checked<'_>) {
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let security = Checked(contract, &security);
    let added = security.post("/api/v1/users", &contract.example("NewUserRequest")).await.expect(201);
    security.post("/api/v1/users", &contract.example("NewUserRequest")).await.refused(422, "invalid_request");
    clerk.post("/api/v1/users", &contract.example("NewUserRequest")).await.refused(403, "role_missing");
    security.get("/api/v1/users").await.expect(200);
    clerk.get("/api/v1/users").await.refused(403, "role_missing");
    let account = format!("/api/v1/users/{}", added["user"]["id"].as_str().unwrap());
    let draft = contract.example("AccountDraft");
    security.get(&account).await.expect(200);
    security.get(NOBODY).await.refused(404, "not_found");
    clerk.get(&account).await.refused(403, "role_missing");
    security.put(&account, "\"1\"", &draft).await.expect(200);
    security.put(&account, "\"9\"", &draft).await.refused(412, "version_stale");
    security.put(&account, "\"1\"", &json!({})).await.refused(422, "invalid_request");
    security.put(NOBODY, "\"1\"", &draft).await.refused(404, "not_found");
    security.call(Method::PUT, &account, &[], Some(&draft)).await.refused(428, "precondition_required");
    clerk.put(&account, "\"1\"", &draft).await.refused(403, "role_missing");
    let old = [("If-Match", "\"9\"")];
    for verb in ["deactivate", "activate"] {
        security.post(&format!("{account}/{verb}"), &json!({})).await.expect(200);
        security.post(&format!("{NOBODY}/{verb}"), &json!({})).await.refused(404, "not_found");
        security.call(Method::POST, &format!("{account}/{verb}"), &old, None).await.refused(412, "version_stale");
        clerk.post(&format!("{account}/{verb}"), &json!({})).await.refused(403, "role_missing");
    }
    let reset = format!("{account}/reset-password");
    security.post(&reset, &json!({})).await.expect(200);
    security.post(&format!("{NOBODY}/reset-password"), &json!({})).await.refused(404, "not_found");
    clerk.post(&reset, &json!({})).await.refused(403, "role_missing");
    for (path, person, status) in
        [(account.as_str(), &security, 200), (NOBODY, &security, 404), (account.as_str(), clerk, 403)]
    {
        let path = format!("{path}/second-factor");
        assert_eq!(person.call(Method::DELETE, &path, &[], None).await.status, status);
    }
    // Whoever is the last stays.
    let own = format!("/api/v1{}", hall.account(security.1, security.1.name()).await);
    for user in security.get("/api/v1/users").await.expect(200)["items"].as_array().unwrap() {
        let path = format!("/api/v1/users/{}", user["id"].as_str().unwrap());
        if user["roles"][0]["code"] == "security_administrator" && path != own {
            security.post(&format!("{path}/deactivate"), &json!({})).await.expect(200);
        }
    }
    security.post(&format!("{own}/deactivate"), &json!({})).await.refused(409, "last_security_administrator");
}

async fn signed_in<'a>(hall: &'a Hall, contract: &Contract, username: &str) -> (Person<'a>, Value) {
    let nobody = hall.nobody();
    let body = json!({ "username": username, "password": PASSWORD });
    let tokens = Checked(contract, &nobody).post("/api/v1/sessions", &body).await.expect(201);
    (hall.nobody().with_token(tokens["access_token"].as_str().unwrap()), tokens)
}

/// What people do with their own sessions, passwords and second factors, and what systems can't.
pub(super) async fn own(hall: &Hall, contract: &Contract, system: &Checked<'_>) {
    let name = hall.staff(Role::Clerk).await.name().to_owned();
    let (person, tokens) = signed_in(hall, contract, &name).await;
    let (person, nobody) = (Checked(contract, &person), hall.nobody());
    let refresh = "/api/v1/sessions/refresh";
    let nobody = Checked(contract, &nobody);
    nobody.post(refresh, &json!({ "refresh_token": tokens["refresh_token"] })).await.expect(200);
    nobody.post(refresh, &contract.example("RefreshRequest")).await.refused(401, "session_ended");
    nobody.post(refresh, &json!({})).await.refused(422, "invalid_request");
    person.get("/api/v1/sessions").await.expect(200);
    system.get("/api/v1/sessions").await.refused(403, "forbidden");

    let (password, factor) = ("/api/v1/password", "/api/v1/second-factor");
    let confirm = "/api/v1/second-factor/confirm";
    for (path, example) in
        [(password, "PasswordRequest"), (factor, "SecondFactorRequest"), (confirm, "FirstCodeRequest")]
    {
        person.post(path, &json!({})).await.refused(422, "invalid_request");
        system.post(path, &contract.example(example)).await.refused(403, "forbidden");
    }
    let chosen = json!({ "old_password": PASSWORD, "new_password": PASSWORD.to_uppercase() });
    assert_eq!(person.post(password, &chosen).await.status, 204);
    let given = json!({ "password": PASSWORD.to_uppercase() });
    person.post(confirm, &contract.example("FirstCodeRequest")).await.refused(409, "no_second_factor_prepared");
    let prepared = person.post(factor, &given).await.expect(200);
    let codes = totp(Secret::try_from_base32(prepared["secret"].as_str().unwrap()).unwrap());
    let code = codes.generate(hall.clock.now().timestamp().unsigned_abs()).to_string();
    person.post(confirm, &json!({ "code": code })).await.expect(200);
    person.post(factor, &given).await.refused(409, "second_factor_in_use");
    for _ in 0..5 {
        person.post(password, &chosen).await.refused(422, "invalid_request");
    }
    person.post(password, &chosen).await.refused(429, "too_many_attempts");
    person.post(factor, &given).await.refused(429, "too_many_attempts");
    let unsure = hall.staff(Role::Clerk).await;
    let unsure = Checked(contract, &unsure);
    unsure.post(factor, &json!({ "password": PASSWORD })).await.expect(200);
    for _ in 0..5 {
        unsure.post(confirm, &json!({ "code": "000000" })).await.refused(422, "invalid_request");
    }
    unsure.post(confirm, &json!({ "code": "000000" })).await.refused(429, "too_many_attempts");

    for path in ["/api/v1/sessions/current", "/api/v1/sessions"] {
        let name = hall.staff(Role::Clerk).await.name().to_owned();
        let (leaver, _) = signed_in(hall, contract, &name).await;
        assert_eq!(Checked(contract, &leaver).call(Method::DELETE, path, &[], None).await.status, 204);
        system.call(Method::DELETE, path, &[], None).await.refused(403, "forbidden");
    }
}

/// The audit trail and its seals.
pub(super) async fn trail(hall: &Hall, contract: &Contract, clerk: &Checked<'_>) {
    let auditor = hall.person(&[Role::Auditor], None).await;
    let auditor = Checked(contract, &auditor);
    hall.running.service.seal().await.unwrap();
    for path in ["audit", "audit?limit=1", "audit/seals", "exports/audit.csv", "exports/audit.jsonl"] {
        assert_eq!(auditor.get(&format!("/api/v1/{path}")).await.status, 200, "{path}");
        clerk.get(&format!("/api/v1/{path}")).await.refused(403, "role_missing");
    }
}

//! Other systems: the security administrator's hand on them, how they get tokens, what they are told.

pub(crate) mod administration;
pub(crate) mod assertions;
pub(crate) mod commands;
pub(crate) mod issuers;
pub(crate) mod many_tokens;
pub(crate) mod own_words;
pub(crate) mod revocation;
pub(crate) mod staff_names;

use casehall::domain::accounts::role::Role;
use reqwest::Method;
use serde_json::Value;

use crate::hall::{Answer, Hall, Person, send};

/// The security administrator.
pub(crate) async fn administrator(hall: &Hall) -> Person<'_> {
    hall.person(&[Role::SecurityAdministrator], None).await
}

/// What `/oauth/token` answers to a form.
pub(crate) async fn ask_token(hall: &Hall, form: &str) -> Answer {
    let request = hall.nobody().request(Method::POST, "//oauth/token").await.body(form.to_owned());
    send(request.header("Content-Type", "application/x-www-form-urlencoded")).await
}

/// The same to a client id and a secret.
pub(crate) async fn ask_by_secret(hall: &Hall, client_id: &str, secret: &str) -> Answer {
    ask_token(hall, &format!("grant_type=client_credentials&client_id={client_id}&client_secret={secret}")).await
}

/// The token in an answer.
pub(crate) fn token(answer: Answer) -> String {
    answer.expect(200)["access_token"].as_str().unwrap().to_owned()
}

/// The status of a read with a token.
pub(crate) async fn status_with(hall: &Hall, token: &str) -> u16 {
    send(hall.nobody().request(Method::GET, "/cases").await.bearer_auth(token)).await.status
}

/// The secret in the answer to a request that made one.
pub(crate) fn secret_of(made: &Value) -> String {
    made["client_secret"].as_str().unwrap().to_owned()
}

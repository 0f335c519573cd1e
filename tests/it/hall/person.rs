//! Who sends requests to a hall, and what comes back.

use casehall::clock::Clock;
use casehall::http::openapi::problem_codes;
use chrono::{DateTime, Duration, Utc};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{Hall, PASSWORD};

pub(super) enum Credentials {
    User(String),
    Client(String, String),
    Nobody,
}

/// Somebody who sends requests. Signs in by itself, and again when the clock has left the token behind.
pub(crate) struct Person<'a> {
    base: &'a str,
    clock: &'a dyn Clock,
    credentials: Credentials,
    token: Mutex<Option<(DateTime<Utc>, String)>>,
    http: Client,
    language: &'static str,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl<'a> Person<'a> {
    pub(super) fn new(hall: &'a Hall, credentials: Credentials) -> Self {
        Self::of(&hall.base, &*hall.clock, credentials)
    }

    /// A user of a service that runs elsewhere, whose password is [`PASSWORD`].
    pub(crate) fn at(base: &'a str, clock: &'a dyn Clock, username: &str) -> Self {
        Self::of(base, clock, Credentials::User(username.to_owned()))
    }

    /// A system of a service that runs elsewhere.
    pub(crate) fn system(base: &'a str, clock: &'a dyn Clock, client_id: &str, secret: &str) -> Self {
        Self::of(base, clock, Credentials::Client(client_id.to_owned(), secret.to_owned()))
    }

    fn of(base: &'a str, clock: &'a dyn Clock, credentials: Credentials) -> Self {
        let http = Client::builder().pool_idle_timeout(super::visitor::IDLE).build().unwrap();
        Self { base, clock, credentials, token: Mutex::new(None), http, language: "en" }
    }

    /// The name that a member of staff signs in with, or the id of a system.
    pub(crate) fn name(&self) -> &str {
        match &self.credentials {
            Credentials::User(name) | Credentials::Client(name, _) => name,
            Credentials::Nobody => "",
        }
    }

    /// The same person, asking for Chinese.
    pub(crate) fn in_chinese(mut self) -> Self {
        self.language = "zh-CN";
        self
    }

    /// The token, fresh by the hall's clock.
    pub(crate) async fn token(&self) -> Option<String> {
        let now = self.clock.now();
        let mut token = self.token.lock().await;
        let fresh = |at: &DateTime<Utc>| now >= *at && now - *at < Duration::minutes(10);
        if token.as_ref().is_none_or(|(at, _)| !fresh(at)) {
            let answer = match &self.credentials {
                Credentials::Nobody => return None,
                Credentials::User(username) => {
                    let body = json!({ "username": username, "password": PASSWORD });
                    send(self.http.post(format!("{}/api/v1/sessions", self.base)).json(&body)).await
                }
                Credentials::Client(client_id, secret) => {
                    let form = format!("grant_type=client_credentials&client_id={client_id}&client_secret={secret}");
                    let request = self.http.post(format!("{}/oauth/token", self.base)).body(form);
                    send(request.header("Content-Type", "application/x-www-form-urlencoded")).await
                }
            };
            let issued = answer.body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer:?}"));
            *token = Some((now, issued.to_owned()));
        }
        token.as_ref().map(|(_, token)| token.clone())
    }

    /// The same person with a token that they got in another way.
    pub(crate) fn with_token(mut self, token: &str) -> Self {
        self.token = Mutex::new(Some((self.clock.now(), token.to_owned())));
        self
    }

    /// Signs in again before the next request.
    pub(crate) async fn forget_token(&self) {
        *self.token.lock().await = None;
    }

    /// A request below `/api/v1`, or anywhere when the path begins with `//`.
    pub(crate) async fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let path =
            path.strip_prefix('/').filter(|path| path.starts_with('/')).map_or(format!("/api/v1{path}"), str::to_owned);
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = request.header("Accept-Language", self.language);
        match self.token().await {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path).await).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path).await).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).await.json(body)).await
    }

    /// A POST with an Idempotency-Key.
    pub(crate) async fn post_once(&self, path: &str, key: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).await.header("Idempotency-Key", key).json(body)).await
    }

    /// A PUT of the version that was seen.
    pub(crate) async fn put(&self, path: &str, version: i64, body: &Value) -> Answer {
        send(self.request(Method::PUT, path).await.header("If-Match", format!("\"{version}\"")).json(body)).await
    }

    /// A PATCH of the version that was seen.
    pub(crate) async fn patch(&self, path: &str, version: i64, body: &Value) -> Answer {
        send(self.request(Method::PATCH, path).await.header("If-Match", format!("\"{version}\"")).json(body)).await
    }

    /// An action on a case.
    pub(crate) async fn act(&self, case: &str, action: &str, body: &Value) -> Answer {
        self.post(&format!("/cases/{case}/actions/{action}"), body).await
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) };
    Answer { status, headers, body }
}

impl Answer {
    /// A header, empty where it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The version in its entity tag, whatever else that names.
    pub(crate) fn version(&self) -> &str {
        self.header("ETag").trim_matches('"').split('.').next().unwrap_or_default()
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }

    /// The problem of a refusal with this status and code; all codes in it are explained on the page of problems.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{:#}", self.body);
        let explained = problem_codes();
        let listed = ["errors", "blocked_by"].into_iter().filter_map(|member| self.body[member].as_array()).flatten();
        for code in listed.filter_map(|fault| fault["code"].as_str()).chain([code]) {
            assert!(explained.contains(code), "{code} isn't on /docs/problems");
        }
        self.body
    }

    /// Pointer and code of every fault of a refusal, in order of pointer.
    pub(crate) fn faults(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let faults = self.body["errors"].as_array().cloned().unwrap_or_default();
        let mut found: Vec<_> = faults.iter().map(|fault| (text(&fault["pointer"]), text(&fault["code"]))).collect();
        found.sort();
        found
    }
}

//! The description that the service gives of itself, and the holding of answers against it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::answers::Answers;
use crate::hall::{Answer, Hall, Person, send};

/// The description, and what was seen to be as described.
pub(crate) struct Contract {
    pub(super) document: Value,
    pub(super) seen: RefCell<BTreeSet<(String, String, u16)>>,
    pub(super) answers: Answers,
}

impl Contract {
    pub(crate) async fn of(hall: &Hall) -> Self {
        let document = hall.nobody().get("//openapi.json").await.expect(200);
        Self { document, seen: RefCell::default(), answers: Answers::default() }
    }

    /// The path of the description that a path of a request belongs to.
    fn route(&self, path: &str) -> String {
        let path = path.split('?').next().unwrap();
        let fits = |template: &&String| {
            let (parts, wanted): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
            let same = |(part, wanted): (&&str, &&str)| part == wanted || wanted.starts_with('{');
            parts.len() == wanted.len() && parts.iter().zip(&wanted).all(same)
        };
        let paths = self.document["paths"].as_object().unwrap();
        paths.keys().find(fits).unwrap_or_else(|| panic!("{path} isn't described")).clone()
    }

    /// Whether a POST there is described with an Idempotency-Key.
    fn takes_key(&self, path: &str) -> bool {
        let parameters = self.document["paths"][self.route(path)]["post"]["parameters"].as_array();
        parameters.into_iter().flatten().any(|parameter| self.resolved(parameter)["name"] == "Idempotency-Key")
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')).unwrap(),
            None => value,
        }
    }

    /// Holds an answer against the description.
    pub(crate) fn check(&self, method: &Method, path: &str, answer: &Answer) {
        let (route, status) = (self.route(path), answer.status);
        let method = method.as_str().to_lowercase();
        let responses = &self.document["paths"][&route][&method]["responses"];
        let named = &responses[status.to_string()];
        assert!(!named.is_null() || status >= 400, "{method} {route}: {status} isn't described");
        let response = self.resolved(if named.is_null() { &responses["default"] } else { named });
        self.check_headers(response, answer, &format!("{method} {route} {status}"));
        if response["content"].is_null() {
            assert!(answer.body.is_null(), "{method} {route} {status}: a body isn't described");
            self.seen.borrow_mut().insert((method, route, status));
            return;
        }
        let media_type = answer.header("Content-Type");
        let schema = &response["content"][media_type]["schema"];
        assert!(!schema.is_null(), "{method} {route} {status}: {media_type} isn't described");
        let mut whole = schema.clone();
        whole["components"] = self.document["components"].clone();
        close(&mut whole);
        let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap();
        let faults: Vec<_> =
            validator.iter_errors(&answer.body).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
        assert!(faults.is_empty(), "{method} {route} {status}: {faults:#?}\n{:#}", answer.body);
        if status < 300 {
            self.answers.seen(schema, &answer.body);
        }
        self.seen.borrow_mut().insert((method, route, status));
    }

    /// Headers that programs act on are described, and are as described.
    fn check_headers(&self, response: &Value, answer: &Answer, name: &str) {
        for header in [
            "Accept-Encoding",
            "Accept-Patch",
            "Content-Disposition",
            "Content-Language",
            "Deprecation",
            "ETag",
            "Location",
            "Link",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "Sunset",
            "WWW-Authenticate",
            "X-Request-Id",
        ] {
            let Some(sent) = answer.headers.get(header).map(|value| value.to_str().unwrap()) else { continue };
            let described = self.resolved(&response["headers"][header]);
            assert!(!described.is_null(), "{name}: {header} isn't described");
            let value = if header == "Retry-After" { json!(sent.parse::<i64>().unwrap()) } else { json!(sent) };
            assert!(jsonschema::is_valid(&described["schema"], &value), "{name}: {header}: {sent}");
        }
    }

    /// Nothing that is described was left out: each operation succeeded once, and each status of its own was met. How every request
    /// may be refused is described once for all.
    pub(super) fn assert_nothing_left_out(&self) {
        let seen = self.seen.borrow();
        let mut unmet = Vec::new();
        for (path, item) in self.document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let responses = operation["responses"].as_object().unwrap().iter();
                for (status, _) in responses.filter(|(_, response)| response["$ref"].is_null()) {
                    if !seen.contains(&(method.clone(), path.clone(), status.parse().unwrap())) {
                        unmet.push(format!("{method} {path} {status}"));
                    }
                }
            }
        }
        assert!(unmet.is_empty(), "{unmet:#?}");
    }

    /// The example of a request's body, as the description has it.
    pub(super) fn example(&self, schema: &str) -> Value {
        let schema = &self.document["components"]["schemas"][schema];
        let example = [&schema["example"], &schema["examples"][0]].into_iter().find(|example| !example.is_null());
        example.unwrap_or_else(|| panic!("no example: {schema:#}")).clone()
    }
}

/// Lets objects have no members but those described.
pub(super) fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("properties").is_some_and(Value::is_object) {
                members.entry("additionalProperties").or_insert(json!(false));
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// Somebody whose answers are held against the contract.
pub(super) struct Checked<'a>(pub(super) &'a Contract, pub(super) &'a Person<'a>);

impl Checked<'_> {
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let relative = if let Some(rest) = path.strip_prefix("/api/v1") { rest.to_owned() } else { format!("/{path}") };
        let mut request = self.1.request(method.clone(), &relative).await;
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = send(body.map_or(request.try_clone().unwrap(), |body| request.json(body))).await;
        self.0.check(&method, path, &answer);
        answer
    }

    /// What is asked for; and where it has a tag, asked for once more by whoever has it, it is answered 304, without a body.
    pub(super) async fn get(&self, path: &str) -> Answer {
        let answer = self.call(Method::GET, path, &[], None).await;
        if let Some(tag) = answer.headers.get("ETag").map(|tag| tag.to_str().unwrap()) {
            let same = self.call(Method::GET, path, &[("If-None-Match", tag)], None).await;
            assert_eq!((same.status, same.header("ETag"), &same.body), (304, tag, &Value::Null), "{path}");
            for kept in ["Cache-Control", "Vary"] {
                assert_eq!(same.header(kept), answer.header(kept), "{path}: {kept} (RFC 9110 §15.4.5)");
            }
        }
        answer
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        let key = uuid::Uuid::now_v7().to_string();
        let headers = [("Idempotency-Key", key.as_str())];
        let taken = if self.0.takes_key(path) { &headers[..] } else { &[] };
        self.call(Method::POST, path, taken, Some(body)).await
    }

    pub(super) async fn put(&self, path: &str, version: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path, &[("If-Match", version)], Some(body)).await
    }
}

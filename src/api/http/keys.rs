//! What names things in a request: the case in a path, the key that makes a request one that is done once.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::problem::Problem;
use super::problem_kinds;
use crate::domain::base::words::Words;
use crate::domain::cases::intake::acceptance_number::AcceptanceNumber;
use crate::service::base::idempotency::Once;
use crate::service::cases::case::CaseKey;

/// The case that a path names, by id or acceptance number. Anything else is not found: it names no case.
#[derive(Debug, Clone)]
pub struct CasePath {
    /// The case.
    pub key: CaseKey,
    /// As it stands in the path.
    pub text: String,
    segments: Vec<(String, String)>,
}

impl CasePath {
    /// Another segment of the path, such as the action.
    ///
    /// # Errors
    /// The route has none of that name.
    pub fn last(&self, name: &str) -> Result<String, Problem> {
        let found = self.segments.iter().find(|(segment, _)| segment == name);
        found.map(|(_, text)| text.clone()).ok_or_else(|| Problem::of(&problem_kinds::NOT_FOUND))
    }
}

impl FromRequest for CasePath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().query("key").to_owned();
        let key = case_key(&text);
        let segments = request.match_info().iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        ready(key.map(|key| Self { key, text, segments }).ok_or_else(|| Problem::of(&problem_kinds::NOT_FOUND)))
    }
}

/// The case that a text names, by id or acceptance number.
pub(in crate::api) fn case_key(text: &str) -> Option<CaseKey> {
    let id = Uuid::try_parse(text).map(CaseKey::Id).ok();
    id.or_else(|| AcceptanceNumber::parse(text).map(CaseKey::Number).ok())
}

/// The Idempotency-Key header: a request with it is done once however often it is sent.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(Option<String>);

/// Most characters of a key.
const LONGEST_KEY: usize = 128;

impl IdempotencyKey {
    /// The key with a digest of what is asked.
    pub fn once(self, operation: &str, body: &[u8]) -> Option<Once> {
        let key = self.0?;
        let mut digest = Sha256::new();
        digest.update(operation.as_bytes());
        digest.update([0]);
        digest.update(body);
        Some(Once { key, fingerprint: hex::encode(digest.finalize()) })
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get("Idempotency-Key") else { return ready(Ok(Self(None))) };
        let visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        let text = value.to_str().ok().map(str::trim);
        let text = text.filter(|text| (1..=LONGEST_KEY).contains(&text.len()) && visible(text));
        ready(text.map(|text| Self(Some(text.to_owned()))).ok_or_else(|| {
            Problem::of(&problem_kinds::INVALID_HEADER).member("header", "Idempotency-Key").detail(Words::new(
                "Idempotency-Key 须为1至128个可见 ASCII 字符。",
                "Idempotency-Key must be 1 to 128 visible ASCII characters.",
            ))
        }))
    }
}

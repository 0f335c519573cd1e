//! Identifiers in a request: the case in the path, and the idempotency key.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use utoipa::IntoParams;
use uuid::Uuid;

use super::conditional::MaybeIfMatch;
use super::problem::Problem;
use super::problem_kinds;
use crate::domain::base::words::Words;
use crate::domain::cases::intake::acceptance_number::AcceptanceNumber;
use crate::service::base::idempotency::IdempotentRequest;
use crate::service::cases::case::{CaseKey, Expected};

/// A case that a path names.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct CasePath {
    /// Id or acceptance number
    #[serde(deserialize_with = "case_named")]
    #[param(value_type = String)]
    pub key: CaseKey,
}

/// What a word of a path, which names nothing, is refused with: that is not found rather than malformed.
pub(in crate::api) const NAMES_NOTHING: &str = "names nothing";

/// Reads the case that a path names, by id or acceptance number.
///
/// # Errors
/// [`NAMES_NOTHING`] for anything else.
pub(in crate::api) fn case_named<'de, D: Deserializer<'de>>(from: D) -> Result<CaseKey, D::Error> {
    case_key(&String::deserialize(from)?).ok_or_else(|| D::Error::custom(NAMES_NOTHING))
}

impl From<MaybeIfMatch> for Expected {
    fn from(seen: MaybeIfMatch) -> Self {
        seen.0.map_or(Self::Any, Self::Case)
    }
}

/// The case that a text names, by id or acceptance number.
pub(in crate::api) fn case_key(text: &str) -> Option<CaseKey> {
    let id = Uuid::try_parse(text).map(CaseKey::Id).ok();
    id.or_else(|| AcceptanceNumber::parse(text).map(CaseKey::Number).ok())
}

/// The Idempotency-Key header: a repeated request with the same key is executed once.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(Option<String>);

/// Most characters of a key.
const LONGEST_KEY: usize = 128;

impl IdempotencyKey {
    /// The key with a digest of what is asked.
    pub fn idempotent(self, operation: &str, body: &[u8]) -> Option<IdempotentRequest> {
        let key = self.0?;
        let mut digest = Sha256::new();
        digest.update(operation.as_bytes());
        digest.update([0]);
        digest.update(body);
        Some(IdempotentRequest { key, fingerprint: hex::encode(digest.finalize()) })
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

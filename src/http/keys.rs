//! Identifiers in a request: the case in the path, and the idempotency key.

use actix_web::{HttpMessage, HttpRequest};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use utoipa::IntoParams;
use uuid::Uuid;

use super::conditional::MaybeIfMatch;
use super::problem::Problem;
use super::problem::kinds;
use crate::domain::base::words::Words;
use crate::domain::cases::intake::acceptance_number::AcceptanceNumber;
use crate::service::base::idempotency::{IdempotentRequest, Replayed};
use crate::service::cases::case::{CaseKey, Expected};

/// A case that a path names.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct CasePath {
    /// Id or acceptance number
    #[serde(deserialize_with = "case_named")]
    #[param(value_type = String, min_length = 1, max_length = 45, example = "260601000140")]
    pub key: CaseKey,
}

/// What a word of a path, which names nothing, is refused with: that is not found rather than malformed.
pub(crate) const NAMES_NOTHING: &str = "names nothing";

/// Reads the case that a path names, by id or acceptance number.
///
/// # Errors
/// [`NAMES_NOTHING`] for anything else.
pub(crate) fn case_named<'de, D: Deserializer<'de>>(from: D) -> Result<CaseKey, D::Error> {
    case_key(&String::deserialize(from)?).ok_or_else(|| D::Error::custom(NAMES_NOTHING))
}

impl From<MaybeIfMatch> for Expected {
    fn from(seen: MaybeIfMatch) -> Self {
        seen.0.map_or(Self::Any, Self::Case)
    }
}

/// The case that a text names, by id or acceptance number.
pub(crate) fn case_key(text: &str) -> Option<CaseKey> {
    let id = Uuid::try_parse(text).map(CaseKey::Id).ok();
    id.or_else(|| AcceptanceNumber::parse(text).map(CaseKey::Number).ok())
}

/// An Idempotency-Key, and what it was sent for: a repeated request with the same key is executed once.
#[derive(Debug, Clone)]
pub struct Keyed {
    key: String,
    operation: String,
    /// Whether that had been done before.
    pub replayed: Replayed,
}

/// The header that a key comes in.
pub(crate) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Most characters of a key.
pub(crate) const LONGEST_KEY: usize = 128;

/// What a key looks like.
pub(crate) const KEY_PATTERN: &str = "^[!-~]([ -~]*[!-~])?$";

impl Keyed {
    /// The key of a request, if it has one. The request remembers it, for `note`.
    ///
    /// # Errors
    /// 400 when it isn't one visible text.
    pub fn of(request: &HttpRequest) -> Result<Option<Self>, Problem> {
        let mut values = request.headers().get_all(IDEMPOTENCY_KEY);
        let Some(value) = values.next() else { return Ok(None) };
        let value = Some(value).filter(|_| values.next().is_none());
        let visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        let text = value.and_then(|value| value.to_str().ok()).map(str::trim);
        let text = text.filter(|text| (1..=LONGEST_KEY).contains(&text.len()) && visible(text));
        let key = text.map(str::to_owned).ok_or_else(|| {
            Problem::of(&kinds::INVALID_HEADER).member("header", IDEMPOTENCY_KEY).detail(Words::new(
                "Idempotency-Key 须为一个键，由1至128个可见 ASCII 字符组成，其间可有空格。",
                "Idempotency-Key must be one key of 1 to 128 visible ASCII characters, with blanks between them at most.",
            ))
        })?;
        let path = request.path();
        let operation = format!("{} {}", request.method(), path.strip_prefix("/api/v1").unwrap_or(path));
        let keyed = Self { key, operation, replayed: Replayed::default() };
        request.extensions_mut().insert(keyed.clone());
        Ok(Some(keyed))
    }

    /// The key with a digest of what is asked.
    pub fn asks(&self, body: &[u8]) -> IdempotentRequest {
        let mut digest = Sha256::new();
        digest.update(self.operation.as_bytes());
        digest.update([0]);
        digest.update(body);
        let fingerprint = hex::encode(digest.finalize());
        IdempotentRequest { key: self.key.clone(), fingerprint, replayed: self.replayed.clone() }
    }

    /// The key of one of many things that a request asks for, with a digest of what is asked of it. A header can't have a tab in it, so
    /// that nobody else comes with such a key.
    pub fn asks_part(&self, index: usize, part: &[u8]) -> IdempotentRequest {
        let key = format!("{}\t{index}", self.key);
        IdempotentRequest { key, replayed: Replayed::default(), ..self.asks(part) }
    }
}

/// 400: a request that may be sent again after a lost answer must say so.
pub(crate) fn missing() -> Problem {
    Problem::of(&kinds::INVALID_HEADER).member("header", IDEMPOTENCY_KEY).detail(Words::new(
        "此处须提供 Idempotency-Key，以便应答丢失时可以重发。",
        "Idempotency-Key is required here, so that the request can be repeated if its answer is lost.",
    ))
}

/// 400: whoever sends a key takes it that nothing is done twice, which isn't so here.
pub(crate) fn not_taken() -> Problem {
    Problem::of(&kinds::INVALID_HEADER).member("header", IDEMPOTENCY_KEY).detail(Words::new(
        "此处不接受 Idempotency-Key：接口说明中注明该标头的操作才能凭键重发。",
        "Idempotency-Key isn't taken here: only what is described with that header can be repeated by a key.",
    ))
}

/// Notes what a request with a key asks, before anything of it is looked at, so that it can be compared with
/// what was done for the key, whatever the request is refused for.
pub(crate) fn note(request: &HttpRequest, body: &[u8]) {
    let asked = request.extensions().get::<Keyed>().map(|keyed| keyed.asks(body));
    if let Some(asked) = asked {
        request.extensions_mut().insert(asked);
    }
}

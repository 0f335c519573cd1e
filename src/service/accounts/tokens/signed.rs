//! What others sign: their tokens and assertions, before and after the signature.
//!
//! Guarantees: too long a text is nothing. Extensions marked critical that aren't understood are refused, and we understand none. What is
//! meant for others, too, isn't meant for us: they could bring it here. Algorithm and time are for whoever asks to check.
//!
//! Source: RFC 7515 section 4.1.11, RFC 7519 section 2.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use serde_json::Value;

/// A longer text isn't looked into.
const LONGEST: usize = 8192;
/// The longest id of whom or what it is about.
pub(in crate::service::accounts) const LONGEST_ID: usize = 255;
/// How far the clock of another system may differ.
pub(in crate::service::accounts) const SKEW: TimeDelta = TimeDelta::seconds(30);

/// How a text says to be signed; not believed yet.
#[derive(Deserialize)]
pub(in crate::service::accounts) struct Header {
    pub(in crate::service::accounts) alg: String,
    pub(in crate::service::accounts) typ: Option<String>,
    pub(in crate::service::accounts) kid: Option<String>,
    crit: Option<Value>,
}

impl Header {
    /// That of a text; none: it can't be read, or asks for more than we understand.
    pub(in crate::service::accounts) fn of(text: &str) -> Option<Self> {
        part(text, 0).filter(|header: &Self| header.crit.is_none())
    }
}

/// What a text claims; not believed yet.
pub(in crate::service::accounts) fn claims<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    part(text, 1)
}

fn part<T: for<'de> Deserialize<'de>>(text: &str, index: usize) -> Option<T> {
    let text = (text.len() <= LONGEST).then_some(text)?.split('.').nth(index)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// For whom it is meant.
#[derive(Deserialize)]
#[serde(untagged)]
pub(in crate::service::accounts) enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    /// Whether it is meant for us and for nobody else.
    pub(in crate::service::accounts) fn is_only(&self, ours: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::One(one) => ours(one),
            Self::Several(several) => !several.is_empty() && several.iter().all(|one| ours(one)),
        }
    }
}

/// A NumericDate, which may have a fraction.
pub(in crate::service::accounts) fn instant(seconds: f64) -> Option<DateTime<Utc>> {
    let millis = seconds * 1000.0;
    // Within the years that a calendar has; so small a number is exact.
    let millis = (millis.abs() < 1e15).then_some(millis as i64);
    millis.and_then(DateTime::from_timestamp_millis)
}

/// The signature and nothing else.
pub(in crate::service::accounts) fn signature_by(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

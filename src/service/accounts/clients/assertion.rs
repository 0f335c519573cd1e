//! What a system signs with its own key in place of sending a secret (`private_key_jwt`).
//!
//! Cast: [`client_of`] is whose assertion it seems to be; [`verify`] says with which of the client's keys it was signed, and until
//! when it must not be taken again.
//!
//! Guarantees: the algorithm is the key's, never the assertion's. Nothing is believed before the signature was right.
//!
//! Source: RFC 7523 sections 2.2 and 3, OpenID Connect Core 1.0 section 9.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::domain::accounts::client::Client;
use crate::service::accounts::tokens::provider;

/// A longer text is no assertion and isn't looked into.
const LONGEST: usize = 8192;
/// The longest `jti`.
const LONGEST_ID: usize = 255;
/// How far ahead an assertion may end: one that leaks is worth little.
const LONGEST_LIFE: TimeDelta = TimeDelta::minutes(5);
/// How far the clock of another system may differ.
const SKEW: TimeDelta = TimeDelta::seconds(30);

/// An assertion that is right, and not yet known to be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verified {
    /// Name of the key that signed it.
    pub(super) kid: String,
    /// Digest of its `jti`.
    pub(super) digest: String,
    /// When it ends: until then it must not be taken again.
    pub(super) valid_until: DateTime<Utc>,
}

/// Why an assertion is refused: for the audit trail. Whoever sends it reads `invalid_client` whatever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AssertionFault {
    Malformed,
    UnknownKey,
    Algorithm,
    Signature,
    Subject,
    Audience,
    Expired,
    TooLong,
    NotYetValid,
    Replayed,
}

impl AssertionFault {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Malformed => "assertion_malformed",
            Self::UnknownKey => "assertion_key_unknown",
            Self::Algorithm => "assertion_algorithm_refused",
            Self::Signature => "assertion_signature_wrong",
            Self::Subject => "assertion_subject_refused",
            Self::Audience => "assertion_audience_refused",
            Self::Expired => "assertion_expired",
            Self::TooLong => "assertion_too_long",
            Self::NotYetValid => "assertion_not_yet_valid",
            Self::Replayed => "assertion_replayed",
        }
    }
}

/// The id of the client that an assertion says to be of; not believed yet.
pub(super) fn client_of(assertion: &str) -> Option<String> {
    let claims: Claims = part(assertion, 1)?;
    Some(claims.sub)
}

/// Looks for the key that signed an assertion, and whether it says what it must.
pub(super) fn verify(
    assertion: &str,
    client: &Client,
    audiences: &[String],
    now: DateTime<Utc>,
) -> Result<Verified, AssertionFault> {
    let header: Header = part(assertion, 0).ok_or(AssertionFault::Malformed)?;
    // RFC 7515, section 4.1.11: extensions marked critical that aren't understood; we understand none.
    if header.crit.is_some() {
        return Err(AssertionFault::Malformed);
    }
    let named =
        client.keys.iter().map(|key| &key.key).filter(|key| header.kid.as_ref().is_none_or(|kid| key.kid == *kid));
    let mut fault = AssertionFault::UnknownKey;
    for key in named {
        let algorithm = if key.is_p256() { ("ES256", Algorithm::ES256) } else { ("EdDSA", Algorithm::EdDSA) };
        if header.alg != algorithm.0 {
            fault = AssertionFault::Algorithm;
            continue;
        }
        let Some(decoding) = provider::decoding_key(key) else { continue };
        match jsonwebtoken::decode::<Claims>(assertion, &decoding, &validation(algorithm.1)) {
            Ok(decoded) => return decoded.claims.check(&key.kid, client, audiences, now),
            Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => fault = AssertionFault::Signature,
            Err(_) => return Err(AssertionFault::Malformed),
        }
    }
    Err(fault)
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    jti: String,
    #[serde(default)]
    nbf: Option<f64>,
    #[serde(default)]
    iat: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Claims {
    fn check(
        self,
        kid: &str,
        client: &Client,
        audiences: &[String],
        now: DateTime<Utc>,
    ) -> Result<Verified, AssertionFault> {
        if self.iss != client.id || self.sub != client.id {
            return Err(AssertionFault::Subject);
        }
        let ours = match &self.aud {
            Audience::One(audience) => audiences.contains(audience),
            // One that is meant for others, too, could be brought here by them.
            Audience::Several(several) => !several.is_empty() && several.iter().all(|one| audiences.contains(one)),
        };
        if !ours {
            return Err(AssertionFault::Audience);
        }
        let valid_until = instant(self.exp)?;
        if now >= valid_until {
            return Err(AssertionFault::Expired);
        }
        if valid_until > now + LONGEST_LIFE + SKEW {
            return Err(AssertionFault::TooLong);
        }
        for from in [self.nbf, self.iat].into_iter().flatten() {
            if instant(from)? > now + SKEW {
                return Err(AssertionFault::NotYetValid);
            }
        }
        if !(1..=LONGEST_ID).contains(&self.jti.len()) {
            return Err(AssertionFault::Malformed);
        }
        let digest = hex::encode(Sha256::digest(&self.jti));
        Ok(Verified { kid: kid.to_owned(), digest, valid_until })
    }
}

/// A NumericDate (RFC 7519, section 2), which may have a fraction.
fn instant(seconds: f64) -> Result<DateTime<Utc>, AssertionFault> {
    let millis = seconds * 1000.0;
    // Within the years that a calendar has; so small a number is exact.
    let millis = (millis.abs() < 1e15).then_some(millis as i64);
    millis.and_then(DateTime::from_timestamp_millis).ok_or(AssertionFault::Malformed)
}

/// The signature and nothing else: the rest has its own code.
fn validation(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

fn part<T: for<'de> Deserialize<'de>>(assertion: &str, index: usize) -> Option<T> {
    let text = (assertion.len() <= LONGEST).then_some(assertion)?.split('.').nth(index)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

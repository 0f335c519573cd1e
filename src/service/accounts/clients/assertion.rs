//! What a system signs with its own key in place of sending a secret (`private_key_jwt`).
//!
//! Cast: [`client_of`] is whose assertion it seems to be; [`verify`] says with which of the client's keys it was signed, and until
//! when it must not be taken again.
//!
//! Guarantees: the algorithm is the key's, never the assertion's. Nothing is believed before the signature was right.
//!
//! Source: RFC 7523 sections 2.2 and 3, OpenID Connect Core 1.0 section 9.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Algorithm;
use jsonwebtoken::errors::ErrorKind;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::domain::accounts::client::Client;
use crate::service::accounts::tokens::provider;
use crate::service::accounts::tokens::signed::{self, Audience, Header, LONGEST_ID, SKEW, instant, signature_by};

/// How far ahead an assertion may end: one that leaks is worth little.
const LONGEST_LIFE: TimeDelta = TimeDelta::minutes(5);

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

/// Why an assertion is refused: for the audit trail. Whoever sends it reads `invalid_client` whatever it is, and what it should say where
/// its signature was right: only whoever has the key learns that.
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

    /// What whoever signed it may be told; none where the signature wasn't right, or couldn't be looked at.
    pub(super) fn told(self) -> Option<&'static str> {
        Some(match self {
            Self::Malformed | Self::UnknownKey | Self::Algorithm | Self::Signature => return None,
            Self::Subject => "iss and sub must both be the client id",
            Self::Audience => "aud must be the issuer of /.well-known/oauth-authorization-server and nothing else",
            Self::Expired => "the assertion has expired",
            Self::TooLong => "exp must be at most five minutes ahead",
            Self::NotYetValid => "the assertion is not valid yet",
            Self::Replayed => "an assertion with this jti was taken before",
        })
    }
}

/// The id of the client that an assertion says to be of; not believed yet.
pub(super) fn client_of(assertion: &str) -> Option<String> {
    signed::claims(assertion).map(|claims: Claims| claims.sub)
}

/// Looks for the key that signed an assertion, and whether it says what it must.
pub(super) fn verify(
    assertion: &str,
    client: &Client,
    audiences: &[String],
    now: DateTime<Utc>,
) -> Result<Verified, AssertionFault> {
    let header = Header::of(assertion).ok_or(AssertionFault::Malformed)?;
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
        match jsonwebtoken::decode::<Claims>(assertion, &decoding, &signature_by(algorithm.1)) {
            Ok(decoded) => return decoded.claims.check(&key.kid, client, audiences, now),
            Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => fault = AssertionFault::Signature,
            Err(_) => return Err(AssertionFault::Malformed),
        }
    }
    Err(fault)
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
        if !self.aud.is_only(|one| audiences.iter().any(|ours| ours == one)) {
            return Err(AssertionFault::Audience);
        }
        let at = |seconds| instant(seconds).ok_or(AssertionFault::Malformed);
        let valid_until = at(self.exp)?;
        if now >= valid_until {
            return Err(AssertionFault::Expired);
        }
        if valid_until > now + LONGEST_LIFE + SKEW {
            return Err(AssertionFault::TooLong);
        }
        for from in [self.nbf, self.iat].into_iter().flatten() {
            if at(from)? > now + SKEW {
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

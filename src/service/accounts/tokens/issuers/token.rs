//! What a token of another issuer says, and whether it says what it must.
//!
//! Guarantees: nothing is believed before the signature was right, by a key and an algorithm that the settings allow. What a header says
//! of keys (`jwk`, `jku`, `x5u`, `x5c`) isn't looked at. A token that is meant for others, too, is refused: they could bring it here. So is
//! one that is bound to a key (`cnf`), whose proof nobody asks for here.
//!
//! Source: RFC 9068 sections 2 and 4, RFC 8725, RFC 7800.

use std::collections::HashSet;
use std::sync::atomic::AtomicBool;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Algorithm;
use jsonwebtoken::errors::ErrorKind;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::keys::{IssuerKey, LONGEST_KID};
use crate::domain::accounts::issuer::{Issuer, IssuerAlgorithm};
use crate::domain::accounts::role::Scope;
use crate::service::accounts::tokens::signed::{self, Audience, Header, LONGEST_ID, SKEW, instant, signature_by};

/// For how long a token may be valid.
const LONGEST_LIFE: TimeDelta = TimeDelta::days(1);

/// Why a token is refused: for the log. Whoever brings it reads `invalid_token` whatever it is.
pub(super) type Fault = &'static str;

const MALFORMED: Fault = "token_malformed";
pub(super) const UNKNOWN_KEY: Fault = "token_key_unknown";
const ALGORITHM: Fault = "token_algorithm_refused";

/// A token that was found right, but for its time.
#[derive(Debug)]
pub(super) struct Known {
    /// The system that it is of.
    pub(super) client_id: String,
    /// By what the issuer knows that system.
    pub(super) subject: String,
    /// What the issuer's words mean here.
    pub(super) scopes: Vec<Scope>,
    /// Its number, for the audit trail.
    pub(super) token_id: String,
    /// The key that verified it.
    pub(super) key: [u8; 32],
    /// From when on it is refused.
    pub(super) valid_until: DateTime<Utc>,
    /// When it was issued, and from when on it is valid; where that is said.
    from: [Option<DateTime<Utc>>; 2],
    /// Whether its first use stands in the audit trail.
    pub(super) is_entered: AtomicBool,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    jti: Option<Value>,
    scope: Option<Value>,
    scp: Option<Value>,
    roles: Option<Value>,
    cnf: Option<Value>,
}

/// Whose token it says to be; not believed yet.
pub(super) fn issuer_of(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        iss: String,
    }
    signed::claims(token).map(|Named { iss }| iss)
}

/// How a token says to be signed, and by the name of which key; where the settings allow that.
pub(super) fn signed_by(token: &str, issuer: &Issuer) -> Result<(String, IssuerAlgorithm), Fault> {
    let header = Header::of(token).ok_or(MALFORMED)?;
    let algorithm = IssuerAlgorithm::from_code(&header.alg).filter(|algorithm| issuer.algorithms.contains(algorithm));
    let algorithm = algorithm.ok_or(ALGORITHM)?;
    let kind = header.typ.unwrap_or_default().to_ascii_lowercase();
    if !["at+jwt", "application/at+jwt", "jwt"].contains(&kind.as_str()) {
        return Err("token_type_refused");
    }
    let kid = header.kid.filter(|kid| kid.len() <= LONGEST_KID).ok_or(UNKNOWN_KEY)?;
    Ok((kid, algorithm))
}

/// What a token says, if it was signed by the key and is meant for us.
pub(super) fn check(token: &str, key: &IssuerKey, algorithm: IssuerAlgorithm, issuer: &Issuer) -> Result<Known, Fault> {
    if !key.algorithms.contains(&algorithm) {
        return Err(ALGORITHM);
    }
    let decoded = jsonwebtoken::decode::<Claims>(token, &key.verifies, &signature_by(named(algorithm)));
    let claims = decoded.map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => "token_signature_wrong",
        ErrorKind::InvalidAlgorithm => ALGORITHM,
        _ => MALFORMED,
    })?;
    let Claims { iss, sub, aud, exp, nbf, iat, jti, scope, scp, roles, cnf } = claims.claims;
    if iss != issuer.name {
        return Err("token_issuer_refused");
    }
    if !aud.is_only(|one| one == issuer.audience) {
        return Err("token_audience_refused");
    }
    if cnf.is_some() {
        return Err("token_bound_to_a_key");
    }
    let Some(client_id) = issuer.clients.get(&sub).filter(|_| sub.len() <= LONGEST_ID) else {
        let subject: String = sub.chars().take(LONGEST_ID).collect();
        tracing::info!(issuer = issuer.name, subject, "`issuers.clients` names no system for this subject");
        return Err("token_subject_unknown");
    };
    let words: HashSet<&str> = [&scope, &scp, &roles].into_iter().flatten().flat_map(words).collect();
    Ok(Known {
        client_id: client_id.clone(),
        subject: sub,
        scopes: issuer.scopes_of(words.into_iter()),
        token_id: number_of(jti, token),
        key: key.digest,
        valid_until: at(exp)?,
        from: [iat.map(at).transpose()?, nbf.map(at).transpose()?],
        is_entered: AtomicBool::new(false),
    })
}

impl Known {
    /// Whether it is valid at an instant.
    pub(super) fn check_time(&self, now: DateTime<Utc>) -> Result<(), Fault> {
        if now >= self.valid_until {
            return Err("token_expired");
        }
        if self.from.iter().flatten().any(|from| *from > now + SKEW) {
            return Err("token_not_yet_valid");
        }
        // From when it was issued, so that one for a year isn't taken on its last day.
        let [issued_at, _] = self.from;
        if self.valid_until > issued_at.unwrap_or(now).min(now) + LONGEST_LIFE + SKEW {
            return Err("token_too_long");
        }
        Ok(())
    }
}

/// Words in a text with spaces between them, or in a list.
fn words(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => text.split(' ').collect(),
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Its `jti`, by which its issuer's own records name it; where there is none that can be kept, a digest.
fn number_of(jti: Option<Value>, token: &str) -> String {
    let jti = jti.and_then(|jti| jti.as_str().map(str::to_owned));
    let plain = |jti: &String| (1..=LONGEST_ID).contains(&jti.len()) && jti.bytes().all(|byte| byte.is_ascii_graphic());
    jti.filter(plain).unwrap_or_else(|| format!("sha256:{}", hex::encode(Sha256::digest(token))))
}

fn at(seconds: f64) -> Result<DateTime<Utc>, Fault> {
    instant(seconds).ok_or(MALFORMED)
}

fn named(algorithm: IssuerAlgorithm) -> Algorithm {
    match algorithm {
        IssuerAlgorithm::EdDsa => Algorithm::EdDSA,
        IssuerAlgorithm::Es256 => Algorithm::ES256,
        IssuerAlgorithm::Rs256 => Algorithm::RS256,
        IssuerAlgorithm::Ps256 => Algorithm::PS256,
    }
}

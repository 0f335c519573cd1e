//! The public keys of another issuer, as its JSON Web Key Set has them.
//!
//! Guarantees: of a set only keys are taken that may verify what the settings allow; whatever else stands in it is passed over. A key
//! verifies by its own algorithms, never by one that a token asks for.
//!
//! Source: RFC 7517 (sets), RFC 7518 section 6.3 (RSA), RFC 8725 section 3.1 (one algorithm for one key).

use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::domain::accounts::client::PublicKey;
use crate::domain::accounts::issuer::IssuerAlgorithm;
use crate::service::accounts::tokens::provider;

/// The most keys of a set that are looked at.
const MOST_KEYS: usize = 100;
/// The longest name of a key.
pub(super) const LONGEST_KID: usize = 255;

/// A key that verifies tokens.
pub(super) struct IssuerKey {
    /// Its name.
    pub(super) kid: String,
    /// By what it verifies.
    pub(super) algorithms: Vec<IssuerAlgorithm>,
    pub(super) verifies: DecodingKey,
    /// Tells it from another one of the same name.
    pub(super) digest: [u8; 32],
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

/// The keys of a set that verify by any of the allowed algorithms.
///
/// # Errors
/// It is no set, or has no such key.
pub(super) fn read(text: &[u8], allowed: &[IssuerAlgorithm]) -> Result<Vec<IssuerKey>, String> {
    let set: KeySet = serde_json::from_slice(text).map_err(|_| "this is no JSON Web Key Set".to_owned())?;
    if set.keys.len() > MOST_KEYS {
        return Err(format!("these are {} keys, more than {MOST_KEYS}", set.keys.len()));
    }
    let keys: Vec<IssuerKey> = set.keys.into_iter().filter_map(|key| usable(key, allowed)).collect();
    if keys.is_empty() {
        let codes: Vec<&str> = allowed.iter().map(|algorithm| algorithm.code()).collect();
        return Err(format!("no key of the set has a `kid` and verifies by {}", codes.join(", ")));
    }
    Ok(keys)
}

fn usable(key: Value, allowed: &[IssuerAlgorithm]) -> Option<IssuerKey> {
    let Jwk { kty, kid, alg, used_for, key_ops, crv, x, y, n, e } = Jwk::deserialize(key).ok()?;
    let is_for_signatures = used_for.is_none_or(|used_for| used_for == "sig")
        && key_ops.is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
    if !is_for_signatures || kid.is_empty() || kid.len() > LONGEST_KID {
        return None;
    }
    let (of_type, verifies, numbers) = if kty == "RSA" {
        let (n, e) = (n?, e?);
        let verifies = provider::rsa_decoding_key(&n, &e)?;
        (vec![IssuerAlgorithm::Rs256, IssuerAlgorithm::Ps256], verifies, [kty, n, e])
    } else {
        let key = PublicKey { kty, crv: crv?, x: x?, y, kid: "any".to_owned(), alg: None, used_for: None };
        if !key.faults("").is_empty() {
            return None;
        }
        let algorithm = if key.is_p256() { IssuerAlgorithm::Es256 } else { IssuerAlgorithm::EdDsa };
        let verifies = provider::decoding_key(&key)?;
        (vec![algorithm], verifies, [key.crv, key.x, key.y.unwrap_or_default()])
    };
    let is_meant = |algorithm: &IssuerAlgorithm| alg.as_ref().is_none_or(|alg| alg == algorithm.code());
    let algorithms: Vec<_> = of_type.into_iter().filter(|one| is_meant(one) && allowed.contains(one)).collect();
    let digest = Sha256::digest(numbers.join(".")).into();
    (!algorithms.is_empty()).then_some(IssuerKey { kid, algorithms, verifies, digest })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may end so
mod tests {
    use serde_json::json;

    use super::*;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn kids(keys: Value) -> Result<Vec<String>, String> {
        let set = json!({ "keys": keys }).to_string();
        read(set.as_bytes(), &[IssuerAlgorithm::EdDsa]).map(|keys| keys.into_iter().map(|key| key.kid).collect())
    }

    #[test]
    fn what_verifies_nothing_that_is_allowed_is_passed_over() {
        let ed = |changes: Value| {
            let mut key = json!({ "kty": "OKP", "crv": "Ed25519", "x": X, "kid": "a", "x5t": "…", "of_the_issuer": 1 });
            key.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            key
        };
        let long = "k".repeat(LONGEST_KID + 1);
        // The point of order one: by it, one signature is right for every text.
        let weak = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let keys = json!([
            ed(json!({})),
            ed(json!({ "kid": "b", "alg": "EdDSA", "use": "sig", "key_ops": ["verify"] })),
            ed(json!({ "kid": "c", "alg": "ES256" })),
            ed(json!({ "kid": "d", "use": "enc" })),
            ed(json!({ "kid": "e", "key_ops": ["sign"] })),
            ed(json!({ "kid": "f", "crv": "Ed448" })),
            ed(json!({ "kid": "g", "x": weak })),
            ed(json!({ "kid": "" })),
            ed(json!({ "kid": long })),
            ed(json!({ "kid": null })),
            json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "h", "alg": "HS256" }),
            json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "i" }),
            json!("a text"),
        ]);
        assert_eq!(kids(keys), Ok(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn a_set_without_a_key_is_no_set() {
        assert!(kids(json!([])).is_err() && kids(json!("a")).is_err());
        assert!(kids(json!(vec![0; MOST_KEYS + 1])).is_err_and(|words| words.contains("more than")));
        assert!(read(b"<html>", &IssuerAlgorithm::ALL).is_err());
    }
}

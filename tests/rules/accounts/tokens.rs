//! Access tokens, against another implementation of JWT.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use casehall::domain::accounts::role::{Role, Scope};
use casehall::service::accounts::signing_keys::KeySource;
use casehall::service::accounts::tokens::{SubjectKind, TokenFault, TokenSubject, Tokens};
use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;

pub(crate) const ISSUER: &str = "casehall";

pub(crate) fn noon() -> DateTime<Utc> {
    "2014-04-04T04:00:00.654321Z".parse().unwrap()
}

pub(crate) fn clerk() -> TokenSubject {
    TokenSubject {
        id: "0196d1a0-0000-7000-8000-000000000001".to_owned(),
        kind: SubjectKind::User,
        name: "张三".to_owned(),
        roles: vec![Role::Clerk, Role::Supervisor],
        scopes: vec![],
        outlet: Some("guangzhou-center".to_owned()),
        session: Some(uuid::uuid!("0196d1a0-0000-7000-8000-000000000002")),
        credential: None,
    }
}

fn bureau() -> TokenSubject {
    TokenSubject {
        id: "construction-bureau".to_owned(),
        kind: SubjectKind::Client,
        name: "市城建局".to_owned(),
        roles: vec![Role::Client],
        scopes: vec![Scope::EligibilityRead, Scope::AuthorizationsRead],
        outlet: None,
        session: None,
        credential: None,
    }
}

pub(crate) fn open(directory: &Path) -> Tokens {
    Tokens::open(KeySource::Directory(directory.to_owned()), ISSUER, TimeDelta::minutes(15)).unwrap()
}

/// A directory with one key, and its tokens.
pub(crate) fn hall() -> (TempDir, Tokens) {
    let directory = TempDir::new().unwrap();
    let tokens = open(&directory.path().join("keys"));
    (directory, tokens)
}

pub(crate) fn key_files(directory: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut keys: Vec<_> = paths.filter(|path| path.extension().is_some_and(|extension| extension == "pem")).collect();
    keys.sort();
    keys
}

pub(crate) fn ids(tokens: &Tokens) -> Vec<String> {
    let keys = tokens.jwks()["keys"].as_array().unwrap().clone();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// The three parts of a token, the first two as JSON.
pub(crate) fn parts(token: &str) -> (Value, Value, String) {
    let mut parts = token.split('.');
    let mut json = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap()).unwrap();
    let (header, claims) = (json(), json());
    (header, claims, parts.next().unwrap().to_owned())
}

/// A token with this header and these claims, really signed with the hall's own key: what is refused is the content.
fn signed(directory: &Path, header: &Value, claims: &Value) -> String {
    let pem = fs::read_to_string(&key_files(&directory.join("keys"))[0]).unwrap();
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let message = format!("{}.{}", encode(header), encode(claims));
    let key = ed25519_dalek::SigningKey::from_pkcs8_pem(&pem).unwrap().to_pkcs8_der().unwrap();
    let key = EncodingKey::from_ed_der(key.as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::EdDSA).unwrap();
    format!("{message}.{signature}")
}

#[test]
fn another_implementation_verifies_our_tokens_with_our_published_keys() {
    let (_directory, tokens) = hall();
    tokens.rotate().unwrap();
    let set: JwkSet = serde_json::from_value(tokens.jwks()).unwrap();
    assert_eq!(set.keys.len(), 2);
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[ISSUER]);
    validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    for subject in [clerk(), bureau()] {
        let issued = tokens.issue(&subject, Utc::now()).unwrap();
        let id = jsonwebtoken::decode_header(&issued.token).unwrap().kid.unwrap();
        let key = DecodingKey::from_jwk(set.find(&id).unwrap()).unwrap();
        let decoded = jsonwebtoken::decode::<Value>(&issued.token, &key, &validation).unwrap();
        assert_eq!(decoded.claims["sub"], subject.id);
        // And by the signature's own library, from nothing but the published `x`.
        let published =
            tokens.jwks()["keys"].as_array().unwrap().iter().find(|key| key["kid"] == *id).unwrap()["x"].clone();
        let x: [u8; 32] = URL_SAFE_NO_PAD.decode(published.as_str().unwrap()).unwrap().try_into().unwrap();
        let public = ed25519_dalek::VerifyingKey::from_bytes(&x).unwrap();
        let (signed, signature) = issued.token.rsplit_once('.').unwrap();
        let signature = ed25519_dalek::Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        public.verify_strict(signed.as_bytes(), &signature).unwrap();
        assert!(public.verify_strict(&signed.as_bytes()[1..], &signature).is_err());
    }
}

#[test]
fn a_token_signed_by_another_implementation_with_our_key_is_ours() {
    let (directory, tokens) = hall();
    let issued = tokens.issue(&clerk(), noon()).unwrap();
    let (header, claims, _) = parts(&issued.token);
    let token = signed(directory.path(), &header, &claims);
    assert_eq!(tokens.verify(&token, noon()).unwrap().subject, clerk());
}

#[test]
fn a_token_says_who_is_asking() {
    let (_directory, tokens) = hall();
    for subject in [clerk(), bureau()] {
        let issued = tokens.issue(&subject, noon()).unwrap();
        assert_eq!(issued.expires_in, 900);
        let claims = tokens.verify(&issued.token, noon()).unwrap();
        assert_eq!(claims.subject, subject);
        assert_eq!(claims.token_id, issued.token_id);
        assert_eq!(claims.expires_at - claims.issued_at, TimeDelta::minutes(15));
        assert_eq!(tokens.verify(&issued.token, noon()).unwrap(), claims, "also when it is met again");
    }
}

#[test]
fn a_token_has_every_claim_that_rfc_9068_requires() {
    let (_directory, tokens) = hall();
    let (header, claims, _) = parts(&tokens.issue(&bureau(), noon()).unwrap().token);
    assert_eq!(header, json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": ids(&tokens)[0] }));
    for claim in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        assert!(!claims[claim].is_null(), "{claim}");
    }
    assert_eq!(claims["client_id"], "construction-bureau");
    assert_eq!(claims["scope"], "eligibility:read authorizations:read");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    let (_, claims, _) = parts(&tokens.issue(&clerk(), noon()).unwrap().token);
    assert_eq!((&claims["client_id"], &claims["roles"]), (&json!(ISSUER), &json!(["clerk", "supervisor"])));
}

#[test]
fn a_token_is_refused_from_the_second_it_expires() {
    let (directory, tokens) = hall();
    let token = tokens.issue(&clerk(), noon()).unwrap().token;
    let expires_at = tokens.verify(&token, noon()).unwrap().expires_at;
    let moment = TimeDelta::microseconds(1);
    let fresh = open(&directory.path().join("keys"));
    for tokens in [tokens, fresh] {
        assert!(tokens.verify(&token, expires_at - moment).is_ok());
        assert_eq!(tokens.verify(&token, expires_at), Err(TokenFault::Expired));
        assert_eq!(tokens.verify(&token, expires_at + TimeDelta::days(9999)), Err(TokenFault::Expired));
        assert!(tokens.verify(&token, expires_at - moment).is_ok(), "only the caller's clock counts");
    }
}

#[test]
fn a_token_may_come_from_a_clock_up_to_30_seconds_fast() {
    let (_directory, tokens) = hall();
    let token = tokens.issue(&clerk(), noon()).unwrap().token;
    let issued_at = tokens.verify(&token, noon()).unwrap().issued_at;
    assert!(tokens.verify(&token, issued_at - TimeDelta::seconds(30)).is_ok());
    let earlier = issued_at - TimeDelta::seconds(30) - TimeDelta::microseconds(1);
    assert_eq!(tokens.verify(&token, earlier), Err(TokenFault::NotYetValid));
}

#[test]
fn an_unsigned_token_is_refused() {
    let (directory, tokens) = hall();
    let (mut header, claims, signature) = parts(&tokens.issue(&clerk(), noon()).unwrap().token);
    for algorithm in ["none", "None", "NONE", "eddsa", ""] {
        header["alg"] = json!(algorithm);
        let message = signed(directory.path(), &header, &claims);
        let (message, _) = message.rsplit_once('.').unwrap();
        for signature in ["", signature.as_str()] {
            let forged = format!("{message}.{signature}");
            assert_eq!(tokens.verify(&forged, noon()), Err(TokenFault::Algorithm), "{algorithm}");
        }
    }
}

#[test]
fn an_hmac_token_with_the_public_key_is_refused() {
    let (_directory, tokens) = hall();
    let (_, claims, _) = parts(&tokens.issue(&clerk(), noon()).unwrap().token);
    let x = tokens.jwks()["keys"][0]["x"].as_str().unwrap().to_owned();
    let header = json!({ "typ": "at+jwt", "kid": ids(&tokens)[0], "alg": "HS256" });
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let message = format!("{}.{}", encode(&header), encode(&claims));
    for secret in [URL_SAFE_NO_PAD.decode(&x).unwrap(), x.into_bytes()] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
        mac.update(message.as_bytes());
        let forged = format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
        assert_eq!(tokens.verify(&forged, noon()), Err(TokenFault::Algorithm));
    }
}

#[test]
fn a_jwt_of_another_type_is_refused() {
    let (directory, tokens) = hall();
    let (header, claims, _) = parts(&tokens.issue(&clerk(), noon()).unwrap().token);
    for typ in [json!("JWT"), json!("logout+jwt"), json!("at+JWT "), Value::Null] {
        let mut header = header.clone();
        header["typ"] = typ;
        assert_eq!(tokens.verify(&signed(directory.path(), &header, &claims), noon()), Err(TokenFault::Type));
    }
}

#[test]
fn an_extension_marked_critical_is_refused() {
    let (directory, tokens) = hall();
    let (mut header, claims, _) = parts(&tokens.issue(&clerk(), noon()).unwrap().token);
    header["crit"] = json!(["b64"]);
    header["b64"] = json!(false);
    assert_eq!(tokens.verify(&signed(directory.path(), &header, &claims), noon()), Err(TokenFault::Malformed));
}

#[test]
fn a_token_of_an_unknown_key_is_refused() {
    let (directory, tokens) = hall();
    let (_elsewhere, others) = hall();
    assert_eq!(tokens.verify(&others.issue(&clerk(), noon()).unwrap().token, noon()), Err(TokenFault::UnknownKey));
    let (header, claims, _) = parts(&tokens.issue(&clerk(), noon()).unwrap().token);
    for id in [json!("../keys/x"), json!(""), json!("019aaf3e-0000-7000-8000-000000000000"), Value::Null] {
        let mut header = header.clone();
        header["kid"] = id;
        assert_eq!(tokens.verify(&signed(directory.path(), &header, &claims), noon()), Err(TokenFault::UnknownKey));
    }
}

#[test]
fn a_token_of_another_key_under_our_key_s_id_is_refused() {
    let (_directory, tokens) = hall();
    let (elsewhere, _) = hall();
    let (header, claims, _) = parts(&tokens.issue(&clerk(), noon()).unwrap().token);
    assert_eq!(tokens.verify(&signed(elsewhere.path(), &header, &claims), noon()), Err(TokenFault::Signature));
}

#[test]
fn a_token_of_another_hall_is_refused_though_the_key_is_ours() {
    let (directory, tokens) = hall();
    let (header, claims, _) = parts(&tokens.issue(&clerk(), noon()).unwrap().token);
    for claim in ["iss", "aud"] {
        let mut claims = claims.clone();
        claims[claim] = json!("another-hall");
        assert_eq!(tokens.verify(&signed(directory.path(), &header, &claims), noon()), Err(TokenFault::Issuer));
    }
}

#[test]
fn an_incomplete_token_is_refused() {
    let (directory, tokens) = hall();
    let (header, claims, _) = parts(&tokens.issue(&clerk(), noon()).unwrap().token);
    for claim in ["iss", "aud", "sub", "client_id", "iat", "exp", "jti", "kind", "name"] {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(claim);
        assert_eq!(
            tokens.verify(&signed(directory.path(), &header, &claims), noon()),
            Err(TokenFault::Malformed),
            "{claim}"
        );
    }
    for (claim, value) in [
        ("roles", json!(["emperor"])),
        ("scope", json!("cases:burn")),
        ("exp", json!(i64::MAX)),
        ("exp", json!("soon")),
    ] {
        let mut claims = claims.clone();
        claims[claim] = value;
        assert_eq!(
            tokens.verify(&signed(directory.path(), &header, &claims), noon()),
            Err(TokenFault::Malformed),
            "{claim}"
        );
    }
}

#[test]
fn a_token_changed_in_any_one_character_is_refused() {
    let (_directory, tokens) = hall();
    let token = tokens.issue(&clerk(), noon()).unwrap().token;
    assert!(tokens.verify(&token, noon()).is_ok());
    for position in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(tokens.verify(&changed, noon()).is_err(), "at {position}");
    }
    for changed in
        [format!("{token}="), format!("{token}."), format!(" {token}"), format!("{token}\n"), token.replace('.', "..")]
    {
        assert!(tokens.verify(&changed, noon()).is_err(), "{changed:?}");
    }
}

#[test]
fn arbitrary_text_is_not_a_token() {
    let (_directory, tokens) = hall();
    for text in ["", ".", "..", "...", "a.b.c", "令牌", "e30.e30.", "bnVsbA.bnVsbA.bnVsbA", &"A".repeat(100_000)] {
        assert_eq!(tokens.verify(text, noon()), Err(TokenFault::Malformed));
    }
}

#[test]
fn more_tokens_than_are_remembered_are_all_still_verified() {
    let (_directory, tokens) = hall();
    let issued: Vec<_> = (0..5000).map(|_| tokens.issue(&clerk(), noon()).unwrap()).collect();
    for round in 0..2 {
        for issued in issued.iter().rev() {
            let claims = tokens.verify(&issued.token, noon()).unwrap();
            assert_eq!(claims.token_id, issued.token_id, "round {round}");
        }
    }
}

#[test]
fn every_refusal_has_a_unique_code_and_both_languages() {
    let faults = [
        TokenFault::Malformed,
        TokenFault::Algorithm,
        TokenFault::Type,
        TokenFault::UnknownKey,
        TokenFault::Signature,
        TokenFault::Issuer,
        TokenFault::Expired,
        TokenFault::NotYetValid,
    ];
    assert_eq!(faults.map(TokenFault::code).into_iter().collect::<HashSet<_>>().len(), faults.len());
    for fault in faults {
        assert!(!fault.words().zh.is_ascii() && fault.words().en.is_ascii());
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_verifier_fall_over(text in ".{0,40}(\\..{0,40}){0,3}") {
        thread_local!(static HALL: (TempDir, Tokens) = hall());
        proptest::prop_assert!(HALL.with(|(_, tokens)| tokens.verify(&text, noon()).is_err()));
    }
}

//! Signing keys: RFC 8037, rotation, many instances, and who may read them.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Barrier;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use casehall::service::accounts::signing_keys::{KeyFault, KeySource, SigningKey};
use casehall::service::accounts::tokens::{TokenFault, Tokens};
use chrono::TimeDelta;
use jsonwebtoken::crypto::{sign, verify};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::json;
use tempfile::TempDir;

use super::tokens::{ISSUER, clerk, hall, ids, key_files, noon, open, parts};

/// The key of RFC 8037, appendix A.1, in the PKCS#8 form of RFC 8410, section 7.
fn rfc_8037_pem() -> String {
    let mut der = hex::decode("302e020100300506032b657004220420").unwrap();
    der.extend(URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap());
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der))
}

#[test]
fn rfc_8037_s_key_has_rfc_8037_s_public_key_thumbprint_and_signature() {
    let key = SigningKey::from_pem(None, &rfc_8037_pem()).unwrap();
    assert_eq!(key.jwk()["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "A.2");
    assert_eq!((&key.jwk()["kty"], &key.jwk()["crv"]), (&json!("OKP"), &json!("Ed25519")), "A.2");
    assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "A.3");
    assert_eq!(key.id(), key.thumbprint());
    let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let verifies = |message: &[u8]| verify(signature, message, key.verifies(), Algorithm::EdDSA).unwrap();
    assert_eq!(sign(message, key.signs(), Algorithm::EdDSA).unwrap(), signature, "A.4");
    assert!(verifies(message), "A.5");
    assert!(!verifies(b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmd"));
}

#[test]
fn a_bare_ed25519_agrees_on_rfc_8037_s_signature() {
    use ed25519_dalek::{Signature, Signer};
    let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let bare = ed25519_dalek::SigningKey::from_bytes(&seed.try_into().unwrap());
    let key = SigningKey::from_pem(None, &rfc_8037_pem()).unwrap();
    assert_eq!(key.jwk()["x"], URL_SAFE_NO_PAD.encode(bare.verifying_key().as_bytes()));
    let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let expected = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(URL_SAFE_NO_PAD.encode(bare.sign(message).to_bytes()), expected, "A.4");
    let ours = URL_SAFE_NO_PAD.decode(sign(message, key.signs(), Algorithm::EdDSA).unwrap()).unwrap();
    let ours = Signature::from_slice(&ours).unwrap();
    assert!(bare.verifying_key().verify_strict(message, &ours).is_ok(), "A.5");
    assert!(bare.verifying_key().verify_strict(&message[1..], &ours).is_err());
}

#[test]
fn rotation_keeps_old_tokens_valid_and_signs_with_the_new_key() {
    let (_directory, tokens) = hall();
    let before = tokens.issue(&clerk(), noon()).unwrap().token;
    let mut known = ids(&tokens);
    for _ in 0..5 {
        let newest = tokens.rotate().unwrap();
        known.push(newest.clone());
        assert_eq!(ids(&tokens), known, "published, the newest last");
        let after = tokens.issue(&clerk(), noon()).unwrap().token;
        assert_eq!(parts(&after).0["kid"], newest);
        assert!(tokens.verify(&after, noon()).is_ok());
        assert!(tokens.verify(&before, noon()).is_ok());
    }
}

#[test]
fn a_new_key_sorts_last_after_a_clock_change() {
    let (directory, tokens) = hall();
    let keys = directory.path().join("keys");
    // A key made, as it seems, in the year 2527.
    let future = keys.join("10000000-0000-7fff-bfff-ffffffffffff.pem");
    fs::rename(&key_files(&keys)[0], &future).unwrap();
    let newest = tokens.rotate().unwrap();
    assert!(newest.as_str() > "10000000-0000-7fff-bfff-ffffffffffff", "{newest}");
    assert_eq!(ids(&tokens).last(), Some(&newest));
}

#[test]
fn another_instance_loads_a_new_key_on_first_use() {
    let (directory, one) = hall();
    let other = open(&directory.path().join("keys"));
    one.rotate().unwrap();
    let token = one.issue(&clerk(), noon()).unwrap().token;
    assert_eq!(ids(&other).len(), 1);
    assert!(other.verify(&token, noon()).is_ok());
    assert_eq!(ids(&other), ids(&one));
}

#[test]
fn a_deleted_key_s_tokens_are_refused_though_they_were_verified_before() {
    let (directory, tokens) = hall();
    let token = tokens.issue(&clerk(), noon()).unwrap().token;
    assert!(tokens.verify(&token, noon()).is_ok());
    tokens.rotate().unwrap();
    fs::remove_file(&key_files(&directory.path().join("keys"))[0]).unwrap();
    tokens.reload().unwrap();
    assert_eq!(tokens.verify(&token, noon()), Err(TokenFault::UnknownKey));
    assert!(tokens.verify(&tokens.issue(&clerk(), noon()).unwrap().token, noon()).is_ok());
}

#[test]
fn instances_that_start_together_end_with_the_same_one_key() {
    for _ in 0..10 {
        let directory = TempDir::new().unwrap();
        let keys = directory.path().join("data").join("keys");
        let start = Barrier::new(8);
        let started: Vec<Tokens> = std::thread::scope(|scope| {
            let open = || {
                start.wait();
                open(&keys)
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let sets: HashSet<Vec<String>> = started.iter().map(ids).collect();
        assert_eq!(sets.len(), 1);
        assert_eq!(key_files(&keys).len(), 1);
    }
}

#[test]
fn keys_are_made_for_their_owner_s_eyes_only() {
    let (directory, tokens) = hall();
    tokens.rotate().unwrap();
    let keys = directory.path().join("keys");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&keys), 0o700);
    for entry in fs::read_dir(&keys).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}

#[test]
fn a_key_that_others_can_read_is_refused_with_what_to_do() {
    let (directory, tokens) = hall();
    let keys = directory.path().join("keys");
    let file = key_files(&keys).remove(0);
    let source = [KeySource::Directory(keys.clone()), KeySource::File(file.clone())];
    for mode in [0o640, 0o604, 0o660, 0o644] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        for source in source.clone() {
            let fault = Tokens::open(source, ISSUER, TimeDelta::minutes(15)).unwrap_err();
            assert!(matches!(fault, KeyFault::ReadableByOthers { .. }));
            assert!(fault.to_string().contains("chmod 600") && fault.to_string().contains(".pem"), "{fault}");
        }
        assert!(tokens.reload().is_err() && tokens.rotate().is_err());
    }
    assert_eq!(ids(&tokens).len(), 1, "what was read before stays in use");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(tokens.reload().is_ok());
}

#[test]
fn a_directory_into_which_others_can_put_keys_is_refused() {
    let (directory, tokens) = hall();
    let keys = directory.path().join("keys");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o770)).unwrap();
    let fault = tokens.reload().unwrap_err();
    assert!(matches!(fault, KeyFault::WritableByOthers { .. }) && fault.to_string().contains("chmod 700"), "{fault}");
}

#[test]
fn an_invalid_key_file_is_refused() {
    let (directory, tokens) = hall();
    let write = |name: &str, text: &str| {
        let path = directory.path().join("keys").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let fault = tokens.reload().unwrap_err();
        fs::remove_file(path).unwrap();
        fault
    };
    let id = "019aaf3e-0000-7000-8000-000000000000.pem";
    assert!(matches!(write(id, "no key"), KeyFault::NotAKey(_)));
    assert!(matches!(write(id, &rfc_8037_pem()[..60]), KeyFault::NotAKey(_)));
    assert!(matches!(write("newest.pem", &rfc_8037_pem()), KeyFault::NotAnId(_)));
    assert!(matches!(write("019AAF3E-0000-7000-8000-000000000000.pem", &rfc_8037_pem()), KeyFault::NotAnId(_)));
    assert!(tokens.reload().is_ok());
}

#[test]
fn a_signing_key_file_is_not_rotated() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("signing.pem");
    fs::write(&file, rfc_8037_pem()).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let open = || Tokens::open(KeySource::File(file.clone()), ISSUER, TimeDelta::minutes(5)).unwrap();
    let (one, other) = (open(), open());
    assert_eq!(ids(&one), ["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"]);
    assert!(other.verify(&one.issue(&clerk(), noon()).unwrap().token, noon()).is_ok());
    assert!(matches!(one.rotate(), Err(KeyFault::OnlyOneKey(_))));
    let missing = KeySource::File(directory.path().join("missing.pem"));
    assert!(Tokens::open(missing, ISSUER, TimeDelta::minutes(5)).unwrap_err().to_string().contains("missing.pem"));
}

#[test]
fn published_keys_and_debug_output_hold_no_private_key_and_no_token() {
    let (directory, tokens) = hall();
    let issued = tokens.issue(&clerk(), noon()).unwrap();
    let pem = fs::read_to_string(&key_files(&directory.path().join("keys"))[0]).unwrap();
    let jwks = tokens.jwks();
    let members: HashSet<_> = jwks["keys"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, HashSet::from(["kty", "crv", "x", "kid", "use", "alg"]));
    assert_eq!((&jwks["keys"][0]["use"], &jwks["keys"][0]["alg"]), (&json!("sig"), &json!("EdDSA")));
    let key = SigningKey::from_pem(None, &pem).unwrap();
    let shown = format!("{tokens:?} {issued:?} {key:?}");
    assert!(!shown.contains(&issued.token));
    assert_eq!(shown.matches("..").count(), 3, "each leaves something out: {shown}");
    // The 32 secret bytes, as a derived Debug would print them.
    let der = STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap();
    let seed = format!("{:?}", &der[16..20]);
    assert!(!shown.contains(seed.trim_matches(['[', ']'])));
}

#[test]
fn nothing_is_signed_or_verified_by_rsa_or_hmac() {
    let key = SigningKey::from_pem(None, &rfc_8037_pem()).unwrap();
    let (shared, shared_too) = (EncodingKey::from_secret(b"x").unwrap(), DecodingKey::from_secret(b"x").unwrap());
    let (rsa, rsa_too) = (EncodingKey::from_rsa_der(b"x"), DecodingKey::from_rsa_der(b"x"));
    use Algorithm::{ES256, ES384, EdDSA, HS256, HS384, HS512, PS256, PS384, PS512, RS256, RS384, RS512};
    for algorithm in [HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES384] {
        for signs in [key.signs(), &shared, &rsa] {
            assert!(sign(b"message", signs, algorithm).is_err(), "{algorithm:?}");
        }
        for verifies in [key.verifies(), &shared_too, &rsa_too] {
            assert!(verify("c2lnbmF0dXJl", b"message", verifies, algorithm).is_err(), "{algorithm:?}");
        }
    }
    for (algorithm, verifies) in
        [(EdDSA, &shared_too), (EdDSA, &rsa_too), (ES256, key.verifies()), (ES256, &shared_too)]
    {
        assert!(verify("c2lnbmF0dXJl", b"message", verifies, algorithm).is_err(), "{algorithm:?}");
    }
}

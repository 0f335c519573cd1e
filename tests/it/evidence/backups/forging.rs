//! Whoever holds every file of a backup that was made with its keys apart tries to forge with all that looks like a key: tokens, seals, and the
//! persons in it. The same attempts succeed with a backup that has its keys, so what is tried here would be found.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::backups::KeysGo;
use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use regex::bytes::Regex;
use serde_json::{Value, json};
use sha2::Sha256;

use super::back_up;
use super::private_keys::files;
use crate::databases::postgres::program;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(nothing_in_a_backup_without_its_keys_signs_or_decrypts,);

/// A number that stands in the hall's case, and in clear nowhere.
const PHONE: &str = "13911112222";

/// Texts and bytes that might be keys.
#[derive(Default)]
struct KeyLike {
    /// Of any length, for an HMAC.
    texts: BTreeSet<Vec<u8>>,
    /// For everything that takes 32 bytes.
    keys: BTreeSet<[u8; 32]>,
}

impl KeyLike {
    fn of(backup: &Path) -> Self {
        let (mut found, words) = (Self::default(), Regex::new("[A-Za-z0-9+/=_-]{16,}").unwrap());
        for file in files(backup) {
            let bytes = if file.ends_with("casehall.dump") { unpacked(&file) } else { std::fs::read(&file).unwrap() };
            // A key in PEM goes over several lines.
            let joined: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != b'\n').collect();
            for text in words.find_iter(&bytes).chain(words.find_iter(&joined)).map(|word| word.as_bytes()) {
                found.text(text);
            }
            found.lines(&bytes);
            found.windows(&bytes, is_random);
        }
        found
    }

    /// As it stands, and whatever it may spell.
    fn text(&mut self, text: &[u8]) {
        if text.len() > 4096 {
            return;
        }
        let bare: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'=').collect();
        let spelled = [hex::decode(&bare).ok(), URL_SAFE_NO_PAD.decode(&bare).ok(), STANDARD.decode(text).ok()];
        for bytes in spelled.into_iter().flatten().chain([text.to_vec()]) {
            self.windows(&bytes, |_| true);
            self.texts.insert(bytes);
        }
    }

    fn lines(&mut self, bytes: &[u8]) {
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| (8..200).contains(&line.len()));
        self.texts.extend(lines.map(<[u8]>::to_vec));
    }

    fn windows(&mut self, bytes: &[u8], is_like: impl Fn(&[u8]) -> bool) {
        let like = bytes.windows(32).filter(|window| is_like(window));
        self.keys.extend(like.map(|window| <[u8; 32]>::try_from(window).unwrap()));
    }
}

/// Random bytes are of many kinds, and only every third can be printed.
fn is_random(window: &[u8]) -> bool {
    let printable = window.iter().filter(|byte| (0x20..0x7f).contains(*byte)).count();
    let mut kinds = [false; 256];
    window.iter().for_each(|byte| kinds[usize::from(*byte)] = true);
    printable <= 24 && kinds.iter().filter(|there| **there).count() >= 22
}

/// The text of a dump of PostgreSQL.
pub(crate) fn unpacked(dump: &Path) -> Vec<u8> {
    let output = Command::new(program("pg_restore")).args(["-f", "-"]).arg(dump).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// What an attacker goes for. All of it is public, or in the backup as well.
struct Target {
    token: Value,
    token_keys: Vec<(String, VerifyingKey)>,
    seal_keys: Vec<VerifyingKey>,
    /// The key of the case as it is wrapped, and the persons of its document; each with where it stands.
    wrapped: (String, Vec<u8>),
    document: (String, Vec<u8>),
}

impl Target {
    async fn of(hall: &Hall, supervisor: &str) -> Self {
        let payload = supervisor.split('.').nth(1).unwrap();
        let token: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        let jwks = hall.nobody().get("//.well-known/jwks.json").await.expect(200);
        let of_jwk = |key: &Value| {
            let x = URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
            (key["kid"].as_str().unwrap().to_owned(), VerifyingKey::from_bytes(&x.try_into().unwrap()).unwrap())
        };
        let token_keys = jwks["keys"].as_array().unwrap().iter().map(of_jwk).collect();
        let pem = std::fs::read_to_string(hall.sealing_keys().join("international.pem")).unwrap();
        let seals = SigningKey::from_pkcs8_pem(&pem).unwrap();
        let id = hall.database.rows("SELECT id FROM cases").remove(0);
        let of_case = format!("FROM person_keys WHERE subject_kind = 'case' AND subject_id = '{id}'");
        let wrapped = hall.database.rows(&format!("SELECT wrapped {of_case}")).remove(0);
        let document = hall.database.rows("SELECT document FROM cases").remove(0);
        let document: Value = serde_json::from_str(&document).unwrap();
        let sealed = sealed_in(&document).expect("a ciphertext").trim_start_matches('\u{2}').to_owned();
        Self {
            token,
            token_keys,
            seal_keys: vec![seals.verifying_key()],
            wrapped: (format!("casehall case {id} key international"), bytes_of(&wrapped)),
            document: (format!("casehall case {id} document"), bytes_of(&sealed)),
        }
    }
}

/// The ciphertext in a document.
fn sealed_in(value: &Value) -> Option<&str> {
    match value {
        Value::Object(members) => {
            members.iter().find_map(|(name, value)| if name == "sealed" { value.as_str() } else { sealed_in(value) })
        }
        Value::Array(items) => items.iter().find_map(sealed_in),
        _ => None,
    }
}

fn bytes_of(ciphertext: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(ciphertext.strip_prefix("international.").unwrap()).unwrap()
}

fn decrypted(key: &[u8], (place, bytes): &(String, Vec<u8>)) -> Option<Vec<u8>> {
    let cipher = Aes256Gcm::new_from_slice(key).ok()?;
    let (nonce, sealed) = bytes.split_at(12);
    cipher.decrypt(nonce.try_into().ok()?, Payload { msg: sealed, aad: place.as_bytes() }).ok()
}

fn message(algorithm: &str, kid: &str, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encode(&json!({ "alg": algorithm, "typ": "at+jwt", "kid": kid })), encode(claims))
}

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Forged {
    tokens: bool,
    seals: bool,
    persons: bool,
}

async fn forge(hall: &Hall, target: &Target, found: &KeyLike) -> Forged {
    let mut forged = Forged::default();
    let (newest, _) = target.token_keys.last().unwrap();
    let by_hmac = message("HS256", newest, &target.token);
    for secret in found.texts.iter().map(Vec::as_slice).chain(found.keys.iter().map(<[u8; 32]>::as_slice)) {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret).unwrap();
        mac.update(by_hmac.as_bytes());
        let token = format!("{by_hmac}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
        forged.tokens |= hall.running.service.caller(&token, None).await.is_ok();
    }
    for key in &found.keys {
        let signing = SigningKey::from_bytes(key);
        forged.seals |= target.seal_keys.contains(&signing.verifying_key());
        for (kid, _) in target.token_keys.iter().filter(|(_, public)| *public == signing.verifying_key()) {
            let message = message("EdDSA", kid, &target.token);
            let signature = URL_SAFE_NO_PAD.encode(signing.sign(message.as_bytes()).to_bytes());
            forged.tokens |= hall.running.service.caller(&format!("{message}.{signature}"), None).await.is_ok();
        }
        let mut derived = [0; 32];
        let purpose = b"casehall international wrapping of keys";
        Hkdf::<Sha256>::new(None, key).expand(purpose, &mut derived).unwrap();
        let unwrapped = [derived, *key].iter().find_map(|key| decrypted(key, &target.wrapped));
        let persons = decrypted(unwrapped.as_deref().unwrap_or(key), &target.document);
        forged.persons |= persons.is_some_and(|persons| String::from_utf8_lossy(&persons).contains(PHONE));
    }
    forged
}

async fn nothing_in_a_backup_without_its_keys_signs_or_decrypts(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    let mut asked = application(1);
    asked["applicant"]["phone"] = json!(PHONE);
    hall.staff(Role::Clerk).await.post("/cases", &asked).await.expect(201);
    hall.client("portal", &[Scope::CasesRead]).await.get("/cases").await.expect(200);
    hall.running.service.seal().await.unwrap();
    let target = Target::of(&hall, &supervisor.token().await.unwrap()).await;
    for (keys, expected) in [
        (KeysGo::Included, Forged { tokens: true, seals: true, persons: true }),
        (KeysGo::Apart, Forged { tokens: false, seals: false, persons: false }),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let made = back_up(&hall, directory.path(), keys).await.unwrap();
        let found = KeyLike::of(&made.path);
        assert!(found.texts.len() > 100 && found.keys.len() > 1_000, "{}, {}", found.texts.len(), found.keys.len());
        assert_eq!(
            forge(&hall, &target, &found).await,
            expected,
            "{keys:?}: of {} that look like keys",
            found.keys.len()
        );
    }
}

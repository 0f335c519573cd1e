//! What an attacker makes is refused, each time with the same answer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use casehall::domain::accounts::role::{Role, Scope};
use ed25519_dalek::Signer;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{KeyServer, Keys, NOW, claims, header, read_with, strangers, token, trusting};
use crate::accounts::systems::administrator;
use crate::accounts::systems::assertions::{jwk, key, message, signed};
use crate::databases::{TestDatabase, on_both};

on_both!(a_token_is_refused_for_each_thing_that_is_wrong_with_it,);

/// With a header that is changed; what is null is left out.
fn under(number: u8, changes: Value) -> String {
    signed(&key(number), &headed(changes), &claims(json!({})))
}

fn headed(changes: Value) -> Value {
    let mut header = header("1");
    header.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    header.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    header
}

fn hmac(secret: &[u8], alg: &str) -> String {
    let message = message(&headed(json!({ "alg": alg })), &claims(json!({})));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// A payload as it stands, signed rightly.
fn of_text(payload: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header("1").to_string()), URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(key(1).sign(message.as_bytes()).to_bytes());
    format!("{message}.{signature}")
}

/// Without what needs a hall.
fn forged(listening: &str) -> Vec<(&'static str, String)> {
    let with = |changes: Value| token(1, changes);
    let public = URL_SAFE_NO_PAD.encode(key(1).verifying_key().as_bytes());
    let own = jwk(&strangers(), "1");
    let by_stranger = |changes: Value| signed(&strangers(), &headed(changes), &claims(json!({})));
    let unsigned = |alg: &str| message(&headed(json!({ "alg": alg })), &claims(json!({})));
    let good = with(json!({}));
    let (text, signature) = good.rsplit_once('.').unwrap();
    let (head, _) = text.split_once('.').unwrap();
    let other_payload = URL_SAFE_NO_PAD.encode(claims(json!({ "scope": "hall.open" })).to_string());
    let doubled = claims(json!({})).to_string().replacen('{', "{\"sub\":\"0b3c5b0e-tax\",", 1);
    vec![
        ("unsigned", format!("{}.", unsigned("none"))),
        ("unsigned, in other letters", format!("{}.", unsigned("NonE"))),
        ("unsigned, with a signature", format!("{}.{signature}", unsigned("none"))),
        ("hmac by the public key", hmac(key(1).verifying_key().as_bytes(), "HS256")),
        ("hmac by its text", hmac(public.as_bytes(), "HS256")),
        ("hmac that says to be EdDSA", hmac(key(1).verifying_key().as_bytes(), "EdDSA")),
        ("another key under the name of one", by_stranger(json!({}))),
        ("another key under its own name", by_stranger(json!({ "kid": "99" }))),
        ("no name of a key", under(1, json!({ "kid": null }))),
        ("a path in place of a name", by_stranger(json!({ "kid": "../../../dev/null" }))),
        ("a long name", by_stranger(json!({ "kid": "k".repeat(300) }))),
        ("its key in the header", by_stranger(json!({ "jwk": own }))),
        ("its key in the header, under its own name", by_stranger(json!({ "jwk": own, "kid": "99" }))),
        ("an address of keys", by_stranger(json!({ "jku": listening, "kid": "99" }))),
        ("an address of keys, under the name of one", by_stranger(json!({ "jku": listening }))),
        ("an address of a certificate", by_stranger(json!({ "x5u": listening }))),
        ("a certificate", by_stranger(json!({ "x5c": ["MIIB"], "kid": "99" }))),
        ("an algorithm of another type", under(1, json!({ "alg": "ES256" }))),
        ("RSA", under(1, json!({ "alg": "RS256" }))),
        ("an algorithm that isn't allowed", under(1, json!({ "alg": "ES384" }))),
        ("small letters", under(1, json!({ "alg": "eddsa" }))),
        ("no type", under(1, json!({ "typ": null }))),
        ("an identity token", under(1, json!({ "typ": "id+jwt" }))),
        ("a logout token", under(1, json!({ "typ": "logout+jwt" }))),
        ("an unknown extension", under(1, json!({ "crit": ["b64"], "b64": false }))),
        ("a key for encryption", under(7, json!({ "kid": "7" }))),
        ("another issuer", with(json!({ "iss": "https://evil.example.org" }))),
        ("almost the issuer", with(json!({ "iss": format!("{}/", super::ISSUER) }))),
        ("the hall itself", with(json!({ "iss": "casehall", "aud": "casehall" }))),
        ("no issuer", with(json!({ "iss": null }))),
        ("another audience", with(json!({ "aud": "https://elsewhere.example.org" }))),
        ("for others, too", with(json!({ "aud": ["https://hall.example.org", "https://elsewhere.example.org"] }))),
        ("for nobody", with(json!({ "aud": [] }))),
        ("no audience", with(json!({ "aud": null }))),
        ("ended", with(json!({ "exp": NOW }))),
        ("ended long ago", with(json!({ "exp": -1 }))),
        ("no end", with(json!({ "exp": null }))),
        ("an end in words", with(json!({ "exp": "2026-03-02T02:05:00Z" }))),
        ("never ends", with(json!({ "exp": 1e300 }))),
        ("ends in two days", with(json!({ "exp": NOW + 172_800 }))),
        ("the last day of a year", with(json!({ "iat": NOW - 31_536_000 }))),
        ("not valid yet", with(json!({ "nbf": NOW + 31 }))),
        ("of the future", with(json!({ "iat": NOW + 31 }))),
        ("no subject", with(json!({ "sub": null }))),
        ("an unknown subject", with(json!({ "sub": "svc-other" }))),
        ("the subject in capitals", with(json!({ "sub": super::SUBJECT.to_uppercase() }))),
        ("the id of a system here", with(json!({ "sub": "tax-portal" }))),
        (
            "a person of the issuer, at the system",
            with(json!({ "sub": "li.na", "azp": "0b3c5b0e-tax", "client_id": "0b3c5b0e-tax" })),
        ),
        ("a deactivated system", with(json!({ "sub": "svc-idle" }))),
        ("a system that isn't there", with(json!({ "sub": "svc-nobody" }))),
        ("bound to a key", with(json!({ "cnf": { "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }))),
        ("no scope", with(json!({ "scope": null }))),
        ("a scope that means nothing here", with(json!({ "scope": "openid profile cases:read" }))),
        ("a scope that the system hasn't here", with(json!({ "scope": "hall.register" }))),
        ("another payload", format!("{head}.{other_payload}.{signature}")),
        ("no signature", format!("{text}.")),
        ("a longer signature", format!("{good}AA")),
        ("a fourth part", format!("{good}.AA")),
        ("a token in a token", of_text(&good)),
        ("no claims", of_text("[]")),
        ("a claim twice", of_text(&doubled)),
        ("too long", with(json!({ "pad": "x".repeat(9000) }))),
    ]
}

async fn a_token_is_refused_for_each_thing_that_is_wrong_with_it(database: TestDatabase) {
    let (server, listening) = (KeyServer::of(&[1]).await, KeyServer::of(&[99]).await);
    let mut published = super::set(&[1]);
    let mut for_encryption = jwk(&key(7), "7");
    for_encryption["use"] = json!("enc");
    published["keys"].as_array_mut().unwrap().push(for_encryption);
    server.answer(Keys::Set(published, String::new()));
    let hall = trusting(database, &server).await;
    let clerk = hall.named("li.na", "李娜", &[Role::Clerk], Some(crate::hall::CENTER)).await;
    let security = administrator(&hall).await;
    let account = hall.account(&security, clerk.name()).await;
    let person = account.rsplit_once('/').unwrap().1;
    let mut forged = forged(&format!("http://127.0.0.1:{}/keys", listening.port));
    forged.extend([
        ("a person", token(1, json!({ "sub": person }))),
        (
            "a person, with their roles",
            token(1, json!({ "sub": person, "kind": "user", "roles": ["clerk", "hall.read"] })),
        ),
    ]);
    read_with(&hall, &token(1, json!({}))).await.expect(200);
    let own = hall.client("own", &[Scope::CasesRead]).await.token().await.unwrap();
    let a_false_one = read_with(&hall, &format!("{}AAAA", &own[..own.len() - 4])).await;
    let alike = |answer: crate::hall::Answer| {
        let challenge = answer.header("WWW-Authenticate").to_owned();
        let mut body = answer.body;
        body.as_object_mut().unwrap().remove("request_id");
        (answer.status, challenge, body)
    };
    let expected = alike(a_false_one);
    assert_eq!((expected.0, expected.1.as_str()), (401, "Bearer realm=\"casehall\", error=\"invalid_token\""));
    assert!(forged.len() >= 60);
    for (what, token) in &forged {
        assert_eq!(alike(read_with(&hall, token).await), expected, "{what}");
    }
    assert_eq!(hall.entries("token_accepted").await.len(), 1);
    assert_eq!(listening.asked(), 0, "no address in a token is asked");
    assert_eq!(server.asked(), 1, "unknown names of keys make nobody ask more than once a minute");
}

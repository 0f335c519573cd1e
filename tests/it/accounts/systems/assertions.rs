//! Tokens by a system's own key (`private_key_jwt`): what another implementation signs is taken, what an attacker makes isn't.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use casehall::domain::accounts::role::Scope;
use chrono::Duration;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{administrator, ask_token, status_with, token};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, send};

on_both!(
    what_another_implementation_signs_is_taken_once,
    an_assertion_is_refused_for_each_thing_that_is_wrong_with_it,
    a_removed_key_ends_its_tokens,
    used_assertions_are_forgotten_when_they_have_ended,
);

const ADDRESS: (&str, &str) = ("TOKENS__ADDRESS", "https://hall.example/oauth/token");
/// The hall's clock in the tests.
const NOW: i64 = 1_772_416_800;

/// Keys and assertions of PyJWT; `tests/data/assertions/make.py` made them.
fn of_pyjwt() -> Value {
    serde_json::from_str(include_str!("../../../data/assertions/assertions.json")).unwrap()
}

async fn ask(hall: &Hall, assertion: &str) -> Answer {
    ask_with(hall, assertion, "").await
}

async fn ask_with(hall: &Hall, assertion: &str, rest: &str) -> Answer {
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let form = format!("grant_type=client_credentials&client_assertion_type={kind}&client_assertion={assertion}{rest}");
    ask_token(hall, &form).await
}

/// A system's key, made for the tests.
pub(super) fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

pub(super) fn jwk(key: &SigningKey, kid: &str) -> Value {
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid })
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "kid": "a", "typ": "JWT" })
}

/// The claims of `tax-portal`, changed; a new `jti` each time.
fn claims(changes: Value) -> Value {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
    let jti = format!("jti-{}", NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    let mut claims =
        json!({ "iss": "tax-portal", "sub": "tax-portal", "aud": "casehall", "exp": NOW + 60, "jti": jti });
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

pub(super) fn message(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

pub(super) fn signed(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let message = message(header, claims);
    let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()).to_bytes());
    format!("{message}.{signature}")
}

/// A hall with the system `tax-portal`, whose key `a` is the first.
async fn hall_with_portal(database: TestDatabase) -> Hall {
    let hall = Hall::with(database, &[ADDRESS]).await;
    let draft =
        json!({ "client_id": "tax-portal", "name": "税务局", "scopes": ["cases:read"], "key": jwk(&key(1), "a") });
    let made = administrator(&hall).await.post("/clients", &draft).await.expect(201);
    assert_eq!(
        (&made["client_secret"], &made["client"]["secrets"]),
        (&Value::Null, &json!([])),
        "a key in place of a secret"
    );
    hall
}

async fn what_another_implementation_signs_is_taken_once(database: TestDatabase) {
    let hall = Hall::with(database, &[ADDRESS]).await;
    let administrator = administrator(&hall).await;
    hall.add_client("tax-portal", &[Scope::CasesRead]).await;
    let foreign = of_pyjwt();
    assert!(foreign["made_by"].as_str().unwrap().starts_with("PyJWT"));
    for made in foreign["keys"].as_array().unwrap() {
        let (assertion, addressed) = (made["assertion"].as_str().unwrap(), made["to_the_address"].as_str().unwrap());
        assert_eq!(ask(&hall, assertion).await.expect(401), json!({ "error": "invalid_client" }), "no such key yet");
        administrator.post("/clients/tax-portal/keys", &made["key"]).await.expect(200);
        let granted = token(ask(&hall, assertion).await);
        assert_eq!(status_with(&hall, &granted).await, 200);
        ask(&hall, assertion).await.expect(401);
        ask_with(&hall, addressed, "&client_id=tax-portal&scope=cases%3Aread").await.expect(200);
        ask(&hall, addressed).await.expect(401);
    }
    let kinds = hall
        .database
        .rows("SELECT details FROM audit WHERE kind = 'token_refused' AND details LIKE '%assertion_replayed%'");
    assert_eq!(kinds.len(), 4, "what is sent twice stands in the trail");
}

async fn an_assertion_is_refused_for_each_thing_that_is_wrong_with_it(database: TestDatabase) {
    let hall = hall_with_portal(database).await;
    let other = json!({ "client_id": "other", "name": "别的", "scopes": ["cases:read"], "key": jwk(&key(2), "a") });
    administrator(&hall).await.post("/clients", &other).await.expect(201);
    let (ours, theirs) = (key(1), key(2));
    token(ask(&hall, &signed(&ours, &header(), &claims(json!({})))).await);
    // To the last second, and as far ahead as may be.
    ask(&hall, &signed(&ours, &header(), &claims(json!({ "exp": NOW + 1 })))).await.expect(200);
    ask(&hall, &signed(&ours, &header(), &claims(json!({ "exp": NOW + 330, "nbf": NOW + 30, "iat": NOW + 30 }))))
        .await
        .expect(200);
    ask(&hall, &signed(&ours, &json!({ "alg": "EdDSA" }), &claims(json!({ "aud": ["casehall"] })))).await.expect(200);

    let with = |changes: Value| signed(&ours, &header(), &claims(changes));
    let under = |header: Value| signed(&ours, &header, &claims(json!({})));
    let public = URL_SAFE_NO_PAD.encode(ours.verifying_key().as_bytes());
    let hmac = |secret: &[u8]| {
        let message = message(&json!({ "alg": "HS256", "kid": "a" }), &claims(json!({})));
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    };
    let unsigned = message(&json!({ "alg": "none", "kid": "a" }), &claims(json!({})));
    let good = signed(&ours, &header(), &claims(json!({})));
    let (signed_part, signature) = good.rsplit_once('.').unwrap();
    let wrong = [
        ("another client's key", signed(&theirs, &header(), &claims(json!({}))), "signature_wrong"),
        ("another client's claims", with(json!({ "sub": "other" })), "signature_wrong"),
        ("issued by another client", with(json!({ "iss": "other" })), "subject_refused"),
        ("ended", with(json!({ "exp": NOW })), "expired"),
        ("ended long ago", with(json!({ "exp": -1 })), "expired"),
        ("ends too late", with(json!({ "exp": NOW + 331 })), "too_long"),
        ("never ends", with(json!({ "exp": 1e300 })), "malformed"),
        ("not valid yet", with(json!({ "nbf": NOW + 31 })), "not_yet_valid"),
        ("of the future", with(json!({ "iat": NOW + 31 })), "not_yet_valid"),
        ("for somebody else", with(json!({ "aud": "https://elsewhere.example" })), "audience_refused"),
        ("for others, too", with(json!({ "aud": ["casehall", "https://elsewhere.example"] })), "audience_refused"),
        ("for nobody", with(json!({ "aud": [] })), "audience_refused"),
        ("empty jti", with(json!({ "jti": "" })), "malformed"),
        ("long jti", with(json!({ "jti": "x".repeat(256) })), "malformed"),
        ("unsigned", format!("{unsigned}."), "algorithm_refused"),
        ("unsigned, with a signature", format!("{unsigned}.{signature}"), "algorithm_refused"),
        ("hmac by the public key", hmac(ours.verifying_key().as_bytes()), "algorithm_refused"),
        ("hmac by its text", hmac(public.as_bytes()), "algorithm_refused"),
        ("another algorithm", under(json!({ "alg": "ES256", "kid": "a" })), "algorithm_refused"),
        ("rsa", under(json!({ "alg": "RS256", "kid": "a" })), "algorithm_refused"),
        ("another key's name", under(json!({ "alg": "EdDSA", "kid": "b" })), "key_unknown"),
        (
            "an unknown extension",
            under(json!({ "alg": "EdDSA", "kid": "a", "crit": ["b64"], "b64": false })),
            "malformed",
        ),
        ("no signature", format!("{signed_part}."), "signature_wrong"),
    ];
    for (what, assertion, reason) in &wrong {
        let refused = ask(&hall, assertion).await;
        assert_eq!(refused.header("Cache-Control"), "no-store", "{what}");
        let refused = refused.expect(401);
        assert_eq!(refused["error"], "invalid_client", "{what}");
        // What is wrong learns whoever has the key, and nobody else.
        let is_told = ["subject", "audience", "expired", "too_long", "not_yet"].iter().any(|it| reason.starts_with(it));
        assert_eq!(refused["error_description"].is_string(), is_told, "{what}: {refused}");
    }
    let noted = hall.database.rows("SELECT details FROM audit WHERE kind = 'token_refused' ORDER BY number");
    assert_eq!(noted.len(), wrong.len());
    for ((what, _, reason), noted) in wrong.iter().zip(&noted) {
        assert!(noted.contains(&format!("assertion_{reason}")), "{what}: {noted}");
    }
    // Without what it must say, of nobody, or not one at all.
    let missing = ["iss", "sub", "aud", "exp", "jti"].map(|claim| with(json!({ claim: null })));
    let hall_s = hall.add_client("plain", &[Scope::CasesRead]).await;
    let own_token = token(super::ask_by_secret(&hall, "plain", &hall_s).await);
    let odd = [".", "..", "a.b.c", &"x".repeat(9000), &own_token, "%00.%00.%00"].map(str::to_owned);
    let unknown = with(json!({ "iss": "nobody", "sub": "nobody" }));
    for assertion in missing.iter().chain(&odd).chain([&unknown]) {
        ask(&hall, assertion).await.expect(401);
    }
    // What is empty counts as left out.
    assert_eq!(ask(&hall, "").await.expect(400), json!({ "error": "invalid_request" }));
    // One way in a request; the assertion's own client.
    let good = || signed(&ours, &header(), &claims(json!({})));
    ask_with(&hall, &good(), "&client_id=other").await.expect(401);
    let both = ask_with(&hall, &good(), "&client_id=tax-portal&client_secret=x").await;
    assert_eq!(both.expect(400), json!({ "error": "invalid_request" }));
    let untyped = ask_token(&hall, &format!("grant_type=client_credentials&client_assertion={}", good())).await;
    assert_eq!(untyped.expect(400), json!({ "error": "invalid_request" }));
    let scope = ask_with(&hall, &good(), "&scope=cases%3Aopen").await;
    assert_eq!(scope.expect(400), json!({ "error": "invalid_scope" }));
}

async fn a_removed_key_ends_its_tokens(database: TestDatabase) {
    let hall = hall_with_portal(database).await;
    let administrator = administrator(&hall).await;
    administrator.post("/clients/tax-portal/keys", &jwk(&key(2), "b")).await.expect(200);
    let by_a = token(ask(&hall, &signed(&key(1), &header(), &claims(json!({})))).await);
    let b = json!({ "alg": "EdDSA", "kid": "b" });
    let by_b = token(ask(&hall, &signed(&key(2), &b, &claims(json!({})))).await);
    let remove = || administrator.request(Method::DELETE, "/clients/tax-portal/keys/a");
    send(remove().await).await.expect(200);
    send(remove().await).await.refused(404, "not_found");
    assert_eq!((status_with(&hall, &by_a).await, status_with(&hall, &by_b).await), (401, 200));
    ask(&hall, &signed(&key(1), &header(), &claims(json!({})))).await.expect(401);
    ask(&hall, &signed(&key(2), &b, &claims(json!({})))).await.expect(200);
    // Another key of the same name is another key.
    administrator.post("/clients/tax-portal/keys", &jwk(&key(3), "a")).await.expect(200);
    let by_new = token(ask(&hall, &signed(&key(3), &header(), &claims(json!({})))).await);
    assert_eq!((status_with(&hall, &by_a).await, status_with(&hall, &by_new).await), (401, 200));
    send(remove().await).await.expect(200);
    administrator.post("/clients/tax-portal/keys", &jwk(&key(3), "a")).await.expect(200);
    assert_eq!((status_with(&hall, &by_a).await, status_with(&hall, &by_new).await), (401, 401));
    administrator.post("/clients/tax-portal/deactivate", &json!({})).await.expect(200);
    assert_eq!(status_with(&hall, &by_b).await, 401);
    ask(&hall, &signed(&key(2), &b, &claims(json!({})))).await.expect(401);
}

async fn used_assertions_are_forgotten_when_they_have_ended(database: TestDatabase) {
    let hall = hall_with_portal(database).await;
    for _ in 0..3 {
        ask(&hall, &signed(&key(1), &header(), &claims(json!({})))).await.expect(200);
    }
    let kept = || hall.database.rows("SELECT client_id FROM used_assertions").len();
    assert_eq!(kept(), 3);
    // A further one forgets those of its client that have ended, the hourly clean-up all of them.
    hall.advance(Duration::seconds(60));
    ask(&hall, &signed(&key(1), &header(), &claims(json!({ "exp": NOW + 120 })))).await.expect(200);
    assert_eq!(kept(), 1);
    hall.advance(Duration::seconds(60));
    hall.running.service.clean_up().await.unwrap();
    assert_eq!(kept(), 0);
}

#[tokio::test]
async fn what_is_no_key_to_sign_with_is_refused() {
    let hall = hall_with_portal(TestDatabase::sqlite()).await;
    let administrator = administrator(&hall).await;
    let with = |changes: Value| {
        let mut key = jwk(&key(3), "c");
        key.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        key
    };
    let zero = URL_SAFE_NO_PAD.encode([0; 32]);
    // The point of order one: by it, one signature is right for every text.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let wrong = [
        (with(json!({ "kty": "RSA" })), "/kty"),
        (with(json!({ "crv": "X25519" })), "/kty"),
        (with(json!({ "crv": "P-256" })), "/kty"),
        (json!({ "kty": "EC", "crv": "P-256", "x": zero, "kid": "c" }), "/kty"),
        (json!({ "kty": "EC", "crv": "P-256", "x": zero, "y": zero, "kid": "c" }), "/x"),
        (with(json!({ "x": URL_SAFE_NO_PAD.encode(neutral) })), "/x"),
        (with(json!({ "x": "=".repeat(43) })), "/x"),
        (with(json!({ "alg": "ES256" })), "/alg"),
        (with(json!({ "use": "enc" })), "/use"),
        (with(json!({ "kid": "a/b" })), "/kid"),
    ];
    for (key, pointer) in wrong {
        let refused = administrator.post("/clients/tax-portal/keys", &key).await;
        assert_eq!(refused.faults(), [(pointer.to_owned(), "bad_key".to_owned())], "{key}");
    }
    // Whoever sends the private half is told before it is kept anywhere.
    administrator.post("/clients/tax-portal/keys", &with(json!({ "d": zero }))).await.refused(422, "invalid_request");
    administrator.post("/clients/tax-portal/keys", &with(json!({ "kid": "a" }))).await.refused(409, "key_name_taken");
    administrator.post("/clients/nothing/keys", &with(json!({}))).await.refused(404, "not_found");
    for number in 3..=6 {
        administrator.post("/clients/tax-portal/keys", &jwk(&key(number), &format!("k{number}"))).await.expect(200);
    }
    administrator.post("/clients/tax-portal/keys", &jwk(&key(7), "k7")).await.refused(409, "too_many_keys");
}

#[tokio::test]
async fn refusals_fill_the_audit_trail_to_a_bound() {
    let hall = hall_with_portal(TestDatabase::sqlite()).await;
    let secret = hall.add_client("plain", &[Scope::CasesRead]).await;
    for _ in 0..105 {
        super::ask_by_secret(&hall, "plain", "wrong").await.expect(401);
    }
    let noted = || hall.database.rows("SELECT kind FROM audit WHERE kind = 'token_refused'").len();
    assert_eq!(noted(), 100);
    super::ask_by_secret(&hall, "plain", &secret).await.expect(200);
    hall.advance(Duration::hours(1));
    super::ask_by_secret(&hall, "plain", "wrong").await.expect(401);
    assert_eq!(noted(), 101);
}

/// What a program that looks for the way in finds (RFC 8414) is enough to sign what is taken.
#[tokio::test]
async fn where_systems_get_tokens_is_told_and_what_is_told_is_taken() {
    let public = ("HALL__PUBLIC_ADDRESS", "hall.example/");
    for (settings, at) in [
        (vec![], None),
        (vec![public], Some("https://hall.example")),
        (vec![public, ("TOKENS__ADDRESS", "https://inner.example/oauth/token")], Some("https://inner.example")),
    ] {
        let hall = Hall::with(TestDatabase::sqlite(), &settings).await;
        let draft =
            json!({ "client_id": "tax-portal", "name": "税务局", "scopes": ["cases:read"], "key": jwk(&key(1), "a") });
        administrator(&hall).await.post("/clients", &draft).await.expect(201);
        let told = hall.nobody().get("//.well-known/oauth-authorization-server").await.expect(200);
        let endpoint = told["token_endpoint"].as_str().unwrap();
        let (here, path) = endpoint.split_at(endpoint.len() - "/oauth/token".len());
        assert_eq!(path, "/oauth/token");
        assert!(at.map_or(here.starts_with("http://127.0.0.1:"), |at| here == at), "{told}");
        assert_eq!(told["jwks_uri"], json!(format!("{here}/.well-known/jwks.json")));
        assert_eq!(told["scopes_supported"], json!(Scope::CODES));
        for algorithm in ["EdDSA", "ES256"] {
            let named = told["token_endpoint_auth_signing_alg_values_supported"].as_array().unwrap();
            assert!(named.contains(&json!(algorithm)), "{told}");
        }
        let by = |audience: &Value| signed(&key(1), &header(), &claims(json!({ "aud": audience })));
        ask(&hall, &by(&told["issuer"])).await.expect(200);
        let addressed = ask(&hall, &by(&told["token_endpoint"])).await;
        assert_eq!(addressed.status, if at.is_some() { 200 } else { 401 }, "{settings:?}");
        let wrong = ask(&hall, &by(&json!("https://elsewhere.example"))).await.expect(401);
        assert!(wrong["error_description"].as_str().unwrap().starts_with("aud must be"), "{wrong}");
    }
}

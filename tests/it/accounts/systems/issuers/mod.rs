//! Tokens of other issuers: a system comes in by them as itself, with no more than it may here; nobody else does.

mod accepted;
mod fetching;
mod refused;

use std::sync::{Arc, Mutex};

use casehall::domain::accounts::role::Scope;
use ed25519_dalek::SigningKey;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::assertions::{jwk, key, signed};
use crate::databases::TestDatabase;
use crate::hall::{Answer, Hall, send};

/// The hall's clock in the tests.
pub(crate) const NOW: i64 = 1_772_416_800;
/// The other issuer, and the hall as it names it.
pub(crate) const ISSUER: &str = "https://login.example.org/realms/city";
const AUDIENCE: &str = "https://hall.example.org";
/// By what it knows the system `tax-portal`.
const SUBJECT: &str = "0b3c5b0e-tax";

/// What an issuer's server answers when its keys are asked for.
pub(crate) enum Keys {
    /// A set, with what follows the status.
    Set(Value, String),
    /// Something else, with its head.
    Other(String),
    /// Nothing: the connection ends.
    Nothing,
    /// Nothing, until somebody says so.
    Waits(Arc<Semaphore>, Value),
}

/// The server of a throw-away issuer.
pub(crate) struct KeyServer {
    port: u16,
    asked: Arc<Mutex<usize>>,
    answer: Arc<Mutex<Arc<Keys>>>,
    serving: JoinHandle<()>,
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl KeyServer {
    /// One with the keys of some numbers, which may be kept for five minutes.
    pub(crate) async fn of(numbers: &[u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, answer) = (Arc::<Mutex<usize>>::default(), Arc::new(Mutex::new(Arc::new(Keys::Nothing))));
        let (counted, answering) = (Arc::clone(&asked), Arc::clone(&answer));
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                *counted.lock().unwrap() += 1;
                let keys = Arc::clone(&answering.lock().unwrap());
                tokio::spawn(async move { serve(stream, &keys).await });
            }
        });
        let server = Self { port, asked, answer, serving };
        server.publish(numbers);
        server
    }

    fn publish(&self, numbers: &[u8]) {
        self.answer(Keys::Set(set(numbers), String::new()));
    }

    pub(crate) fn answer(&self, keys: Keys) {
        *self.answer.lock().unwrap() = Arc::new(keys);
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }

    /// The setting of a hall that trusts it.
    fn setting(&self) -> String {
        setting(&format!("jwks_url = \"http://127.0.0.1:{}/keys\", allow_http = true", self.port))
    }
}

async fn serve(mut stream: TcpStream, keys: &Keys) {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await;
    let whole = |set: &Value, head: &str| {
        let set = set.to_string();
        format!("HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\n\r\n{set}", set.len())
    };
    let text = match keys {
        Keys::Set(set, head) => whole(set, head),
        Keys::Other(text) => text.clone(),
        Keys::Nothing => return,
        Keys::Waits(until, set) => {
            drop(until.acquire().await);
            whole(set, "")
        }
    };
    let _ = stream.write_all(text.as_bytes()).await;
}

/// The set of the keys of some numbers, each named by its number.
pub(crate) fn set(numbers: &[u8]) -> Value {
    let keys: Vec<Value> = numbers.iter().map(|number| jwk(&key(*number), &number.to_string())).collect();
    json!({ "keys": keys })
}

/// The setting of a hall that trusts the issuer, with where its keys are.
pub(crate) fn setting(keys: &str) -> String {
    let clients =
        format!("{{ \"{SUBJECT}\" = \"tax-portal\", \"svc-idle\" = \"idle-portal\", \"svc-nobody\" = \"nobody\" }}");
    let scopes = "{ \"hall.read\" = \"cases:read\", \"hall.open\" = \"cases:open cases:read\", \"hall.register\" = \"certificates:read\" }";
    format!(
        "[{{ issuer = \"{ISSUER}\", audience = \"{AUDIENCE}\", {keys}, algorithms = [\"EdDSA\", \"ES256\", \"RS256\", \"PS256\"], \
         clients = {clients}, scopes = {scopes} }}]"
    )
}

/// A hall that trusts the issuer, with the system `tax-portal`, and `idle-portal`, which was deactivated.
pub(crate) async fn trusting(database: TestDatabase, server: &KeyServer) -> Hall {
    let hall = Hall::with(database, &[("ISSUERS", &server.setting())]).await;
    systems(&hall).await;
    hall
}

pub(crate) async fn systems(hall: &Hall) {
    hall.add_client("tax-portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    hall.add_client("idle-portal", &[Scope::CasesRead]).await;
    super::administrator(hall).await.post("/clients/idle-portal/deactivate", &json!({})).await.expect(200);
}

fn header(kid: &str) -> Value {
    json!({ "alg": "EdDSA", "kid": kid, "typ": "at+jwt" })
}

/// The claims of `tax-portal`, changed; what is null is left out.
pub(crate) fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "iat": NOW, "exp": NOW + 300, "jti": "t-1", "scope": "openid hall.read",
    });
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

/// A token by the key of a number.
pub(crate) fn token(number: u8, changes: Value) -> String {
    signed(&key(number), &header(&number.to_string()), &claims(changes))
}

/// What a read of cases answers to a token.
async fn read_with(hall: &Hall, token: &str) -> Answer {
    send(hall.nobody().request(Method::GET, "/cases").await.bearer_auth(token)).await
}

/// A key that nobody publishes.
fn strangers() -> SigningKey {
    key(99)
}

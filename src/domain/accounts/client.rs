//! Other systems: what they may do, and by what they are known.
//!
//! Cast: a [`Client`] has at most two live [`ClientSecret`]s, so that one can be exchanged for another while the system works, and
//! some [`PublicKey`]s, with which it signs in place of sending a secret. [`ClientDraft`] and [`ClientChange`] are what is asked
//! for, and checked.
//!
//! Guarantees: each token names the [`credential`](Client::credentials) that it was got with. One whose credential is gone is
//! refused, and deactivation makes every earlier one another, so that activating a client revives no token. An id can't be taken
//! for that of an account, which is a UUID, nor for the hall's own.
//!
//! Source: RFC 6749 section 2.3 (secrets), RFC 7517 (keys), RFC 8037 and RFC 7518 section 6.2 (their members).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::actor::HALL_ID;
use super::role::Scope;
use crate::domain::base::text;
use crate::domain::base::words::{Fault, Words};
use crate::domain::cases::refusal::Refusal;

/// Most secrets that are valid at once.
pub const MOST_SECRETS: usize = 2;
/// Most keys at once.
pub const MOST_KEYS: usize = 5;
/// For how long an earlier secret stays valid where nothing else is asked for.
pub const OVERLAP: TimeDelta = TimeDelta::hours(24);
/// The longest time for which it may.
pub const LONGEST_OVERLAP: TimeDelta = TimeDelta::days(30);

/// Another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its id, on every event it causes.
    pub id: String,
    /// Its name on timelines.
    pub name: String,
    /// What it may ask for.
    pub scopes: Vec<Scope>,
    /// The outlet it belongs to.
    pub outlet: Option<String>,
    /// Whether it may get tokens and use them.
    pub active: bool,
    /// Its secrets, the newest last; those that have ended, too, until the next change.
    pub secrets: Vec<ClientSecret>,
    /// Its keys, the newest last.
    pub keys: Vec<ClientKey>,
    /// Counts how often it was deactivated.
    pub epoch: i64,
    /// Grows with each change, from 1.
    pub version: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

/// A secret. The secret itself isn't kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecret {
    /// Names it: the client's version that it came with.
    pub number: i64,
    /// Its digest.
    pub hash: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it is valid, where an end is set.
    pub valid_until: Option<DateTime<Utc>>,
}

/// A key that the system signs with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientKey {
    /// In which version of the system it was added, which tells it from an earlier one of its name; 0 for the first ones, of before that was kept.
    #[serde(default)]
    pub number: i64,
    /// Its public half.
    pub key: PublicKey,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

/// The public half of a key, as a JSON Web Key: Ed25519 (`OKP`) or P-256 (`EC`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "2026-1" }))]
pub struct PublicKey {
    /// OKP or EC
    #[schema(min_length = 2, max_length = 3, example = "OKP")]
    pub kty: String,
    /// Ed25519 or P-256
    #[schema(min_length = 5, max_length = 7, example = "Ed25519")]
    pub crv: String,
    /// The public key, or its first coordinate: 32 bytes in base64url.
    #[schema(min_length = 43, max_length = 43, example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub x: String,
    /// Its second coordinate, of P-256.
    #[schema(min_length = 43, max_length = 43, nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// Names the key: letters, digits, `.`, `_`, `~`, `-`
    #[schema(min_length = 1, max_length = 128, example = "2026-1")]
    pub kid: String,
    /// EdDSA or ES256, where it is said
    #[schema(min_length = 5, max_length = 5, nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// sig, where it is said
    #[schema(min_length = 3, max_length = 3, nullable = false)]
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub used_for: Option<String>,
}

/// A system to be added.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClientRequest, example = json!({ "client_id": "tax-portal", "name": "电子税务局", "scopes": ["cases:open", "cases:read"] }))]
pub struct ClientDraft {
    /// Its id: lower-case letters, digits, `.`, `-` and `_`, beginning with a letter or digit
    #[schema(min_length = 2, max_length = 64, example = "tax-portal")]
    pub client_id: String,
    /// Its name on timelines
    #[schema(min_length = 1, max_length = 100, example = "电子税务局")]
    pub name: String,
    /// What it may do
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 20)]
    pub scopes: Vec<Scope>,
    /// The outlet it belongs to
    #[schema(min_length = 1, max_length = 64)]
    #[serde(default)]
    pub outlet: Option<String>,
    /// A key of its own: then it gets no secret
    #[serde(default)]
    pub key: Option<PublicKey>,
}

/// What a system is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClientChangeRequest, example = json!({ "name": "电子税务局", "scopes": ["cases:read"] }))]
pub struct ClientChange {
    /// Its name on timelines
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it may do
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 20)]
    pub scopes: Vec<Scope>,
    /// The outlet it belongs to
    #[schema(min_length = 1, max_length = 64)]
    #[serde(default)]
    pub outlet: Option<String>,
}

impl ClientChange {
    /// The same as it is kept.
    ///
    /// # Errors
    /// Every fault.
    pub fn checked(self, outlets: &[&str]) -> Result<Self, Vec<Fault>> {
        let Self { name, mut scopes, outlet } = self;
        let mut faults = Vec::new();
        let name = text::line(&name, 100).unwrap_or_else(|| {
            let words = Words::new("名称须为1至100字，不含控制字符", "a name of 1 to 100 characters on one line");
            faults.push(Fault::new("/name", "bad_name", words));
            String::new()
        });
        scopes.sort_unstable();
        scopes.dedup();
        if outlet.as_ref().is_some_and(|outlet| !outlets.contains(&outlet.as_str())) {
            let known = outlets.join(", ");
            let words = Words::new(format!("没有该网点；可选：{known}"), format!("no such outlet; known: {known}"));
            faults.push(Fault::new("/outlet", "not_one_of", words));
        }
        if faults.is_empty() { Ok(Self { name, scopes, outlet }) } else { Err(faults) }
    }
}

/// Whether a text can be the id of a system.
pub fn is_client_id(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    // A UUID, in whatever spelling, is the id of an account.
    (2..=64).contains(&text.len()) && text.chars().all(plain) && text != HALL_ID && uuid::Uuid::try_parse(text).is_err()
}

impl ClientDraft {
    /// The client without a secret, as it is added.
    ///
    /// # Errors
    /// Every fault of the form. Whether the key is one, who can compute says.
    pub fn checked(self, outlets: &[&str], now: DateTime<Utc>) -> Result<Client, Vec<Fault>> {
        let Self { client_id, name, scopes, outlet, key } = self;
        let mut faults = Vec::new();
        // `..` is read by callers as the path above, and what begins with a hyphen as an option by commands.
        if !is_client_id(&client_id) || !client_id.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            let words = Words::new(
                "系统标识须为2至64位小写字母、数字、点、连字符或下划线，以字母或数字开头，不得为 casehall 或 UUID 形式",
                "2 to 64 lower-case letters, digits, dots, hyphens and underscores, beginning with a letter or digit; neither casehall nor a UUID",
            );
            faults.push(Fault::new("/client_id", "bad_client_id", words));
        }
        faults.extend(key.iter().flat_map(|key| key.faults("/key")));
        let change = ClientChange { name, scopes, outlet }.checked(outlets).map_err(|more| faults.extend(more));
        let (Ok(ClientChange { name, scopes, outlet }), true) = (change, faults.is_empty()) else { return Err(faults) };
        let keys = key.into_iter().map(|key| ClientKey { number: 0, key, created_at: now }).collect();
        let (active, secrets) = (true, Vec::new());
        Ok(Client { id: client_id, name, scopes, outlet, active, secrets, keys, epoch: 0, version: 1, created_at: now })
    }
}

impl PublicKey {
    /// What is wrong with its form, below a pointer.
    pub fn faults(&self, at: &str) -> Vec<Fault> {
        let fault =
            |member: &str, zh: &str, en: &str| Fault::new(format!("{at}/{member}"), "bad_key", Words::new(zh, en));
        let mut faults = Vec::new();
        let algorithm = match (self.kty.as_str(), self.crv.as_str(), &self.y) {
            ("OKP", "Ed25519", None) => Some("EdDSA"),
            ("EC", "P-256", Some(_)) => Some("ES256"),
            _ => None,
        };
        if algorithm.is_none() {
            let zh = "须为 OKP/Ed25519（x）或 EC/P-256（x 和 y）公钥";
            faults.push(fault("kty", zh, "OKP with Ed25519 and x, or EC with P-256, x and y"));
        }
        if self.alg.as_deref().is_some_and(|alg| algorithm.is_some_and(|algorithm| alg != algorithm)) {
            faults.push(fault("alg", "与密钥类型不符", "this isn't the algorithm of such a key"));
        }
        if self.used_for.as_deref().is_some_and(|used_for| used_for != "sig") {
            faults.push(fault("use", "须为 sig", "sig, or nothing"));
        }
        if !self.kid.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '-')) {
            faults.push(fault("kid", "须为字母、数字及 . _ ~ -", "letters, digits and . _ ~ -"));
        }
        faults
    }

    /// Whether it is of P-256, and so signs by ES256; otherwise by EdDSA.
    pub fn is_p256(&self) -> bool {
        self.kty == "EC"
    }
}

impl ClientSecret {
    /// Whether it is valid at an instant.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.valid_until.is_none_or(|until| now < until)
    }
}

impl Client {
    /// What a token got with this secret names.
    pub fn credential_of_secret(&self, number: i64) -> String {
        format!("{}:secret:{number}", self.epoch)
    }

    /// What a token got with this key names; it isn't good for another key that comes to have the name of one that was removed.
    fn credential_of_key(&self, ClientKey { number, key, .. }: &ClientKey) -> String {
        let named = format!("{}:key:{}", self.epoch, key.kid);
        if *number == 0 { named } else { format!("{named}:{number}") }
    }

    /// What a token got with the key of this name names, where there is one.
    pub fn credential_of_key_named(&self, kid: &str) -> Option<String> {
        self.keys.iter().find(|known| known.key.kid == kid).map(|known| self.credential_of_key(known))
    }

    /// What a token may name to be good now; nothing of a client that isn't active.
    pub fn credentials(&self, now: DateTime<Utc>) -> Vec<String> {
        let secrets = self.secrets.iter().filter(|secret| secret.is_live(now));
        let secrets = secrets.map(|secret| self.credential_of_secret(secret.number));
        let all = secrets.chain(self.keys.iter().map(|key| self.credential_of_key(key)));
        all.filter(|_| self.active).collect()
    }

    /// Adds a secret by its digest; those that there are end as [`end_of_earlier`] says.
    ///
    /// # Errors
    /// There are as many as there may be.
    pub fn add_secret(&mut self, hash: String, old_until: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.secrets.retain(|secret| secret.is_live(now));
        // What ends at once makes room for the new one.
        if self.secrets.len() >= MOST_SECRETS && old_until > now {
            let until = self.secrets.iter().filter_map(|secret| secret.valid_until).min();
            return Err(Refusal::TooManySecrets { most: MOST_SECRETS, until });
        }
        for old in &mut self.secrets {
            old.valid_until = Some(end_of_earlier(old.valid_until, old_until, now));
        }
        self.secrets.retain(|secret| secret.is_live(now));
        self.secrets.push(ClientSecret { number: self.version, hash, created_at: now, valid_until: None });
        Ok(())
    }

    /// Ends a secret at once; `false` where there is none of this number.
    pub fn end_secret(&mut self, number: i64, now: DateTime<Utc>) -> bool {
        self.secrets.retain(|secret| secret.is_live(now));
        let before = self.secrets.len();
        self.secrets.retain(|secret| secret.number != number);
        self.secrets.len() < before
    }

    /// Adds a key.
    ///
    /// # Errors
    /// There are as many as there may be, or one of this name.
    pub fn add_key(&mut self, key: PublicKey, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.keys.iter().any(|known| known.key.kid == key.kid) {
            return Err(Refusal::KeyNameTaken);
        }
        if self.keys.len() >= MOST_KEYS {
            return Err(Refusal::TooManyKeys);
        }
        self.keys.push(ClientKey { number: self.version, key, created_at: now });
        Ok(())
    }

    /// Removes a key; `false` where there is none of this name.
    pub fn remove_key(&mut self, kid: &str) -> bool {
        let before = self.keys.len();
        self.keys.retain(|key| key.key.kid != kid);
        self.keys.len() < before
    }

    /// Switches it on or off; `false` where it is so already. No token from before is good again.
    pub fn set_active(&mut self, active: bool) -> bool {
        if self.active == active {
            return false;
        }
        self.active = active;
        self.epoch += i64::from(!active);
        true
    }
}

/// When an earlier secret ends, once another comes: one to which nothing was promised when it is asked. What was promised to others before
/// is kept, unless all are to end at once, since one became known.
pub fn end_of_earlier(promised: Option<DateTime<Utc>>, asked: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    promised.filter(|_| asked > now).unwrap_or(asked)
}

/// Until when earlier secrets stay valid.
///
/// # Errors
/// It is later than they may.
pub fn overlap_until(asked: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
    let until = asked.unwrap_or(now + OVERLAP);
    if until <= now + LONGEST_OVERLAP {
        return Ok(until);
    }
    let words = Words::new("旧密钥最多再保留30天", "at most 30 days from now");
    Err(Fault::new("/old_valid_until", "too_late", words))
}

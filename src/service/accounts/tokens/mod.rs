//! Access tokens: short-lived signed statements of the caller's identity.
//!
//! Cast: [`Tokens`] issues and verifies; [`TokenSubject`] is whom a token is for, [`Claims`] what a verified one says,
//! [`TokenFault`] why one is refused. A token is a JWT for OAuth 2.0 access (RFC 9068): `typ: at+jwt`, signed with
//! EdDSA over Ed25519 (RFC 8037) by the newest of the [`KeyRing`].
//!
//! Guarantees: one algorithm, one type, known keys only, whatever a token's header asks for; time is what the caller's
//! clock says; a token is refused from the very second it expires, also when it has been seen before; a deleted key's
//! tokens are refused after [`Tokens::reload`]. A token can't be taken back before it expires: what must end at once
//! (a locked account, a revoked client) is looked up by whoever calls [`Tokens::verify`], by subject or token id.

mod fault;
pub mod issuers;
pub(in crate::service) mod provider;
pub(in crate::service::accounts) mod signed;
mod verified;

pub use fault::TokenFault;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Algorithm;
use jsonwebtoken::errors::ErrorKind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::signing_keys::{KeyFault, KeyRing, KeySource};
use crate::domain::accounts::role::{Role, Scope};
use verified::{Known, Verified};

/// The type of access tokens (RFC 9068, section 2.1).
const TYPE: &str = "at+jwt";
/// The one algorithm (RFC 8037, section 3.1).
const ALGORITHM: Algorithm = Algorithm::EdDSA;
/// A longer text is no token of ours and isn't looked into.
const LONGEST: usize = 8192;
/// How far the clocks of two instances may differ before a fresh token seems to come from the future.
const SKEW: TimeDelta = TimeDelta::seconds(30);

/// Whom a token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSubject {
    /// The account's or the client's id.
    pub id: String,
    /// A person or another system.
    pub kind: SubjectKind,
    /// The name to show.
    pub name: String,
    /// What a person may do; empty for a client.
    pub roles: Vec<Role>,
    /// What a client may ask for; empty for a person.
    pub scopes: Vec<Scope>,
    /// The code of the outlet that a person belongs to.
    pub outlet: Option<String>,
    /// The session that a person signed in to; none for a client.
    pub session: Option<Uuid>,
    /// What a system got it with: its secret or key, by name.
    pub credential: Option<String>,
}

/// A person or another system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A person of the staff.
    User,
    /// Another system.
    Client,
}

/// A new token. `Debug` leaves the token out.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// The token, to be sent as `Authorization: Bearer …`.
    pub token: String,
    /// Seconds from now until it expires (`expires_in` of RFC 6749).
    pub expires_in: i64,
    /// The `jti` claim, to name the token in the audit trail.
    pub token_id: Uuid,
}

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Whom the token is for.
    pub subject: TokenSubject,
    /// The `jti` claim.
    pub token_id: Uuid,
    /// When it was issued, to the second.
    pub issued_at: DateTime<Utc>,
    /// From when on it is refused, to the second.
    pub expires_at: DateTime<Utc>,
}

/// Where systems ask for tokens, below the address of the hall.
pub const TOKEN_PATH: &str = "/oauth/token";

/// Issues and verifies access tokens. Shared by every thread.
pub struct Tokens {
    source: KeySource,
    issuer: String,
    audiences: Vec<String>,
    lifetime: TimeDelta,
    ring: RwLock<Arc<KeyRing>>,
    verified: Mutex<Verified>,
}

impl Tokens {
    /// Reads the keys, making the first if need be. `issuer` becomes the `iss` and the `aud` claim: the hall issues
    /// tokens for itself. `lifetime` is cut to whole seconds.
    ///
    /// # Errors
    /// What is wrong with the keys.
    pub fn open(source: KeySource, issuer: impl Into<String>, lifetime: TimeDelta) -> Result<Self, KeyFault> {
        let ring = RwLock::new(Arc::new(KeyRing::open(&source)?));
        let issuer = issuer.into();
        let audiences = vec![issuer.clone()];
        Ok(Self { source, issuer, audiences, lifetime, ring, verified: Mutex::default() })
    }

    /// The same with the address at which systems ask for tokens.
    #[must_use]
    pub fn asked_for_at(mut self, address: Option<&str>) -> Self {
        self.audiences.extend(address.map(str::to_owned));
        self
    }

    /// By what the hall is known to those who read its tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The address at which systems ask for tokens, where it is known.
    pub fn address(&self) -> Option<&str> {
        self.audiences.get(1).map(String::as_str)
    }

    /// For whom the assertions of systems are meant: the issuer, and the address of `/oauth/token` where it is known.
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// A token for a subject, valid from now on.
    ///
    /// # Errors
    /// The key can't sign; keys are tried when they are read, so this doesn't happen.
    pub fn issue(
        &self,
        subject: &TokenSubject,
        now: DateTime<Utc>,
    ) -> Result<IssuedToken, jsonwebtoken::errors::Error> {
        self.issue_until(subject, now, None)
    }

    /// The same, ending at an instant, if not before.
    ///
    /// # Errors
    /// As of [`Tokens::issue`].
    pub fn issue_until(
        &self,
        subject: &TokenSubject,
        now: DateTime<Utc>,
        until: Option<DateTime<Utc>>,
    ) -> Result<IssuedToken, jsonwebtoken::errors::Error> {
        let ring = self.ring();
        let key = ring.newest();
        let token_id = Uuid::now_v7();
        let rest = until.map_or(self.lifetime, |until| self.lifetime.min(until - now));
        let (issued_at, expires_in) = (now.timestamp(), rest.num_seconds().max(0));
        let mut header = jsonwebtoken::Header::new(ALGORITHM);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.id().to_owned());
        let client_id = match subject.kind {
            SubjectKind::User => &self.issuer,
            SubjectKind::Client => &subject.id,
        };
        let claims = WireClaims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub: subject.id.clone(),
            client_id: client_id.clone(),
            iat: issued_at,
            exp: issued_at.saturating_add(expires_in),
            jti: token_id,
            scope: Scope::list(&subject.scopes),
            kind: subject.kind,
            name: subject.name.clone(),
            roles: subject.roles.clone(),
            outlet: subject.outlet.clone(),
            sid: subject.session,
            credential: subject.credential.clone(),
        };
        let token = jsonwebtoken::encode(&header, &claims, key.signs())?;
        Ok(IssuedToken { token, expires_in, token_id })
    }

    /// What a token says, if it is ours and valid now. A token that has been verified before costs a hash.
    ///
    /// # Errors
    /// Why it is refused. The signature is checked before anything that the token claims, time last.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenFault> {
        if token.len() > LONGEST {
            return Err(TokenFault::Malformed);
        }
        let digest = Sha256::digest(token).into();
        let known = self.verified().get(&digest).filter(|known| self.ring().get(&known.key).is_some());
        let known = match known {
            Some(known) => known,
            None => {
                let known = Arc::new(self.check(token)?);
                self.verified().insert(digest, known.clone());
                known
            }
        };
        if now >= known.claims.expires_at {
            return Err(TokenFault::Expired);
        }
        if known.claims.issued_at.signed_duration_since(now) > SKEW {
            return Err(TokenFault::NotYetValid);
        }
        Ok(known.claims.clone())
    }

    /// The public keys as a JSON Web Key Set, for `/.well-known/jwks.json`; the newest last.
    pub fn jwks(&self) -> Value {
        let keys: Vec<Value> = self.ring().keys().map(super::signing_keys::SigningKey::jwk).collect();
        json!({ "keys": keys })
    }

    /// Makes a new key, which signs from now on, and answers its id. Tokens of the older keys stay valid. Another
    /// instance on the same directory takes the new key up when it first meets it.
    ///
    /// # Errors
    /// What is wrong with the keys; always, when the key is one file kept elsewhere.
    pub fn rotate(&self) -> Result<String, KeyFault> {
        let ring = KeyRing::rotate(&self.source)?;
        let id = ring.newest().id().to_owned();
        self.replace(ring);
        Ok(id)
    }

    /// Reads the keys anew: what was deleted verifies no more.
    ///
    /// # Errors
    /// What is wrong with the keys; then those read before stay in use.
    pub fn reload(&self) -> Result<(), KeyFault> {
        self.replace(KeyRing::open(&self.source)?);
        Ok(())
    }

    fn check(&self, token: &str) -> Result<Known, TokenFault> {
        // Looked at before anything is trusted, and by hand, so that each fault has its own code in the log.
        let (header, _) = token.split_once('.').ok_or(TokenFault::Malformed)?;
        let header: Header = part(header)?;
        if header.alg != "EdDSA" {
            return Err(TokenFault::Algorithm);
        }
        if header.typ.as_deref() != Some(TYPE) {
            return Err(TokenFault::Type);
        }
        // RFC 7515, section 4.1.11: extensions marked critical that aren't understood; we understand none.
        if header.crit.is_some() {
            return Err(TokenFault::Malformed);
        }
        let id = header.kid.ok_or(TokenFault::UnknownKey)?;
        let mut ring = self.ring();
        if ring.get(&id).is_none() && KeyRing::may_appear(&self.source, &id) {
            if let Err(fault) = self.reload() {
                tracing::error!(%fault, "signing keys can't be read anew");
            }
            ring = self.ring();
        }
        let key = ring.get(&id).ok_or(TokenFault::UnknownKey)?;
        // Time is what the caller's clock says, and issuer and audience have their own code.
        let by = signed::signature_by(ALGORITHM);
        let claims = jsonwebtoken::decode::<WireClaims>(token, key.verifies(), &by).map_err(fault)?.claims;
        if claims.iss != self.issuer || claims.aud != self.issuer {
            return Err(TokenFault::Issuer);
        }
        Ok(Known { claims: claims.read()?, key: id })
    }

    fn ring(&self) -> Arc<KeyRing> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, ring: KeyRing) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }

    fn verified(&self) -> MutexGuard<'_, Verified> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Tokens")
            .field("source", &self.source)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("IssuedToken").field("token_id", &self.token_id).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<Value>,
}

/// The claims as written: those of RFC 9068, section 2.2, and the hall's own.
#[derive(Serialize, Deserialize)]
struct WireClaims {
    iss: String,
    aud: String,
    sub: String,
    /// The system that asked for the token: a client itself, or for people the hall's own console.
    client_id: String,
    iat: i64,
    exp: i64,
    jti: Uuid,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    scope: String,
    kind: SubjectKind,
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    roles: Vec<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outlet: Option<String>,
    /// The session (OpenID Connect Front-Channel Logout 1.0, section 3, has the name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credential: Option<String>,
}

impl WireClaims {
    fn read(self) -> Result<Claims, TokenFault> {
        let instant = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(TokenFault::Malformed);
        let scopes = Scope::parse_list(&self.scope).map_err(|_| TokenFault::Malformed)?;
        let subject = TokenSubject {
            id: self.sub,
            kind: self.kind,
            name: self.name,
            roles: self.roles,
            scopes,
            outlet: self.outlet,
            session: self.sid,
            credential: self.credential,
        };
        Ok(Claims { subject, token_id: self.jti, issued_at: instant(self.iat)?, expires_at: instant(self.exp)? })
    }
}

fn fault(error: jsonwebtoken::errors::Error) -> TokenFault {
    match error.kind() {
        ErrorKind::InvalidSignature => TokenFault::Signature,
        ErrorKind::InvalidAlgorithm => TokenFault::Algorithm,
        _ => TokenFault::Malformed,
    }
}

fn part<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, TokenFault> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenFault::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenFault::Malformed)
}

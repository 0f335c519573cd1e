//! The Ed25519 keys that access tokens are signed with, as files.
//!
//! Cast: [`SigningKey`] is one key; [`KeyRing`] is those of a directory or the one of a file ([`KeySource`]); a
//! [`KeyFault`] says what is wrong with them and what to do. In a directory each key is a PKCS#8 PEM file named by its
//! id, a UUIDv7, so that the newest sorts last: it signs, all of them verify. Retiring a key is deleting its file once
//! the tokens it signed have expired.
//!
//! Guarantees: programs that start together on an empty directory end with the same one key, because making one is
//! done under a lock of the file system, which ends with its holder; a key is never seen half written; a key that
//! others on the machine can read is refused, not used. Nothing here prints a key.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use rand::TryRng;
use rand::rngs::SysRng;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::{ContextV7, Timestamp, Uuid};

use super::tokens::provider;
use crate::configuration::settings::Settings;
use crate::domain::evidence::suite::Suite;
use crate::store::private_files;

/// Where the keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A directory of keys, made with a first key if need be. Instances on one machine share it.
    Directory(PathBuf),
    /// One key that somebody else keeps, for instances that share no directory.
    File(PathBuf),
}

impl KeySource {
    /// The one that the settings name.
    pub fn of(settings: &Settings) -> Self {
        match &settings.tokens.signing_key_file {
            Some(file) => Self::File(file.clone()),
            None => Self::Directory(settings.key_directory()),
        }
    }
}

/// What is wrong with the keys, for whoever starts the program.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// The file system refuses.
    #[error("{}: {action}: {error}", path.display())]
    FileSystem {
        /// The file or directory.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the file system says.
        error: io::Error,
    },
    /// Others on the machine can read the key, so they may have it already.
    #[error(
        "{}: the mode is {mode:03o}, so others can read this signing key; if nobody else has read it, run `chmod 600` on it, otherwise replace it by a new one",
        path.display()
    )]
    ReadableByOthers {
        /// The key's file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Others on the machine can put keys of their own beside ours.
    #[error(
        "{}: the mode is {mode:03o}, so others can add signing keys; check whether they did, then run `chmod 700` on it",
        path.display()
    )]
    WritableByOthers {
        /// The directory of keys.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file holds no Ed25519 key.
    #[error("{}: holds no Ed25519 private key as PKCS#8 PEM; `openssl genpkey -algorithm ed25519` makes one", .0.display())]
    NotAKey(PathBuf),
    /// The file holds no key that seals are signed with.
    #[error("{}: holds neither an Ed25519 nor an SM2 private key as PKCS#8 PEM", .0.display())]
    NotASealingKey(PathBuf),
    /// The file holds no public half of such a key.
    #[error("{}: holds neither an Ed25519 nor an SM2 public key as PEM", .0.display())]
    NotAPublicKey(PathBuf),
    /// A key under the name of another suite's.
    #[error("{}: holds the key of another suite. Name a key that only verifies otherwise, such as {}-old.pem", path.display(), suite.code())]
    OfAnotherSuite {
        /// The file.
        path: PathBuf,
        /// Whose key it holds.
        suite: Suite,
    },
    /// Seals were signed by a key that isn't here.
    #[error(
        "{}: no key here has signed the newest seals of the database (the last is seal {seal} of {at}). Put the private keys of \
         this directory (the files that end with .pem) back from where you keep them: a backup with the keys apart has only their public halves (.pub). \
         If the key is lost for good, `casehall audit new-key` begins with a new one and enters that in the audit trail; what was sealed before \
         is verified by the old key or its public half, and by nothing else",
        directory.display()
    )]
    SealingKeyLost {
        /// The directory of sealing keys.
        directory: PathBuf,
        /// The newest seal.
        seal: i64,
        /// When it was made.
        at: chrono::DateTime<chrono::Utc>,
    },
    /// The name of a file in the directory of keys is no key id, so its age can't be told.
    #[error("{}: keys here are named by a UUIDv7, as in 019aaf3e-….pem; move this file elsewhere", .0.display())]
    NotAnId(PathBuf),
    /// The key is one file that is kept elsewhere, so this program makes none beside it.
    #[error("{}: this one key is given by tokens.signing_key_file; put a new key there and start every instance again", .0.display())]
    OnlyOneKey(PathBuf),
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    NoRandomness(String),
}

/// One key with its id.
pub struct SigningKey {
    id: String,
    /// The public half, base64url without padding: `x` of its JWK.
    x: String,
    signs: EncodingKey,
    verifies: DecodingKey,
}

impl SigningKey {
    /// A key from PKCS#8 PEM under an id; without one, under its thumbprint (RFC 7638), the same on every instance.
    /// `None` when the text holds no Ed25519 private key.
    pub fn from_pem(id: Option<&str>, pem: &str) -> Option<Self> {
        provider::install();
        let key = ed25519_dalek::SigningKey::from_pkcs8_pem(pem).ok()?;
        let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        let signs = EncodingKey::from_ed_der(key.to_pkcs8_der().ok()?.as_bytes());
        let verifies = DecodingKey::from_ed_components(&x).ok()?;
        let mut key = Self { id: String::new(), x, signs, verifies };
        key.id = id.map_or_else(|| key.thumbprint(), str::to_owned);
        // Tried at once: what signs now signs later, and both readings of the text are of the same key.
        let trial = key.id.as_bytes();
        let signature = crypto::sign(trial, &key.signs, Algorithm::EdDSA).ok()?;
        crypto::verify(&signature, trial, &key.verifies, Algorithm::EdDSA).is_ok_and(|right| right).then_some(key)
    }

    /// The `kid` of what this key signs.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What `jsonwebtoken` signs with.
    pub fn signs(&self) -> &EncodingKey {
        &self.signs
    }

    /// What `jsonwebtoken` verifies with.
    pub fn verifies(&self) -> &DecodingKey {
        &self.verifies
    }

    /// The public half as a JSON Web Key (RFC 8037).
    pub fn jwk(&self) -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": self.x(), "kid": self.id, "use": "sig", "alg": "EdDSA" })
    }

    /// The thumbprint of the public half: SHA-256 over its required members in order (RFC 7638, RFC 8037 A.3).
    pub fn thumbprint(&self) -> String {
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        URL_SAFE_NO_PAD.encode(Sha256::digest(members))
    }

    fn x(&self) -> &str {
        &self.x
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The keys in use: at least one, the newest last.
#[derive(Debug, Clone)]
pub struct KeyRing {
    newest: Arc<SigningKey>,
    keys: BTreeMap<String, Arc<SigningKey>>,
}

impl KeyRing {
    /// Reads the keys; in an empty or missing directory makes the first.
    ///
    /// # Errors
    /// The first fault found among the keys.
    pub fn open(source: &KeySource) -> Result<Self, KeyFault> {
        match source {
            KeySource::File(path) => Ok(Self::of(read_key(path, None)?, Vec::new())),
            KeySource::Directory(directory) => {
                let _lock = lock(directory)?;
                match Self::read(directory)? {
                    Some(ring) => Ok(ring),
                    None => Ok(Self::of(make_key(directory, None)?, Vec::new())),
                }
            }
        }
    }

    /// Makes a new key, which signs from now on, and reads all of them.
    ///
    /// # Errors
    /// As [`KeyRing::open`], and [`KeyFault::OnlyOneKey`] when the key is a file kept elsewhere.
    pub fn rotate(source: &KeySource) -> Result<Self, KeyFault> {
        match source {
            KeySource::File(path) => Err(KeyFault::OnlyOneKey(path.clone())),
            KeySource::Directory(directory) => {
                let _lock = lock(directory)?;
                let known = Self::read(directory)?;
                let newest = make_key(directory, known.as_ref().map(|ring| ring.newest.id()))?;
                Ok(Self::of(newest, known.map(|ring| ring.keys.into_values().collect()).unwrap_or_default()))
            }
        }
    }

    /// The key that signs.
    pub fn newest(&self) -> &SigningKey {
        &self.newest
    }

    /// The key with an id.
    pub fn get(&self, id: &str) -> Option<&SigningKey> {
        self.keys.get(id).map(Arc::as_ref)
    }

    /// Every key, the newest last.
    pub fn keys(&self) -> impl Iterator<Item = &SigningKey> {
        self.keys.values().map(Arc::as_ref)
    }

    /// Whether a directory holds a key of this id that may not have been read yet. One look at the file system.
    pub(in crate::service) fn may_appear(source: &KeySource, id: &str) -> bool {
        match source {
            KeySource::File(_) => false,
            // Only ids that we could have made, so that nothing from a token wanders about the file system.
            KeySource::Directory(directory) => key_id(id).is_some_and(|id| key_file(directory, &id).exists()),
        }
    }

    fn of(newest: SigningKey, older: Vec<Arc<SigningKey>>) -> Self {
        let newest = Arc::new(newest);
        let keys = older.into_iter().chain([newest.clone()]).map(|key| (key.id.clone(), key)).collect();
        Self { newest, keys }
    }

    fn read(directory: &Path) -> Result<Option<Self>, KeyFault> {
        let mut keys = BTreeMap::new();
        for entry in fs::read_dir(directory).map_err(file_system(directory, "can't be listed"))? {
            let path = entry.map_err(file_system(directory, "can't be listed"))?.path();
            if path.extension().is_none_or(|extension| extension != "pem") {
                continue;
            }
            let id = path.file_stem().and_then(|stem| stem.to_str()).and_then(key_id);
            let id = id.ok_or_else(|| KeyFault::NotAnId(path.clone()))?.to_string();
            keys.insert(id.clone(), Arc::new(read_key(&path, Some(&id))?));
        }
        let newest = keys.last_key_value().map(|(_, newest)| newest.clone());
        Ok(newest.map(|newest| Self { newest, keys }))
    }
}

/// A key id as this module writes them: a UUIDv7 in its usual spelling.
fn key_id(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|id| id.get_version_num() == 7 && id.to_string() == text)
}

fn key_file(directory: &Path, id: &Uuid) -> PathBuf {
    directory.join(format!("{id}.pem"))
}

fn read_key(path: &Path, id: Option<&str>) -> Result<SigningKey, KeyFault> {
    let mode = mode(path)?;
    if mode & 0o077 != 0 {
        return Err(KeyFault::ReadableByOthers { path: path.to_owned(), mode });
    }
    let pem = fs::read(path).map_err(file_system(path, "can't be read"))?;
    let pem = String::from_utf8(pem).map_err(|_| KeyFault::NotAKey(path.to_owned()))?;
    SigningKey::from_pem(id, &pem).ok_or_else(|| KeyFault::NotAKey(path.to_owned()))
}

/// Makes a key with an id after `newest`, even when the machine's time was set back. The caller holds the lock.
fn make_key(directory: &Path, newest: Option<&str>) -> Result<SigningKey, KeyFault> {
    let mut seed = ed25519_dalek::SecretKey::default();
    SysRng.try_fill_bytes(&mut seed).map_err(|error| KeyFault::NoRandomness(error.to_string()))?;
    let key = ed25519_dalek::SigningKey::from_bytes(&seed);
    let mut id = Uuid::now_v7();
    if let Some(newest) = newest.and_then(key_id)
        && id <= newest
    {
        let (seconds, nanoseconds) = newest.get_timestamp().map_or((0, 0), |stamp| stamp.to_unix());
        let later = Timestamp::from_unix(ContextV7::new(), seconds.saturating_add(1), nanoseconds);
        id = Uuid::new_v7(later);
    }
    let path = key_file(directory, &id);
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyFault::NotAKey(path.clone()))?;
    write_private(&path, &pem)?;
    SigningKey::from_pem(Some(&id.to_string()), &pem).ok_or(KeyFault::NotAKey(path))
}

/// Writes a file for this user alone. The caller holds the lock.
pub(in crate::service) fn write_private(path: &Path, text: &str) -> Result<(), KeyFault> {
    private_files::replace(path, text).map_err(file_system(path, "can't be written"))
}

/// Makes the directory if need be and waits until no other program makes keys in it.
pub(in crate::service) fn lock(directory: &Path) -> Result<File, KeyFault> {
    private_files::make_directories(directory).map_err(file_system(directory, "can't be made"))?;
    let mode = mode(directory)?;
    if mode & 0o022 != 0 {
        return Err(KeyFault::WritableByOthers { path: directory.to_owned(), mode });
    }
    let path = directory.join("lock");
    private_files::lock(&path).map_err(file_system(&path, "can't be locked"))
}

pub(in crate::service) fn file_system(path: &Path, action: &'static str) -> impl Fn(io::Error) -> KeyFault {
    let path = path.to_owned();
    move |error| KeyFault::FileSystem { path: path.clone(), action, error }
}

pub(in crate::service) fn mode(path: &Path) -> Result<u32, KeyFault> {
    private_files::mode(path).map_err(file_system(path, "can't be read"))
}

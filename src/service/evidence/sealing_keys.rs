//! The keys that seals are signed with, as files of a directory of their own.
//!
//! Cast: [`SealingKeys`] signs with the key of the suite that is set, and verifies with all of them. `international.pem` and
//! `national.pem` sign; a key that was replaced goes on verifying under a name such as `international-2026.pem`. A file that ends with `.pub` is the
//! public half of one that is kept elsewhere: it verifies, and nothing can be signed with it.
//!
//! Guarantees: as for the [keys of tokens](crate::service::accounts::signing_keys): made under a lock, never half written, refused where others can read
//! them. Instances that seal one database share this directory, in which the newest seal lies, too (`kept_seal`). A key is made only where nothing was
//! sealed yet, or for a suite that hasn't sealed beside the one that has.
//!
//! Source: C2SP signed-note, version 1.0.0 (key ids and verifier keys; Ed25519 is type 1, everything without a number 255); RFC 8032; GB/T 32918.2.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use sm2::dsa::signature::Verifier as _;

use crate::domain::evidence::checkpoint::{Checkpoint, SignedNote};
use crate::domain::evidence::suite::Suite;
use crate::service::accounts::signing_keys::{KeyFault, file_system, lock, mode, write_private};
use crate::store::evidence::log::Seal;

/// The signer's id that goes into every SM2 signature, where nothing else is agreed (GM/T 0009).
const SM2_SIGNER: &str = "1234567812345678";
/// Type of an SM2 key in a verifier key.
const SM2_TYPE: &[u8] = b"\xffsm2-sm3";
/// The same of Ed25519.
const ED25519_TYPE: &[u8] = b"\x01";

/// How the name of a file with a private key ends, and of one with a public half.
const PRIVATE: &str = "pem";
const PUBLIC: &str = "pub";

enum Key {
    International(Box<ed25519_dalek::SigningKey>),
    National(Box<sm2::dsa::SigningKey>),
}

/// The public half of one.
#[derive(Clone)]
enum PublicKey {
    International(Box<ed25519_dalek::VerifyingKey>),
    National(Box<sm2::dsa::VerifyingKey>),
}

/// The keys, and the name of the hall's log.
pub struct SealingKeys {
    directory: PathBuf,
    origin: String,
    signs: Key,
    /// The public halves of all keys that could sign here; that of the one that signs first.
    own: Vec<PublicKey>,
    /// The public halves of keys that are elsewhere.
    halves: Vec<PublicKey>,
}

/// What becomes of a start where none of the keys has signed the seals that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostKey {
    /// It is refused: the key may be put back.
    Refuse,
    /// Somebody said that it goes on with another key.
    GoOn,
    /// Nothing will be sealed: public halves are enough.
    OnlyVerify,
}

impl SealingKeys {
    /// Reads the keys of a directory; makes the one that signs, if need be. `seals` are the newest of the database, newest first, and
    /// `of_suite` those that were signed by this suite.
    ///
    /// # Errors
    /// What is wrong with the keys; none of them has signed any of these seals, or of those of the suite.
    pub fn open(
        directory: &Path,
        suite: Suite,
        origin: String,
        seals: &[Seal],
        of_suite: &[Seal],
        lost: LostKey,
    ) -> Result<Self, KeyFault> {
        let _lock = lock(directory)?;
        let own = directory.join(format!("{}.{PRIVATE}", suite.code()));
        let known = files(directory, PRIVATE)?.into_iter().map(|path| Ok((path == own, Key::read(&path)?)));
        let known = known.collect::<Result<Vec<_>, KeyFault>>()?;
        if let Some((_, other)) = known.iter().find(|(is_own, key)| *is_own && key.suite() != suite) {
            return Err(KeyFault::OfAnotherSuite { path: own, suite: other.suite() });
        }
        let (signs, others): (Vec<_>, Vec<_>) = known.into_iter().partition(|(is_own, _)| *is_own);
        let mut here: Vec<PublicKey> = signs.iter().chain(&others).map(|(_, key)| key.public()).collect();
        let halves =
            files(directory, PUBLIC)?.iter().map(|path| PublicKey::read(path)).collect::<Result<Vec<_>, _>>()?;
        if lost == LostKey::OnlyVerify {
            here.extend(halves.iter().cloned());
        }
        let note = |seal: &Seal| SignedNote::from_file(&seal.note);
        let has_signed = |note: &SignedNote| here.iter().any(|key| key.has_signed(note));
        for seals in [seals, of_suite] {
            if let (Some(newest), true) = (seals.first(), lost != LostKey::GoOn)
                && !seals.iter().filter_map(note).any(|note| has_signed(&note))
            {
                let directory = directory.to_owned();
                return Err(KeyFault::SealingKeyLost { directory, seal: newest.number, at: newest.at });
            }
        }
        let signs = match signs.into_iter().next() {
            Some((_, own)) => own,
            None => {
                write_private(&own, &Key::make(suite)?)?;
                Key::read(&own)?
            }
        };
        let own: Vec<_> = std::iter::once(signs.public()).chain(others.iter().map(|(_, key)| key.public())).collect();
        let is_elsewhere = |half: &PublicKey| own.iter().all(|key| key.typed() != half.typed());
        let halves = halves.into_iter().filter(is_elsewhere).collect();
        Ok(Self { directory: directory.to_owned(), origin, signs, own, halves })
    }

    /// Where they are.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The suite that is sealed by.
    pub fn suite(&self) -> Suite {
        self.signs.suite()
    }

    /// The name of a log whose tree starts at a position: trees of another start are other logs to whoever watches them.
    pub(super) fn origin(&self, starts_at: i64) -> String {
        if starts_at == 0 { self.origin.clone() } else { format!("{}/{starts_at}", self.origin) }
    }

    /// The signed checkpoint.
    pub(super) fn sign(&self, checkpoint: &Checkpoint) -> SignedNote {
        let (text, name) = (checkpoint.text(), checkpoint.origin.clone());
        let signature = self.signs.sign(text.as_bytes());
        SignedNote { key_id: self.signs.public().id(&name), text, name, signature }
    }

    /// Whether one of the keys signed a note under the name of its log.
    pub(super) fn verify(&self, note: &SignedNote) -> bool {
        self.own.iter().chain(&self.halves).any(|key| key.has_signed(note))
    }

    /// Whether a key that could sign here has signed the text of a seal: its public half alone doesn't count.
    pub(super) fn could_have_signed(&self, note: &str) -> bool {
        SignedNote::from_file(note).is_some_and(|note| self.own.iter().any(|key| key.has_signed(&note)))
    }

    /// What foreign tools verify seals of a name with: `name+id+key`.
    pub fn verifier_keys(&self, name: &str) -> Vec<String> {
        let shown = |key: &PublicKey| format!("{name}+{}+{}", hex::encode(key.id(name)), STANDARD.encode(key.typed()));
        self.own.iter().chain(&self.halves).map(shown).collect()
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SealingKeys").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Key {
    /// A new key as PKCS#8 PEM.
    fn make(suite: Suite) -> Result<String, KeyFault> {
        let no_key = || KeyFault::NoRandomness("no key could be made of them".to_owned());
        let mut seed = [0; 32];
        SysRng.try_fill_bytes(&mut seed).map_err(|error| KeyFault::NoRandomness(error.to_string()))?;
        let pem = match suite {
            Suite::International => ed25519_dalek::SigningKey::from_bytes(&seed)
                .to_pkcs8_pem(LineEnding::LF)
                .map_err(|_| no_key())?
                .to_string(),
            Suite::National => {
                use sm2::pkcs8::EncodePrivateKey as _;
                // All but one of four thousand million seeds are keys.
                let key = sm2::SecretKey::from_slice(&seed).map_err(|_| no_key())?;
                key.to_pkcs8_pem(sm2::pkcs8::LineEnding::LF).map_err(|_| no_key())?.to_string()
            }
        };
        Ok(pem)
    }

    fn read(path: &Path) -> Result<Self, KeyFault> {
        let mode = mode(path)?;
        if mode & 0o077 != 0 {
            return Err(KeyFault::ReadableByOthers { path: path.to_owned(), mode });
        }
        let pem = fs::read_to_string(path).map_err(file_system(path, "can't be read"))?;
        Self::from_pem(&pem).ok_or_else(|| KeyFault::NotASealingKey(path.to_owned()))
    }

    fn from_pem(pem: &str) -> Option<Self> {
        if let Ok(key) = ed25519_dalek::SigningKey::from_pkcs8_pem(pem) {
            return Some(Self::International(Box::new(key)));
        }
        let key = <sm2::SecretKey as sm2::pkcs8::DecodePrivateKey>::from_pkcs8_pem(pem).ok()?;
        Some(Self::National(Box::new(sm2::dsa::SigningKey::new(SM2_SIGNER, &key).ok()?)))
    }

    fn suite(&self) -> Suite {
        match self {
            Self::International(_) => Suite::International,
            Self::National(_) => Suite::National,
        }
    }

    fn public(&self) -> PublicKey {
        match self {
            Self::International(key) => PublicKey::International(Box::new(key.verifying_key())),
            Self::National(key) => PublicKey::National(Box::new(key.verifying_key().clone())),
        }
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        match self {
            Self::International(key) => key.sign(text).to_bytes().to_vec(),
            Self::National(key) => key.sign(text).to_bytes().to_vec(),
        }
    }
}

impl PublicKey {
    fn read(path: &Path) -> Result<Self, KeyFault> {
        let pem = fs::read_to_string(path).map_err(file_system(path, "can't be read"))?;
        Self::from_pem(&pem).ok_or_else(|| KeyFault::NotAPublicKey(path.to_owned()))
    }

    fn from_pem(pem: &str) -> Option<Self> {
        if let Ok(key) = ed25519_dalek::VerifyingKey::from_public_key_pem(pem) {
            return Some(Self::International(Box::new(key)));
        }
        let key = <sm2::PublicKey as sm2::pkcs8::DecodePublicKey>::from_public_key_pem(pem).ok()?;
        Some(Self::National(Box::new(sm2::dsa::VerifyingKey::new(SM2_SIGNER, key).ok()?)))
    }

    fn to_pem(&self) -> Option<String> {
        match self {
            Self::International(key) => key.to_public_key_pem(LineEnding::LF).ok(),
            Self::National(key) => {
                use sm2::pkcs8::EncodePublicKey as _;
                sm2::PublicKey::from(&**key).to_public_key_pem(sm2::pkcs8::LineEnding::LF).ok()
            }
        }
    }

    fn suite(&self) -> Suite {
        match self {
            Self::International(_) => Suite::International,
            Self::National(_) => Suite::National,
        }
    }

    /// The type and the key, as verifier keys have them.
    fn typed(&self) -> Vec<u8> {
        match self {
            Self::International(key) => [ED25519_TYPE, key.as_bytes()].concat(),
            Self::National(key) => [SM2_TYPE, &key.to_sec1_bytes()].concat(),
        }
    }

    fn id(&self, name: &str) -> [u8; 4] {
        let hash: [u8; 32] = Sha256::digest([name.as_bytes(), b"\n", &self.typed()].concat()).into();
        let [a, b, c, d, ..] = hash;
        [a, b, c, d]
    }

    fn has_signed(&self, note: &SignedNote) -> bool {
        self.id(&note.name) == note.key_id && self.verify(note.text.as_bytes(), &note.signature)
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::International(key) => {
                let signature = ed25519_dalek::Signature::from_slice(signature);
                signature.is_ok_and(|signature| key.verify_strict(text, &signature).is_ok())
            }
            Self::National(key) => {
                let signature = sm2::dsa::Signature::from_slice(signature);
                signature.is_ok_and(|signature| key.verify(text, &signature).is_ok())
            }
        }
    }
}

/// The public halves of the keys in a directory: the name of a file, and what stands in it. A key has the same name everywhere.
///
/// # Errors
/// A file holds no key, or can't be read.
pub(in crate::service) fn public_halves(directory: &Path) -> Result<BTreeMap<String, String>, KeyFault> {
    let mut halves = BTreeMap::new();
    for path in [files(directory, PRIVATE)?, files(directory, PUBLIC)?].concat() {
        let is_private = path.extension().is_some_and(|extension| extension == PRIVATE);
        let key = if is_private { Key::read(&path)?.public() } else { PublicKey::read(&path)? };
        let pem = key.to_pem().ok_or_else(|| KeyFault::NotAPublicKey(path.clone()))?;
        let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(key.typed()).into();
        halves.insert(format!("{}-{}.{PUBLIC}", key.suite().code(), hex::encode([a, b, c, d])), pem);
    }
    Ok(halves)
}

/// Whether a directory has a key that can sign.
pub(in crate::service) fn has_private(directory: &Path) -> bool {
    files(directory, PRIVATE).is_ok_and(|files| !files.is_empty())
}

/// The files of a directory that end so, by name.
fn files(directory: &Path, end: &str) -> Result<Vec<PathBuf>, KeyFault> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(file_system(directory, "can't be listed"))? {
        let path = entry.map_err(file_system(directory, "can't be listed"))?.path();
        if path.extension().is_some_and(|extension| extension == end) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

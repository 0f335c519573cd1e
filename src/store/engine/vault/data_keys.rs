//! The data keys, which lie outside the database: in a file of this user's alone, or in the program's environment.
//!
//! Cast: a `DataKey` wraps the keys of cases and certificates; `DataKeys` are those of a [`DataKeySource`]. Each is a line:
//! its id, a UUIDv7, so that the newest sorts last, and 32 bytes in base64url. Lines that begin with `#` are for people.
//!
//! Guarantees: programs that start together on an empty file end with the same one key, because making one is done under a lock
//! of the file system; the file is never seen half written; one that others on the machine can read is refused, not used.
//! Nothing here prints a key.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::{ContextV7, Timestamp, Uuid};
use zeroize::Zeroizing;

use super::cipher::{self, SecretKey};
use crate::domain::evidence::suite::Suite;
use crate::store::engine::error::StoreError;
use crate::store::private_files;

const SECRET_BYTES: usize = 32;

/// What stands at the beginning of a file that this program makes.
const HEADING: &str = "\
# Casehall's data keys: an id and a key a line, the newest last. Without them nobody reads the persons' data in the database.
# Keep a copy apart from the database and its backups. A key may be deleted once no backup is kept that needs it.
";

/// Where the data keys are.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum DataKeySource {
    /// Nowhere: what has persons' data can be neither read nor written.
    #[default]
    Nowhere,
    /// In a file, made with a first key if need be. Instances on one machine share it.
    File(PathBuf),
    /// In this text, which is what a file would hold: of the environment, for those who keep no file.
    Text(Zeroizing<String>),
}

impl fmt::Debug for DataKeySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

impl fmt::Display for DataKeySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => formatter.write_str("nowhere"),
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Text(_) => formatter.write_str("the setting cryptography.data_keys"),
        }
    }
}

/// A key that wraps other keys.
pub(super) struct DataKey {
    pub(super) id: Uuid,
    secret: Zeroizing<[u8; SECRET_BYTES]>,
    by_aes: SecretKey,
    by_sm4: SecretKey,
}

impl DataKey {
    fn random(after: Option<Uuid>) -> Result<Self, StoreError> {
        let mut id = Uuid::now_v7();
        // Even when the machine's time was set back.
        if let Some(newest) = after
            && id <= newest
        {
            let (seconds, nanoseconds) = newest.get_timestamp().map_or((0, 0), |stamp| stamp.to_unix());
            id = Uuid::new_v7(Timestamp::from_unix(ContextV7::new(), seconds.saturating_add(1), nanoseconds));
        }
        Self::of(id, cipher::random()?).ok_or_else(|| StoreError::Keys("a new data key can't be used".to_owned()))
    }

    fn line(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{} {}\n", self.id, URL_SAFE_NO_PAD.encode(self.secret.as_slice())))
    }

    fn of_line(line: &str) -> Option<Self> {
        let (id, secret) = line.trim().split_once(char::is_whitespace)?;
        let secret = Zeroizing::new(URL_SAFE_NO_PAD.decode(secret.trim()).ok()?);
        Self::of(Uuid::try_parse(id).ok()?, Zeroizing::new(secret.as_slice().try_into().ok()?))
    }

    fn of(id: Uuid, secret: Zeroizing<[u8; SECRET_BYTES]>) -> Option<Self> {
        let wrapping = |suite: Suite| {
            let purpose = format!("casehall {} wrapping of keys", suite.code());
            SecretKey::of(suite, cipher::derive(suite, secret.as_slice(), &purpose, cipher::key_bytes(suite)))
        };
        let (by_aes, by_sm4) = (wrapping(Suite::International)?, wrapping(Suite::National)?);
        Some(Self { id, secret, by_aes, by_sm4 })
    }

    /// The key that encrypts other keys by a suite.
    pub(super) fn wrapping(&self, suite: Suite) -> &SecretKey {
        match suite {
            Suite::International => &self.by_aes,
            Suite::National => &self.by_sm4,
        }
    }

    /// What only who has this key can compute of a text: a keyed hash (HMAC), for what is compared and must not be guessed.
    pub(super) fn keyed_hash(&self, text: &str) -> String {
        let purpose = format!("casehall fingerprint {text}");
        hex::encode(&*cipher::derive(Suite::International, self.secret.as_slice(), &purpose, 32))
    }

    /// What only who has this key can write beside a row, so that it is told from one that somebody else wrote. No text that a caller types is hashed so.
    pub(super) fn binding(&self, text: &str) -> String {
        let purpose = format!("casehall binding {text}");
        hex::encode(&*cipher::derive(Suite::International, self.secret.as_slice(), &purpose, 32))
    }

    /// What the database keeps to tell this key from another one with its id.
    pub(super) fn check(&self, suite: Suite) -> String {
        let purpose = format!("casehall {} check of data key {}", suite.code(), self.id);
        hex::encode(&*cipher::derive(suite, self.secret.as_slice(), &purpose, 16))
    }
}

/// By what a data key is told from others, without being one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataKeyCheck {
    /// The key's id.
    pub id: Uuid,
    /// The code of the suite by which the check was computed.
    pub suite: String,
    /// What only this key gives.
    pub check: String,
}

/// Refuses a file in which one of these keys isn't, or is another one by its id.
///
/// # Errors
/// [`StoreError::Keys`], in words.
pub fn refuse_without(file: &Path, checks: &[DataKeyCheck]) -> Result<(), StoreError> {
    let keys = DataKeys::parse(&DataKeySource::File(file.to_owned()), &Zeroizing::new(read(file)?))?;
    let is_there = |wanted: &DataKeyCheck| {
        let suite = Suite::from_code(&wanted.suite);
        suite.zip(keys.get(wanted.id)).is_some_and(|(suite, key)| key.check(suite) == wanted.check)
    };
    match checks.iter().find(|wanted| !is_there(wanted)) {
        None => Ok(()),
        Some(DataKeyCheck { id, .. }) => Err(StoreError::Keys(format!(
            "{}: the data key {id}, by which persons of this database are encrypted, isn't in it, or another one has its id",
            file.display()
        ))),
    }
}

/// The data keys of a source.
#[derive(Default)]
pub(super) struct DataKeys(BTreeMap<Uuid, Arc<DataKey>>);

impl DataKeys {
    /// Reads them; of a file that isn't there, none.
    pub(super) fn read(source: &DataKeySource) -> Result<Self, StoreError> {
        match source {
            DataKeySource::Nowhere => Ok(Self::default()),
            DataKeySource::Text(text) => Self::parse(source, text),
            DataKeySource::File(path) => {
                if !path.try_exists().map_err(|error| unusable(path, "can't be looked for", &error))? {
                    return Ok(Self::default());
                }
                refuse_if_others_can_read(path)?;
                let text = fs::read_to_string(path).map_err(|error| unusable(path, "can't be read", &error))?;
                Self::parse(source, &Zeroizing::new(text))
            }
        }
    }

    /// Reads them, after a new key was made in the file. Where one was made since the database last had a new one, `after`, that
    /// one is the new key.
    ///
    /// # Errors
    /// [`StoreError::Keys`] where the keys aren't in a file.
    pub(super) fn with_newer(source: &DataKeySource, after: Option<Uuid>) -> Result<Self, StoreError> {
        let DataKeySource::File(path) = source else {
            let keys = Self::read(source)?;
            let newest = keys.newest().map(|key| key.id);
            if newest.is_some() && newest > after {
                return Ok(keys);
            }
            return Err(StoreError::Keys(format!(
                "there is no new data key in {source}, and this program can't put one there. Add a line: a new UUIDv7, a \
                 space, and 32 random bytes in base64url; keep the others"
            )));
        };
        let _lock = lock(path)?;
        let mut keys = Self::read(source)?;
        // A file that was lost isn't begun anew: what is encrypted would have no key there.
        if let Some(after) = after.filter(|after| keys.get(*after).is_none()) {
            return Err(StoreError::Keys(format!(
                "{source}: the data key {after} isn't in it; put the file back from its own backup"
            )));
        }
        let newest = keys.newest().map(|key| key.id);
        if newest.is_none() || newest <= after {
            let key = DataKey::random(newest.max(after))?;
            let before = if newest.is_none() { HEADING.to_owned() } else { read(path)? };
            let text = Zeroizing::new(before);
            let between = if text.ends_with('\n') { "" } else { "\n" };
            write(path, &Zeroizing::new(format!("{}{between}{}", *text, *key.line())))?;
            keys.0.insert(key.id, Arc::new(key));
        }
        Ok(keys)
    }

    /// These, and of others those whose id isn't among them.
    pub(super) fn and(mut self, others: &Self) -> Self {
        for (id, key) in &others.0 {
            self.0.entry(*id).or_insert_with(|| key.clone());
        }
        self
    }

    pub(super) fn get(&self, id: Uuid) -> Option<&DataKey> {
        self.0.get(&id).map(AsRef::as_ref)
    }

    pub(super) fn newest(&self) -> Option<&DataKey> {
        self.0.last_key_value().map(|(_, key)| key.as_ref())
    }

    fn parse(source: &DataKeySource, text: &str) -> Result<Self, StoreError> {
        let mut keys = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            let key = DataKey::of_line(line).ok_or_else(|| {
                StoreError::Keys(format!(
                    "{source}, line {}: holds no data key; a key is an id (a UUIDv7), a space, and 32 bytes in base64url",
                    number + 1
                ))
            })?;
            if let Some(twice) = keys.insert(key.id, Arc::new(key)) {
                return Err(StoreError::Keys(format!("{source}: the data key {} stands there twice", twice.id)));
            }
        }
        Ok(Self(keys))
    }
}

fn unusable(path: &Path, what: &str, error: &io::Error) -> StoreError {
    StoreError::Keys(format!("{}: {what}: {error}", path.display()))
}

fn read(path: &Path) -> Result<String, StoreError> {
    fs::read_to_string(path).map_err(|error| unusable(path, "can't be read", &error))
}

/// Waits until no other program makes keys in the file. The lock ends with the answer.
fn lock(path: &Path) -> Result<File, StoreError> {
    let (beside, directory) = (path.with_extension("lock"), private_files::directory_of(path));
    private_files::make_directories(&directory).map_err(|error| unusable(&directory, "can't be made", &error))?;
    private_files::lock(&beside).map_err(|error| unusable(&beside, "can't be locked", &error))
}

fn write(path: &Path, text: &str) -> Result<(), StoreError> {
    private_files::replace(path, text).map_err(|error| unusable(path, "can't be written", &error))
}

fn refuse_if_others_can_read(path: &Path) -> Result<(), StoreError> {
    let mode = private_files::mode(path).map_err(|error| unusable(path, "can't be read", &error))?;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(StoreError::Keys(format!(
        "{}: the mode is {mode:03o}, so others can read the data keys; run `chmod 600` on it, and if others may have read it, \
         `casehall rotate-data-key`",
        path.display()
    )))
}

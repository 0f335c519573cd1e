//! The vault: persons' data are ciphertext in the database, its write-ahead log and its backups.
//!
//! Cast: a `Vault` has the data keys, which lie outside the database ([`DataKeySource`]), and the suite for what is new. Each case
//! and each certificate in which a person stands has a key of its own, wrapped by a data key, in the table `person_keys`
//! (`subject_keys`). What the domain marked as a person's is taken out of the JSON of a document or an event (`marks`),
//! encrypted by that key (`cipher`), and put back when it is read: `PersonKeys` does both within one transaction.
//!
//! Guarantees: nothing that is marked is ever written in clear: without a key there is an error. A ciphertext opens only where it
//! was written: as the document of its case, or as that event of it. What can't be opened is an error that names the case where
//! something is written, so that nothing is written over it; whoever only reads gets [`UNREADABLE`] in each of its places, and the rest of the
//! page; whoever writes without needing persons writes them back as they stood (`Unopened`). The log names the case once. It is never an empty text. To destroy a person's data is to destroy one key: no event is written anew, and neither is one when data
//! keys are exchanged ([`rotation`]).

mod bindings;
mod cipher;
pub mod data_keys;
mod marks;
pub mod opening;
pub mod rotation;
mod subject_keys;
#[cfg(test)]
mod vectors;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use self::data_keys::{DataKeySource, DataKeys};
use self::subject_keys::PersonKey;
pub(in crate::store) use self::subject_keys::{COLUMNS as KEY_COLUMNS, Row as StoredKey};
use super::connection::AnyConnection;
use super::error::StoreError;
use super::subject::Subject;
use crate::domain::base::person::{
    ERASED, MARK, UNREADABLE, UNREADABLE_BEGINS, number_of_unreadable, placeholder, unreadable as numbered,
};
use crate::domain::evidence::suite::Suite;

/// The data keys of this program, and the suite by which it encrypts what is new.
pub(in crate::store) struct Vault {
    source: DataKeySource,
    suite: Suite,
    keys: RwLock<Arc<DataKeys>>,
    /// The data key that was in force when the vault was opened.
    hashing: Option<Uuid>,
    /// The data key that was last found in force.
    in_force: RwLock<Option<Uuid>>,
    /// The data key of which was told that it is missing.
    missed: Mutex<Option<Uuid>>,
    /// Whose persons somebody wanted to read and couldn't, since the start.
    unreadable: Mutex<HashSet<Subject>>,
    /// Whoever opened it looks for what was changed in the database, and goes on where something was.
    names_faults: bool,
}

/// Where a ciphertext stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Place {
    /// Whose document or event it is.
    pub(in crate::store) subject: Subject,
    /// The event's sequence; none: the document.
    pub(in crate::store) event: Option<i64>,
}

impl Place {
    /// The document of a case or certificate.
    pub(in crate::store) fn document(subject: Subject) -> Self {
        Self { subject, event: None }
    }

    /// An event of it.
    pub(in crate::store) fn event(subject: Subject, sequence: i64) -> Self {
        Self { subject, event: Some(sequence) }
    }

    /// The associated data of its ciphertext.
    fn associated(self) -> String {
        let (kind, id) = self.subject.key();
        match self.event {
            Some(sequence) => format!("casehall {kind} {id} event {sequence}"),
            None => format!("casehall {kind} {id} document"),
        }
    }
}

impl Vault {
    /// Without keys: persons' data can be neither read nor written.
    pub(in crate::store) fn closed(suite: Suite) -> Self {
        Self {
            source: DataKeySource::Nowhere,
            suite,
            keys: RwLock::default(),
            hashing: None,
            in_force: RwLock::default(),
            missed: Mutex::default(),
            unreadable: Mutex::default(),
            names_faults: false,
        }
    }

    /// How many cases and certificates had persons that couldn't be read, since the start.
    pub(in crate::store) fn unreadable(&self) -> usize {
        self.unreadable.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Tells it in the log, the first time.
    fn note_unreadable(&self, subject: Subject, error: &StoreError) {
        if self.unreadable.lock().unwrap_or_else(PoisonError::into_inner).insert(subject) {
            let (kind, id) = subject.key();
            tracing::error!(code = "persons_unreadable", kind, %id, %error, "persons' data can't be read");
        }
    }

    /// The suite for what is new.
    pub(in crate::store) fn suite(&self) -> Suite {
        self.suite
    }

    fn keys(&self) -> Arc<DataKeys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds what was read at the source to what is known, which stays known whatever became of the source; answers all.
    fn learn(&self, read: DataKeys) -> Arc<DataKeys> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        *keys = Arc::new(read.and(&keys));
        keys.clone()
    }

    /// The data keys, among them this one. Where it isn't known the source is read once more, as another instance may have made it.
    fn keys_with(&self, id: Uuid) -> Result<Arc<DataKeys>, StoreError> {
        let known = self.keys();
        if known.get(id).is_some() {
            return Ok(known);
        }
        let has = |read: &DataKeys| read.get(id).is_some();
        match DataKeys::read(&self.source).and_then(|read| Some(read).filter(has).ok_or_else(|| self.missing(id))) {
            Ok(read) => Ok(self.learn(read)),
            Err(error) => {
                self.note_missing(id, &known, &error);
                Err(error)
            }
        }
    }

    /// Tells once in the log of a key that another instance has made and this one can't get. That an old one is gone is as it should be.
    fn note_missing(&self, id: Uuid, known: &DataKeys, error: &StoreError) {
        let is_newer = known.newest().is_some_and(|newest| newest.id < id);
        let mut told = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        if is_newer && told.replace(id) != Some(id) {
            tracing::error!(code = "data_key_missing", key = %id, %error, "a new data key can't be read");
        }
    }

    fn missing(&self, id: Uuid) -> StoreError {
        StoreError::Keys(format!(
            "the database is encrypted with the data key {id}, which isn't in {}. Put the file of data keys back from its own \
             backup, or add this key's line to it; without the key nobody can read the persons' data",
            self.source
        ))
    }
}

/// What becomes of persons that can't be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Unopened {
    /// They are an error.
    Refused,
    /// Each is marked: the transaction only reads.
    Marked,
    /// Each is marked with its number, by which a document is written back with the ciphertext that it had.
    Carried,
}

/// The keys that a transaction has needed so far.
pub(in crate::store) struct PersonKeys {
    known: HashMap<Subject, PersonKey>,
    /// As they are stored: read with what they are of.
    pub(super) given: HashMap<Subject, StoredKey>,
    /// What is new, and has none yet.
    pub(super) new: HashSet<Subject>,
    unopened: Unopened,
    /// The ciphertexts of documents that couldn't be opened.
    carried: HashMap<Subject, Option<String>>,
}

impl PersonKeys {
    /// None yet.
    pub(in crate::store) fn new(unopened: Unopened) -> Self {
        let (known, given, carried) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { known, given, new: HashSet::new(), unopened, carried }
    }

    /// What becomes of persons that can't be opened from here on.
    pub(in crate::store) fn set_unopened(&mut self, unopened: Unopened) {
        self.unopened = unopened;
    }

    /// Whether any couldn't be opened and were carried.
    pub(in crate::store) fn has_carried(&self) -> bool {
        !self.carried.is_empty()
    }

    /// Encrypts what is marked in the JSON of something, with a key that is made if need be.
    pub(in crate::store) fn encrypt(
        &mut self,
        vault: &Vault,
        connection: &mut AnyConnection,
        texts: Vec<(Place, String)>,
    ) -> Result<Vec<String>, StoreError> {
        let taken = texts.into_iter().map(|(place, json)| {
            let taken = marks::taken(&json);
            (place, json, taken)
        });
        let taken: Vec<_> = taken.collect();
        let private = taken.iter().filter(|(_, _, taken)| taken.is_some()).map(|(place, ..)| place.subject);
        self.need(vault, connection, private, true)?;
        let encrypted = taken.into_iter().map(|(place, json, taken)| {
            let Some((left, persons)) = taken else { return Ok(json) };
            if let Some(sealed) = self.carried.get(&place.subject)
                && let Some(written) = carried(place, sealed.as_deref(), &left, &persons)?
            {
                return Ok(written);
            }
            if self.unopened == Unopened::Carried && persons.contains(UNREADABLE_BEGINS) {
                return Err(unreadable(place, "they would be written over"));
            }
            match self.known.get(&place.subject) {
                Some(PersonKey::Kept(key)) => {
                    Ok(marks::with_sealed(&left, &key.encrypt(&place.associated(), persons.as_bytes())?))
                }
                // Whose key was destroyed has no persons any more.
                Some(PersonKey::Destroyed) => Ok(left),
                Some(PersonKey::Broken(why)) => Err(unreadable(place, why)),
                None => Err(unreadable(place, "it has no key")),
            }
        });
        encrypted.collect()
    }

    /// Puts the persons back into the JSON of something.
    pub(in crate::store) fn decrypt(
        &mut self,
        vault: &Vault,
        connection: &mut AnyConnection,
        texts: Vec<(Place, String)>,
    ) -> Result<Vec<String>, StoreError> {
        let gaps: Vec<bool> = texts.iter().map(|(_, json)| marks::has_gaps(json)).collect();
        let private = texts.iter().zip(&gaps).filter(|(_, gaps)| **gaps).map(|((place, _), _)| place.subject);
        self.need(vault, connection, private, false)?;
        let clear = texts.into_iter().zip(gaps).map(|((place, json), gaps)| {
            if !gaps {
                return Ok(json);
            }
            let error = match self.opened(place, &json) {
                Ok(opened) => return Ok(opened),
                Err(error) => error,
            };
            vault.note_unreadable(place.subject, &error);
            match self.unopened {
                Unopened::Refused => Err(error),
                Unopened::Carried if place.event.is_none() => {
                    let marked = marks::restored(&json, |number| Some(numbered(number))).ok_or(error)?;
                    self.carried.insert(place.subject, marks::sealed(&json).map(str::to_owned));
                    // Whose key is gone gets no other one.
                    self.known
                        .entry(place.subject)
                        .or_insert_with(|| PersonKey::Broken("its key is missing".to_owned()));
                    Ok(marked)
                }
                Unopened::Marked | Unopened::Carried => Ok(marks::filled(&json, UNREADABLE)),
            }
        });
        clear.collect()
    }

    /// Those of some texts that can't be opened.
    pub(in crate::store) fn unopened(
        &mut self,
        vault: &Vault,
        connection: &mut AnyConnection,
        texts: &[(Place, String)],
    ) -> Result<Vec<Subject>, StoreError> {
        self.need(vault, connection, texts.iter().map(|(place, _)| place.subject), false)?;
        let shut = texts.iter().filter(|(place, json)| marks::has_gaps(json) && self.opened(*place, json).is_err());
        Ok(shut.map(|(place, _)| place.subject).collect())
    }

    /// A text with the persons in their places again.
    fn opened(&self, place: Place, json: &str) -> Result<String, StoreError> {
        match self.known.get(&place.subject) {
            Some(PersonKey::Kept(key)) => {
                let sealed = marks::sealed(json).ok_or_else(|| unreadable(place, "its ciphertext is missing"))?;
                let persons = key.decrypt(&place.associated(), sealed);
                let persons = persons
                    .ok_or_else(|| unreadable(place, "its ciphertext is of another key or place, or was changed"))?;
                let persons: Vec<String> =
                    serde_json::from_slice(&persons).map_err(|_| unreadable(place, "what it holds is no list"))?;
                marks::restored(json, |number| persons.get(number).cloned())
                    .ok_or_else(|| unreadable(place, "a person is missing in its ciphertext"))
            }
            Some(PersonKey::Destroyed) => Ok(marks::filled(json, ERASED)),
            Some(PersonKey::Broken(why)) => Err(unreadable(place, why)),
            None => Err(unreadable(place, "its key is missing")),
        }
    }

    /// Destroys the key of a subject; `false` where it has none that is kept.
    pub(in crate::store) fn destroy(
        &mut self,
        connection: &mut AnyConnection,
        subject: Subject,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let destroyed = subject_keys::destroy(connection, subject, at)?;
        if destroyed {
            self.known.insert(subject, PersonKey::Destroyed);
        }
        Ok(destroyed)
    }

    /// Reads the keys that aren't known yet, and makes those that there aren't.
    fn need(
        &mut self,
        vault: &Vault,
        connection: &mut AnyConnection,
        subjects: impl Iterator<Item = Subject>,
        make: bool,
    ) -> Result<(), StoreError> {
        let mut seen = HashSet::new();
        let unknown = subjects.filter(|subject| !self.known.contains_key(subject) && seen.insert(*subject));
        let mut wanted: Vec<Subject> = unknown.collect();
        if wanted.is_empty() {
            return Ok(());
        }
        for subject in &wanted {
            if let Some(row) = self.given.remove(subject) {
                self.known.insert(*subject, subject_keys::opened(vault, connection, *subject, &row)?);
            }
        }
        let asked = wanted.iter().filter(|it| !self.known.contains_key(it) && !self.new.contains(it));
        for (subject, key) in subject_keys::load(vault, connection, &asked.copied().collect::<Vec<_>>())? {
            self.known.insert(subject, key);
        }
        wanted.retain(|subject| make && !self.known.contains_key(subject));
        for (subject, key) in subject_keys::make(vault, connection, &wanted)? {
            self.known.insert(subject, key);
        }
        Ok(())
    }
}

/// Whether persons were taken out of a text and encrypted.
pub(in crate::store) fn is_encrypted(json: &str) -> bool {
    marks::has_gaps(json)
}

/// Of subjects with ciphertext, those whose key isn't there or can't be unwrapped, and those whose key was destroyed, as an erasure
/// does it ([`PersonKey::Destroyed`]).
pub(in crate::store) struct WithoutKey {
    /// Nobody can read them, and nobody says why.
    pub(in crate::store) missing: Vec<Subject>,
    /// Their row says that they were erased.
    pub(in crate::store) destroyed: Vec<Subject>,
}

pub(in crate::store) fn without_key(
    vault: &Vault,
    connection: &mut AnyConnection,
    subjects: &[Subject],
) -> Result<WithoutKey, StoreError> {
    let found: HashMap<Subject, PersonKey> = subject_keys::load(vault, connection, subjects)?.into_iter().collect();
    let (destroyed, others): (Vec<_>, Vec<_>) =
        subjects.iter().copied().partition(|subject| matches!(found.get(subject), Some(PersonKey::Destroyed)));
    let is_there = |subject: &Subject| matches!(found.get(subject), Some(PersonKey::Kept(_)));
    Ok(WithoutKey { missing: others.into_iter().filter(|subject| !is_there(subject)).collect(), destroyed })
}

/// What is written of someone whose document couldn't be opened: the document with the ciphertext that it had. `None`: it is an event in
/// which none of these persons stands.
fn carried(place: Place, sealed: Option<&str>, left: &str, persons: &str) -> Result<Option<String>, StoreError> {
    let persons: Vec<String> = serde_json::from_str(persons).map_err(StoreError::unwritable)?;
    if place.event.is_some() && persons.iter().all(|person| placeholder(person).is_none()) {
        return Ok(None);
    }
    let number = |nth: usize| persons.get(nth).and_then(|person| number_of_unreadable(person));
    let back = marks::restored(left, |nth| number(nth).map(|number| format!("{MARK}{number}")));
    match back.filter(|_| place.event.is_none()) {
        Some(back) => Ok(Some(sealed.map_or_else(|| back.clone(), |sealed| marks::with_sealed(&back, sealed)))),
        None => Err(unreadable(place, "they would be written over")),
    }
}

fn unreadable(place: Place, why: &str) -> StoreError {
    StoreError::PersonsUnreadable(format!("the persons of {}: {why}", place.associated()))
}

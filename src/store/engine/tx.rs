//! [`Tx`], the transaction of repository functions, and the conversion of column values.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::AnyConnection;
use super::connection::beginning::{Began, Lock, Unused};
use super::error::StoreError;
use super::subject::Subject;
use super::vault::{PersonKeys, Place, StoredKey, Unopened, Vault};
use crate::domain::evidence::suite::Suite;

/// A transaction, or a connection that only reads. Only the store's own functions can run SQL on it.
pub struct Tx<'a> {
    connection: &'a mut AnyConnection,
    vault: &'a Vault,
    keys: PersonKeys,
    began: Began,
}

impl<'a> Tx<'a> {
    /// One that may write.
    pub(in crate::store) fn new(connection: &'a mut AnyConnection, vault: &'a Vault) -> Self {
        Self::with(connection, vault, Unopened::Refused)
    }

    /// One that only reads: persons that can't be read are marked as such.
    pub(in crate::store) fn reading(connection: &'a mut AnyConnection, vault: &'a Vault) -> Self {
        Self::with(connection, vault, Unopened::Marked)
    }

    fn with(connection: &'a mut AnyConnection, vault: &'a Vault, unopened: Unopened) -> Self {
        Self { connection, vault, keys: PersonKeys::new(unopened), began: Began::default() }
    }

    /// The same, begun with what it needs.
    pub(in crate::store) fn begun_with(self, began: Began) -> Self {
        Self { began, ..self }
    }

    /// Whether it began with this lock.
    pub(in crate::store) fn began_with(&self, lock: Lock) -> bool {
        self.began.lock == Some(lock)
    }

    /// The edition of the calendar, where it came with something else that was read.
    pub(in crate::store) fn edition(&self) -> Option<i64> {
        self.began.edition
    }

    /// Remembers what was read with something else: the edition of the calendar, and the key of a case or certificate.
    pub(in crate::store) fn note(&mut self, edition: Option<i64>, key: Option<(Subject, StoredKey)>) {
        self.began.edition = edition.or(self.began.edition);
        self.keys.given.extend(key);
    }

    /// Says that something is new, so that it can't have a key yet.
    pub(in crate::store) fn is_new(&mut self, subject: Subject) {
        self.keys.new.insert(subject);
    }

    /// The acceptance number of a day that it began with, once.
    pub(in crate::store) fn take_number(&mut self, day: NaiveDate) -> Option<u32> {
        self.began.number.take_if(|unused| unused.day == day).map(|unused| unused.number)
    }

    /// The one that it didn't use.
    pub(in crate::store) fn unused_number(&mut self) -> Option<Unused> {
        self.began.number.take()
    }

    /// From here on the transaction needs no persons: those that can't be read keep nobody from what is done, and are written back as
    /// they stand. To write one of them elsewhere, or another in its place, is an error.
    pub fn leave_persons(&mut self) {
        self.keys.set_unopened(Unopened::Carried);
    }

    /// From here on the transaction only reads; answers whether persons were left that can't be read.
    pub fn end_with_reading(&mut self) -> bool {
        self.keys.set_unopened(Unopened::Marked);
        self.keys.has_carried()
    }

    /// Whose persons can't be opened, of some texts.
    pub(in crate::store) fn unopened(&mut self, texts: &[(Place, String)]) -> Result<Vec<Subject>, StoreError> {
        self.keys.unopened(self.vault, self.connection, texts)
    }

    pub(in crate::store) fn connection(&mut self) -> &mut AnyConnection {
        self.connection
    }

    pub(in crate::store) fn vault_and_connection(&mut self) -> (&'a Vault, &mut AnyConnection) {
        (self.vault, self.connection)
    }

    /// A document or an event as the JSON of a text column, the persons in it encrypted.
    pub(in crate::store) fn written<T: Serialize>(&mut self, place: Place, value: &T) -> Result<String, StoreError> {
        let text = to_json(value)?;
        Ok(self.encrypted(vec![(place, text)])?.pop().unwrap_or_default())
    }

    /// Several texts as [`Tx::written`] writes them, in their order.
    pub(in crate::store) fn encrypted(&mut self, texts: Vec<(Place, String)>) -> Result<Vec<String>, StoreError> {
        self.keys.encrypt(self.vault, self.connection, texts)
    }

    /// A document or an event from the JSON of a text column.
    pub(in crate::store) fn read<T: DeserializeOwned>(&mut self, place: Place, text: String) -> Result<T, StoreError> {
        let mut read = self.read_all(vec![(place, text)])?;
        read.pop().ok_or_else(|| StoreError::Corrupt("nothing was read".to_owned()))
    }

    /// Several of them, in their order; the keys of all are read with one statement.
    pub(in crate::store) fn read_all<T: DeserializeOwned>(
        &mut self,
        texts: Vec<(Place, String)>,
    ) -> Result<Vec<T>, StoreError> {
        let clear = self.keys.decrypt(self.vault, self.connection, texts)?;
        clear.iter().map(|text| from_json(text)).collect()
    }

    /// Destroys the key of a subject, and with it all that it protects; `false` where it has none that is kept.
    pub(in crate::store) fn destroy_key(&mut self, subject: Subject, at: DateTime<Utc>) -> Result<bool, StoreError> {
        self.keys.destroy(self.connection, subject, at)
    }

    /// By which suite rows are hashed that are written now.
    pub(in crate::store) fn suite(&self) -> Suite {
        self.vault.suite()
    }
}

/// How a read sees the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum View {
    /// Each statement sees what is committed when it starts.
    Latest,
    /// All statements see one moment.
    Snapshot,
    /// One moment, and as long as it takes.
    LongSnapshot,
}

/// Runs a closure; a panic in it becomes an error, so that it can't end the thread of the others.
pub(in crate::store) fn guarded<T, E: From<StoreError>>(
    name: &'static str,
    f: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|_| {
        tracing::error!(name, "a transaction panicked and was rolled back");
        Err(StoreError::Panicked(name).into())
    })
}

/// A value as the JSON of a text column.
pub(in crate::store) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::unwritable)
}

/// A value from the JSON of a text column.
pub(in crate::store) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    // Its own words may repeat what stands there, which may be a person's.
    let unread = |error: serde_json::Error| {
        StoreError::Corrupt(format!("JSON, {:?} error at column {}", error.classify(), error.column()))
    };
    serde_json::from_str(text).map_err(unread)
}

pub(in crate::store) fn parse_uuid(text: &str) -> Result<uuid::Uuid, StoreError> {
    uuid::Uuid::try_parse(text).map_err(|error| StoreError::Corrupt(format!("{text}: {error}")))
}

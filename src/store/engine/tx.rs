//! [`Tx`], the transaction of repository functions, and the conversion of column values.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::connection::AnyConnection;
use super::error::StoreError;
use crate::domain::evidence::suite::Suite;

/// A transaction, or a connection that only reads. Only the store's own functions can run SQL on it.
pub struct Tx<'a> {
    connection: &'a mut AnyConnection,
    suite: Suite,
}

impl<'a> Tx<'a> {
    pub(in crate::store) fn new(connection: &'a mut AnyConnection, suite: Suite) -> Self {
        Self { connection, suite }
    }

    pub(in crate::store) fn connection(&mut self) -> &mut AnyConnection {
        self.connection
    }

    /// By which suite rows are hashed that are written now.
    pub(in crate::store) fn suite(&self) -> Suite {
        self.suite
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
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

pub(in crate::store) fn parse_uuid(text: &str) -> Result<uuid::Uuid, StoreError> {
    uuid::Uuid::try_parse(text).map_err(|error| StoreError::Corrupt(format!("{text}: {error}")))
}

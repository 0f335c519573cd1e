//! What can go wrong on this floor: [`StoreError`], its one error type, and [`FromStore`], which an error of the floors
//! above implements, so that a transaction can be tried again when the database asks for it.

mod words;

use diesel::result::{DatabaseErrorKind, Error};

pub(in crate::store) use self::words::tells_of_damage;
use self::words::tells_of_passing;

use crate::domain::base::words::sentence;
use crate::domain::progress::Stopped;

/// The kinds of failures, as they are counted.
pub(in crate::store) const ERROR_KINDS: [&str; 9] =
    ["unavailable", "busy", "conflict", "keys", DAMAGE, "unreadable", "outcome_unknown", "panicked", "other"];
/// The kind of failure that keeps a hall from being ready.
pub(in crate::store) const DAMAGE: &str = "damaged";

/// A failure of the store. Refusals of the domain are no business of this type.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address in the settings can't be used; the words say what to write instead.
    #[error("{0}")]
    Address(String),
    /// The database can't be reached, or no connection or place in the queue came free in time. Nothing was changed;
    /// the same request may succeed later (HTTP 503).
    #[error("{0}")]
    Unavailable(String),
    /// The database's file isn't where it was opened any more. Nothing was changed.
    #[error("{0}")]
    Gone(String),
    /// Somebody else holds what this transaction needs for longer than it may wait. Nothing was changed; the same request
    /// may succeed later (HTTP 503), but to wait again at once would only keep a connection from others.
    #[error("{0}")]
    Busy(String),
    /// The data keys are missing, wrong, or can't be used; the words say what to do. What they protect stays as it is.
    #[error("{0}")]
    Keys(String),
    /// The database isn't one of a hall, or isn't there at all; the words say what to do. Only at the start.
    #[error("{0}")]
    Missing(String),
    /// The stored schema can't be brought to this program's version, or is too new for it. Only at the start.
    #[error("{0}")]
    Migration(String),
    /// What was to be changed has another version than the one decided upon: load again and decide again.
    #[error("someone else changed it in the meantime")]
    Conflict,
    /// Pages of the database are damaged, or its disk can't be read.
    #[error(
        "the database is damaged, or its disk fails: {} Stop the hall, and put the last backup back (docs/operations.md, \"Restoring\")",
        sentence(.0)
    )]
    Damaged(String),
    /// Stored data can't be read: a bug, or a hand that changed the database.
    #[error("stored data can't be read: {0}")]
    Corrupt(String),
    /// Persons of a case or certificate can't be read, and what was to be done needs them, or would write over them.
    #[error("persons' data can't be read: {0}")]
    PersonsUnreadable(String),
    /// The connection ended while the database was committing: the change may be there or not. Never repeated on its
    /// own; the caller looks, or repeats with the same idempotency key.
    #[error("the connection to the database ended during the commit, so the change may have been saved or not: {0}")]
    OutcomeUnknown(String),
    /// The code of a transaction panicked; it was rolled back.
    #[error("the transaction `{0}` failed by a fault in the program and was rolled back")]
    Panicked(&'static str),
    /// A write by a [`Db`](super::db::Db) that may only read; nothing was begun.
    #[error("nothing may be written here")]
    ReadOnly,
    /// Whoever waited for the work told it to stop.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// Any other failure that the database reports.
    #[error("the database reports: {0}")]
    Diesel(#[source] Error),
}

/// An error that can carry a [`StoreError`]: what transactions return.
///
/// [`Db::write`](super::db::Db::write) looks into it to find out whether the transaction is worth another try. A floor
/// that turns [`StoreError::Conflict`] into a refusal of its own (the caller's version is stale) answers `None` for
/// it, and thereby ends the tries.
pub trait FromStore: From<StoreError> {
    /// The store's error within, if it is one.
    fn as_store_error(&self) -> Option<&StoreError>;
}

impl FromStore for StoreError {
    fn as_store_error(&self) -> Option<&StoreError> {
        Some(self)
    }
}

impl StoreError {
    /// Whether the same transaction may succeed when it is run again from its start: a stale version, a serialization
    /// failure (SQLSTATE 40001), a deadlock (40P01), or a lost connection.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Conflict | Self::Unavailable(_) => true,
            Self::Diesel(Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            Self::Diesel(error) => is_deadlock(error),
            _ => false,
        }
    }

    /// Whether it is what is stored that can't be read or isn't there, and not the database that doesn't answer: whoever looks for
    /// such faults names it, and looks on. Where looking ended by a fault in the program, or PostgreSQL can't compute with a value (it
    /// tells no kind of that), it was over one that the program never writes.
    pub fn is_of_stored_data(&self) -> bool {
        matches!(
            self,
            Self::Damaged(_)
                | Self::Corrupt(_)
                | Self::PersonsUnreadable(_)
                | Self::Panicked(_)
                | Self::Diesel(Error::NotFound | Error::DatabaseError(DatabaseErrorKind::Unknown, _))
        )
    }

    /// What kind of failure it is, one of `ERROR_KINDS`: for counting.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unavailable(_) | Self::Gone(_) | Self::Address(_) => "unavailable",
            Self::Busy(_) => "busy",
            Self::Conflict => "conflict",
            Self::Keys(_) => "keys",
            Self::Damaged(_) => DAMAGE,
            Self::Corrupt(_) | Self::PersonsUnreadable(_) => "unreadable",
            Self::OutcomeUnknown(_) => "outcome_unknown",
            Self::Panicked(_) => "panicked",
            Self::Missing(_) | Self::Migration(_) | Self::ReadOnly | Self::Stopped(_) | Self::Diesel(_) => "other",
        }
    }

    /// What is told to whoever comes while the program stops.
    pub(in crate::store) fn closed() -> Self {
        Self::Unavailable("the program is stopping and accepts no more changes; try again in a moment".to_owned())
    }

    /// A value that can't be written as JSON; none of ours is one.
    pub(in crate::store) fn unwritable(error: serde_json::Error) -> Self {
        Self::Corrupt(format!("a value can't be written: {error}"))
    }

    /// Whether a unique index or primary key refused the row.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Diesel(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::DeserializationError(source) => Self::Corrupt(source.to_string()),
            error if is_connection_loss(&error) => {
                Self::Unavailable(format!("the connection to the database was lost: {error}"))
            }
            Error::DatabaseError(_, said) if tells_of_damage(said.message()) => {
                Self::Damaged(said.message().to_owned())
            }
            Error::DatabaseError(DatabaseErrorKind::Unknown, said) if tells_of_passing(said.message()) => {
                Self::Busy(format!("the database gave up, and nothing was changed: {}", said.message()))
            }
            error => Self::Diesel(error),
        }
    }
}

/// Whether the error says that the connection is gone. libpq reports a command that it couldn't send the same way
/// whether the connection or the command is at fault; only the number of parameters can be wrong with a command.
fn is_connection_loss(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection, _) | Error::BrokenTransactionManager => true,
        Error::DatabaseError(DatabaseErrorKind::UnableToSendCommand, information) => {
            !information.message().contains("number of parameters")
        }
        _ => false,
    }
}

/// Diesel passes no SQLSTATE on, and the server's messages are in its own language. But the detail of a deadlock names
/// the lock that each process waits for (`ShareLock`, `ExclusiveLock`…), and these names are not translated.
fn is_deadlock(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::Unknown, information) => {
            information.message() == "deadlock detected"
                || information.details().is_some_and(|details| details.contains("Lock"))
        }
        _ => false,
    }
}

/// Whether SQLite gave up waiting for a lock that another process holds. Its messages are never translated.
pub(in crate::store) fn is_busy(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(_, information) if information.message().contains("locked"))
}

/// Whether SQLite found no room on the disk.
pub(in crate::store) fn is_disk_full(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(_, information) if information.message().contains("disk is full"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(kind: DatabaseErrorKind, message: &str) -> StoreError {
        StoreError::from(Error::DatabaseError(kind, Box::new(message.to_owned())))
    }

    #[test]
    fn only_temporary_errors_are_retried() {
        assert!(StoreError::Conflict.is_transient());
        assert!(database(DatabaseErrorKind::SerializationFailure, "could not serialize access").is_transient());
        assert!(database(DatabaseErrorKind::ClosedConnection, "server closed the connection").is_transient());
        assert!(database(DatabaseErrorKind::UnableToSendCommand, "no connection to the server").is_transient());
        let too_many = "number of parameters must be between 0 and 65535";
        assert!(!database(DatabaseErrorKind::UnableToSendCommand, too_many).is_transient());
        assert!(!database(DatabaseErrorKind::UniqueViolation, "duplicate key").is_transient());
        assert!(!StoreError::OutcomeUnknown("cut".to_owned()).is_transient());
        assert!(!StoreError::Panicked("job").is_transient());
    }

    #[test]
    fn a_deadlock_is_recognized_in_every_language_of_the_server() {
        struct Chinese;
        impl diesel::result::DatabaseErrorInformation for Chinese {
            fn message(&self) -> &str {
                "检测到死锁"
            }
            fn details(&self) -> Option<&str> {
                Some("进程 7 等待在 事务 740 上的 ShareLock; 由进程 8 阻塞.")
            }
            fn hint(&self) -> Option<&str> {
                None
            }
            fn table_name(&self) -> Option<&str> {
                None
            }
            fn column_name(&self) -> Option<&str> {
                None
            }
            fn constraint_name(&self) -> Option<&str> {
                None
            }
            fn statement_position(&self) -> Option<i32> {
                None
            }
        }
        let error = StoreError::from(Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(Chinese)));
        assert!(error.is_transient());
        assert!(!database(DatabaseErrorKind::Unknown, "syntax error").is_transient());
    }
}

//! The service floor's one error type.

use chrono::{DateTime, Utc};

use crate::domain::accounts::refusal::AccountRefusal;
use crate::domain::accounts::role::Scope;
use crate::domain::base::words::{Fault, Words};
use crate::domain::cases::refusal::Refusal;
use crate::domain::progress::Stopped;
use crate::store::{FromStore, StoreError};

/// Why a use case wasn't done.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is no such thing, or the caller may not see it.
    #[error("not found")]
    NotFound,
    /// The rules say no.
    #[error("refused: {}", codes(.0))]
    Refused(Vec<Refusal>),
    /// The request's data has faults.
    #[error("{} faults in the request", .0.len())]
    Invalid(Vec<Fault>),
    /// The caller hasn't the right at all, whatever the state.
    #[error("not permitted: {0}")]
    NotPermitted(&'static str),
    /// The caller changes something that somebody else has changed since.
    #[error("stale: the current version is {current_version}")]
    Stale {
        /// Version of the thing now.
        current_version: i64,
    },
    /// The caller would overwrite something without saying which version of it was seen.
    #[error("the version that was seen is missing")]
    VersionMissing,
    /// The idempotency key was used for something else.
    #[error("idempotency key reused")]
    KeyReused,
    /// The same request was done before, and what it answered can't be answered again: it was changed since, or is gone.
    #[error("done before, and not to be answered again")]
    AnswerGone,
    /// Name or password, client or secret are wrong.
    #[error("wrong credentials")]
    WrongCredentials,
    /// What a system signed with a key of its own says something that isn't taken; told to whoever has that key, in ASCII (RFC 6749 section 5.2).
    #[error("assertion refused: {0}")]
    AssertionRefused(&'static str),
    /// The rules of accounts, sessions and second factors say no.
    #[error("refused: {}", .0.code())]
    Account(AccountRefusal),
    /// More sign-ins than the hall evaluates; this one wasn't.
    #[error("too many sign-ins at once")]
    Busy {
        /// Until then, in seconds.
        retry_after_seconds: i64,
    },
    /// As many as may be within a time were done already.
    #[error("too many within an hour")]
    TooMany {
        /// Until the next may be, in seconds.
        retry_after_seconds: i64,
    },
    /// Too many wrong passwords.
    #[error("held up after too many wrong passwords")]
    LockedOut {
        /// Until then, in seconds.
        retry_after_seconds: i64,
    },
    /// Whoever reports has locked and suspended as many certificates within an hour as they may.
    #[error("too many lock reports by one reporter")]
    TooManyReports {
        /// Until it may again, in seconds.
        retry_after_seconds: i64,
    },
    /// The system has opened as many cases within an hour as it may.
    #[error("too many cases opened by this system")]
    TooManyOpenings {
        /// When it may again.
        until: DateTime<Utc>,
        /// Until then, in seconds.
        retry_after_seconds: i64,
    },
    /// It would have changed something, which wasn't to happen: see [`Service::read_only`](crate::service::Service::read_only).
    #[error("nothing was to be changed")]
    ReadOnly,
    /// The database can't take the request now. Nothing was changed; the same request may succeed later.
    #[error(transparent)]
    Unavailable(StoreError),
    /// The connection to the database ended during the commit: the change may be there or not.
    #[error(transparent)]
    OutcomeUnknown(StoreError),
    /// Persons of a case or certificate can't be read, and what was asked needs them, or would write over them. Nothing was changed.
    #[error(transparent)]
    PersonsUnreadable(StoreError),
    /// The database fails in a way that no repetition mends; for the log.
    #[error(transparent)]
    Database(StoreError),
    /// Something is wrong inside; for the log.
    #[error("internal: {0}")]
    Internal(String),
}

impl ServiceError {
    /// Whether something that is stored can't be read: it, and nothing else of the database, is at fault.
    pub fn is_unreadable(&self) -> bool {
        matches!(self, Self::PersonsUnreadable(_) | Self::Database(StoreError::Corrupt(_)))
    }

    /// Whether it is what is stored, and not the database that doesn't answer: whoever looks for such faults names it, and looks on.
    pub fn is_of_stored_data(&self) -> bool {
        match self {
            Self::PersonsUnreadable(_) => true,
            Self::Database(error) => error.is_of_stored_data(),
            _ => false,
        }
    }

    /// The faults of the data, where nothing else was refused.
    ///
    /// # Errors
    /// Any other error, as it was.
    pub fn into_faults(self) -> Result<Vec<Fault>, Self> {
        match self {
            Self::Invalid(faults) => Ok(faults),
            Self::Refused(refusals) => match <[Refusal; 1]>::try_from(refusals) {
                Ok([Refusal::InvalidInput { faults }]) => Ok(faults),
                Ok([other]) => Err(Self::Refused(vec![other])),
                Err(refusals) => Err(Self::Refused(refusals)),
            },
            other => Err(other),
        }
    }
}

fn codes(refusals: &[Refusal]) -> String {
    refusals.iter().map(Refusal::code).collect::<Vec<_>>().join(", ")
}

impl From<Vec<Refusal>> for ServiceError {
    fn from(refusals: Vec<Refusal>) -> Self {
        Self::Refused(refusals)
    }
}

/// What the skins tell apart of the store's errors is told apart here, so that they needn't know the store.
impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            // A conflict that outlived its retries: everybody else is writing the same thing, and will stop.
            // A data key that this instance hasn't been given yet may be given to it.
            StoreError::Unavailable(_)
            | StoreError::Gone(_)
            | StoreError::Busy(_)
            | StoreError::Conflict
            | StoreError::Keys(_) => Self::Unavailable(error),
            StoreError::OutcomeUnknown(_) => Self::OutcomeUnknown(error),
            StoreError::ReadOnly => Self::ReadOnly,
            StoreError::PersonsUnreadable(_) => Self::PersonsUnreadable(error),
            other => Self::Database(other),
        }
    }
}

impl FromStore for ServiceError {
    fn as_store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Unavailable(error)
            | Self::OutcomeUnknown(error)
            | Self::Database(error)
            | Self::PersonsUnreadable(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Stopped> for ServiceError {
    fn from(stopped: Stopped) -> Self {
        Self::Database(stopped.into())
    }
}

impl From<AccountRefusal> for ServiceError {
    fn from(refusal: AccountRefusal) -> Self {
        Self::Account(refusal)
    }
}

impl From<Refusal> for ServiceError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

/// Words for a right that is missing as a whole; for other systems with the scope that it is.
pub fn right_words(right: &str) -> Words {
    let named = |zh: &str, en: &str| Words::new(format!("没有“{zh}”权限"), format!("the right \"{en}\" is missing"));
    match (right, Scope::from_code(right)) {
        ("staff", _) => Words::new("仅限工作人员", "only for members of the staff"),
        ("supervisor", _) => Words::new("仅限督办人员", "only for supervisors"),
        ("print", _) => named("打印文书", "Print papers"),
        ("reports:read", _) => named("查看报表", "Read reports"),
        ("exports:read", _) => named("导出数据", "Export data"),
        (_, Some(scope)) => {
            let Words { zh, en } = scope.words();
            named(&format!("{zh}（{right}）"), &format!("{en} ({right})"))
        }
        _ => named(right, right),
    }
}

//! How the program ends, as a number for other programs; docs/operations.md has the table.

use super::error::StartError;
use crate::service::backups::BackupError;
use crate::service::base::error::ServiceError;
use crate::store::StoreError;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what it was told.
    Done = 0,
    /// It didn't, and says why.
    Failed = 1,
    /// It doesn't understand what it was told.
    Usage = 2,
    /// It looked, and something is wrong with what it looked at.
    Found = 3,
    /// Settings or files have faults: it will not start before they are mended.
    Configuration = 4,
    /// The database can't be had now, since it doesn't answer or somebody else has it. The same may succeed later.
    Unavailable = 5,
    /// Ctrl-C ended it.
    Interrupted = 130,
    /// A service manager or `kill` ended it.
    Terminated = 143,
}

impl Exit {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::Found,
        Self::Configuration,
        Self::Unavailable,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The number.
    pub fn status(self) -> u8 {
        self as u8
    }

    /// What `--json` calls it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Found => "found",
            Self::Configuration => "configuration",
            Self::Unavailable => "unavailable",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }

    /// When the program ends so, for the manual.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "It did what it was told.",
            Self::Failed => "It did not, and says why; or what it says could not be printed.",
            Self::Usage => "It does not understand what was typed.",
            Self::Found => "It looked, and something is wrong with what it looked at.",
            Self::Configuration => "Settings or files have faults.",
            Self::Unavailable => "The database does not answer, or somebody else has it; the same may succeed later.",
            Self::Interrupted => "Ctrl-C (SIGINT) ended it.",
            Self::Terminated => "SIGTERM, or a closed terminal, ended it.",
        }
    }

    /// How a signal of this number ends it.
    pub fn by_signal(number: i32) -> Self {
        if number == 2 { Self::Interrupted } else { Self::Terminated }
    }
}

impl StartError {
    /// How it ends the program.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Configuration(_) => Exit::Configuration,
            Self::Store(StoreError::Unavailable(_) | StoreError::Busy(_))
            | Self::Service(ServiceError::Unavailable(_)) => Exit::Unavailable,
            _ => Exit::Failed,
        }
    }

    /// Whether it was told to stop.
    pub fn is_stopped(&self) -> bool {
        let of_service = |error: &ServiceError| matches!(error, ServiceError::Database(StoreError::Stopped(_)));
        match self {
            Self::Store(StoreError::Stopped(_)) => true,
            Self::Service(error) => of_service(error),
            Self::Backup(BackupError::Stopped(_) | BackupError::Store(StoreError::Stopped(_))) => true,
            Self::Backup(BackupError::Service(error)) => of_service(error),
            _ => false,
        }
    }
}

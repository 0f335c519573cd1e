//! Backups: what a hall needs to stand up again, in one directory.
//!
//! Cast: [`manifest`] says what a backup holds; [`make`] makes one while the hall works; [`kept`] finds those that are there, and deletes old ones; [`restore`] puts one in the place of a
//! hall that isn't there; [`consistency`] holds what a database says against what happened in it.
//!
//! Guarantees: a backup has its name once it is whole and on disk, and what isn't has a name that says so; others on the machine can read nothing of
//! it; nothing is ever restored over something.

mod claims;
pub mod consistency;
mod due_columns;
pub mod kept;
pub mod make;
pub mod manifest;
mod numbers;
mod report_facts;
pub mod restore;

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::progress::Stopped;
use crate::service::base::error::ServiceError;
use crate::store::backups::PostgresPrograms;
use crate::store::{DatabaseAddress, StoreError};

/// Why a backup can't be made, or isn't one.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file system refuses.
    #[error("{}: {error}", path.display())]
    Files {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The database.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A use case failed.
    #[error("{0}")]
    Service(#[from] ServiceError),
    /// It isn't as it was written.
    #[error("{} is damaged: {}", path.display(), faults.join("; "))]
    Damaged {
        /// The backup.
        path: PathBuf,
        /// Everything that is wrong with it.
        faults: Vec<String>,
    },
    /// Whoever waited for it told it to stop.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// Anything else, in words.
    #[error("{0}")]
    Refused(String),
}

/// The system's error of a file.
fn of_file(path: &Path) -> impl Fn(io::Error) -> BackupError + '_ {
    move |error| BackupError::Files { path: path.to_owned(), error }
}

/// Where a hall has what belongs into its backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The database.
    pub database: DatabaseAddress,
    /// The directory of the keys that tokens are signed with; none where somebody else keeps the one key.
    pub signing_keys: Option<PathBuf>,
    /// The directory of the keys that seals are signed with, with the newest seal.
    pub sealing_keys: PathBuf,
    /// The file of data keys; none where the environment gives them.
    pub data_keys: Option<PathBuf>,
    /// The programs of PostgreSQL.
    pub programs: PostgresPrograms,
}

//! Why the program doesn't start.

use std::fmt::Display;

use crate::configuration::ConfigFault;
use crate::domain::base::words::sentence;
use crate::service::backups::BackupError;
use crate::service::base::error::ServiceError;
use crate::store::StoreError;

/// Why the program doesn't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Everything that is wrong with settings and files.
    #[error("the configuration has faults")]
    Configuration(Vec<ConfigFault>),
    /// The database.
    #[error("The database can't be used: {}", advised(.0, matches!(.0, StoreError::Corrupt(_))))]
    Store(#[from] StoreError),
    /// A use case failed.
    #[error("{}", advised(.0, .0.is_unreadable()))]
    Service(#[from] ServiceError),
    /// A backup.
    #[error("{0}")]
    Backup(#[from] BackupError),
    /// The signing keys.
    #[error("The signing keys can't be used: {0}")]
    Keys(String),
    /// The keys that seals are signed with.
    #[error("The sealing keys can't be used: {0}")]
    SealingKeys(String),
    /// The address can't be listened on.
    #[error(
        "Can't listen on {address}: {error}. Is another program using the port? Choose one with {setting}. Nothing was put in force."
    )]
    Listen {
        /// Host and port.
        address: String,
        /// What the system says.
        error: std::io::Error,
        /// Which setting names it.
        setting: &'static str,
    },
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

impl StartError {
    /// What is damaged, where it is the database or the backup that was looked at: then somebody looked, and found something.
    pub fn damages(&self) -> Option<Vec<String>> {
        let damaged = |error: &StoreError| matches!(error, StoreError::Damaged(_)).then(|| vec![error.to_string()]);
        match self {
            Self::Backup(BackupError::Damaged { faults, .. }) => Some(faults.clone()),
            Self::Store(error)
            | Self::Service(ServiceError::Database(error))
            | Self::Backup(BackupError::Store(error) | BackupError::Service(ServiceError::Database(error))) => {
                damaged(error)
            }
            _ => None,
        }
    }
}

/// What went wrong; where something is stored that can't be read, with what to do: a verification isn't stopped by it.
fn advised(error: &impl Display, is_unreadable: bool) -> String {
    if !is_unreadable {
        return error.to_string();
    }
    format!(
        "{} Somebody has changed the database, or it is damaged: `casehall verify` names what can't be read; put the last backup back",
        sentence(&error.to_string())
    )
}

//! Backups: when they are made, and what goes into them.

use std::path::PathBuf;

use chrono::TimeDelta;
use serde::Deserialize;

/// Whether the private keys go into backups: the data keys, and the keys that tokens and seals are signed with. Whoever has both reads all persons' data and
/// can sign in the hall's name; whoever has only a backup without them can do neither, and neither can the hall, if its own copy is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeysGo {
    /// They are in it.
    Included,
    /// They are kept elsewhere.
    Apart,
}

/// Backups that the hall makes by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSchedule {
    /// Where they lie.
    pub directory: PathBuf,
    /// From one to the next.
    pub every: TimeDelta,
    /// Whether the private keys are in them.
    pub keys: KeysGo,
}

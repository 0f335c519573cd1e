//! `[backups]`: where the hall backs itself up, and how often.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use serde::Deserialize;

use crate::configuration::layers::{Section, not_blank};

/// Whether the data keys go into backups. Whoever has both reads all persons' data; whoever has only a backup without them reads none, and neither does
/// the hall, if its own copy is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum DataKeysGo {
    /// They are in it.
    Included,
    /// They are kept elsewhere.
    Apart,
}

/// `[backups]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSettings {
    /// What this instance makes by itself; none: it leaves that to others.
    pub schedule: Option<BackupSchedule>,
    /// The directory of PostgreSQL's client programs, where the system doesn't find them.
    pub postgres_programs: Option<PathBuf>,
}

/// Backups that the hall makes by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSchedule {
    /// Where they lie.
    pub directory: PathBuf,
    /// From one to the next.
    pub every: Duration,
    /// Whether the data keys are in them.
    pub data_keys: DataKeysGo,
}

/// Reads the section.
pub(super) fn backups(mut section: Section<'_>) -> BackupSettings {
    let place = section.place_of("directory");
    let directory = section.optional("directory", not_blank).map(PathBuf::from);
    let every = Duration::from_secs(section.integer::<u64>("every_hours", 1..=8760) * 3600);
    let data_keys = section.optional("data_keys", Ok::<DataKeysGo, String>);
    let postgres_programs = section.optional("postgres_programs", not_blank).map(PathBuf::from);
    if directory.is_some() && data_keys.is_none() {
        let words = "needs data_keys beside it: \"included\", if whoever can read the backups may read all persons' data; \"apart\", if you keep \
                     a copy of the data keys elsewhere";
        section.fault_at(&place, words);
    }
    section.finish();
    let schedule =
        directory.zip(data_keys).map(|(directory, data_keys)| BackupSchedule { directory, every, data_keys });
    BackupSettings { schedule, postgres_programs }
}

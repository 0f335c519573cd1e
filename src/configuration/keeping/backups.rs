//! `[backups]`: where the hall backs itself up, and how often.

use std::path::PathBuf;

use chrono::TimeDelta;

use crate::configuration::layers::Section;
use crate::configuration::layers::checks::not_blank;
use crate::domain::backups::{BackupSchedule, KeysGo};

/// `[backups]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSettings {
    /// What this instance makes by itself; none: it leaves that to others.
    pub schedule: Option<BackupSchedule>,
    /// The directory of PostgreSQL's client programs, where the system doesn't find them.
    pub postgres_programs: Option<PathBuf>,
}

/// Reads the section.
pub(in crate::configuration) fn backups(mut section: Section<'_>) -> BackupSettings {
    let place = section.place_of("directory");
    let directory = section.optional("directory", not_blank).map(PathBuf::from);
    let every = TimeDelta::hours(section.integer("every_hours", 1..=8760));
    let keys = section.optional("keys", Ok::<KeysGo, String>);
    let postgres_programs = section.optional("postgres_programs", not_blank).map(PathBuf::from);
    if directory.is_some() && keys.is_none() {
        let words = "needs keys beside it: \"included\", if whoever can read the backups may read all persons' data and sign in the hall's \
                     name; \"apart\", if you keep copies of the data keys and the sealing keys elsewhere";
        section.fault_at(&place, words);
    }
    section.finish();
    let schedule = directory.zip(keys).map(|(directory, keys)| BackupSchedule { directory, every, keys });
    BackupSettings { schedule, postgres_programs }
}

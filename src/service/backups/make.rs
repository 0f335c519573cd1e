//! Making a backup while the hall works.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use super::kept::{Deleted, NAME, TIME, UNFINISHED, delete_old, newest_by};
use super::manifest::{DATA_KEYS, DatabaseKind, Manifest, SEALING_KEYS, SIGNING_KEYS};
use super::{BackupError, Places, of_file};
use crate::domain::accounts::audit::{AuditEntry, AuditKind};
use crate::domain::backups::{BackupSchedule, KeysGo};
use crate::domain::progress::{Nobody, Progress};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::evidence::kept_seal;
use crate::service::evidence::sealing_keys::public_halves;
use crate::store::backups::{self, copy_told};
use crate::store::engine::vault::opening;
use crate::store::private_files;

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its directory.
    pub path: PathBuf,
    /// What it holds.
    pub manifest: Manifest,
}

impl Service {
    /// Makes a backup in a directory, under a name of its own with the time in it; enters in the audit trail who had it made.
    ///
    /// # Errors
    /// Why it can't be made, or that it was told to stop: then nothing is left of it.
    pub async fn back_up(
        &self,
        caller: &Caller,
        directory: &Path,
        places: &Places,
        keys: KeysGo,
    ) -> Result<Backup, BackupError> {
        make_directory(directory)?;
        let made_at = self.now();
        let name = format!("{NAME}{}", made_at.format(TIME));
        let (path, aside) = (directory.join(&name), directory.join(format!("{name}{UNFINISHED}")));
        if path.exists() {
            return Err(BackupError::Refused(format!("{} was made in this very second", path.display())));
        }
        make_new_directory(&aside)?;
        match self.fill(&aside, places, keys, made_at).await {
            Ok(manifest) => {
                fs::rename(&aside, &path).map_err(of_file(&path))?;
                sync(directory)?;
                let entry = AuditEntry::new(AuditKind::BackupMade, self.now(), caller.audit_actor());
                self.record(entry.with("backup", name).with("bytes", manifest.bytes().to_string())).await?;
                Ok(Backup { path, manifest })
            }
            Err(error) => {
                let _ = fs::remove_dir_all(&aside);
                Err(error)
            }
        }
    }

    async fn fill(
        &self,
        aside: &Path,
        places: &Places,
        keys: KeysGo,
        made_at: DateTime<Utc>,
    ) -> Result<Manifest, BackupError> {
        // The keys come first: among them is the newest seal, which the database must have.
        let sealing_keys = Some(places.sealing_keys.as_path()).filter(|from| from.exists());
        match keys {
            KeysGo::Included => {
                let signing_keys = places.signing_keys.as_deref().filter(|from| from.exists());
                for (from, to) in [(signing_keys, SIGNING_KEYS), (sealing_keys, SEALING_KEYS)] {
                    from.map_or(Ok(()), |from| copy_directory(from, &aside.join(to)))?;
                }
            }
            KeysGo::Apart => sealing_keys.map_or(Ok(()), |from| copy_public(from, &aside.join(SEALING_KEYS)))?,
        }
        let kind = DatabaseKind::of(&places.database);
        let needs = self.db.read_long("data_key_checks", |tx| Ok::<_, ServiceError>(opening::checks(tx)?)).await;
        let needs = needs.map_err(|error| BackupError::Refused(error.to_string()))?;
        self.db.copy_into(places.programs.clone(), aside.join(kind.file())).await?;
        // Those last: a key that was put in force meanwhile may wrap what has been copied.
        match (keys, &places.data_keys) {
            (KeysGo::Apart, _) => {}
            (KeysGo::Included, Some(file)) => copy_file(file, &aside.join(DATA_KEYS), &Nobody)?,
            (KeysGo::Included, None) => {
                let words = "the environment gives the data keys, so they can't go with a backup: keep them apart";
                return Err(BackupError::Refused(words.to_owned()));
            }
        }
        let (aside, progress) = (aside.to_owned(), self.db.progress().clone());
        let written = tokio::task::spawn_blocking(move || {
            let manifest = Manifest::of(&aside, made_at, kind, backups::schema(), needs, &*progress)?;
            sync(&manifest.write(&aside)?)?;
            sync(&aside)?;
            Ok(manifest)
        });
        written.await.unwrap_or_else(|error| Err(BackupError::Refused(error.to_string())))
    }
}

/// What a look at the schedule came to.
#[derive(Debug)]
pub struct Scheduled {
    /// The backup that was due; none where the newest is young enough.
    pub made: Option<Backup>,
    /// Why old ones couldn't be deleted.
    pub kept: Vec<BackupError>,
}

impl Service {
    /// Makes the backup that is due by a schedule, and deletes those that are older than backups are kept. One that can't be deleted keeps
    /// none from being made.
    ///
    /// # Errors
    /// Why it can't be made.
    pub async fn back_up_when_due(&self, schedule: &BackupSchedule, places: &Places) -> Result<Scheduled, BackupError> {
        let BackupSchedule { directory, every, keys } = schedule;
        let now = self.now();
        // First, so that a disk which is full of old backups has room for the new one.
        let kept = TimeDelta::days(i64::from(self.hall.retention.backups_kept_days));
        let Deleted { failed: kept, .. } = delete_old(directory, now, kept, *every)?;
        if newest_by(directory, now)?.is_some_and(|(at, _)| now - at < *every) {
            return Ok(Scheduled { made: None, kept });
        }
        let made = self.back_up(&Caller::hall(), directory, places, *keys).await?;
        Ok(Scheduled { made: Some(made), kept })
    }
}

/// Makes a directory, with those above it, that only its owner may read; one that is there stays as it is.
pub(super) fn make_directory(directory: &Path) -> Result<(), BackupError> {
    private_files::make_directories(directory).map_err(of_file(directory))
}

/// The same for one that must not be there yet.
pub(super) fn make_new_directory(directory: &Path) -> Result<(), BackupError> {
    private_files::make_directory(directory).map_err(of_file(directory))
}

/// Of the directory of sealing keys, makes what verifies and can't sign: the public halves, and the seals that are kept beside the keys.
fn copy_public(from: &Path, to: &Path) -> Result<(), BackupError> {
    make_new_directory(to)?;
    let halves = public_halves(from).map_err(|fault| BackupError::Refused(fault.to_string()))?;
    for (name, pem) in halves {
        write_new(&to.join(name), pem.as_bytes())?;
    }
    for entry in fs::read_dir(from).map_err(of_file(from))? {
        let entry = entry.map_err(of_file(from))?;
        if entry.file_name().to_str().is_some_and(kept_seal::is_seal) {
            copy_file(&entry.path(), &to.join(entry.file_name()), &Nobody)?;
        }
    }
    sync(to)
}

/// Copies the files of a directory that has no directories.
pub(super) fn copy_directory(from: &Path, to: &Path) -> Result<(), BackupError> {
    make_new_directory(to)?;
    for entry in fs::read_dir(from).map_err(of_file(from))? {
        let entry = entry.map_err(of_file(from))?;
        let is_key =
            entry.path().extension().is_some_and(|extension| extension != "draft") && entry.file_name() != "lock";
        if is_key && entry.file_type().map_err(of_file(from))?.is_file() {
            copy_file(&entry.path(), &to.join(entry.file_name()), &Nobody)?;
        }
    }
    sync(to)
}

/// Copies a file that must not be there yet, readable for its owner only, to the disk. Of one that fails or is stopped nothing is left.
pub(super) fn copy_file(from: &Path, to: &Path, progress: &dyn Progress) -> Result<(), BackupError> {
    let mut source = File::open(from).map_err(of_file(from))?;
    let mut file = private_files::make(to).map_err(of_file(to))?;
    let copied = copy_told(&mut source, &mut file, progress).and_then(|told| file.sync_all().map(|()| told));
    if !matches!(copied, Ok(Ok(()))) {
        let _ = fs::remove_file(to);
    }
    Ok(copied.map_err(of_file(to))??)
}

/// Writes a file that must not be there yet, readable for its owner only, to the disk.
pub(super) fn write_new(to: &Path, content: &[u8]) -> Result<(), BackupError> {
    let written = private_files::make(to).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.map_err(of_file(to))
}

fn sync(path: &Path) -> Result<(), BackupError> {
    private_files::sync(path).map_err(of_file(path))
}

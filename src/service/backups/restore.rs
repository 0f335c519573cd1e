//! Putting a backup in the place of a hall that isn't there.
//!
//! Guarantees: all of it is checked before anything is written; nothing is overwritten; of one that fails or is stopped nothing is left; the database
//! comes last, so that a restoring that was broken off by force is no hall, and can be done again.

use std::fs;
use std::path::{Path, PathBuf};

use super::kept::UNFINISHED;
use super::make::{copy_file, make_directory};
use super::manifest::{DATA_KEYS, DatabaseKind, Manifest, SEALING_KEYS, SIGNING_KEYS};
use super::{BackupError, Places, of_file};
use crate::domain::evidence::checkpoint::{Checkpoint, SignedNote};
use crate::domain::progress::{Part, Progress};
use crate::service::evidence::kept_seal;
use crate::service::evidence::sealing_keys::has_private;
use crate::store::backups::{dump_fault, put_back, refuse_what_is_there, schema};
use crate::store::engine::vault::data_keys::refuse_without;

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What the backup held.
    pub manifest: Manifest,
    /// Whether a newer seal than the backup's is kept beside the sealing keys: what was sealed since is lost, and a verification says so.
    pub lost_seals: bool,
    /// Whether a key is there that seals can be signed with; otherwise nothing was sealed yet, or it is to be put back.
    pub can_seal: bool,
}

/// What was made for a restoring: it goes again, the last first, unless that came to its end.
struct Made(Vec<PathBuf>);

impl Made {
    /// Makes a directory with those above it.
    fn directory(&mut self, directory: &Path) -> Result<(), BackupError> {
        let mut missing: Vec<PathBuf> =
            directory.ancestors().take_while(|path| !path.exists()).map(Path::to_owned).collect();
        missing.reverse();
        self.0.extend(missing);
        make_directory(directory)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for path in self.0.drain(..).rev() {
            let _ = if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) };
        }
    }
}

/// A file to be put somewhere, unless the same is there already.
struct Put {
    from: PathBuf,
    to: PathBuf,
}

/// Puts a backup where the places say. `data_keys` is the file of data keys, where the backup has none.
///
/// # Errors
/// It isn't whole, isn't for this database or program, something is there already, or it was told to stop: then nothing was changed.
pub fn restore(
    backup: &Path,
    places: &Places,
    data_keys: Option<&Path>,
    progress: &dyn Progress,
) -> Result<Restored, BackupError> {
    let manifest = checked(backup, progress)?;
    let kind = DatabaseKind::of(&places.database);
    if kind != manifest.database {
        let words = format!("the backup is of {:?}, and the settings name {}", manifest.database, places.database);
        return Err(BackupError::Refused(words));
    }
    refuse_what_is_there(&places.database)?;
    let (mut puts, mut lost_seals) = (Vec::new(), false);
    for (name, directory) in
        [(SIGNING_KEYS, places.signing_keys.as_deref()), (SEALING_KEYS, Some(places.sealing_keys.as_path()))]
    {
        let (Some(directory), true) = (directory, backup.join(name).is_dir()) else { continue };
        for entry in fs::read_dir(backup.join(name)).map_err(of_file(backup))? {
            let from = entry.map_err(of_file(backup))?.path();
            let Some(file) = from.file_name() else { continue };
            let to = directory.join(file);
            if file == kept_seal::FILE && to.exists() {
                lost_seals |= is_newer(&to, &from)?;
                continue;
            }
            puts.extend(put(from, to)?);
        }
    }
    puts.extend(data_keys_put(backup, &manifest, places, data_keys)?);
    let above = places.database.sqlite_path().and_then(Path::parent).filter(|path| !path.as_os_str().is_empty());
    let mut made = Made(Vec::new());
    progress.begin(Part::bytes("keys copied", None));
    for Put { from, to } in &puts {
        if let Some(directory) = to.parent().filter(|path| !path.as_os_str().is_empty()) {
            made.directory(directory)?;
        }
        // Only then is it ours: what somebody else has put there meanwhile stays.
        copy_file(from, to, progress)?;
        made.0.push(to.clone());
    }
    if let Some(above) = above {
        made.directory(above)?;
    }
    put_back(&places.database, &places.programs, &backup.join(kind.file()), progress)?;
    made.0.clear();
    Ok(Restored { manifest, lost_seals, can_seal: has_private(&places.sealing_keys) })
}

/// The manifest of a backup that is whole and that this program can read.
///
/// # Errors
/// It isn't, with every fault; it was told to stop.
pub fn checked(backup: &Path, progress: &dyn Progress) -> Result<Manifest, BackupError> {
    if backup.file_name().is_some_and(|name| name.to_string_lossy().ends_with(UNFINISHED)) {
        return Err(damaged(backup, vec!["it was never finished".to_owned()]));
    }
    let manifest = Manifest::read(backup)?;
    let faults = manifest.faults(backup, progress)?;
    if !faults.is_empty() {
        return Err(damaged(backup, faults));
    }
    if manifest.schema > schema() {
        let words = format!("the backup was made by a newer version of this program ({}): use that", manifest.program);
        return Err(BackupError::Refused(words));
    }
    Ok(manifest)
}

/// Whether PostgreSQL's programs can read the database in a backup.
///
/// # Errors
/// They can't, or can't be run.
pub fn check_dump(backup: &Path, places: &Places) -> Result<(), BackupError> {
    let fault = dump_fault(&places.programs, &backup.join(DatabaseKind::Postgresql.file()))?;
    fault.map_or(Ok(()), |fault| Err(damaged(backup, vec![fault])))
}

fn damaged(backup: &Path, faults: Vec<String>) -> BackupError {
    BackupError::Damaged { path: backup.to_owned(), faults }
}

fn data_keys_put(
    backup: &Path,
    manifest: &Manifest,
    places: &Places,
    given: Option<&Path>,
) -> Result<Option<Put>, BackupError> {
    let Some(to) = places.data_keys.clone() else { return Ok(None) };
    let held = manifest.has_data_keys.then(|| backup.join(DATA_KEYS));
    let from = given.map(Path::to_owned).or(held);
    let file = from.as_ref().unwrap_or(&to);
    // What comes through a pipe can be read but once.
    if file.is_file() {
        refuse_without(file, &manifest.needs)?;
    }
    match from {
        Some(from) if from == to => Ok(None),
        Some(from) => put(from, to),
        None if to.exists() => Ok(None),
        None => Err(BackupError::Refused(format!(
            "the backup is without the data keys, and {} isn't there: nobody could read the persons' data. Put your copy of the data keys \
             there, or name it with --data-keys FILE",
            to.display()
        ))),
    }
}

fn put(from: PathBuf, to: PathBuf) -> Result<Option<Put>, BackupError> {
    if !to.exists() {
        return Ok(Some(Put { from, to }));
    }
    if is_same(&from, &to)? {
        return Ok(None);
    }
    let words = format!("{} is there already and differs from the backup's: move it aside first", to.display());
    Err(BackupError::Refused(words))
}

/// Whether a seal that is kept is newer than the backup's, as that of the hall that was lost may be; what can't be read is taken for it.
fn is_newer(kept: &Path, backup: &Path) -> Result<bool, BackupError> {
    let number = |path: &Path| {
        let file = fs::read_to_string(path).map_err(of_file(path))?;
        Ok::<_, BackupError>(
            SignedNote::from_file(&file)
                .and_then(|note| Checkpoint::from_text(&note.text))
                .map(|checkpoint| checkpoint.seal),
        )
    };
    Ok(match (number(kept)?, number(backup)?) {
        (Some(kept), Some(backup)) => kept > backup,
        _ => !is_same(kept, backup)?,
    })
}

fn is_same(one: &Path, other: &Path) -> Result<bool, BackupError> {
    let read = |path: &Path| fs::read(path).map_err(of_file(path));
    Ok(read(one)? == read(other)?)
}

//! What a backup holds, as `manifest.json` in it says.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::make::write_new;
use super::{BackupError, of_file};
use crate::domain::progress::{Part, Progress, Stopped};
use crate::store::DatabaseAddress;
use crate::store::backups::copy_told;
use crate::store::engine::vault::data_keys::DataKeyCheck;

/// The manifest's file.
const FILE: &str = "manifest.json";
/// The form of the manifest that this program writes and reads.
const FORM: u32 = 1;
/// The file of data keys.
pub(super) const DATA_KEYS: &str = "data_keys";
/// The directory of the keys that tokens are signed with.
pub(super) const SIGNING_KEYS: &str = "keys";
/// The directory of the keys that seals are signed with, or of their public halves; with the newest seal.
pub(super) const SEALING_KEYS: &str = "sealing-keys";

/// Which database a backup is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseKind {
    /// An SQLite file.
    Sqlite,
    /// What `pg_dump` wrote.
    Postgresql,
}

impl DatabaseKind {
    /// The kind at an address.
    pub fn of(address: &DatabaseAddress) -> Self {
        if address.is_postgres() { Self::Postgresql } else { Self::Sqlite }
    }

    /// The file of the database in a backup.
    pub fn file(self) -> &'static str {
        match self {
            Self::Sqlite => "casehall.db",
            Self::Postgresql => "casehall.dump",
        }
    }
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldFile {
    /// Its path within the backup, parts separated by `/`.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of this manifest.
    pub form: u32,
    /// When it was begun: what is in it happened before it was finished.
    pub made_at: DateTime<Utc>,
    /// The version of the program that made it.
    pub program: String,
    /// Which database.
    pub database: DatabaseKind,
    /// The version of the database's schema.
    pub schema: String,
    /// Whether the data keys are in it; otherwise it is worth nothing without those that are kept apart.
    pub has_data_keys: bool,
    /// Which data keys it needs.
    #[serde(default)]
    pub needs: Vec<DataKeyCheck>,
    /// All files but this one.
    pub files: Vec<HeldFile>,
}

impl Manifest {
    /// A manifest over the files that lie in a directory.
    pub(super) fn of(
        directory: &Path,
        made_at: DateTime<Utc>,
        database: DatabaseKind,
        schema: String,
        needs: Vec<DataKeyCheck>,
        progress: &dyn Progress,
    ) -> Result<Self, BackupError> {
        let mut files = Vec::new();
        list(directory, Path::new(""), &mut files)?;
        files.sort();
        let bytes =
            files.iter().filter_map(|path| fs::metadata(directory.join(path)).ok()).map(|file| file.len()).sum();
        progress.begin(Part::bytes("files hashed", Some(bytes)));
        let files = files.iter().map(|path| held(directory, path, progress)).collect::<Result<Vec<_>, _>>()?;
        let has_data_keys = files.iter().any(|file| file.path == DATA_KEYS);
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Ok(Self { form: FORM, made_at, program, database, schema, has_data_keys, needs, files })
    }

    /// Writes it beside the files.
    pub(super) fn write(&self, directory: &Path) -> Result<PathBuf, BackupError> {
        let path = directory.join(FILE);
        let text = serde_json::to_string_pretty(self).map_err(|error| BackupError::Refused(error.to_string()))?;
        write_new(&path, (text + "\n").as_bytes())?;
        Ok(path)
    }

    /// Reads that of a backup.
    ///
    /// # Errors
    /// There is none, it can't be read, or a newer program wrote it.
    pub fn read(backup: &Path) -> Result<Self, BackupError> {
        let path = backup.join(FILE);
        let refused = |words: String| BackupError::Refused(format!("{}: {words}", path.display()));
        let damaged =
            |words: String| BackupError::Damaged { path: backup.to_owned(), faults: vec![format!("{FILE}: {words}")] };
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && backup.is_dir() => {
                return Err(damaged("there is none".to_owned()));
            }
            read => read.map_err(of_file(&path))?,
        };
        let manifest: Self = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        let strays =
            |file: &HeldFile| !Path::new(&file.path).components().all(|part| matches!(part, Component::Normal(_)));
        match manifest.form {
            FORM if manifest.files.iter().any(strays) => {
                Err(refused("it names files outside of the backup".to_owned()))
            }
            FORM => Ok(manifest),
            form => Err(refused(format!("it has form {form}; a newer version of this program made it"))),
        }
    }

    /// What is wrong with the files of a backup: each that is missing or isn't the one that was written, and each that the manifest doesn't name.
    ///
    /// # Errors
    /// A directory can't be read; it was told to stop.
    pub fn faults(&self, backup: &Path, progress: &dyn Progress) -> Result<Vec<String>, BackupError> {
        progress.begin(Part::bytes("files of the backup checked", Some(self.bytes())));
        let mut faults = Vec::new();
        for file in &self.files {
            match held(backup, Path::new(&file.path), progress) {
                Ok(found) if found == *file => {}
                Ok(found) if found.bytes != file.bytes => {
                    faults.push(format!("{} has {} bytes instead of {}", file.path, found.bytes, file.bytes));
                }
                Ok(_) => faults.push(format!("{} isn't as it was written", file.path)),
                Err(stopped @ BackupError::Stopped(_)) => return Err(stopped),
                Err(error) => faults.push(error.to_string()),
            }
        }
        let mut there = Vec::new();
        list(backup, Path::new(""), &mut there)?;
        let named =
            |path: &PathBuf| path == Path::new(FILE) || self.files.iter().any(|file| Path::new(&file.path) == path);
        faults.extend(
            there.iter().filter(|path| !named(path)).map(|path| format!("{} doesn't belong here", path.display())),
        );
        Ok(faults)
    }

    /// How many bytes the files have together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// The files below a directory, as paths from there.
fn list(directory: &Path, below: &Path, files: &mut Vec<PathBuf>) -> Result<(), BackupError> {
    let here = directory.join(below);
    for entry in fs::read_dir(&here).map_err(of_file(&here))? {
        let entry = entry.map_err(of_file(&here))?;
        let path = below.join(entry.file_name());
        match entry.file_type().map_err(of_file(&here))? {
            kind if kind.is_dir() => list(directory, &path, files)?,
            _ => files.push(path),
        }
    }
    Ok(())
}

fn held(directory: &Path, path: &Path, progress: &dyn Progress) -> Result<HeldFile, BackupError> {
    let whole = directory.join(path);
    let hashed = File::open(&whole).and_then(|file| hashed(file, progress));
    let (bytes, sha256) = hashed.map_err(of_file(&whole))??;
    Ok(HeldFile { path: path.display().to_string(), bytes, sha256 })
}

fn hashed(mut file: File, progress: &dyn Progress) -> io::Result<Result<(u64, String), Stopped>> {
    let mut digest = Digesting(Sha256::new(), 0);
    let told = copy_told(&mut file, &mut digest, progress)?;
    Ok(told.map(|()| (digest.1, hex::encode(digest.0.finalize()))))
}

/// What is written here is hashed and counted.
struct Digesting(Sha256, u64);

impl Write for Digesting {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.0.update(part);
        self.1 += part.len() as u64;
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

//! How much room is left where the hall writes.

use std::io;
use std::path::{Path, PathBuf};

use crate::configuration::settings::Settings;

/// A directory on a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Disk {
    /// What lies there: `data` or `backups`.
    pub(super) name: &'static str,
    directory: PathBuf,
    /// Whether no change can be made once it is full.
    pub(super) is_needed: bool,
}

/// The room of a disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// What this user can still write.
    pub(super) free: u64,
    pub(super) size: u64,
}

/// The directories of a hall.
pub(super) fn disks(settings: &Settings) -> Vec<Disk> {
    let file = settings.database.url.sqlite_path();
    let directory = file.map_or(settings.data_directory.as_path(), |file| file.parent().unwrap_or(Path::new(".")));
    let data = Disk { name: "data", directory: directory.to_owned(), is_needed: file.is_some() };
    let backups = settings.backups.schedule.as_ref().map(|schedule| Disk {
        name: "backups",
        directory: schedule.directory.clone(),
        is_needed: false,
    });
    std::iter::once(data).chain(backups).collect()
}

impl Disk {
    /// What is left. Of a directory that isn't made yet, where it will be. May wait for as long as the disk does.
    pub(super) fn room(&self) -> io::Result<Room> {
        let there = self.directory.ancestors().find(|directory| directory.exists());
        room_at(there.filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new(".")))
    }
}

#[cfg(unix)]
fn room_at(directory: &Path) -> io::Result<Room> {
    let found = rustix::fs::statvfs(directory)?;
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    Ok(Room { free: bytes(found.f_bavail), size: bytes(found.f_blocks) })
}

#[cfg(not(unix))]
fn room_at(_: &Path) -> io::Result<Room> {
    Err(io::ErrorKind::Unsupported.into())
}

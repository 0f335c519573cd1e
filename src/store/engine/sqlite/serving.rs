//! One process at a time serves a database file.
//!
//! Guarantee: the lock is the system's, on a file beside the database, and ends with the process, however that ends. It isn't taken on
//! the database itself: closing that file would end SQLite's own locks on it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use super::make_file;
use crate::store::engine::connection::address::DatabaseAddress;
use crate::store::engine::connection::options::Opening;
use crate::store::engine::error::StoreError;
use crate::store::engine::opening;

/// Holds a database file for the process that serves it, until it is dropped.
#[derive(Debug)]
pub struct Serving {
    _locked: File,
}

impl Serving {
    pub(in crate::store) fn of(address: &DatabaseAddress, path: &Path, opening: Opening) -> Result<Self, StoreError> {
        opening::look_at_file(address, path, opening)?;
        let unusable = |error: io::Error| {
            StoreError::Unavailable(format!("{} can't be held for this process alone: {error}", path.display()))
        };
        // By its one name, whatever links lead to it.
        let made = if opening == Opening::Existing { Ok(()) } else { make_file(path) };
        let file = made.and_then(|()| fs::canonicalize(path)).map_err(unusable)?;
        let mut name = file.clone().into_os_string();
        name.push("-serving");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut locked = options.open(name).map_err(unusable)?;
        match locked.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = locked.read_to_string(&mut holder);
                return Err(StoreError::Unavailable(format!(
                    "another process ({}) serves {} already, and only one may: stop it first. Commands such as `casehall user` may run \
                     beside it; several instances need PostgreSQL",
                    holder.trim(),
                    file.display()
                )));
            }
        }
        // For the words above.
        let written = locked.set_len(0).and_then(|()| locked.rewind());
        written.and_then(|()| writeln!(locked, "{}", std::process::id())).map_err(unusable)?;
        Ok(Self { _locked: locked })
    }
}

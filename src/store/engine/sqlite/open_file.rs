//! Whether a database's files are still where they were opened.
//!
//! SQLite goes on with files that were deleted, moved or replaced under it, and what it writes then is lost with the process. So no change is begun
//! that would be written there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::store::engine::error::StoreError;

/// Device and number of a file; none: it isn't there.
type Identity = Option<(u64, u64)>;

/// The database's file and its write-ahead log, by what tells them from others of their name.
#[derive(Debug)]
pub(in crate::store) struct OpenFile {
    file: PathBuf,
    log: PathBuf,
    /// The log only while a connection keeps it.
    opened: Mutex<Option<(Identity, Option<Identity>)>>,
    is_told: AtomicBool,
}

impl OpenFile {
    /// Of a path at which a database is about to be opened.
    pub(in crate::store) fn at(path: &Path) -> Self {
        // The log lies beside the file itself, whatever links lead to that.
        let mut log = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).into_os_string();
        log.push("-wal");
        Self { file: path.to_owned(), log: log.into(), opened: Mutex::default(), is_told: AtomicBool::default() }
    }

    /// Notes the files that a connection has open which has read: from then on SQLite keeps the log, as long as the connection is.
    ///
    /// # Errors
    /// [`StoreError::Gone`] where another file was opened before.
    pub(in crate::store) fn note(&self) -> Result<(), StoreError> {
        let now = (identity(&self.file), identity(&self.log));
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.is_some_and(|(file, _)| file != now.0) {
            return Err(self.gone());
        }
        *opened = Some((now.0, Some(now.1)));
        Ok(())
    }

    /// That the connection is gone which had the log open: SQLite may take that away, and make another one for the next.
    pub(in crate::store) fn forget_log(&self) {
        if let Some((_, log)) = self.opened.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            *log = None;
        }
    }

    /// Looks whether both are where they were opened. May wait for as long as the disk does.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub(in crate::store) fn check(&self) -> Result<(), StoreError> {
        let opened = *self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let is_there = |(file, log): (Identity, Option<Identity>)| {
            file == identity(&self.file) && log.is_none_or(|log| log == identity(&self.log))
        };
        if opened.is_none_or(is_there) {
            self.is_told.store(false, Ordering::Relaxed);
            return Ok(());
        }
        let error = self.gone();
        if !self.is_told.swap(true, Ordering::Relaxed) {
            tracing::error!(code = "database_gone", %error, "changes are refused");
        }
        Err(error)
    }

    fn gone(&self) -> StoreError {
        StoreError::Gone(format!(
            "{} and {} aren't the files any more that were opened: they were deleted, moved or replaced, or their volume is gone. Nothing is written \
             into files that nobody would find again. Put them back while the program runs, or copy what it still has open before it is stopped \
             (docs/operations.md, \"Databases\")",
            self.file.display(),
            self.log.display()
        ))
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Identity {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Identity {
    path.exists().then_some((0, 0))
}

//! The backups in a directory: which there are, which is the newest, and which are old.
//!
//! Guarantees: what a clock that is ahead says of them deletes none: after a pause in their times those before it stay until backups were made
//! for a month; what has a time that is still to come is neither the newest nor old.

use std::path::{Path, PathBuf};
use std::{fs, io};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::{BackupError, of_file};
use crate::service::retention::SILENCE;

/// What the name of a backup begins with; its time follows.
pub(super) const NAME: &str = "casehall-";
pub(super) const TIME: &str = "%Y%m%dT%H%M%SZ";
/// What the name of a backup ends with that isn't whole.
pub(super) const UNFINISHED: &str = ".unfinished";

/// What became of old backups.
#[derive(Debug, Default)]
pub struct Deleted {
    /// They are gone.
    pub paths: Vec<PathBuf>,
    /// Why others aren't.
    pub failed: Vec<BackupError>,
}

/// The whole backups in a directory with the times in their names, the newest first. None where there is no such directory.
///
/// # Errors
/// It can't be read.
pub fn backups_in(directory: &Path) -> Result<Vec<(DateTime<Utc>, PathBuf)>, BackupError> {
    found_in(directory, "")
}

/// The newest of them that was made before an instant: a clock that was ahead may have made later ones.
///
/// # Errors
/// The directory can't be read.
pub fn newest_by(directory: &Path, now: DateTime<Utc>) -> Result<Option<(DateTime<Utc>, PathBuf)>, BackupError> {
    Ok(backups_in(directory)?.into_iter().find(|(at, _)| *at <= now))
}

/// Those whose names end so, behind the time.
fn found_in(directory: &Path, end: &str) -> Result<Vec<(DateTime<Utc>, PathBuf)>, BackupError> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(of_file(directory))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(of_file(directory))?;
        let name = entry.file_name();
        let name = name.to_str().and_then(|name| name.strip_prefix(NAME)).and_then(|name| name.strip_suffix(end));
        let at = name.and_then(|time| NaiveDateTime::parse_from_str(time, TIME).ok());
        if let Some(at) = at.filter(|_| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            found.push((at.and_utc(), entry.path()));
        }
    }
    found.sort_by(|one, other| other.cmp(one));
    Ok(found)
}

/// Deletes the backups in a directory that are older than they are `kept`, but never the newest; and what is left of one that was broken off
/// a day ago. They are made as `every` says.
///
/// # Errors
/// The directory can't be read.
pub fn delete_old(
    directory: &Path,
    now: DateTime<Utc>,
    kept: TimeDelta,
    every: TimeDelta,
) -> Result<Deleted, BackupError> {
    let made: Vec<_> = backups_in(directory)?.into_iter().filter(|(at, _)| *at <= now).collect();
    let times: Vec<_> = made.iter().map(|(at, _)| *at).collect();
    let certain = before_pause(&times, now, every + SILENCE);
    let whole = made.into_iter().take(certain).skip(1).filter(|(at, _)| now - *at > kept);
    let broken_off = found_in(directory, UNFINISHED)?.into_iter().filter(|(at, _)| now - *at > TimeDelta::days(1));
    let mut deleted = Deleted::default();
    for (_, path) in whole.chain(broken_off) {
        match fs::remove_dir_all(&path) {
            Ok(()) => deleted.paths.push(path),
            Err(error) => deleted.failed.push(of_file(&path)(error)),
        }
    }
    Ok(deleted)
}

/// How many of these times, the newest first, are from after a pause that is longer than usual: before it the clock may have been another
/// one. All, where backups were made for a month since.
fn before_pause(times: &[DateTime<Utc>], now: DateTime<Utc>, usual: TimeDelta) -> usize {
    let mut later = now;
    for (index, at) in times.iter().enumerate() {
        let made_since = times[0] - later;
        if later - *at > usual && made_since < SILENCE {
            return index;
        }
        later = *at;
    }
    times.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_before_a_pause_is_certain_when_backups_were_made_for_a_month_since() {
        let day = |number: i64| DateTime::UNIX_EPOCH + TimeDelta::days(number);
        let certain = |days: &[i64], now: i64| {
            before_pause(&days.iter().map(|it| day(*it)).collect::<Vec<_>>(), day(now), TimeDelta::days(31))
        };
        assert_eq!(certain(&[], 9), 0);
        assert_eq!(certain(&[9, 8, 7], 10), 3, "no pause");
        assert_eq!(certain(&[9, 8, 7], 200), 0, "the clock may be ahead");
        assert_eq!(certain(&[200, 9, 8, 7], 201), 1, "one was made by it since");
        assert_eq!(certain(&[229, 201, 200, 9, 8], 230), 3, "not for a month");
        assert_eq!(certain(&[230, 229, 201, 200, 9, 8], 231), 6, "so it was right");
    }
}

//! What the settings say of backups, and a backup that is restored aside to be looked at.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::assembly::service_with;
use super::configuration::Configuration;
use super::error::StartError;
use crate::clock::Clock;
use crate::configuration::settings::Settings;
use crate::service::Service;
use crate::service::backups::Places;
use crate::service::backups::restore::restore;
use crate::service::evidence::sealing_keys::LostKey;
use crate::store::backups::{PostgresPrograms, integrity_faults};
use crate::store::{DbOptions, private_files};

/// Where the hall of the settings has what belongs into its backup.
///
/// # Errors
/// The address of the database.
pub fn places(settings: &Settings) -> Result<Places, StartError> {
    let given = settings.cryptography.data_keys.is_some();
    Ok(Places {
        database: settings.database.url.reveal().parse()?,
        signing_keys: settings.tokens.signing_key_file.is_none().then(|| settings.key_directory()),
        sealing_keys: settings.sealing_key_directory(),
        data_keys: (!given).then(|| settings.data_key_file()),
        programs: PostgresPrograms(settings.backups.postgres_programs.clone()),
    })
}

/// What is wrong with the file of the database that the settings name, page by page, also where no hall can be put together from it.
///
/// # Errors
/// It can't be opened.
pub fn page_faults(settings: &Settings) -> Result<Vec<String>, StartError> {
    Ok(integrity_faults(&settings.database.url.reveal().parse()?, &DbOptions::default())?)
}

/// A hall that was restored to be looked at; it is gone when it isn't needed any more.
pub struct Aside {
    /// It.
    pub service: Service,
    _directory: Directory,
}

/// Restores a backup of SQLite beside it and puts the hall together: what can be restored and started is a backup. `data_keys` is the
/// file of data keys, where the backup has none.
///
/// # Errors
/// It isn't whole, or no hall.
pub async fn restored_aside(
    mut configuration: Configuration,
    clock: Arc<dyn Clock>,
    backup: &Path,
    data_keys: Option<&Path>,
) -> Result<Aside, StartError> {
    let above = backup.canonicalize().ok().and_then(|path| path.parent().map(Path::to_owned)).unwrap_or_default();
    let progress = configuration.progress.clone();
    let directory = Directory::make(above.join(format!(".verifying-{}", std::process::id())))?;
    let settings = &mut configuration.settings;
    let file = directory.0.join("casehall.db");
    settings.database.url = format!("sqlite://{}", file.display()).parse().map_err(StartError::Other)?;
    settings.tokens.signing_key_file = None;
    settings.audit.key_directory = None;
    settings.cryptography.data_key_file = None;
    // All of its pages are looked at afterwards.
    settings.database.check = Duration::ZERO;
    // Its dates are its own.
    settings.calendar_moves_at_start = usize::MAX;
    restore(backup, &places(settings)?, data_keys, &*progress)?;
    Ok(Aside { service: service_with(configuration, clock, LostKey::OnlyVerify).await?, _directory: directory })
}

/// A directory for its owner only, until it is dropped.
struct Directory(PathBuf);

impl Directory {
    fn make(path: PathBuf) -> Result<Self, StartError> {
        private_files::make_directory(&path)
            .map_err(|error| StartError::Other(format!("{}: {error}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

//! Backups: making, checking and restoring them.

use std::path::{Path, PathBuf};

use casehall::configuration::backups::DataKeysGo;
use casehall::configuration::settings::Settings;
use casehall::service::accounts::caller::Caller;
use casehall::service::backups::consistency::Consistency;
use casehall::service::backups::manifest::DatabaseKind;
use casehall::service::backups::restore::{checked, restore};
use casehall::service::backups::{BackupError, Places};
use casehall::startup::{Configuration, StartError};
use casehall::store::backup::readable_dump;
use clap::Args;

use super::terminal::{counted, explained, remark, say};

/// Where a backup is made, and whether the data keys go with it.
#[derive(Args)]
pub(crate) struct BackupArguments {
    /// The directory under which it gets a directory of its own, named by the time; by default that of the settings.
    directory: Option<PathBuf>,
    /// Whether the data keys go with it: `included`, if whoever can read the backup may read all persons' data; `apart`, if you keep a copy of
    /// them elsewhere. By default what the settings say.
    #[arg(long, value_enum)]
    data_keys: Option<DataKeysGo>,
}

/// Makes a backup.
///
/// # Errors
/// Why none was made, in words.
pub(crate) async fn back_up(configuration: Configuration, arguments: BackupArguments) -> Result<(), StartError> {
    let schedule = configuration.settings.backups.schedule.clone();
    let directory = arguments.directory.or_else(|| schedule.as_ref().map(|schedule| schedule.directory.clone()));
    let data_keys = arguments.data_keys.or_else(|| schedule.map(|schedule| schedule.data_keys));
    let other = |words: &str| StartError::Other(words.to_owned());
    let directory = directory.ok_or_else(|| other("say where: casehall backup DIRECTORY, or [backups] directory"))?;
    let data_keys = data_keys.ok_or_else(|| {
        other(
            "say whether the data keys go with it: --data-keys included, if whoever can read the backup may read all persons' data; --data-keys \
             apart, if you keep a copy of them elsewhere",
        )
    })?;
    let places = Places::of(&configuration.settings)?;
    let service = super::service(configuration).await?;
    let made = service.back_up(&Caller::operator(), &directory, &places, data_keys).await.map_err(failed)?;
    say(&format!(
        "{} holds {} and {}.",
        made.path.display(),
        counted(made.manifest.files.len() as u64, "file"),
        bytes(made.manifest.bytes())
    ));
    if data_keys == DataKeysGo::Apart {
        let own = places.data_keys.map_or_else(|| "the data keys".to_owned(), |file| file.display().to_string());
        remark(&format!(
            "The data keys aren't in it. Keep a copy of {own} elsewhere: without them nobody can read the persons' data."
        ));
    }
    Ok(())
}

/// Puts a backup in the place of a hall that isn't there.
///
/// # Errors
/// Why it wasn't restored; then nothing was changed.
pub(crate) fn put_back(settings: &Settings, backup: &Path, data_keys: Option<&Path>) -> Result<(), StartError> {
    let places = Places::of(settings)?;
    let restored = restore(backup, &places, data_keys).map_err(failed)?;
    say(&format!(
        "The hall of {} is restored in {}.",
        restored.manifest.made_at.format("%Y-%m-%d %H:%M:%S UTC"),
        places.database
    ));
    if restored.lost_seals {
        remark(&format!(
            "{} has a newer seal than the backup, so `casehall audit verify` will miss what was sealed since. Enter that you know with \
             `casehall audit accept-restore`.",
            places.sealing_keys.display()
        ));
    }
    remark("Check it with `casehall verify`, and erase again what was due since: `casehall retention`.");
    Ok(())
}

/// Checks the database that the settings name, or a backup.
///
/// # Errors
/// What is wrong, every fault in words.
pub(crate) async fn verify(
    configuration: Configuration,
    backup: Option<PathBuf>,
    data_keys: Option<PathBuf>,
) -> Result<(), StartError> {
    let Some(backup) = backup else {
        return verify_hall(configuration, "The database").await;
    };
    let manifest = checked(&backup).map_err(failed)?;
    let shown = backup.display().to_string();
    if manifest.database == DatabaseKind::Postgresql {
        let places = Places::of(&configuration.settings)?;
        readable_dump(&places.programs, &backup.join(manifest.database.file()))?;
        say(&format!("{shown}: every file is as it was written, and pg_restore can read the dump."));
        remark(
            "What is in it can be checked once it is restored into an empty database: `casehall restore`, then `casehall verify` there.",
        );
        return Ok(());
    }
    // Restored aside: what can be restored and started is a backup.
    let above = backup.canonicalize().ok().and_then(|path| path.parent().map(Path::to_owned)).unwrap_or_default();
    let aside = tempfile_in(&above)?;
    let mut configuration = configuration;
    let usual = configuration.settings.data_key_file();
    let keys = data_keys.or_else(|| (!manifest.has_data_keys && usual.exists()).then_some(usual));
    let there = |error: String| StartError::Other(error);
    let settings = &mut configuration.settings;
    settings.database.url =
        format!("sqlite://{}", aside.path().join("casehall.db").display()).parse().map_err(there)?;
    settings.tokens.signing_key_file = None;
    settings.audit.key_directory = None;
    settings.cryptography.data_key_file = None;
    restore(&backup, &Places::of(settings)?, keys.as_deref()).map_err(failed)?;
    verify_hall(configuration, &shown).await
}

fn tempfile_in(directory: &Path) -> Result<Aside, StartError> {
    let path = directory.join(format!(".verifying-{}", std::process::id()));
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&path).map_err(|error| StartError::Other(format!("{}: {error}", path.display())))?;
    Ok(Aside(path))
}

/// A directory that is gone when it isn't needed any more.
struct Aside(PathBuf);

impl Aside {
    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn verify_hall(configuration: Configuration, what: &str) -> Result<(), StartError> {
    let service = super::service(configuration).await?;
    let Consistency { cases, certificates, faults, fault_count } =
        service.check_consistency(|_| {}).await.map_err(explained)?;
    let evidence = service.verify(&Caller::operator(), None).await.map_err(explained)?;
    let all = fault_count + evidence.finding_count;
    let summary = format!(
        "{what}: {}, {}, {} and {} looked at",
        counted(cases, "case"),
        counted(certificates, "certificate"),
        counted(evidence.events, "event"),
        counted(evidence.entries, "audit entry"),
    );
    if all == 0 {
        say(&format!("{summary}; everything is as it should be."));
        return Ok(());
    }
    let mut shown: Vec<String> = faults.into_iter().chain(evidence.findings.iter().map(ToString::to_string)).collect();
    let further = all - shown.len() as u64;
    if further > 0 {
        shown.push(format!("and {further} further"));
    }
    Err(StartError::Other(format!("{}\n{summary}; {}.", shown.join("\n"), counted(all, "fault"))))
}

fn failed(error: BackupError) -> StartError {
    StartError::Other(error.to_string())
}

/// Such as `1.4 MB`.
fn bytes(count: u64) -> String {
    match count {
        0..1_000_000 => format!("{} kB", count.div_ceil(1_000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.2} GB", count as f64 / 1e9),
    }
}

//! Backups: making, checking and restoring them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use casehall::clock::SystemClock;
use casehall::configuration::settings::Settings;
use casehall::domain::backups::DataKeysGo;
use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::backups::BackupError;
use casehall::service::backups::consistency::Consistency;
use casehall::service::backups::manifest::DatabaseKind;
use casehall::service::backups::restore::{check_dump, checked, restore};
use casehall::startup::{self, Configuration, StartError};
use clap::{Args, ValueEnum};

use super::terminal::{counted, explained, remark, say};

/// Where a backup is made, and whether the data keys go with it.
#[derive(Args)]
pub(crate) struct BackupArguments {
    /// The directory under which it gets a directory of its own, named by the time; by default that of the settings.
    directory: Option<PathBuf>,
    /// Whether the data keys go with it: `included`, if whoever can read the backup may read all persons' data; `apart`, if you keep a copy of
    /// them elsewhere. By default what the settings say.
    #[arg(long, value_enum)]
    data_keys: Option<DataKeysSaid>,
}

/// As it is typed.
#[derive(Clone, Copy, ValueEnum)]
enum DataKeysSaid {
    Included,
    Apart,
}

impl From<DataKeysSaid> for DataKeysGo {
    fn from(said: DataKeysSaid) -> Self {
        match said {
            DataKeysSaid::Included => Self::Included,
            DataKeysSaid::Apart => Self::Apart,
        }
    }
}

/// Makes a backup.
///
/// # Errors
/// Why none was made, in words.
pub(crate) async fn back_up(configuration: Configuration, arguments: BackupArguments) -> Result<(), StartError> {
    let schedule = configuration.settings.backups.schedule.clone();
    let directory = arguments.directory.or_else(|| schedule.as_ref().map(|schedule| schedule.directory.clone()));
    let data_keys = arguments.data_keys.map(DataKeysGo::from).or_else(|| schedule.map(|schedule| schedule.data_keys));
    let other = |words: &str| StartError::Other(words.to_owned());
    let directory = directory.ok_or_else(|| other("say where: casehall backup DIRECTORY, or [backups] directory"))?;
    let data_keys = data_keys.ok_or_else(|| {
        other(
            "say whether the data keys go with it: --data-keys included, if whoever can read the backup may read all persons' data; --data-keys \
             apart, if you keep a copy of them elsewhere",
        )
    })?;
    let places = startup::places(&configuration.settings)?;
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
    let places = startup::places(settings)?;
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
        let service = super::service(configuration).await?;
        return looked_through(&service, "The database").await;
    };
    let manifest = checked(&backup).map_err(failed)?;
    let shown = backup.display().to_string();
    if manifest.database == DatabaseKind::Postgresql {
        check_dump(&backup, &startup::places(&configuration.settings)?).map_err(failed)?;
        say(&format!("{shown}: every file is as it was written, and pg_restore can read the dump."));
        remark(
            "What is in it can be checked once it is restored into an empty database: `casehall restore`, then `casehall verify` there.",
        );
        return Ok(());
    }
    let usual = configuration.settings.data_key_file();
    let keys = data_keys.or_else(|| (!manifest.has_data_keys && usual.exists()).then_some(usual));
    let aside = startup::restored_aside(configuration, Arc::new(SystemClock), &backup, keys.as_deref()).await?;
    looked_through(&aside.service, &shown).await
}

async fn looked_through(service: &Service, what: &str) -> Result<(), StartError> {
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

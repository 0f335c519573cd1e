//! Backups: making, checking and restoring them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use casehall::clock::SystemClock;
use casehall::domain::backups::KeysGo;
use casehall::domain::evidence::finding::Verification;
use casehall::domain::progress::Unit;
use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::backups::consistency::Consistency;
use casehall::service::backups::manifest::DatabaseKind;
use casehall::service::backups::restore::{check_dump, checked, restore};
use casehall::service::evidence::sealing_keys::LostKey;
use casehall::startup::{self, Configuration, Needs, StartError};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::progress::amount;
use super::terminal::{Answer, Terminal, counted, explained};

/// Where a backup is made, and whether the private keys go with it.
#[derive(Args)]
pub(crate) struct BackupArguments {
    /// The directory under which it gets a directory of its own, named by the time; by default that of the settings.
    directory: Option<PathBuf>,
    /// Whether the private keys go with it: the data keys, and those that tokens and seals are signed with. `included`, if whoever can read the backup may
    /// read all persons' data and sign in the hall's name; `apart`, if you keep copies elsewhere. By default what the settings say.
    #[arg(long, value_enum)]
    keys: Option<KeysSaid>,
}

/// As it is typed.
#[derive(Clone, Copy, ValueEnum)]
enum KeysSaid {
    Included,
    Apart,
}

impl From<KeysSaid> for KeysGo {
    fn from(said: KeysSaid) -> Self {
        match said {
            KeysSaid::Included => Self::Included,
            KeysSaid::Apart => Self::Apart,
        }
    }
}

/// Makes a backup.
///
/// # Errors
/// Why none was made, in words.
pub(crate) async fn back_up(
    terminal: &Terminal,
    configuration: Configuration,
    arguments: BackupArguments,
) -> Result<Answer, StartError> {
    let schedule = configuration.settings.backups.schedule.clone();
    let directory = arguments.directory.or_else(|| schedule.as_ref().map(|schedule| schedule.directory.clone()));
    let keys = arguments.keys.map(KeysGo::from).or_else(|| schedule.map(|schedule| schedule.keys));
    let other = |words: &str| StartError::Other(words.to_owned());
    let directory = directory.ok_or_else(|| other("say where: casehall backup DIRECTORY, or [backups] directory"))?;
    let keys = keys.ok_or_else(|| {
        other(
            "say whether the private keys go with it: --keys included, if whoever can read the backup may read all persons' data and sign in \
             the hall's name; --keys apart, if you keep copies of the data keys and the sealing keys elsewhere",
        )
    })?;
    let places = startup::places(&configuration.settings)?;
    let service = super::service(terminal, configuration).await?;
    let made = service.back_up(&Caller::operator(), &directory, &places, keys).await?;
    terminal.say(&format!(
        "{} holds {} and {}.",
        made.path.display(),
        counted(made.manifest.files.len() as u64, "file"),
        amount(made.manifest.bytes(), Unit::Bytes)
    ));
    if keys == KeysGo::Apart {
        let own = places.data_keys.map_or_else(|| "the data keys".to_owned(), |file| file.display().to_string());
        terminal.remark(&format!(
            "No private key is in it. Keep copies of {own} and of {} elsewhere: without the data keys nobody can read the persons' data, and without the \
             sealing keys a restored hall must begin with a new one.",
            places.sealing_keys.display()
        ));
    }
    Ok(Answer::done(json!({
        "path": made.path,
        "files": made.manifest.files.len(),
        "bytes": made.manifest.bytes(),
        "has_data_keys": made.manifest.has_data_keys,
    })))
}

/// Puts a backup in the place of a hall that isn't there.
///
/// # Errors
/// Why it wasn't restored; then nothing was changed.
pub(crate) fn put_back(
    terminal: &Terminal,
    configuration: &Configuration,
    backup: &Path,
    data_keys: Option<&Path>,
) -> Result<Answer, StartError> {
    let places = startup::places(&configuration.settings)?;
    let restored = restore(backup, &places, data_keys, &*configuration.progress)?;
    terminal.say(&format!(
        "The hall of {} is restored in {}.",
        restored.manifest.made_at.format("%Y-%m-%d %H:%M:%S UTC"),
        places.database
    ));
    if restored.lost_seals {
        terminal.remark(&format!(
            "{} has a newer seal than the backup, so `casehall audit verify` will miss what was sealed since. Enter that you know with \
             `casehall audit accept-restore`.",
            places.sealing_keys.display()
        ));
    }
    if !restored.can_seal {
        terminal.remark(&format!(
            "{} has no private key. If the hall had sealed, put its keys (the files that end with .pem) back there before it is checked or served; if they \
             are lost for good, begin with a new one: `casehall audit new-key`.",
            places.sealing_keys.display()
        ));
    }
    terminal.remark("Nobody is signed in: no backup has sessions, so people sign in anew, and systems ask for new tokens where a new key signs them.");
    terminal.remark(
        "Check it with `casehall verify`, and erase again what was due since: `casehall retention`. Accounts, roles, passwords, secrets and keys are \
         those of the backup: whom and what was ended since, end again before others reach the hall.",
    );
    Ok(Answer::done(json!({
        "made_at": restored.manifest.made_at,
        "database": places.database.to_string(),
        "lost_seals": restored.lost_seals,
        "can_seal": restored.can_seal,
    })))
}

/// Checks the database that the settings name, or a backup. What is wrong is told, every fault in words.
///
/// # Errors
/// It can't be looked at.
pub(crate) async fn verify(
    terminal: &Terminal,
    configuration: Configuration,
    backup: Option<PathBuf>,
    data_keys: Option<PathBuf>,
) -> Result<Answer, StartError> {
    let settings = configuration.settings.clone();
    let (what, pages) = match &backup {
        None => ("The database".to_owned(), Some(&settings)),
        Some(backup) => (backup.display().to_string(), None),
    };
    let looked = match backup {
        None => verify_database(terminal, configuration).await,
        Some(backup) => verify_backup(terminal, configuration, &backup, data_keys).await,
    };
    let error = match looked {
        Ok(answer) => return Ok(answer),
        Err(error) => error,
    };
    // So damaged that no hall can be put together from it.
    let Some(mut faults) = error.damages() else { return Err(error) };
    faults.extend(pages.and_then(|settings| startup::page_faults(settings).ok()).unwrap_or_default());
    let words = format!("{}\n{what} is damaged, and the rest of it wasn't looked at.", faults.join("\n"));
    Ok(Answer::found(json!({ "fault_count": faults.len(), "faults": faults }), words))
}

async fn verify_database(terminal: &Terminal, configuration: Configuration) -> Result<Answer, StartError> {
    let service = super::service_with(terminal, configuration, LostKey::Refuse, Needs::ToVerify).await?;
    looked_through(terminal, &service, "The database").await
}

async fn verify_backup(
    terminal: &Terminal,
    configuration: Configuration,
    backup: &Path,
    data_keys: Option<PathBuf>,
) -> Result<Answer, StartError> {
    let manifest = checked(backup, &*configuration.progress)?;
    let shown = backup.display().to_string();
    if manifest.database == DatabaseKind::Postgresql {
        check_dump(backup, &startup::places(&configuration.settings)?)?;
        terminal.say(&format!("{shown}: every file is as it was written, and pg_restore can read the dump."));
        terminal.remark(
            "What is in it can be checked once it is restored into an empty database: `casehall restore`, then `casehall verify` there.",
        );
        return Ok(Answer::done(json!({ "files": manifest.files.len(), "fault_count": 0 })));
    }
    let usual = configuration.settings.data_key_file();
    let keys = data_keys.or_else(|| (!manifest.has_data_keys && usual.exists()).then_some(usual));
    let aside = startup::restored_aside(configuration, Arc::new(SystemClock), backup, keys.as_deref()).await?;
    looked_through(terminal, &aside.service, &shown).await
}

async fn looked_through(terminal: &Terminal, service: &Service, what: &str) -> Result<Answer, StartError> {
    let Consistency { cases, certificates, mut faults, mut fault_count } =
        service.check_consistency().await.map_err(explained)?;
    let evidence = match service.verify(&Caller::operator(), None).await.map_err(explained) {
        Ok(evidence) => evidence,
        Err(error) => {
            let damages = error.damages().ok_or(error)?;
            fault_count += damages.len() as u64;
            faults.extend(damages);
            Verification::default()
        }
    };
    let all = fault_count + evidence.finding_count;
    let summary = format!(
        "{what}: {}, {}, {} and {} looked at",
        counted(cases, "case"),
        counted(certificates, "certificate"),
        counted(evidence.events, "event"),
        counted(evidence.entries, "audit entry"),
    );
    let mut shown: Vec<String> = faults.into_iter().chain(evidence.findings.iter().map(ToString::to_string)).collect();
    let result = json!({
        "cases": cases,
        "certificates": certificates,
        "events": evidence.events,
        "entries": evidence.entries,
        "faults": shown,
        "fault_count": all,
    });
    if all == 0 {
        terminal.say(&format!("{summary}; everything is as it should be."));
        return Ok(Answer::done(result));
    }
    let further = all - shown.len() as u64;
    if further > 0 {
        shown.push(format!("and {further} further"));
    }
    Ok(Answer::found(result, format!("{}\n{summary}; {}.", shown.join("\n"), counted(all, "fault"))))
}

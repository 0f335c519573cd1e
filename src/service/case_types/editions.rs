//! Editions: a case keeps the rules it was opened with.
//!
//! At start every definition is held against what the database keeps: a new edition is kept, a changed file under an old
//! edition number is refused, and editions that only old cases are on come back from the database. While an instance works, it learns
//! the editions that another one brings, so that both work on every case.

use chrono::{DateTime, Utc};

use crate::configuration::ConfigFault;
use crate::configuration::catalog::{Definitions, add_kept_edition, canonical};
use crate::configuration::changes::BaseChange;
use crate::domain::accounts::audit::{AuditEntry, AuditKind};
use crate::domain::case_types::catalog::{Catalog, Edition, EditionKind};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::digest::digest;
use crate::service::base::error::ServiceError;
use crate::service::case_types::kept::Looked;
use crate::store::Db;
use crate::store::accounts::audit;
use crate::store::case_types::editions;

/// Why the definitions don't match the database.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// Files that changed under an old edition number, or kept editions that can't be read.
    #[error("the definitions don't match the database")]
    Faults(Vec<ConfigFault>),
    /// The database says no.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Service {
    /// Case types and workflows.
    pub fn catalog(&self) -> &Catalog {
        self.editions.newest().catalog()
    }

    /// Learns what another instance brought. New cases start here as before.
    ///
    /// # Errors
    /// The database's.
    pub async fn refresh_editions(&self) -> Result<(), ServiceError> {
        let known = self.editions.newest();
        let count = self.db.read("count_editions", |tx| Ok::<_, ServiceError>(editions::count(tx)?)).await?;
        if known.has_seen(count) {
            return Ok(());
        }
        let mut catalog = known.catalog().clone();
        let mut learned = 0;
        let looked = self.db.read_long("kept_editions", Looked::at).await?;
        for one in &looked.kept {
            if catalog.has(one.edition.kind, &one.edition.pinned) {
                continue;
            }
            let sound = looked.fault(one).map_or(Ok(()), Err);
            match sound.and_then(|()| add_kept_edition(&mut catalog, &one.edition)) {
                Ok(()) => learned += 1,
                Err(message) => {
                    tracing::warn!(code = "edition_unreadable", message, "this version can't work on its cases")
                }
            }
        }
        if learned > 0 {
            tracing::info!(learned, "another instance brought new editions");
            known.learn(catalog, count);
        } else {
            known.see(count);
        }
        Ok(())
    }
}

/// Holds the definitions against the database, and keeps new ones. Where anything is refused nothing is kept, so that a start that failed
/// ties nobody to an edition.
///
/// # Errors
/// Every changed file at once.
pub async fn pin(db: &Db, definitions: Definitions, now: DateTime<Utc>) -> Result<(), PinError> {
    let (_, looked) = held_against(db, &definitions, Forged::Refused).await?;
    let current = definitions.editions;
    let kept: Vec<Edition> = looked.kept.into_iter().map(|kept| kept.edition).collect();
    db.write("pin_editions", move |tx| {
        let mut entry = AuditEntry::new(AuditKind::EditionChanged, now, Caller::operator().audit_actor());
        for edition in &current {
            let after = digest(&edition.content);
            if editions::keep(tx, edition, &after, now)? {
                entry = noted(entry, edition, &kept, after);
            }
        }
        if !entry.details.is_empty() {
            audit::append(tx, &entry)?;
        }
        let listed = editions::list(tx)?;
        let is_kept = |file: &Edition| {
            listed.iter().any(|kept| kept.edition.pinned == file.pinned && is_same(file, &kept.edition))
        };
        // Another instance may have started with other files meanwhile.
        let other = || ServiceError::Internal("another instance stored other definitions; start again".to_owned());
        if current.iter().all(is_kept) { Ok(()) } else { Err(other()) }
    })
    .await?;
    Ok(())
}

/// What becomes of a kept edition that isn't what the audit trail says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forged {
    /// Nothing goes on with it.
    Refused,
    /// Whoever asks names it.
    Named,
}

/// Where editions stand for which no file is to blame.
const IN_DATABASE: &str = "the editions in the database";

/// Holds the definitions against the database: the catalog with every kept edition, and these.
async fn held_against(db: &Db, definitions: &Definitions, forged: Forged) -> Result<(Catalog, Looked), PinError> {
    let mut catalog = definitions.catalog.clone();
    let looked = db.read_long("kept_editions", Looked::at).await?;
    let mut faults = Vec::new();
    for one in &looked.kept {
        let edition = &one.edition;
        let wrong = looked.fault(one);
        if let (Some(message), Forged::Refused) = (&wrong, forged) {
            let has_file = definitions
                .editions
                .iter()
                .any(|file| file.kind == edition.kind && file.pinned.code == edition.pinned.code);
            let file = if has_file { file_name(edition) } else { IN_DATABASE.to_owned() };
            faults.push(ConfigFault { file, line: None, message: message.clone() });
            continue;
        }
        match definitions.editions.iter().find(|file| file.kind == edition.kind && file.pinned == edition.pinned) {
            Some(file) if is_same(file, edition) => {}
            Some(_) if wrong.is_some() => {}
            Some(_) => faults.push(changed(edition, definitions.base_changes(edition))),
            None => {
                let added = add_kept_edition(&mut catalog, edition);
                if let (Err(message), true) = (added, forged == Forged::Refused || wrong.is_none()) {
                    faults.push(ConfigFault { file: file_name(edition), line: None, message });
                }
            }
        }
    }
    if forged == Forged::Refused {
        let others = looked.faults_of_others().into_iter();
        faults.extend(others.map(|message| ConfigFault { file: IN_DATABASE.to_owned(), line: None, message }));
    }
    if faults.is_empty() { Ok((catalog, looked)) } else { Err(PinError::Faults(faults)) }
}

/// The catalog with every kept edition, and the files that the hall doesn't know yet, where it knows any. Keeps nothing.
///
/// # Errors
/// As [`pin`].
pub async fn known(db: &Db, definitions: Definitions, forged: Forged) -> Result<(Catalog, Vec<String>), PinError> {
    let (catalog, looked) = held_against(db, &definitions, forged).await?;
    let unknown = definitions.editions.iter().filter(|file| !looked.kept.is_empty() && !looked.knows(file));
    Ok((catalog, unknown.map(file_name).collect()))
}

/// An entry that names a new edition, too, with its digest and that of the edition before.
fn noted(entry: AuditEntry, edition: &Edition, kept: &[Edition], after: String) -> AuditEntry {
    let name = format!("{}.{}", edition.kind.code(), edition.pinned.code);
    let of = kept.iter().filter(|kept| kept.kind == edition.kind && kept.pinned.code == edition.pinned.code);
    let before = of.max_by_key(|kept| kept.pinned.edition);
    let entry = entry.with(&name, format!("{} {after}", edition.pinned.edition));
    before.into_iter().fold(entry, |entry, before| {
        entry.with(&format!("{name}.before"), format!("{} {}", before.pinned.edition, digest(&before.content)))
    })
}

/// Whether a kept edition says the same as a file. A member that this version of the program knows and the one that
/// kept the edition didn't has its default in both.
fn is_same(file: &Edition, kept: &Edition) -> bool {
    let canonical = canonical(kept).unwrap_or_else(|| kept.content.clone());
    file.kind == kept.kind && file.content == canonical
}

/// The database keeps whole definitions, so a base that changed changes everything that extends it: then the fault says so.
fn changed(edition: &Edition, by_base: Option<BaseChange>) -> ConfigFault {
    let (number, next) = (edition.pinned.edition, edition.pinned.edition + 1);
    let old = format!("changed under the old edition {number}, which cases may be on");
    let message = match by_base {
        None => format!("{old}: give the changed file `edition = {next}` or put the old content back"),
        Some(BaseChange::At(places)) => format!(
            "{old}, by its base ({}): give this file `edition = {next}` or put the old content of the base back",
            places.join(", ")
        ),
        Some(BaseChange::GoneFromOneOf(bases)) => format!(
            "{old}: something is gone from it or from its base ({}): give this file `edition = {next}` or put the old \
             content back",
            bases.join(", ")
        ),
    };
    ConfigFault { file: file_name(edition), line: None, message }
}

fn file_name(edition: &Edition) -> String {
    let folder = match edition.kind {
        EditionKind::CaseType => "case-types",
        EditionKind::Workflow => "workflows",
    };
    format!("{folder}/{}.toml", edition.pinned.code)
}

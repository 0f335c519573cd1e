//! Editions: a case keeps the rules it was opened with.
//!
//! At start every definition is held against what the database keeps: a new edition is kept, a changed file under an old
//! edition number is refused, and editions that only old cases are on come back from the database.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::configuration::ConfigFault;
use crate::configuration::catalog::{Definitions, add_kept_edition};
use crate::domain::catalog::{Catalog, Edition, EditionKind};
use crate::store::{Db, editions};

use super::error::ServiceError;

/// Why the definitions don't fit the database.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// Files that changed under an old edition number, or kept editions that can't be read.
    #[error("the definitions don't fit the database")]
    Faults(Vec<ConfigFault>),
    /// The database says no.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// Holds the definitions against the database, keeps new ones, and answers the catalog with every kept edition.
///
/// # Errors
/// Every changed file at once.
pub async fn pin(db: &Db, definitions: Definitions, now: DateTime<Utc>) -> Result<Catalog, PinError> {
    let Definitions { mut catalog, editions } = definitions;
    let current = editions.clone();
    let kept: Vec<Edition> = db
        .write("pin_editions", move |tx| {
            for edition in &current {
                editions::keep(tx, edition, &digest(&edition.content), now)?;
            }
            Ok::<_, ServiceError>(editions::list(tx)?)
        })
        .await?;
    let mut faults = Vec::new();
    for edition in &kept {
        match editions.iter().find(|file| file.kind == edition.kind && file.pinned == edition.pinned) {
            Some(file) if file.content == edition.content => {}
            Some(_) => faults.push(changed(edition)),
            None => {
                if let Err(message) = add_kept_edition(&mut catalog, edition) {
                    faults.push(ConfigFault { file: file_name(edition), line: None, message });
                }
            }
        }
    }
    if faults.is_empty() { Ok(catalog) } else { Err(PinError::Faults(faults)) }
}

fn changed(edition: &Edition) -> ConfigFault {
    let number = edition.pinned.edition;
    let message = format!(
        "changed under the old edition {number}, which cases may be on: give the changed file `edition = {}` or put the \
         old content back",
        number + 1
    );
    ConfigFault { file: file_name(edition), line: None, message }
}

fn file_name(edition: &Edition) -> String {
    let folder = match edition.kind {
        EditionKind::CaseType => "case-types",
        EditionKind::Workflow => "workflows",
    };
    format!("{folder}/{}.toml", edition.pinned.code)
}

fn digest(content: &str) -> String {
    hex::encode(Sha256::digest(content.as_bytes()))
}

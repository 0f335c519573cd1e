//! Kept editions, held against their digests and against what the audit trail says of them: cases live by what stands there.

use std::collections::BTreeMap;

use crate::domain::accounts::audit::{AuditKind, AuditSubjectKind};
use crate::domain::case_types::catalog::Edition;
use crate::domain::evidence::held::{Columns, Held, Told};
use crate::service::base::digest::digest;
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::accounts::audit;
use crate::store::case_types::editions::{self, Kept};

const CONTENT: &str = "content";
const CONTENT_HASH: &str = "content_hash";

/// Every edition that is kept or that the trail knows.
pub(in crate::service) fn held(tx: &mut Tx<'_>) -> Result<Vec<Held>, ServiceError> {
    let told = told(tx)?;
    let rows = editions::list(tx)?.iter().map(|kept| (id(&kept.edition), columns(kept))).collect();
    Ok(Held::all(AuditSubjectKind::Edition, rows, told))
}

/// What the trail says of editions: by the entries of the starts that brought them, or of the one that found them there.
pub(super) fn told(tx: &mut Tx<'_>) -> Result<Told, ServiceError> {
    let mut told = Told::new();
    for entry in audit::of_kinds(tx, &[AuditKind::EditionChanged, AuditKind::RecordFound])? {
        match entry.about {
            Some((kind, id)) if kind == AuditSubjectKind::Edition.code() => _ = told.entry(id).or_insert(entry.details),
            _ if entry.kind == AuditKind::EditionChanged.code() => {
                for (name, said) in entry.details.iter().filter(|(name, _)| !name.ends_with(".before")) {
                    let Some((number, digest)) = said.split_once(' ') else { continue };
                    let columns = [CONTENT, CONTENT_HASH].map(|column| (column.to_owned(), digest.to_owned()));
                    told.entry(format!("{name}.{number}")).or_insert_with(|| BTreeMap::from(columns));
                }
            }
            _ => {}
        }
    }
    Ok(told)
}

/// What is wrong with a kept edition, in words.
pub(super) fn fault(kept: &Kept, told: &Told) -> Option<String> {
    let (id, row) = (id(&kept.edition), columns(kept));
    let (fits, said) = (row.get(CONTENT) == row.get(CONTENT_HASH), told.get(&id).cloned());
    let held = Held { kind: AuditSubjectKind::Edition, id, row: Some(row), said };
    let number = kept.edition.pinned.edition;
    let put_back = "somebody has changed it there; put the last backup back";
    match held.differing().is_empty() {
        false => Some(format!("edition {number} in the database isn't the one that the audit trail names: {put_back}")),
        true if !fits => Some(format!("edition {number} in the database doesn't fit its own digest: {put_back}")),
        true => None,
    }
}

/// How the trail names an edition.
fn id(Edition { kind, pinned, .. }: &Edition) -> String {
    format!("{}.{}.{}", kind.code(), pinned.code, pinned.edition)
}

fn columns(kept: &Kept) -> Columns {
    [(CONTENT, Some(digest(&kept.edition.content))), (CONTENT_HASH, Some(kept.content_hash.clone()))].into()
}

//! Kept editions, held against their digests and against what the audit trail says of them: cases live by what stands there.

use std::collections::BTreeMap;

use crate::domain::accounts::audit::{AuditKind, AuditSubjectKind};
use crate::domain::case_types::catalog::Edition;
use crate::domain::evidence::held::{Columns, Held, Told};
use crate::domain::evidence::row::instant;
use crate::service::base::digest::digest;
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::accounts::audit;
use crate::store::case_types::editions::{self, Kept};

const CONTENT: &str = "content";
const CONTENT_HASH: &str = "content_hash";
const FIRST_SEEN_AT: &str = "first_seen_at";

/// What was done about an edition that is another one than the trail's.
const PUT_BACK: &str = "somebody has changed it there; put the last backup back";

/// Every edition that is kept or that the trail knows.
pub(in crate::service) fn held(tx: &mut Tx<'_>) -> Result<Vec<Held>, ServiceError> {
    let told = told(tx)?;
    let mut rows: BTreeMap<String, Columns> =
        editions::list(tx)?.iter().map(|kept| (id(&kept.edition), columns(kept))).collect();
    for (kind, code, edition) in editions::of_unknown_kind(tx)? {
        rows.insert(format!("{kind}.{code}.{edition}"), Columns::new());
    }
    let mut all = Held::all(AuditSubjectKind::Edition, rows, told);
    // An older version told only what stands in it.
    all.iter_mut().for_each(Held::leave_untold);
    Ok(all)
}

/// What the trail says of editions: by the entries of the starts that brought them, or of the one that found them there.
fn told(tx: &mut Tx<'_>) -> Result<Told, ServiceError> {
    let mut told = Told::new();
    for entry in audit::of_kinds(tx, &[AuditKind::EditionChanged, AuditKind::RecordFound])? {
        match entry.about {
            Some((kind, id)) if kind == AuditSubjectKind::Edition.code() => _ = told.entry(id).or_insert(entry.details),
            _ if entry.kind == AuditKind::EditionChanged.code() => {
                for (name, said) in entry.details.iter().filter(|(name, _)| !name.ends_with(".before")) {
                    let Some((number, digest)) = said.split_once(' ') else { continue };
                    let columns = [CONTENT, CONTENT_HASH].map(|column| (column.to_owned(), digest.to_owned()));
                    let first_seen = (FIRST_SEEN_AT.to_owned(), instant(entry.at.naive_utc()));
                    let columns = columns.into_iter().chain([first_seen]).collect();
                    told.entry(format!("{name}.{number}")).or_insert(columns);
                }
            }
            _ => {}
        }
    }
    Ok(told)
}

/// What is kept, and what the trail says of it, at one moment.
pub(super) struct Looked {
    /// Of each kind that there is.
    pub(super) kept: Vec<Kept>,
    /// Their ids in the trail, with why an edition isn't one to work by.
    faults: BTreeMap<String, String>,
    /// What the trail names, and isn't kept.
    missing: Vec<String>,
    told: Told,
}

impl Looked {
    /// # Errors
    /// The database's.
    pub(super) fn at(tx: &mut Tx<'_>) -> Result<Self, ServiceError> {
        let (kept, told, are_held) = (editions::list(tx)?, told(tx)?, audit::has(tx, AuditKind::RecordsHeld)?);
        let (mut faults, mut missing) = (BTreeMap::new(), Vec::new());
        for held in held(tx)? {
            let mut differing = held.differing();
            // By when it was first seen no case lives.
            differing.retain(|column| *column != FIRST_SEEN_AT);
            let why = match (&held.row, &held.said) {
                (None, _) => {
                    missing.push(held.id);
                    continue;
                }
                // Of no kind that there is, nothing is known.
                (Some(row), None) if are_held || row.is_empty() => "isn't named by the audit trail",
                _ if !differing.is_empty() => "isn't the one that the audit trail names",
                (Some(row), _) if row.get(CONTENT) != row.get(CONTENT_HASH) => "doesn't fit its own digest",
                _ => continue,
            };
            faults.insert(held.id, why.to_owned());
        }
        Ok(Self { kept, faults, missing, told })
    }

    /// What is wrong with a kept edition, in words.
    pub(super) fn fault(&self, kept: &Kept) -> Option<String> {
        let why = self.faults.get(&id(&kept.edition))?;
        let Edition { kind, pinned, .. } = &kept.edition;
        let (number, kind) = (pinned.edition, kind.code());
        Some(format!("edition {number} of {kind} \"{}\" in the database {why}: {PUT_BACK}", pinned.code))
    }

    /// What is wrong with the others: those of a kind that there isn't, and those that aren't there.
    pub(super) fn faults_of_others(&self) -> Vec<String> {
        let kept: Vec<String> = self.kept.iter().map(|kept| id(&kept.edition)).collect();
        let others = self.faults.iter().filter(|(of, _)| !kept.contains(of));
        let others = others.map(|(of, why)| format!("{of} {why}: {PUT_BACK}"));
        let gone = |of: &String| {
            format!("{of}, which the audit trail names, isn't there any more, or can't be read: {PUT_BACK}")
        };
        others.chain(self.missing.iter().map(gone)).collect()
    }

    /// Whether the hall knows an edition: it is kept, or was, as the trail says.
    pub(super) fn knows(&self, edition: &Edition) -> bool {
        let is_kept = |kept: &Kept| kept.edition.kind == edition.kind && kept.edition.pinned == edition.pinned;
        self.kept.iter().any(is_kept) || self.told.contains_key(&id(edition))
    }
}

/// How the trail names an edition.
fn id(Edition { kind, pinned, .. }: &Edition) -> String {
    format!("{}.{}.{}", kind.code(), pinned.code, pinned.edition)
}

fn columns(kept: &Kept) -> Columns {
    [
        (CONTENT, Some(digest(&kept.edition.content))),
        (CONTENT_HASH, Some(kept.content_hash.clone())),
        (FIRST_SEEN_AT, Some(instant(kept.first_seen_at.naive_utc()))),
    ]
    .into()
}

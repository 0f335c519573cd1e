//! Imports, held against what the audit trail says of them: what somebody decided is the entry, and the row only repeats it.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::domain::accounts::audit::{AuditActor, AuditEntry, AuditKind, AuditSubject, AuditSubjectKind};
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::import::{CertificateImport, ImportState};
use crate::domain::certificates::refusal::CertificateRefusal;
use crate::domain::evidence::held::{Columns, Held, telling};
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::accounts::audit;
use crate::store::certificates::imports;

/// Instances' clocks may differ by so much.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// The entries that tell of an import; the last one says how it is.
const TELLING: [AuditKind; 5] = [
    AuditKind::RecordFound,
    AuditKind::ImportEntered,
    AuditKind::ImportApproved,
    AuditKind::ImportRejected,
    AuditKind::ImportFailed,
];

/// Saves an import that came to another state, and enters who brought it there.
pub(super) fn enter(
    tx: &mut Tx<'_>,
    before: &CertificateImport,
    after: &CertificateImport,
    by: AuditActor,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    imports::save(tx, before, after)?;
    let Some(kind) = after.entry_kind() else { return Ok(()) };
    let entry = AuditEntry::new(kind, now, by).about(subject(after.id));
    Ok(audit::append(tx, &telling(entry, after.told()))?)
}

/// An import, if it is what the trail says of it.
///
/// # Errors
/// [`ServiceError::NotFound`]; somebody wrote into its row.
pub(super) fn sound(tx: &mut Tx<'_>, id: Uuid) -> Result<CertificateImport, ServiceError> {
    let import = imports::load(tx, id)?.ok_or(ServiceError::NotFound)?;
    let held = held(tx, id)?;
    let is_sound = match (&held.row, &held.said) {
        (Some(_), None) => !audit::has(tx, AuditKind::RecordsHeld)?,
        _ => held.differing().is_empty(),
    };
    if is_sound { Ok(import) } else { Err(Refusal::from(CertificateRefusal::ImportDiffers).into()) }
}

/// Imports after an id that there are or that the trail knows, and the last of them.
pub(in crate::service) fn held_after(
    tx: &mut Tx<'_>,
    after: &str,
    limit: i64,
) -> Result<(Vec<Held>, Option<String>), ServiceError> {
    let ids = imports::ids_after(tx, after, &TELLING, limit)?;
    let mut all = Vec::new();
    for id in &ids {
        let kind = AuditSubjectKind::Import;
        let unknown = || Held { kind, id: id.clone(), row: Some(unreadable()), said: None };
        all.push(id.parse().map_or_else(|_| Ok(unknown()), |id| held(tx, id))?);
    }
    // One that is being entered has no effect, and no entry yet.
    all.retain(|held| held.row.is_some() || held.said.is_some());
    Ok((all, ids.last().cloned()))
}

fn held(tx: &mut Tx<'_>, id: Uuid) -> Result<Held, ServiceError> {
    let last = audit::about(tx, &subject(id), &TELLING)?.pop();
    let row = match imports::load(tx, id) {
        Err(error) if error.is_of_stored_data() => Some(unreadable()),
        row => match row?.filter(|row| row.state != ImportState::Entering || last.is_some()) {
            Some(row) => Some(columns(tx, &row, last.as_ref().map(|last| last.at))?),
            None => None,
        },
    };
    let said = last.map(|last| last.details);
    Ok(Held { kind: AuditSubjectKind::Import, id: id.to_string(), row, said })
}

/// The columns of a row. No entry tells when what was decided was done with the last of its certificates; but that isn't so while it waits,
/// nor before it was decided, nor while one of them still waits.
fn columns(tx: &mut Tx<'_>, row: &CertificateImport, told_at: Option<DateTime<Utc>>) -> Result<Columns, ServiceError> {
    let mut columns = row.told();
    let (decided_by, decided_by_name) = imports::decided_columns(tx, row.id)?;
    columns.insert("decided_by", decided_by);
    columns.insert("decided_by_name", decided_by_name);
    if let Some(settled_at) = row.settled_at {
        let waits = matches!(row.state, ImportState::Entering | ImportState::Waiting);
        let is_early = told_at.is_some_and(|told_at| told_at.signed_duration_since(settled_at) > SKEW);
        if waits || is_early || imports::has_unapproved(tx, row.id)? {
            columns.insert("settled_at", Some(settled_at.to_rfc3339()));
        }
    }
    Ok(columns)
}

/// What nobody can have entered.
fn unreadable() -> Columns {
    [("unreadable", Some(String::new()))].into()
}

fn subject(id: Uuid) -> AuditSubject {
    AuditSubject::new(AuditSubjectKind::Import, id.to_string())
}

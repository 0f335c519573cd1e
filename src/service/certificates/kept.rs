//! Imports, held against what the audit trail says of them: what somebody decided is the entry, and the row only repeats it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::accounts::audit::{AuditActor, AuditEntry, AuditKind, AuditSubject, AuditSubjectKind};
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::import::{CertificateImport, ImportState};
use crate::domain::certificates::refusal::CertificateRefusal;
use crate::domain::evidence::held::{Columns, Held, telling};
use crate::service::base::error::ServiceError;
use crate::store::accounts::audit;
use crate::store::certificates::imports;
use crate::store::{StoreError, Tx};

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
    let said = audit::about(tx, &subject(id), &TELLING)?.pop().map(|entry| entry.details);
    let row = match imports::load(tx, id) {
        Err(StoreError::Corrupt(_)) => Some(unreadable()),
        row => row?.filter(|row| row.state != ImportState::Entering || said.is_some()).map(|row| row.told()),
    };
    Ok(Held { kind: AuditSubjectKind::Import, id: id.to_string(), row, said })
}

/// What nobody can have entered.
fn unreadable() -> Columns {
    [("unreadable", Some(String::new()))].into()
}

fn subject(id: Uuid) -> AuditSubject {
    AuditSubject::new(AuditSubjectKind::Import, id.to_string())
}

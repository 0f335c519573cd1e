//! Imports of certificates: one row each. Their certificates are rows of the register with the import's id.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;

use crate::domain::accounts::audit::{AuditKind, AuditSubjectKind};
use crate::domain::certificates::import::{CertificateImport, ImportState};
use crate::domain::certificates::pending_correction::Asker;
use crate::domain::certificates::state::LifeStage;
use crate::store::engine::connection::legible::legible;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{certificate_imports as imports, certificates};
use crate::store::engine::tx::{Tx, parse_uuid};

#[derive(Insertable, AsChangeset, Queryable, Selectable)]
#[diesel(table_name = imports, treat_none_as_null = true)]
struct ImportRow {
    id: String,
    state: String,
    lines: i64,
    entered_by: String,
    entered_by_name: String,
    started_at: NaiveDateTime,
    touched_at: NaiveDateTime,
    decided_by: Option<String>,
    decided_by_name: Option<String>,
    decided_at: Option<NaiveDateTime>,
    reason: Option<String>,
    settled_at: Option<NaiveDateTime>,
}

impl ImportRow {
    fn of(import: &CertificateImport) -> Self {
        let decided_by = import.decided_by.clone();
        let (decided_by, decided_by_name) = decided_by.map(|by| (by.id, by.name)).unzip();
        Self {
            id: import.id.to_string(),
            state: import.state.code().to_owned(),
            lines: import.lines,
            entered_by: import.entered_by.id.clone(),
            entered_by_name: import.entered_by.name.clone(),
            started_at: import.started_at.naive_utc(),
            touched_at: import.touched_at.naive_utc(),
            decided_by,
            decided_by_name,
            decided_at: import.decided_at.map(|at| at.naive_utc()),
            reason: import.reason.clone(),
            settled_at: import.settled_at.map(|at| at.naive_utc()),
        }
    }

    fn import(self) -> Result<CertificateImport, StoreError> {
        let unknown = || StoreError::Corrupt(format!("unknown state of an import: {}", self.state));
        Ok(CertificateImport {
            id: parse_uuid(&self.id)?,
            state: ImportState::from_code(&self.state).ok_or_else(unknown)?,
            lines: self.lines,
            entered_by: Asker { id: self.entered_by, name: self.entered_by_name },
            started_at: self.started_at.and_utc(),
            touched_at: self.touched_at.and_utc(),
            decided_by: self.decided_by.zip(self.decided_by_name).map(|(id, name)| Asker { id, name }),
            decided_at: self.decided_at.map(|at| at.and_utc()),
            reason: self.reason,
            settled_at: self.settled_at.map(|at| at.and_utc()),
        })
    }
}

/// Begins an import.
///
/// # Errors
/// The database's.
pub fn insert(tx: &mut Tx<'_>, import: &CertificateImport) -> Result<(), StoreError> {
    let row = ImportRow::of(import);
    on_backend!(tx, |connection| diesel::insert_into(imports::table).values(&row).execute(connection))?;
    Ok(())
}

/// An import.
///
/// # Errors
/// The database's.
pub fn load(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<CertificateImport>, StoreError> {
    let id = id.to_string();
    let found: Option<ImportRow> = on_backend!(tx, |connection| {
        imports::table.find(&id).select(ImportRow::as_select()).first(connection).optional()
    })?;
    found.map(ImportRow::import).transpose()
}

/// Who decided it and under which name, each as its column says.
///
/// # Errors
/// The database's.
pub fn decided_columns(tx: &mut Tx<'_>, id: Uuid) -> Result<(Option<String>, Option<String>), StoreError> {
    let columns = (imports::decided_by, imports::decided_by_name);
    let found: Option<(Option<String>, Option<String>)> = on_backend!(tx, |connection| {
        imports::table.find(id.to_string()).select(columns).first(connection).optional()
    })?;
    Ok(found.unwrap_or_default())
}

/// Whether one of its certificates still waits for what becomes of it.
///
/// # Errors
/// The database's.
pub fn has_unapproved(tx: &mut Tx<'_>, id: Uuid) -> Result<bool, StoreError> {
    let of_it = certificates::table.filter(certificates::import_id.eq(id.to_string()));
    let waiting = of_it.filter(certificates::stage.eq(LifeStage::Unapproved.code()));
    Ok(on_backend!(tx, |connection| diesel::select(diesel::dsl::exists(waiting)).get_result(connection))?)
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Text)]
    id: String,
}

/// Ids after one: of imports that there are, and of those that entries of some kinds tell of.
///
/// # Errors
/// The database's.
pub fn ids_after(tx: &mut Tx<'_>, after: &str, told_by: &[AuditKind], limit: i64) -> Result<Vec<String>, StoreError> {
    let kinds: Vec<String> = told_by.iter().map(|kind| format!("'{}'", kind.code())).collect();
    let (kinds, subject) = (kinds.join(", "), AuditSubjectKind::Import.code());
    let query = format!(
        "SELECT id FROM certificate_imports WHERE id > $1 UNION SELECT subject_id AS id FROM audit WHERE kind IN ({kinds}) \
         AND subject_kind = '{subject}' AND subject_id > $1 ORDER BY 1 LIMIT {limit}"
    );
    let ids = on_backend!(tx, |connection| legible(diesel::sql_query(query).bind::<Text, _>(after), connection))?;
    Ok(ids.rows.into_iter().map(|row: Id| row.id).collect())
}

/// Saves an import over what was loaded: how far it was, and when it was touched.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else was faster.
pub fn save(tx: &mut Tx<'_>, before: &CertificateImport, after: &CertificateImport) -> Result<(), StoreError> {
    let (old, row) = (ImportRow::of(before), ImportRow::of(after));
    let changed = on_backend!(tx, |connection| {
        let target = imports::table.filter(imports::id.eq(&row.id)).filter(imports::state.eq(&old.state));
        diesel::update(target.filter(imports::lines.eq(old.lines))).set(&row).execute(connection)
    })?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// A page of imports, newest first: in this state where one is given, begun before that one.
///
/// # Errors
/// The database's.
pub fn list(
    tx: &mut Tx<'_>,
    state: Option<ImportState>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<CertificateImport>, StoreError> {
    let rows: Vec<ImportRow> = on_backend!(tx, |connection| {
        let mut query = imports::table.select(ImportRow::as_select()).into_boxed();
        if let Some(state) = state {
            query = query.filter(imports::state.eq(state.code()));
        }
        if let Some(after) = after {
            query = query.filter(imports::id.lt(after.to_string()));
        }
        query.order(imports::id.desc()).limit(limit).load(connection)
    })?;
    rows.into_iter().map(ImportRow::import).collect()
}

/// Imports with which something is still to be done: decided ones that aren't settled, and such as nobody goes on with since an
/// instant.
///
/// # Errors
/// The database's.
pub fn unsettled(tx: &mut Tx<'_>, untouched_since: DateTime<Utc>) -> Result<Vec<CertificateImport>, StoreError> {
    let rows: Vec<ImportRow> = on_backend!(tx, |connection| {
        let decided = imports::state.ne_all([ImportState::Entering.code(), ImportState::Waiting.code()]);
        let left = imports::state.eq(ImportState::Entering.code());
        let left = left.and(imports::touched_at.lt(untouched_since.naive_utc()));
        imports::table
            .filter(imports::settled_at.is_null())
            .filter(decided.or(left))
            .select(ImportRow::as_select())
            .load(connection)
    })?;
    rows.into_iter().map(ImportRow::import).collect()
}

//! Cases: the whole aggregate as a document, with columns for what is searched and listed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::schema::cases;
use super::{StoreError, Tx, from_json, on_backend, parse_uuid, to_json};
use crate::domain::case::Case;

/// The dates by which running deadlines are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    /// From when the certificate should be ready.
    pub ready_from: Option<DateTime<Utc>>,
    /// The limit.
    pub limit_at: Option<DateTime<Utc>>,
    /// The deadline stands still.
    pub paused: bool,
}

/// Which cases are asked for; every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Of this outlet.
    pub outlet: Option<String>,
    /// Submitted by this client.
    pub client_id: Option<String>,
    /// In this state.
    pub state: Option<String>,
    /// Of this case type.
    pub case_type: Option<String>,
    /// Of this organization, by its organization code.
    pub organization_code: Option<String>,
    /// About this certificate.
    pub certificate_serial: Option<String>,
    /// Ended or not.
    pub closed: Option<bool>,
    /// With a running limit before this instant.
    pub limit_before: Option<DateTime<Utc>>,
}

/// Which part of a listing is asked for: newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CasePage {
    /// Only cases older than this one.
    pub after: Option<Uuid>,
    /// At most this many.
    pub limit: i64,
}

/// A page of cases.
#[derive(Debug, Clone, Default)]
pub struct CaseListing {
    /// The cases, newest first.
    pub cases: Vec<CaseSummary>,
    /// Where the next page starts, if there is one.
    pub next: Option<Uuid>,
}

/// A case in a list.
#[derive(Debug, Clone)]
pub struct CaseSummary {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub acceptance_number: String,
    /// Code of its case type.
    pub case_type: String,
    /// Code and edition of its workflow.
    pub workflow: (String, i32),
    /// Code of its state.
    pub state: String,
    /// Its version.
    pub version: i64,
    /// Its outlet.
    pub outlet: String,
    /// The organization's code.
    pub organization_code: String,
    /// The organization's name.
    pub organization_name: String,
    /// The certificate's serial.
    pub certificate_serial: Option<String>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// Dates of its running deadline.
    pub due: Due,
}

#[derive(Insertable)]
#[diesel(table_name = cases)]
struct NewCaseRow<'a> {
    id: String,
    acceptance_number: &'a str,
    case_type: &'a str,
    edition: i32,
    workflow: &'a str,
    workflow_edition: i32,
    opened_by: &'a str,
    client_id: Option<&'a str>,
    opened_at: chrono::NaiveDateTime,
    #[diesel(embed)]
    state: CaseStateRow<'a>,
}

/// What changes of a case.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = cases, treat_none_as_null = true)]
struct CaseStateRow<'a> {
    state: &'a str,
    version: i64,
    outlet: &'a str,
    organization_code: &'a str,
    organization_name: &'a str,
    certificate_serial: Option<&'a str>,
    updated_at: chrono::NaiveDateTime,
    closed_at: Option<chrono::NaiveDateTime>,
    ready_from: Option<chrono::NaiveDateTime>,
    limit_at: Option<chrono::NaiveDateTime>,
    paused: bool,
    document: String,
}

impl<'a> CaseStateRow<'a> {
    fn of(case: &'a Case, due: Due) -> Result<Self, StoreError> {
        let organization = &case.application.organization;
        Ok(Self {
            state: &case.state,
            version: case.version,
            outlet: &case.application.outlet,
            organization_code: organization.organization_code.as_str(),
            organization_name: &organization.name,
            certificate_serial: case.certificate_serial(),
            updated_at: case.updated_at.naive_utc(),
            closed_at: case.closed_at.map(|at| at.naive_utc()),
            ready_from: due.ready_from.map(|at| at.naive_utc()),
            limit_at: due.limit_at.map(|at| at.naive_utc()),
            paused: due.paused,
            document: to_json(case)?,
        })
    }
}

/// Adds a case.
///
/// # Errors
/// The database's.
pub fn insert(tx: &mut Tx<'_>, case: &Case, due: Due) -> Result<(), StoreError> {
    let row = NewCaseRow {
        id: case.id.to_string(),
        acceptance_number: &case.acceptance_number,
        case_type: &case.case_type.code,
        edition: i32::try_from(case.case_type.edition).unwrap_or(i32::MAX),
        workflow: &case.workflow.code,
        workflow_edition: i32::try_from(case.workflow.edition).unwrap_or(i32::MAX),
        opened_by: &case.opened_by,
        client_id: case.client_id.as_deref(),
        opened_at: case.opened_at.naive_utc(),
        state: CaseStateRow::of(case, due)?,
    };
    on_backend!(tx, |connection| diesel::insert_into(cases::table).values(&row).execute(connection))?;
    Ok(())
}

/// Saves a case over the version that was loaded.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else was faster.
pub fn save(tx: &mut Tx<'_>, case: &Case, loaded_version: i64, due: Due) -> Result<(), StoreError> {
    let (row, id) = (CaseStateRow::of(case, due)?, case.id.to_string());
    let changed = on_backend!(tx, |connection| {
        let target = cases::table.filter(cases::id.eq(&id)).filter(cases::version.eq(loaded_version));
        diesel::update(target).set(&row).execute(connection)
    })?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// A case by its id.
///
/// # Errors
/// The database's, or a document that can't be read.
pub fn load(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<Case>, StoreError> {
    let id = id.to_string();
    let document: Option<String> = on_backend!(tx, |connection| {
        cases::table.filter(cases::id.eq(&id)).select(cases::document).first(connection).optional()
    })?;
    document.as_deref().map(from_json).transpose()
}

/// A case by its acceptance number.
///
/// # Errors
/// The database's, or a document that can't be read.
pub fn load_by_number(tx: &mut Tx<'_>, acceptance_number: &str) -> Result<Option<Case>, StoreError> {
    let document: Option<String> = on_backend!(tx, |connection| {
        let found = cases::table.filter(cases::acceptance_number.eq(acceptance_number));
        found.select(cases::document).first(connection).optional()
    })?;
    document.as_deref().map(from_json).transpose()
}

#[derive(Queryable)]
struct SummaryRow {
    id: String,
    acceptance_number: String,
    case_type: String,
    workflow: String,
    workflow_edition: i32,
    state: String,
    version: i64,
    outlet: String,
    organization_code: String,
    organization_name: String,
    certificate_serial: Option<String>,
    opened_at: chrono::NaiveDateTime,
    updated_at: chrono::NaiveDateTime,
    closed_at: Option<chrono::NaiveDateTime>,
    ready_from: Option<chrono::NaiveDateTime>,
    limit_at: Option<chrono::NaiveDateTime>,
    paused: bool,
}

/// A page of cases, newest first.
///
/// # Errors
/// The database's.
pub fn list(tx: &mut Tx<'_>, filter: &CaseFilter, page: &CasePage) -> Result<CaseListing, StoreError> {
    let after = page.after.map(|id| id.to_string());
    let rows: Vec<SummaryRow> = on_backend!(tx, |connection| {
        let mut query = cases::table.into_boxed();
        if let Some(outlet) = &filter.outlet {
            query = query.filter(cases::outlet.eq(outlet));
        }
        if let Some(client_id) = &filter.client_id {
            query = query.filter(cases::client_id.eq(client_id));
        }
        if let Some(state) = &filter.state {
            query = query.filter(cases::state.eq(state));
        }
        if let Some(case_type) = &filter.case_type {
            query = query.filter(cases::case_type.eq(case_type));
        }
        if let Some(organization_code) = &filter.organization_code {
            query = query.filter(cases::organization_code.eq(organization_code));
        }
        if let Some(serial) = &filter.certificate_serial {
            query = query.filter(cases::certificate_serial.eq(serial));
        }
        query = match filter.closed {
            Some(true) => query.filter(cases::closed_at.is_not_null()),
            Some(false) => query.filter(cases::closed_at.is_null()),
            None => query,
        };
        if let Some(before) = filter.limit_before {
            query = query.filter(cases::closed_at.is_null()).filter(cases::limit_at.lt(before.naive_utc()));
        }
        if let Some(after) = &after {
            query = query.filter(cases::id.lt(after));
        }
        let columns = (
            cases::id,
            cases::acceptance_number,
            cases::case_type,
            cases::workflow,
            cases::workflow_edition,
            cases::state,
            cases::version,
            cases::outlet,
            cases::organization_code,
            cases::organization_name,
            cases::certificate_serial,
            cases::opened_at,
            cases::updated_at,
            cases::closed_at,
            cases::ready_from,
            cases::limit_at,
            cases::paused,
        );
        query.select(columns).order(cases::id.desc()).limit(page.limit + 1).load(connection)
    })?;
    let mut found = rows.into_iter().map(summary).collect::<Result<Vec<_>, _>>()?;
    let wanted = usize::try_from(page.limit).unwrap_or(0);
    let more = found.len() > wanted;
    found.truncate(wanted);
    let next = if more { found.last().map(|last| last.id) } else { None };
    Ok(CaseListing { cases: found, next })
}

fn summary(row: SummaryRow) -> Result<CaseSummary, StoreError> {
    Ok(CaseSummary {
        id: parse_uuid(&row.id)?,
        acceptance_number: row.acceptance_number,
        case_type: row.case_type,
        workflow: (row.workflow, row.workflow_edition),
        state: row.state,
        version: row.version,
        outlet: row.outlet,
        organization_code: row.organization_code,
        organization_name: row.organization_name,
        certificate_serial: row.certificate_serial,
        opened_at: row.opened_at.and_utc(),
        updated_at: row.updated_at.and_utc(),
        closed_at: row.closed_at.map(|at| at.and_utc()),
        due: Due {
            ready_from: row.ready_from.map(|at| at.and_utc()),
            limit_at: row.limit_at.map(|at| at.and_utc()),
            paused: row.paused,
        },
    })
}

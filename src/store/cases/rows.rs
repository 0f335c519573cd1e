//! Cases: the whole aggregate as a document, with columns for searches and lists.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::load::place;
use super::names;
use crate::domain::calendar::deadline::Pause;
use crate::domain::case_types::codes::Queue;
use crate::domain::cases::case::Case;
use crate::store::backups::differing;
use crate::store::engine::connection::kept::Kept;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::cases;
use crate::store::engine::subject::Subject;
use crate::store::engine::tx::{Tx, parse_uuid, to_json};

/// What lists and sweeps find a case by, besides its own parts: derived by the rules as it was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    /// From when the certificate should be ready, while the deadline runs.
    pub ready_from: Option<DateTime<Utc>>,
    /// The limit, while the deadline runs.
    pub limit_at: Option<DateTime<Utc>>,
    /// Since when the deadline stands still.
    pub paused_since: Option<DateTime<Utc>>,
    /// A date reaches into a year without a notice.
    pub provisional: bool,
    /// By which work lists are ordered: the limit, or else the receipt.
    pub work_by: DateTime<Utc>,
    /// The work list it is on.
    pub queue: Option<Queue>,
    /// When the first promise ends whose document isn't there yet.
    pub commitment_due: Option<DateTime<Utc>>,
    /// When to look whether something must be announced.
    pub look_at: Option<DateTime<Utc>>,
}

/// What lists tell of a case that no column has: what the explanation of a deadline needs besides its receipt, while it is open; and its reference.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// When it stood still.
    pub pauses: Vec<Pause>,
    /// Working days by which the limit was extended.
    pub extended_by: u32,
    /// What whoever opened it calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Ledger {
    fn of(case: &Case) -> Self {
        let reference = case.application.labels.reference.clone();
        match case.closed_at {
            None => Self { pauses: case.pauses.clone(), extended_by: case.extended_by, reference },
            Some(_) => Self { reference, ..Self::default() },
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = cases, treat_none_as_default_value = false)]
pub(super) struct NewCaseRow<'a> {
    id: String,
    acceptance_number: &'a str,
    case_type: &'a str,
    workflow: &'a str,
    workflow_edition: i32,
    opened_by: &'a str,
    client_id: Option<&'a str>,
    opened_at: chrono::NaiveDateTime,
    names_key: Option<String>,
    #[diesel(embed)]
    state: CaseStateRow<'a>,
}

/// What changes of a case.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = cases, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct CaseStateRow<'a> {
    edition: i32,
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
    paused_since: Option<chrono::NaiveDateTime>,
    provisional: bool,
    work_by: chrono::NaiveDateTime,
    queue: Option<&'a str>,
    assignee: Option<&'a str>,
    assignee_name: Option<&'a str>,
    uncollected_since: Option<chrono::NaiveDateTime>,
    commitment_due: Option<chrono::NaiveDateTime>,
    box_number: Option<&'a str>,
    look_at: Option<chrono::NaiveDateTime>,
    ledger: Option<String>,
    document: String,
}

impl<'a> CaseStateRow<'a> {
    fn of(case: &'a Case, due: Due, document: String) -> Result<Self, StoreError> {
        let organization = &case.application.organization;
        let ledger = Ledger::of(case);
        let waits = case.closed_at.is_none() && case.issued_at.is_none();
        Ok(Self {
            edition: i32::try_from(case.case_type.edition).unwrap_or(i32::MAX),
            state: &case.state,
            version: case.version,
            outlet: &case.application.outlet,
            organization_code: organization.organization_code.as_str(),
            organization_name: &organization.name,
            certificate_serial: case.serial_made_or_held(),
            updated_at: case.updated_at.naive_utc(),
            closed_at: case.closed_at.map(|at| at.naive_utc()),
            ready_from: due.ready_from.map(|at| at.naive_utc()),
            limit_at: due.limit_at.map(|at| at.naive_utc()),
            paused_since: due.paused_since.map(|at| at.naive_utc()),
            provisional: due.provisional,
            work_by: due.work_by.naive_utc(),
            queue: due.queue.map(Queue::code),
            assignee: case.assignee.as_ref().map(|assignee| assignee.id.as_str()),
            assignee_name: case.assignee.as_ref().map(|assignee| assignee.name.as_str()),
            uncollected_since: case.made_at.filter(|_| waits).map(|at| at.naive_utc()),
            commitment_due: due.commitment_due.map(|at| at.naive_utc()),
            box_number: case.stay_to_box().and_then(|(_, stay)| stay.place.box_number.as_deref()),
            look_at: due.look_at.map(|at| at.naive_utc()),
            ledger: if ledger != Ledger::default() { Some(to_json(&ledger)?) } else { None },
            document,
        })
    }
}

impl<'a> NewCaseRow<'a> {
    pub(super) fn of(case: &'a Case, due: Due, document: String) -> Result<Self, StoreError> {
        Ok(Self {
            names_key: Some(names::key(&case.application)),
            id: case.id.to_string(),
            acceptance_number: &case.acceptance_number,
            case_type: &case.case_type.code,
            workflow: &case.workflow.code,
            workflow_edition: i32::try_from(case.workflow.edition).unwrap_or(i32::MAX),
            opened_by: &case.opened_by,
            client_id: case.client_id.as_deref(),
            opened_at: case.opened_at.naive_utc(),
            state: CaseStateRow::of(case, due, document)?,
        })
    }
}

/// Columns as they are stored, of those that a case alone decides.
#[derive(Queryable, Selectable)]
#[diesel(table_name = cases)]
struct StoredColumns {
    acceptance_number: String,
    case_type: String,
    workflow: String,
    workflow_edition: i32,
    opened_by: String,
    client_id: Option<String>,
    opened_at: chrono::NaiveDateTime,
    names_key: Option<String>,
    edition: i32,
    state: String,
    version: i64,
    outlet: String,
    organization_code: String,
    organization_name: String,
    certificate_serial: Option<String>,
    updated_at: chrono::NaiveDateTime,
    closed_at: Option<chrono::NaiveDateTime>,
    queue: Option<String>,
    assignee: Option<String>,
    assignee_name: Option<String>,
    uncollected_since: Option<chrono::NaiveDateTime>,
    box_number: Option<String>,
    ledger: Option<String>,
}

/// By what lists and sweeps find a case as it stands in the columns; without its work list.
///
/// # Errors
/// The database's.
pub fn stored_due(tx: &mut Tx<'_>, id: Uuid) -> Result<Due, StoreError> {
    type Instant = Option<chrono::NaiveDateTime>;
    type Columns = (Instant, Instant, Instant, bool, chrono::NaiveDateTime, Instant, Instant);
    let id = id.to_string();
    let (ready_from, limit_at, paused_since, provisional, work_by, commitment_due, look_at): Columns =
        on_backend!(tx, |connection| {
            let all = (
                cases::ready_from,
                cases::limit_at,
                cases::paused_since,
                cases::provisional,
                cases::work_by,
                cases::commitment_due,
                cases::look_at,
            );
            cases::table.filter(cases::id.eq(&id)).select(all).first(connection)
        })?;
    let utc = |at: Instant| at.map(|at| at.and_utc());
    Ok(Due {
        ready_from: utc(ready_from),
        limit_at: utc(limit_at),
        paused_since: utc(paused_since),
        provisional,
        work_by: work_by.and_utc(),
        queue: None,
        commitment_due: utc(commitment_due),
        look_at: utc(look_at),
    })
}

/// Names of the columns of a case that aren't what it says.
///
/// # Errors
/// The database's.
pub fn differing_columns(tx: &mut Tx<'_>, case: &Case, queue: Option<Queue>) -> Result<Vec<&'static str>, StoreError> {
    let id = case.id.to_string();
    let stored: StoredColumns = on_backend!(tx, |connection| {
        cases::table.filter(cases::id.eq(&id)).select(StoredColumns::as_select()).first(connection)
    })?;
    let new = NewCaseRow::of(case, Due { queue, ..Due::default() }, String::new())?;
    let state = &new.state;
    Ok(differing!(stored;
        new: acceptance_number case_type workflow workflow_edition opened_by client_id opened_at names_key;
        state: edition state version outlet organization_code organization_name certificate_serial updated_at closed_at queue assignee
            assignee_name uncollected_since box_number ledger))
}

/// Adds a case.
///
/// # Errors
/// The database's.
pub fn insert(tx: &mut Tx<'_>, case: &Case, due: Due) -> Result<(), StoreError> {
    tx.is_new(Subject::Case(case.id));
    let row = NewCaseRow::of(case, due, tx.written(place(case.id), case)?)?;
    on_backend!(tx, |connection| diesel::insert_into(cases::table).values(&row).execute(connection))?;
    names::insert(tx, case)
}

/// Saves a case over the version that was loaded.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else was faster.
pub fn save(tx: &mut Tx<'_>, case: &Case, loaded_version: i64, due: Due) -> Result<(), StoreError> {
    let (row, id) = (CaseStateRow::of(case, due, tx.written(place(case.id), case)?)?, case.id.to_string());
    let saved: Option<i64> = on_backend!(tx, |connection| {
        let target = cases::table.filter(cases::id.eq(&id)).filter(cases::version.eq(loaded_version));
        Kept(diesel::update(target).set(&row).returning(cases::version)).get_result(connection).optional()
    })?;
    saved.map(|_| ()).ok_or(StoreError::Conflict)
}

/// Ids of the cases to look at up to an instant, the longest due first, after the ones given.
///
/// # Errors
/// The database's.
pub fn to_look_at(tx: &mut Tx<'_>, until: DateTime<Utc>, most: i64) -> Result<Vec<Uuid>, StoreError> {
    let ids: Vec<String> = on_backend!(tx, |connection| {
        cases::table
            .filter(cases::look_at.le(until.naive_utc()))
            .order((cases::look_at, cases::id))
            .select(cases::id)
            .limit(most)
            .load(connection)
    })?;
    ids.iter().map(|id| parse_uuid(id)).collect()
}

/// Puts off looking at a case that couldn't be looked at, without reading it.
///
/// # Errors
/// The database's.
pub fn look_later(tx: &mut Tx<'_>, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    let id = id.to_string();
    on_backend!(tx, |connection| {
        let target = cases::table.filter(cases::id.eq(&id)).filter(cases::look_at.is_not_null());
        diesel::update(target).set(cases::look_at.eq(at.naive_utc())).execute(connection)
    })?;
    Ok(())
}

/// Ids of the cases whose deadline runs with a limit from an instant on, or stands still, oldest first.
///
/// # Errors
/// The database's.
pub fn with_open_deadline(tx: &mut Tx<'_>, limit_from: DateTime<Utc>) -> Result<Vec<Uuid>, StoreError> {
    let limit_from = limit_from.naive_utc();
    // Two statements, each of which an index of open cases answers: closed ones cost nothing.
    let running: Vec<String> = on_backend!(tx, |connection| {
        cases::table.filter(cases::limit_at.ge(limit_from)).select(cases::id).load(connection)
    })?;
    let paused: Vec<String> = on_backend!(tx, |connection| {
        cases::table.filter(cases::paused_since.is_not_null()).select(cases::id).load(connection)
    })?;
    let mut ids: Vec<String> = running.into_iter().chain(paused).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.iter().map(|id| parse_uuid(id)).collect()
}

/// Ids of the open cases of a case type that are on another edition, oldest first.
///
/// # Errors
/// The database's.
pub fn open_on_other_editions(tx: &mut Tx<'_>, case_type: &str, edition: u32) -> Result<Vec<Uuid>, StoreError> {
    let edition = i32::try_from(edition).unwrap_or(i32::MAX);
    let ids: Vec<String> = on_backend!(tx, |connection| {
        cases::table
            .filter(cases::case_type.eq(case_type))
            .filter(cases::edition.ne(edition))
            .filter(cases::queue.is_not_null())
            .order(cases::id)
            .select(cases::id)
            .load(connection)
    })?;
    ids.iter().map(|id| parse_uuid(id)).collect()
}

/// Sets when to look at a case again, where it is still the one that was loaded.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody changed the case meanwhile.
pub fn set_look_at(
    tx: &mut Tx<'_>,
    id: Uuid,
    loaded_version: i64,
    at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    let (id, at) = (id.to_string(), at.map(|at| at.naive_utc()));
    let saved: Option<i64> = on_backend!(tx, |connection| {
        let target = cases::table.filter(cases::id.eq(&id)).filter(cases::version.eq(loaded_version));
        let set = diesel::update(target).set(cases::look_at.eq(at)).returning(cases::version);
        Kept(set).get_result(connection).optional()
    })?;
    saved.map(|_| ()).ok_or(StoreError::Conflict)
}

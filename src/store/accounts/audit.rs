//! The audit trail: entries are appended and read, never changed.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::{exists, max};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::domain::accounts::audit::{AuditActor, AuditEntry, AuditKind, AuditSubject, RecordedEntry};
use crate::domain::calendar::span::Span;
use crate::domain::evidence::row::{AuditColumns, instant};
use crate::store::engine::connection::legible::legible;
use crate::store::engine::connection::{AnyConnection, on_backend, within};
use crate::store::engine::error::StoreError;
use crate::store::engine::events;
use crate::store::engine::schema::audit;
use crate::store::engine::tx::{Tx, from_json, to_json};

/// Appends an entry.
///
/// # Errors
/// The database's.
pub fn append(tx: &mut Tx<'_>, entry: &AuditEntry) -> Result<(), StoreError> {
    let AuditEntry { kind, at, by, about, details } = entry;
    let (number, details) = (next_number(tx)?, to_json(details)?);
    let columns = AuditColumns {
        number,
        kind: kind.code(),
        at: &instant(at.naive_utc()),
        actor_id: &by.id,
        actor_name: &by.name,
        address: by.address.as_deref(),
        system_user: by.system_user.as_deref(),
        subject_kind: about.as_ref().map(|about| about.kind.code()),
        subject_id: about.as_ref().map(|about| about.id.as_str()),
        details: &details,
    };
    let row = (
        audit::number.eq(number),
        audit::kind.eq(columns.kind),
        audit::at.eq(at.naive_utc()),
        audit::actor_id.eq(columns.actor_id),
        audit::actor_name.eq(columns.actor_name),
        audit::address.eq(columns.address),
        audit::system_user.eq(columns.system_user),
        audit::subject_kind.eq(columns.subject_kind),
        audit::subject_id.eq(columns.subject_id),
        audit::details.eq(columns.details),
        audit::hash.eq(columns.hash(tx.suite()).to_bytes().to_vec()),
    );
    let written = on_backend!(tx, |connection| diesel::insert_into(audit::table).values(row).execute(connection))?;
    events::all_written(written, 1)
}

/// The entry of a kind that was written last, by its number: the time in one may be of a clock that went wrong.
///
/// # Errors
/// The database's.
pub fn newest(tx: &mut Tx<'_>, kind: AuditKind) -> Result<Option<RecordedEntry>, StoreError> {
    let of_kind = audit::table.filter(audit::kind.eq(kind.code()));
    let number: Option<i64> = on_backend!(tx, |connection| of_kind.select(max(audit::number)).first(connection))?;
    let Some(number) = number else { return Ok(None) };
    let row = on_backend!(tx, |connection| {
        legible(audit::table.filter(audit::number.eq(number)).select(COLUMNS), connection)
    })?;
    match row.rows.into_iter().next() {
        Some(row) => Ok(Some(entry(row))),
        // One that can't be read is none; a verification names it.
        None => Ok(of_kinds(tx, &[kind])?.pop()),
    }
}

/// Whether there is an entry of a kind, however the rest of it reads.
///
/// # Errors
/// The database's.
pub fn has(tx: &mut Tx<'_>, kind: AuditKind) -> Result<bool, StoreError> {
    let of_kind = audit::table.filter(audit::kind.eq(kind.code()));
    Ok(on_backend!(tx, |connection| diesel::select(exists(of_kind)).get_result(connection))?)
}

/// When the `nth` newest entry of a kind by somebody was made, if it was after an instant; counted from 1.
///
/// # Errors
/// The database's.
pub fn nth_newest(
    tx: &mut Tx<'_>,
    kind: AuditKind,
    actor_id: &str,
    after: DateTime<Utc>,
    nth: u32,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let found: Option<NaiveDateTime> = on_backend!(tx, |connection| {
        audit::table
            .filter(audit::actor_id.eq(actor_id))
            .filter(audit::at.gt(after.naive_utc()))
            .filter(audit::kind.eq(kind.code()))
            .order((audit::at.desc(), audit::number.desc()))
            .select(audit::at)
            .offset(i64::from(nth).max(1) - 1)
            .first(connection)
            .optional()
    })?;
    Ok(found.map(|at| at.and_utc()))
}

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// No hall ever has so many entries: whoever writes such a number keeps nobody from entering what comes then.
pub(in crate::store) const NOBODYS: i64 = 1 << 62;

/// The number of an entry, which its hash covers. SQLite has one writer; PostgreSQL gives none twice.
fn next_number(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    match tx.connection() {
        AnyConnection::Postgres(connection) => {
            // The DELETE, of nothing, holds the table's lock before the number is taken: sealing waits for who holds it.
            let next = "WITH held AS (DELETE FROM audit WHERE false) SELECT nextval('audit_number_seq') AS number";
            Ok(diesel::sql_query(next).get_result::<Next>(connection)?.number)
        }
        AnyConnection::Sqlite(connection) => {
            let ours = audit::table.filter(audit::number.lt(NOBODYS));
            let last: Option<i64> = ours.select(max(audit::number)).first(connection)?;
            Ok(last.unwrap_or(0) + 1)
        }
    }
}

/// Which entries are asked for; every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of one of these kinds; of any where there is none.
    pub kinds: Vec<AuditKind>,
    /// By one of these accounts or clients; by anybody where there is none.
    pub actors: Vec<String>,
    /// About one of these; about anything where there is none.
    pub subjects: Vec<String>,
    /// From this address.
    pub address: Option<String>,
    /// Written then.
    pub at: Span,
}

/// A place in the trail, read from the newest entry on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditCursor {
    /// When the last entry was written that has been read.
    pub at: DateTime<Utc>,
    /// Its number.
    pub number: i64,
}

type Row = (
    i64,
    String,
    NaiveDateTime,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
);

/// The columns of a row.
const COLUMNS: (
    audit::number,
    audit::kind,
    audit::at,
    audit::actor_id,
    audit::actor_name,
    audit::address,
    audit::system_user,
    audit::subject_kind,
    audit::subject_id,
    audit::details,
) = (
    audit::number,
    audit::kind,
    audit::at,
    audit::actor_id,
    audit::actor_name,
    audit::address,
    audit::system_user,
    audit::subject_kind,
    audit::subject_id,
    audit::details,
);

fn entry(row: Row) -> RecordedEntry {
    let (number, kind, at, id, name, address, system_user, subject_kind, subject_id, details) = row;
    RecordedEntry {
        number,
        kind,
        at: at.and_utc(),
        by: AuditActor { id, name, address, system_user },
        about: subject_kind.zip(subject_id),
        // What somebody wrote there instead is shown as it is: verifying names it.
        details: from_json(&details).unwrap_or_else(|_| BTreeMap::from([("unreadable".to_owned(), details)])),
    }
}

/// The entries of some kinds about one account or system, in the order in which they were written, as far as they can be read.
///
/// # Errors
/// The database's.
pub fn about(tx: &mut Tx<'_>, subject: &AuditSubject, kinds: &[AuditKind]) -> Result<Vec<RecordedEntry>, StoreError> {
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.code()).collect();
    let read = on_backend!(tx, |connection| {
        let about = audit::table.filter(audit::subject_id.eq(&subject.id));
        let about = about.filter(audit::subject_kind.eq(subject.kind.code())).filter(audit::kind.eq_any(&kinds));
        legible(about.order(audit::number).select(COLUMNS), connection)
    })?;
    Ok(read.rows.into_iter().map(entry).collect())
}

/// The instant of the entry of a kind about something that was written last.
///
/// # Errors
/// The database's.
pub fn newest_about(
    tx: &mut Tx<'_>,
    subject: &AuditSubject,
    kind: AuditKind,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let found = on_backend!(tx, |connection| {
        let about = audit::table.filter(audit::subject_id.eq(&subject.id));
        let about = about.filter(audit::subject_kind.eq(subject.kind.code())).filter(audit::kind.eq(kind.code()));
        legible(about.order(audit::number.desc()).select(audit::at).limit(1), connection)
    })?;
    Ok(found.rows.into_iter().next().map(|at: NaiveDateTime| at.and_utc()))
}

/// The entries of some kinds, in the order in which they were written, as far as they can be read.
///
/// # Errors
/// The database's.
pub fn of_kinds(tx: &mut Tx<'_>, kinds: &[AuditKind]) -> Result<Vec<RecordedEntry>, StoreError> {
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.code()).collect();
    let read = on_backend!(tx, |connection| {
        let of_kinds = audit::table.filter(audit::kind.eq_any(&kinds));
        legible(of_kinds.order(audit::number).select(COLUMNS), connection)
    })?;
    Ok(read.rows.into_iter().map(entry).collect())
}

/// Entries of a kind after a number, in the order of their numbers, as far as they can be read.
///
/// # Errors
/// The database's.
pub fn of_kind_after(
    tx: &mut Tx<'_>,
    kind: AuditKind,
    number: i64,
    limit: i64,
) -> Result<Vec<RecordedEntry>, StoreError> {
    let read = on_backend!(tx, |connection| {
        let of_kind = audit::table.filter(audit::kind.eq(kind.code())).filter(audit::number.gt(number));
        legible(of_kind.order(audit::number).select(COLUMNS).limit(limit), connection)
    })?;
    Ok(read.rows.into_iter().map(entry).collect())
}

/// Entries, newest first; every filter has its index.
///
/// # Errors
/// The database's.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &AuditFilter,
    after: Option<AuditCursor>,
    limit: i64,
) -> Result<Vec<RecordedEntry>, StoreError> {
    let rows: Vec<Row> = on_backend!(tx, |connection| {
        let mut query = audit::table.into_boxed();
        // Of one alone the index gives the order, too.
        let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.code()).collect();
        query = match *kinds.as_slice() {
            [] => query,
            [kind] => query.filter(audit::kind.eq(kind)),
            _ => query.filter(audit::kind.eq_any(kinds.clone())),
        };
        query = match filter.actors.as_slice() {
            [] => query,
            [actor] => query.filter(audit::actor_id.eq(actor)),
            several => query.filter(audit::actor_id.eq_any(several)),
        };
        query = match filter.subjects.as_slice() {
            [] => query,
            [subject] => query.filter(audit::subject_id.eq(subject)),
            several => query.filter(audit::subject_id.eq_any(several)),
        };
        if let Some(address) = &filter.address {
            query = query.filter(audit::address.eq(address));
        }
        within!(query, audit::at, filter.at);
        if let Some(AuditCursor { at, number }) = after {
            let at = at.naive_utc();
            query = query.filter(audit::at.le(at)).filter(audit::at.lt(at).or(audit::number.lt(number)));
        }
        query.order((audit::at.desc(), audit::number.desc())).select(COLUMNS).limit(limit).load(connection)
    })?;
    Ok(rows.into_iter().map(entry).collect())
}

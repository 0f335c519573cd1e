//! Rows of events and of the audit trail as texts, for whoever hashes them again.
//!
//! Guarantee: what somebody wrote into a row behind the program's back can always be read as text or be passed over; an instant has the
//! text that is hashed only where it is spelled as the program does, so that another spelling of it is a change like any other.

use std::collections::HashMap;

use chrono::{DateTime, Timelike, Utc};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use super::log::Source;
use crate::domain::accounts::actor::HALL_ID;
use crate::domain::evidence::row::{AuditColumns, EventColumns, RowHash, instant};
use crate::domain::evidence::suite::Suite;
use crate::store::engine::connection::{AnyConnection, on_backend};
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{audit, events};
use crate::store::engine::subject::Subject;
use crate::store::engine::tx::Tx;
use crate::store::engine::vault::is_encrypted;

/// An event as it is stored.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// Its number.
    pub number: i64,
    /// `case` or `certificate`.
    pub subject_kind: String,
    /// Of which.
    pub subject_id: String,
    /// The how manieth of its subject.
    pub sequence: i64,
    kind: String,
    at: String,
    actor_id: String,
    actor_name: String,
    action: String,
    data: String,
    /// Its hash, as it is stored.
    pub hash: Option<Vec<u8>>,
}

/// An entry of the audit trail as it is stored.
#[derive(Debug, Clone)]
pub struct StoredEntry {
    /// Its number.
    pub number: i64,
    kind: String,
    at: String,
    actor_id: String,
    actor_name: String,
    address: Option<String>,
    system_user: Option<String>,
    subject_kind: Option<String>,
    subject_id: Option<String>,
    details: String,
    /// Its hash, as it is stored.
    pub hash: Vec<u8>,
}

impl StoredEvent {
    /// When it was written; none: what stands there is no instant.
    pub fn written_at(&self) -> Option<DateTime<Utc>> {
        self.at.parse().ok()
    }

    /// Whether somebody ran the program, rather than the hall worked.
    pub fn is_of_command(&self) -> bool {
        self.actor_id == HALL_ID
    }

    /// Whose persons it has, encrypted.
    pub fn persons_of(&self) -> Option<Subject> {
        is_encrypted(&self.data).then(|| Subject::from_key(&self.subject_kind, &self.subject_id).ok()).flatten()
    }

    /// The hash that it should have behind the one before it.
    pub fn hash_behind(&self, suite: Suite, previous: Option<RowHash>) -> RowHash {
        let columns = EventColumns {
            subject_kind: &self.subject_kind,
            subject_id: &self.subject_id,
            sequence: self.sequence,
            kind: &self.kind,
            at: &self.at,
            actor_id: &self.actor_id,
            actor_name: &self.actor_name,
            action: &self.action,
            data: &self.data,
        };
        columns.hash(suite, previous)
    }
}

impl StoredEntry {
    /// When it was written; none: what stands there is no instant.
    pub fn written_at(&self) -> Option<DateTime<Utc>> {
        self.at.parse().ok()
    }

    /// Whether somebody ran the program, rather than the hall worked.
    pub fn is_of_command(&self) -> bool {
        self.system_user.is_some()
    }

    /// The hash that it should have.
    pub fn hash_by(&self, suite: Suite) -> RowHash {
        let columns = AuditColumns {
            number: self.number,
            kind: &self.kind,
            at: &self.at,
            actor_id: &self.actor_id,
            actor_name: &self.actor_name,
            address: self.address.as_deref(),
            system_user: self.system_user.as_deref(),
            subject_kind: self.subject_kind.as_deref(),
            subject_id: self.subject_id.as_deref(),
            details: &self.details,
        };
        columns.hash(suite)
    }
}

/// What stands before an instant that isn't spelled as it is hashed: no such instant begins so.
const AS_STORED: char = '=';

/// An instant as text. PostgreSQL spells it itself, but without the era; SQLite has a text, and may have any.
pub(super) fn at(tx: &mut Tx<'_>, table: &str) -> SqlLiteral<Text> {
    match tx.connection() {
        AnyConnection::Postgres(_) => sql(&format!(
            "CASE WHEN {table}.at >= '0001-01-01' AND {table}.at < 'infinity' \
             THEN to_char({table}.at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') ELSE '{AS_STORED}' || {table}.at::text END"
        )),
        AnyConnection::Sqlite(_) => sql(&format!("'{AS_STORED}' || {table}.at")),
    }
}

/// An instant as it is hashed; anything else, also another spelling of an instant, as a text that is the hashed form of none.
pub(super) fn spelled(at: String) -> String {
    let Some(stored) = at.strip_prefix(AS_STORED) else { return at };
    let parsed = chrono::NaiveDateTime::parse_from_str(stored, "%Y-%m-%d %H:%M:%S%.f").ok();
    let ours = parsed.filter(|parsed| {
        // What is smaller than a microsecond isn't hashed, and isn't written.
        parsed.nanosecond().is_multiple_of(1_000) && parsed.format("%F %T%.f").to_string() == stored
    });
    ours.map(instant).unwrap_or(at)
}

type EventColumnsRow = (i64, String, String, i64, String, String, String, String, String, String, Option<Vec<u8>>);

fn event(
    (number, subject_kind, subject_id, sequence, kind, at, actor_id, actor_name, action, data, hash): EventColumnsRow,
) -> StoredEvent {
    let at = spelled(at);
    StoredEvent { number, subject_kind, subject_id, sequence, kind, at, actor_id, actor_name, action, data, hash }
}

/// Which events are read.
#[derive(Debug, Clone, Copy)]
pub enum Events<'a> {
    /// Those after a number, in their order.
    After(i64),
    /// One of a subject.
    Of(&'a str, &'a str, i64),
    /// Those after a number that have no hash, each subject's in order.
    WithoutHash(i64),
}

/// Events as they are stored.
///
/// # Errors
/// The database's, or a row that can't be read.
pub fn read_events(tx: &mut Tx<'_>, which: Events<'_>, limit: i64) -> Result<Vec<StoredEvent>, StoreError> {
    let at = at(tx, "events");
    let rows: Vec<EventColumnsRow> = on_backend!(tx, |connection| {
        let mut query = events::table.into_boxed();
        query = match which {
            Events::After(number) => query.filter(events::number.gt(number)).order(events::number),
            Events::Of(kind, id, sequence) => query
                .filter(events::subject_kind.eq(kind))
                .filter(events::subject_id.eq(id))
                .filter(events::sequence.eq(sequence)),
            Events::WithoutHash(after) => query
                .filter(events::hash.is_null())
                .filter(events::number.gt(after))
                .order((events::subject_kind, events::subject_id, events::sequence)),
        };
        query
            .select((
                events::number,
                events::subject_kind,
                events::subject_id,
                events::sequence,
                events::kind,
                at,
                events::actor_id,
                events::actor_name,
                events::action,
                events::data,
                events::hash,
            ))
            .limit(limit)
            .load(connection)
    })?;
    Ok(rows.into_iter().map(event).collect())
}

/// Entries of the audit trail after a number, as they are stored.
///
/// # Errors
/// The database's, or a row that can't be read.
pub fn read_entries(tx: &mut Tx<'_>, after: i64, limit: i64) -> Result<Vec<StoredEntry>, StoreError> {
    type Row = (
        i64,
        String,
        String,
        String,
        String,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
        String,
        Vec<u8>,
    );
    let at = at(tx, "audit");
    let rows: Vec<Row> = on_backend!(tx, |connection| {
        audit::table
            .filter(audit::number.gt(after))
            .order(audit::number)
            .select((
                audit::number,
                audit::kind,
                at,
                audit::actor_id,
                audit::actor_name,
                audit::address,
                audit::system_user,
                audit::subject_kind,
                audit::subject_id,
                audit::details,
                audit::hash,
            ))
            .limit(limit)
            .load(connection)
    })?;
    let entry = |row: Row| {
        let (number, kind, at, actor_id, actor_name, address, system_user, subject_kind, subject_id, details, hash) =
            row;
        let at = spelled(at);
        StoredEntry {
            number,
            kind,
            at,
            actor_id,
            actor_name,
            address,
            system_user,
            subject_kind,
            subject_id,
            details,
            hash,
        }
    };
    Ok(rows.into_iter().map(entry).collect())
}

#[derive(QueryableByName)]
struct Before {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Nullable<Binary>)]
    hash: Option<Vec<u8>>,
}

/// For each event within a range of numbers, first and last included, the hash of the one before it of its subject, if that one is there.
///
/// # Errors
/// The database's.
pub fn hashes_before(tx: &mut Tx<'_>, first: i64, last: i64) -> Result<HashMap<i64, Option<Vec<u8>>>, StoreError> {
    let rows: Vec<Before> = on_backend!(tx, |connection| {
        diesel::sql_query(
            "SELECT e.number AS number, p.hash AS hash FROM events e
             JOIN events p ON p.subject_kind = e.subject_kind AND p.subject_id = e.subject_id AND p.sequence = e.sequence - 1
             WHERE e.number BETWEEN $1 AND $2",
        )
        .bind::<BigInt, _>(first)
        .bind::<BigInt, _>(last)
        .load(connection)
    })?;
    Ok(rows.into_iter().map(|row| (row.number, row.hash)).collect())
}

/// Numbers of rows after a number, without anything else of them.
///
/// # Errors
/// The database's.
pub fn numbers_after(tx: &mut Tx<'_>, source: Source, number: i64, limit: i64) -> Result<Vec<i64>, StoreError> {
    Ok(on_backend!(tx, |connection| match source {
        Source::Event => {
            let rows = events::table.filter(events::number.gt(number)).order(events::number);
            rows.select(events::number).limit(limit).load(connection)
        }
        Source::Entry => {
            let rows = audit::table.filter(audit::number.gt(number)).order(audit::number);
            rows.select(audit::number).limit(limit).load(connection)
        }
    })?)
}

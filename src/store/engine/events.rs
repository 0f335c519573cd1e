//! Events: appended and read, never changed.
//!
//! Guarantee: each has a hash over all that is stored of it and over the hash of the one before it of its subject. That one is read by
//! its key when a subject goes on, which costs a look into an index; a subject's first event needs none.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::kept::Kept;
use super::connection::on_backend;
use super::error::StoreError;
use super::schema::events;
pub use super::subject::Subject;
use super::tx::Tx;
use super::vault::Place;
use crate::domain::base::recorded::Recorded;
use crate::domain::evidence::row::{EventColumns, RowHash, instant};
use crate::domain::evidence::suite::Suite;

#[derive(Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
pub(in crate::store) struct EventRow<'a> {
    subject_kind: &'a str,
    subject_id: &'a str,
    sequence: i64,
    kind: String,
    at: chrono::NaiveDateTime,
    actor_id: &'a str,
    actor_name: &'a str,
    action: &'a str,
    data: String,
    hash: Option<Vec<u8>>,
}

/// The rows of events, the persons in them encrypted.
fn rows<'a, E: Serialize>(
    tx: &mut Tx<'_>,
    events: &[(&'a (&'static str, String), Subject, &'a Recorded<E>)],
) -> Result<Vec<EventRow<'a>>, StoreError> {
    let (mut kinds, mut texts) = (Vec::with_capacity(events.len()), Vec::with_capacity(events.len()));
    for (_, subject, recorded) in events {
        let data = serde_json::to_value(&recorded.event).map_err(StoreError::unwritable)?;
        kinds.push(data.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned());
        texts.push((Place::event(*subject, recorded.sequence), data.to_string()));
    }
    let data = tx.encrypted(texts)?;
    let rows = events.iter().zip(kinds).zip(data).map(|(((key, _, recorded), kind), data)| EventRow {
        subject_kind: key.0,
        subject_id: &key.1,
        sequence: recorded.sequence,
        kind,
        at: recorded.at.naive_utc(),
        actor_id: &recorded.actor_id,
        actor_name: &recorded.actor_name,
        action: &recorded.action,
        data,
        hash: None,
    });
    Ok(rows.collect())
}

impl EventRow<'_> {
    /// Sets the hash, behind the one before.
    fn chain(&mut self, suite: Suite, previous: Option<RowHash>) -> RowHash {
        let at = instant(self.at);
        let columns = EventColumns {
            subject_kind: self.subject_kind,
            subject_id: self.subject_id,
            sequence: self.sequence,
            kind: &self.kind,
            at: &at,
            actor_id: self.actor_id,
            actor_name: self.actor_name,
            action: self.action,
            data: &self.data,
        };
        let hash = columns.hash(suite, previous);
        self.hash = Some(hash.to_bytes().to_vec());
        hash
    }
}

/// The hash behind which a subject's next event stands.
enum Link {
    /// There is none before it.
    First,
    /// Behind this one.
    Behind(RowHash),
    /// The one before has none yet: both get theirs later, as all of before.
    Later,
}

fn link(tx: &mut Tx<'_>, subject_kind: &str, subject_id: &str, sequence: i64) -> Result<Link, StoreError> {
    if sequence <= 1 {
        return Ok(Link::First);
    }
    let found: Option<Option<Vec<u8>>> = on_backend!(tx, |connection| {
        events::table
            .filter(events::subject_kind.eq(subject_kind))
            .filter(events::subject_id.eq(subject_id))
            .filter(events::sequence.eq(sequence - 1))
            .select(events::hash)
            .first(connection)
            .optional()
    })?;
    match found {
        // What it goes on from isn't there: somebody else was faster, or deleted it.
        None => Err(StoreError::Conflict),
        Some(None) => Ok(Link::Later),
        Some(Some(bytes)) => {
            let bad =
                || StoreError::Corrupt(format!("the hash of event {} of {subject_kind} {subject_id}", sequence - 1));
            RowHash::from_bytes(&bytes).map(Link::Behind).ok_or_else(bad)
        }
    }
}

/// Appends events.
///
/// # Errors
/// [`StoreError::Conflict`] when one with the same sequence stands there already.
pub fn append<E: Serialize>(tx: &mut Tx<'_>, subject: Subject, recorded: &[Recorded<E>]) -> Result<(), StoreError> {
    let key = subject.key();
    let events: Vec<_> = recorded.iter().map(|recorded| (&key, subject, recorded)).collect();
    let mut rows = rows(tx, &events)?;
    let Some(first) = rows.first() else { return Ok(()) };
    let previous = match link(tx, key.0, &key.1, first.sequence)? {
        Link::First => Some(None),
        Link::Behind(hash) => Some(Some(hash)),
        Link::Later => None,
    };
    if let Some(previous) = previous {
        rows.iter_mut().fold(previous, |previous, row| Some(row.chain(tx.suite(), previous)));
    }
    // Most actions have one event, and only the statement for one row is kept prepared.
    let written = on_backend!(tx, |connection| match rows.as_slice() {
        [row] => diesel::insert_into(events::table).values(row).execute(connection),
        _ => diesel::insert_into(events::table).values(&rows).execute(connection),
    })?;
    all_written(written, rows.len())
}

/// The row of a subject's first event.
pub(in crate::store) fn first_row<'a, E: Serialize>(
    tx: &mut Tx<'_>,
    key: &'a (&'static str, String),
    subject: Subject,
    recorded: &'a Recorded<E>,
) -> Result<EventRow<'a>, StoreError> {
    let row = rows(tx, &[(key, subject, recorded)])?.pop();
    let mut row = row.ok_or_else(|| StoreError::Corrupt("an event has no row".to_owned()))?;
    row.chain(tx.suite(), None);
    Ok(row)
}

/// Refuses to go on where the database took fewer rows of the record than it was given, and said nothing: something in it keeps them out.
pub(in crate::store) fn all_written(written: usize, given: usize) -> Result<(), StoreError> {
    if written == given {
        return Ok(());
    }
    let words = format!(
        "{written} of {given} rows of the record were written: a trigger or rule in the database keeps them out"
    );
    Err(StoreError::Corrupt(words))
}

/// Appends the first event of each of many subjects.
///
/// # Errors
/// [`StoreError::Conflict`] when one stands there already.
pub fn append_firsts<E: Serialize>(tx: &mut Tx<'_>, firsts: &[(Subject, Recorded<E>)]) -> Result<(), StoreError> {
    // Of no rows at all SQLite says how many it wrote last.
    if firsts.is_empty() {
        return Ok(());
    }
    let keys: Vec<(&'static str, String)> = firsts.iter().map(|(subject, _)| subject.key()).collect();
    let events: Vec<_> = firsts.iter().zip(&keys).map(|((subject, recorded), key)| (key, *subject, recorded)).collect();
    let mut rows = rows(tx, &events)?;
    for row in &mut rows {
        row.chain(tx.suite(), None);
    }
    let written = on_backend!(tx, |connection| diesel::insert_into(events::table).values(&rows).execute(connection))?;
    all_written(written, rows.len())
}

/// When somebody caused the `nth` newest event of a kind, if it was after an instant; counted from 1.
///
/// The kind is given as the condition of the index that has it: with parameters in it, SQLite wouldn't use that.
///
/// # Errors
/// The database's.
pub(in crate::store) fn nth_newest(
    tx: &mut Tx<'_>,
    is_kind: &str,
    actor_id: &str,
    after: DateTime<Utc>,
    nth: u32,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let found: Option<NaiveDateTime> = on_backend!(tx, |connection| {
        let newest = events::table
            .filter(sql::<Bool>(is_kind))
            .filter(events::actor_id.eq(actor_id))
            .filter(events::at.gt(after.naive_utc()))
            .select(events::at)
            .order(events::at.desc())
            .limit(1)
            .offset(i64::from(nth).max(1) - 1);
        Kept(newest).get_result(connection).optional()
    })?;
    Ok(found.map(|at| at.and_utc()))
}

type Row = (i64, NaiveDateTime, String, String, String, String);

/// The events of something up to a sequence, oldest first.
///
/// # Errors
/// The database's, or an event that can't be read.
pub fn list<E: DeserializeOwned>(
    tx: &mut Tx<'_>,
    subject: Subject,
    up_to: i64,
) -> Result<Vec<Recorded<E>>, StoreError> {
    between(tx, subject, 0, up_to)
}

/// At most so many events of something after a sequence, oldest first; sequences have no gaps.
///
/// # Errors
/// The database's, or an event that can't be read.
pub fn page<E: DeserializeOwned>(
    tx: &mut Tx<'_>,
    subject: Subject,
    after: i64,
    most: i64,
) -> Result<Vec<Recorded<E>>, StoreError> {
    between(tx, subject, after, after.saturating_add(most))
}

/// The events of something after a sequence and up to one.
fn between<E: DeserializeOwned>(
    tx: &mut Tx<'_>,
    subject: Subject,
    after: i64,
    up_to: i64,
) -> Result<Vec<Recorded<E>>, StoreError> {
    let (subject_kind, subject_id) = subject.key();
    let mut rows: Vec<Row> = on_backend!(tx, |connection| {
        events::table
            .filter(events::subject_kind.eq(subject_kind))
            .filter(events::subject_id.eq(&subject_id))
            .filter(events::sequence.gt(after))
            .filter(events::sequence.le(up_to))
            .order(events::sequence)
            .select((events::sequence, events::at, events::actor_id, events::actor_name, events::action, events::data))
            .load(connection)
    })?;
    let texts = rows.iter_mut().map(|row| (Place::event(subject, row.0), std::mem::take(&mut row.5))).collect();
    let events = tx.read_all(texts)?;
    let recorded = rows.into_iter().zip(events).map(|((sequence, at, actor_id, actor_name, action, _), event)| {
        Recorded { sequence, at: at.and_utc(), actor_id, actor_name, action, event }
    });
    Ok(recorded.collect())
}

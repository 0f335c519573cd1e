//! Events: appended and read, never changed.

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::on_backend;
use super::error::StoreError;
use super::schema::events;
pub use super::subject::Subject;
use super::tx::Tx;
use super::vault::Place;
use crate::domain::base::recorded::Recorded;

#[derive(Insertable)]
#[diesel(table_name = events)]
struct EventRow<'a> {
    subject_kind: &'a str,
    subject_id: &'a str,
    sequence: i64,
    kind: String,
    at: chrono::NaiveDateTime,
    actor_id: &'a str,
    actor_name: &'a str,
    action: &'a str,
    data: String,
    encrypted: bool,
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
        encrypted: true,
    });
    Ok(rows.collect())
}

/// Appends events.
///
/// # Errors
/// [`StoreError::Conflict`] when one with the same sequence stands there already.
pub fn append<E: Serialize>(tx: &mut Tx<'_>, subject: Subject, recorded: &[Recorded<E>]) -> Result<(), StoreError> {
    let key = subject.key();
    let events: Vec<_> = recorded.iter().map(|recorded| (&key, subject, recorded)).collect();
    let rows = rows(tx, &events)?;
    // Most actions have one event, and only the statement for one row is kept prepared.
    on_backend!(tx, |connection| match rows.as_slice() {
        [row] => diesel::insert_into(events::table).values(row).execute(connection),
        _ => diesel::insert_into(events::table).values(&rows).execute(connection),
    })?;
    Ok(())
}

/// Appends the first event of each of many subjects.
///
/// # Errors
/// [`StoreError::Conflict`] when one stands there already.
pub fn append_firsts<E: Serialize>(tx: &mut Tx<'_>, firsts: &[(Subject, Recorded<E>)]) -> Result<(), StoreError> {
    let keys: Vec<(&'static str, String)> = firsts.iter().map(|(subject, _)| subject.key()).collect();
    let events: Vec<_> = firsts.iter().zip(&keys).map(|((subject, recorded), key)| (key, *subject, recorded)).collect();
    let rows = rows(tx, &events)?;
    on_backend!(tx, |connection| diesel::insert_into(events::table).values(&rows).execute(connection))?;
    Ok(())
}

type Row = (i64, chrono::NaiveDateTime, String, String, String, String);

/// The events of something up to a sequence, oldest first.
///
/// # Errors
/// The database's, or an event that can't be read.
pub fn list<E: DeserializeOwned>(
    tx: &mut Tx<'_>,
    subject: Subject,
    up_to: i64,
) -> Result<Vec<Recorded<E>>, StoreError> {
    let (subject_kind, subject_id) = subject.key();
    let mut rows: Vec<Row> = on_backend!(tx, |connection| {
        events::table
            .filter(events::subject_kind.eq(subject_kind))
            .filter(events::subject_id.eq(&subject_id))
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

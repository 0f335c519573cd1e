//! What happened, for ever: events are appended and read, never changed.

use diesel::prelude::*;
use uuid::Uuid;

use super::schema::events;
use super::{StoreError, Tx, from_json, on_backend};
use crate::domain::command::Recorded;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A case.
    Case(Uuid),
}

impl Subject {
    fn key(self) -> (&'static str, String) {
        match self {
            Self::Case(id) => ("case", id.to_string()),
        }
    }
}

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
}

/// Appends events.
///
/// # Errors
/// [`StoreError::Conflict`] when one with the same sequence stands there already.
pub fn append(tx: &mut Tx<'_>, subject: Subject, recorded: &[Recorded]) -> Result<(), StoreError> {
    let (subject_kind, subject_id) = subject.key();
    let row = |recorded: &Recorded| -> Result<_, StoreError> {
        let data = serde_json::to_value(&recorded.event).map_err(StoreError::unwritable)?;
        let kind = data.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned();
        Ok((kind, data.to_string()))
    };
    let described = recorded.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let rows: Vec<EventRow<'_>> = recorded
        .iter()
        .zip(described)
        .map(|(recorded, (kind, data))| EventRow {
            subject_kind,
            subject_id: &subject_id,
            sequence: recorded.sequence,
            kind,
            at: recorded.at.naive_utc(),
            actor_id: &recorded.actor_id,
            actor_name: &recorded.actor_name,
            action: &recorded.action,
            data,
        })
        .collect();
    // Most actions have one event, and only the statement for one row is kept prepared.
    on_backend!(tx, |connection| match rows.as_slice() {
        [row] => diesel::insert_into(events::table).values(row).execute(connection),
        _ => diesel::insert_into(events::table).values(&rows).execute(connection),
    })?;
    Ok(())
}

type Row = (i64, chrono::NaiveDateTime, String, String, String, String);

/// The events of something up to a sequence, oldest first.
///
/// # Errors
/// The database's, or an event that can't be read.
pub fn list(tx: &mut Tx<'_>, subject: Subject, up_to: i64) -> Result<Vec<Recorded>, StoreError> {
    let (subject_kind, subject_id) = subject.key();
    let rows: Vec<Row> = on_backend!(tx, |connection| {
        events::table
            .filter(events::subject_kind.eq(subject_kind))
            .filter(events::subject_id.eq(&subject_id))
            .filter(events::sequence.le(up_to))
            .order(events::sequence)
            .select((events::sequence, events::at, events::actor_id, events::actor_name, events::action, events::data))
            .load(connection)
    })?;
    rows.into_iter()
        .map(|(sequence, at, actor_id, actor_name, action, data)| {
            let event = from_json(&data)?;
            Ok(Recorded { sequence, at: at.and_utc(), actor_id, actor_name, action, event })
        })
        .collect()
}

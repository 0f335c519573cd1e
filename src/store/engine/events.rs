//! Events: appended and read, never changed.

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::connection::on_backend;
use super::error::StoreError;
use super::schema::events;
use super::tx::{Tx, from_json, parse_uuid};
use crate::domain::base::recorded::Recorded;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A case.
    Case(Uuid),
    /// A certificate.
    Certificate(Uuid),
    /// An import of certificates: only requests are about it, since its certificates have the events.
    Import(Uuid),
}

impl Subject {
    pub(in crate::store) fn key(self) -> (&'static str, String) {
        match self {
            Self::Case(id) => ("case", id.to_string()),
            Self::Certificate(id) => ("certificate", id.to_string()),
            Self::Import(id) => ("import", id.to_string()),
        }
    }

    pub(in crate::store) fn from_key(kind: &str, id: &str) -> Result<Self, StoreError> {
        let id = parse_uuid(id)?;
        match kind {
            "case" => Ok(Self::Case(id)),
            "certificate" => Ok(Self::Certificate(id)),
            "import" => Ok(Self::Import(id)),
            other => Err(StoreError::Corrupt(format!("unknown subject {other}"))),
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

impl<'a> EventRow<'a> {
    fn new<E: Serialize>(
        subject_kind: &'a str,
        subject_id: &'a str,
        recorded: &'a Recorded<E>,
    ) -> Result<Self, StoreError> {
        let data = serde_json::to_value(&recorded.event).map_err(StoreError::unwritable)?;
        Ok(Self {
            subject_kind,
            subject_id,
            sequence: recorded.sequence,
            kind: data.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned(),
            at: recorded.at.naive_utc(),
            actor_id: &recorded.actor_id,
            actor_name: &recorded.actor_name,
            action: &recorded.action,
            data: data.to_string(),
        })
    }
}

/// Appends events.
///
/// # Errors
/// [`StoreError::Conflict`] when one with the same sequence stands there already.
pub fn append<E: Serialize>(tx: &mut Tx<'_>, subject: Subject, recorded: &[Recorded<E>]) -> Result<(), StoreError> {
    let (subject_kind, subject_id) = subject.key();
    let rows: Vec<EventRow<'_>> =
        recorded.iter().map(|recorded| EventRow::new(subject_kind, &subject_id, recorded)).collect::<Result<_, _>>()?;
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
    let rows: Vec<EventRow<'_>> = firsts
        .iter()
        .zip(&keys)
        .map(|((_, recorded), (kind, id))| EventRow::new(kind, id, recorded))
        .collect::<Result<_, _>>()?;
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

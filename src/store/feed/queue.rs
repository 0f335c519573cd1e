//! What waits to be sent to webhooks, and what became of each attempt.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::tables::{webhook_attempts, webhook_queue};
use crate::domain::feed::webhook::{Attempt, AttemptError, AttemptOutcome};
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::tx::{Tx, parse_uuid};

/// An event that is to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its number.
    pub number: i64,
    /// The case that it is about, or came by.
    pub case_id: Option<Uuid>,
    /// The certificate that it happened to.
    pub certificate_id: Option<Uuid>,
    /// Attempts that failed.
    pub attempts: i32,
    /// When it is due.
    pub next_at: DateTime<Utc>,
}

impl Queued {
    /// The case and the certificate that it is about: earlier events of theirs go first.
    pub fn subjects(&self) -> impl Iterator<Item = Uuid> + use<> {
        [self.case_id, self.certificate_id].into_iter().flatten()
    }
}

/// Which attempts are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttemptsAsked {
    /// Only at this event.
    pub number: Option<i64>,
    /// Only those of which became this.
    pub outcome: Option<AttemptOutcome>,
    /// Only those before this one.
    pub after: Option<Uuid>,
    /// At most so many.
    pub limit: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhook_queue)]
struct QueueRow {
    number: i64,
    case_id: Option<String>,
    certificate_id: Option<String>,
    attempts: i32,
    next_at: NaiveDateTime,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhook_attempts)]
struct AttemptRow {
    id: String,
    number: i64,
    event_type: Option<String>,
    attempt: i32,
    at: NaiveDateTime,
    duration_ms: i64,
    outcome: String,
    http_status: Option<i32>,
    error: Option<String>,
}

impl AttemptRow {
    fn read(self) -> Result<Attempt, StoreError> {
        let unknown = |code: &str| StoreError::Corrupt(format!("an attempt that is {code}"));
        let error = self.error.map(|code| AttemptError::from_code(&code).ok_or_else(|| unknown(&code)));
        Ok(Attempt {
            id: parse_uuid(&self.id)?,
            number: self.number,
            event_type: self.event_type,
            attempt: self.attempt,
            at: self.at.and_utc(),
            duration_ms: self.duration_ms,
            outcome: AttemptOutcome::from_code(&self.outcome).ok_or_else(|| unknown(&self.outcome))?,
            http_status: self.http_status.and_then(|status| u16::try_from(status).ok()),
            error: error.transpose()?,
        })
    }
}

/// Puts an event into the queue, unless it is in it already.
///
/// # Errors
/// The database's.
pub fn put(tx: &mut Tx<'_>, webhook_id: Uuid, event: &Queued, now: DateTime<Utc>) -> Result<(), StoreError> {
    let text = |id: Option<Uuid>| id.map(|id| id.to_string());
    let row = (
        webhook_queue::webhook_id.eq(webhook_id.to_string()),
        webhook_queue::number.eq(event.number),
        webhook_queue::case_id.eq(text(event.case_id)),
        webhook_queue::certificate_id.eq(text(event.certificate_id)),
        webhook_queue::attempts.eq(event.attempts),
        webhook_queue::next_at.eq(event.next_at.naive_utc()),
        webhook_queue::queued_at.eq(now.naive_utc()),
    );
    on_backend!(tx, |connection| {
        diesel::insert_into(webhook_queue::table).values(row).on_conflict_do_nothing().execute(connection)
    })?;
    Ok(())
}

/// Lets events that wait begin anew: due at once, with all their attempts.
///
/// # Errors
/// The database's.
pub fn begin_anew(tx: &mut Tx<'_>, webhook_id: Uuid, numbers: &[i64], now: DateTime<Utc>) -> Result<(), StoreError> {
    let of = webhook_queue::table.filter(webhook_queue::webhook_id.eq(webhook_id.to_string()));
    let change = (webhook_queue::attempts.eq(0), webhook_queue::next_at.eq(now.naive_utc()));
    on_backend!(tx, |connection| {
        diesel::update(of.filter(webhook_queue::number.eq_any(numbers))).set(change).execute(connection)
    })?;
    Ok(())
}

/// The events that wait for a webhook, in their order.
///
/// # Errors
/// The database's.
pub fn waiting(tx: &mut Tx<'_>, webhook_id: Uuid) -> Result<Vec<Queued>, StoreError> {
    let rows: Vec<QueueRow> = on_backend!(tx, |connection| {
        webhook_queue::table
            .filter(webhook_queue::webhook_id.eq(webhook_id.to_string()))
            .order(webhook_queue::number)
            .select(QueueRow::as_select())
            .load(connection)
    })?;
    let id = |text: Option<String>| text.map(|text| parse_uuid(&text)).transpose();
    let queued = |row: QueueRow| {
        Ok(Queued {
            number: row.number,
            case_id: id(row.case_id)?,
            certificate_id: id(row.certificate_id)?,
            attempts: row.attempts,
            next_at: row.next_at.and_utc(),
        })
    };
    rows.into_iter().map(queued).collect()
}

/// How many events wait for a webhook.
///
/// # Errors
/// The database's.
pub fn length(tx: &mut Tx<'_>, webhook_id: Uuid) -> Result<i64, StoreError> {
    let of = webhook_queue::table.filter(webhook_queue::webhook_id.eq(webhook_id.to_string()));
    Ok(on_backend!(tx, |connection| of.count().get_result(connection))?)
}

/// Puts an event off that failed, unless it was let begin anew since it was seen.
///
/// # Errors
/// The database's.
pub fn put_off(
    tx: &mut Tx<'_>,
    webhook_id: Uuid,
    seen: &Queued,
    attempts: i32,
    next_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let one = webhook_queue::table
        .find((webhook_id.to_string(), seen.number))
        .filter(webhook_queue::attempts.eq(seen.attempts))
        .filter(webhook_queue::next_at.eq(seen.next_at.naive_utc()));
    let change = (webhook_queue::attempts.eq(attempts), webhook_queue::next_at.eq(next_at.naive_utc()));
    on_backend!(tx, |connection| diesel::update(one).set(change).execute(connection))?;
    Ok(())
}

/// Takes an event out of the queue, unless it was let begin anew since it was seen.
///
/// # Errors
/// The database's.
pub fn take_out(tx: &mut Tx<'_>, webhook_id: Uuid, seen: &Queued) -> Result<(), StoreError> {
    let one = webhook_queue::table
        .find((webhook_id.to_string(), seen.number))
        .filter(webhook_queue::attempts.eq(seen.attempts))
        .filter(webhook_queue::next_at.eq(seen.next_at.naive_utc()));
    on_backend!(tx, |connection| diesel::delete(one).execute(connection))?;
    Ok(())
}

/// Keeps what became of an attempt.
///
/// # Errors
/// The database's.
pub fn note(tx: &mut Tx<'_>, webhook_id: Uuid, attempt: &Attempt) -> Result<(), StoreError> {
    let row = (
        webhook_attempts::webhook_id.eq(webhook_id.to_string()),
        webhook_attempts::id.eq(attempt.id.to_string()),
        webhook_attempts::number.eq(attempt.number),
        webhook_attempts::event_type.eq(&attempt.event_type),
        webhook_attempts::attempt.eq(attempt.attempt),
        webhook_attempts::at.eq(attempt.at.naive_utc()),
        webhook_attempts::duration_ms.eq(attempt.duration_ms),
        webhook_attempts::outcome.eq(attempt.outcome.code()),
        webhook_attempts::http_status.eq(attempt.http_status.map(i32::from)),
        webhook_attempts::error.eq(attempt.error.map(AttemptError::code)),
    );
    on_backend!(tx, |connection| diesel::insert_into(webhook_attempts::table).values(row).execute(connection))?;
    Ok(())
}

/// Attempts, the newest first.
///
/// # Errors
/// The database's.
pub fn attempts(tx: &mut Tx<'_>, webhook_id: Uuid, asked: &AttemptsAsked) -> Result<Vec<Attempt>, StoreError> {
    let rows: Vec<AttemptRow> = on_backend!(tx, |connection| {
        let mut query = webhook_attempts::table
            .filter(webhook_attempts::webhook_id.eq(webhook_id.to_string()))
            .order(webhook_attempts::id.desc())
            .select(AttemptRow::as_select())
            .limit(asked.limit)
            .into_boxed();
        if let Some(number) = asked.number {
            query = query.filter(webhook_attempts::number.eq(number));
        }
        if let Some(outcome) = asked.outcome {
            query = query.filter(webhook_attempts::outcome.eq(outcome.code()));
        }
        if let Some(after) = asked.after {
            query = query.filter(webhook_attempts::id.lt(after.to_string()));
        }
        query.load(connection)
    })?;
    rows.into_iter().map(AttemptRow::read).collect()
}

/// Forgets attempts of before an instant; answers how many.
///
/// # Errors
/// The database's.
pub fn forget_attempts(tx: &mut Tx<'_>, before: DateTime<Utc>) -> Result<usize, StoreError> {
    let old = webhook_attempts::table.filter(webhook_attempts::at.lt(before.naive_utc()));
    Ok(on_backend!(tx, |connection| diesel::delete(old).execute(connection))?)
}

//! What the database knows of the time: the server's own clock, and the latest instant that was recorded.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Timestamp;

use crate::domain::accounts::actor::HALL_ID;
use crate::store::engine::connection::AnyConnection;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{audit, cases, events};
use crate::store::engine::tx::Tx;

/// The time of PostgreSQL's server; SQLite's is this program's own.
///
/// # Errors
/// The database's.
pub fn of_server(tx: &mut Tx<'_>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let AnyConnection::Postgres(postgres) = tx.connection() else { return Ok(None) };
    let now = diesel::dsl::sql::<Timestamp>("clock_timestamp() AT TIME ZONE 'UTC'");
    let now: NaiveDateTime = diesel::select(now).get_result(postgres)?;
    Ok(Some(now.and_utc()))
}

/// The latest instant that was recorded: of an entry of the audit trail, of a case's opening or last change, or of the newest event, since
/// events have no index by time. What was written last would be no measure: it is of now again as soon as somebody works by a clock that was
/// ahead and has been set back.
///
/// # Errors
/// The database's.
pub fn latest(tx: &mut Tx<'_>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let entry: Option<NaiveDateTime> = on_backend!(tx, |connection| {
        audit::table.order(audit::at.desc()).select(audit::at).first(connection).optional()
    })?;
    let opened: Option<NaiveDateTime> = on_backend!(tx, |connection| {
        cases::table.order(cases::opened_at.desc()).select(cases::opened_at).first(connection).optional()
    })?;
    let changed: Option<NaiveDateTime> = on_backend!(tx, |connection| {
        cases::table.order(cases::updated_at.desc()).select(cases::updated_at).first(connection).optional()
    })?;
    let event: Option<NaiveDateTime> = on_backend!(tx, |connection| {
        events::table.order(events::number.desc()).select(events::at).first(connection).optional()
    })?;
    Ok(entry.max(opened).max(changed).max(event).map(|at| at.and_utc()))
}

/// The instant of the newest event or entry of the audit trail that somebody made who worked with the hall: no command, and nothing that the
/// hall did by itself, such as a backup, which it does by any clock.
///
/// # Errors
/// The database's.
pub fn newest_of_the_hall(tx: &mut Tx<'_>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let event: Option<NaiveDateTime> = on_backend!(tx, |connection| {
        let of_the_hall = events::table.filter(events::actor_id.ne(HALL_ID));
        of_the_hall.order(events::number.desc()).select(events::at).first(connection).optional()
    })?;
    let entry: Option<NaiveDateTime> = on_backend!(tx, |connection| {
        let of_the_hall = audit::table.filter(audit::system_user.is_null().and(audit::actor_id.ne(HALL_ID)));
        of_the_hall.order(audit::number.desc()).select(audit::at).first(connection).optional()
    })?;
    Ok(event.max(entry).map(|at| at.and_utc()))
}

//! Up to which numbers rows of events and of the audit trail are settled: nothing with a smaller number comes any more.
//!
//! SQLite has one writer, whose order is the order. On PostgreSQL a transaction may commit after another one that took later
//! numbers. But whoever takes a number holds a lock on the table from before that until it ends: so the numbers that have been taken
//! are settled as soon as everyone who holds that lock then has ended. Nobody waits for us meanwhile. Transaction ids would say the same, but begin
//! anew where a dump is restored into another server.

use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::store::accounts::audit::NOBODYS;
use crate::store::engine::connection::AnyConnection;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{audit, events};
use crate::store::engine::tx::Tx;

/// The largest numbers of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Numbers {
    /// Of events.
    pub event: i64,
    /// Of the audit trail.
    pub entry: i64,
}

/// Numbers that were taken, and who may still hold some of them.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    /// The largest.
    pub numbers: Numbers,
    /// Transactions that were writing then.
    writing: Vec<String>,
}

#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = BigInt)]
    event: i64,
    #[diesel(sql_type = BigInt)]
    entry: i64,
}

#[derive(QueryableByName)]
struct Writing {
    #[diesel(sql_type = Text)]
    writer: String,
}

/// The numbers that have been taken until now.
///
/// # Errors
/// The database's.
pub fn taken(tx: &mut Tx<'_>) -> Result<Taken, StoreError> {
    match tx.connection() {
        AnyConnection::Sqlite(connection) => {
            let event: Option<i64> = events::table.select(max(events::number)).first(connection)?;
            let entries = audit::table.filter(audit::number.lt(NOBODYS));
            let entry: Option<i64> = entries.select(max(audit::number)).first(connection)?;
            let numbers = Numbers { event: event.unwrap_or(0), entry: entry.unwrap_or(0) };
            Ok(Taken { numbers, writing: Vec::new() })
        }
        AnyConnection::Postgres(connection) => {
            // First the numbers, then who writes: whoever took one of these is among them, or has ended.
            let last: Last = diesel::sql_query(
                "SELECT CASE WHEN e.is_called THEN e.last_value ELSE 0 END AS event,
                        CASE WHEN a.is_called THEN a.last_value ELSE 0 END AS entry
                 FROM events_number_seq e, audit_number_seq a",
            )
            .get_result(connection)?;
            let numbers = Numbers { event: last.event, entry: last.entry };
            Ok(Taken { numbers, writing: writing(connection)? })
        }
    }
}

/// Whether everyone has ended who was writing when the numbers were taken.
///
/// # Errors
/// The database's.
pub fn is_settled(tx: &mut Tx<'_>, taken: &Taken) -> Result<bool, StoreError> {
    if taken.writing.is_empty() {
        return Ok(true);
    }
    let AnyConnection::Postgres(connection) = tx.connection() else { return Ok(true) };
    let still = writing(connection)?;
    Ok(!taken.writing.iter().any(|writer| still.contains(writer)))
}

fn writing(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let rows: Vec<Writing> = diesel::sql_query(
        "SELECT DISTINCT virtualtransaction AS writer FROM pg_locks
         WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND relation IN ('events'::regclass, 'audit'::regclass) AND mode = 'RowExclusiveLock'",
    )
    .load(connection)?;
    Ok(rows.into_iter().map(|row| row.writer).collect())
}

//! The beginning of a change: BEGIN and all that the change will need, in one message.
//!
//! Cast: a [`Beginning`] says what it will need; [`Began`] is what it was given; an [`Unused`] number stays with its connection.
//!
//! Guarantees of acceptance numbers: each is given once and for ever, though not without gaps. A number is taken in a transaction of its own
//! right before the change's, on the same connection, from the row that is counted in the change itself where it wasn't (by `sequences::next`,
//! and by versions before this one). That transaction holds the row for as long as the server takes for one statement, since its commit
//! doesn't wait for the disk, so nobody waits for somebody else's commit. A crash may undo it: but the log is written in
//! order, so whatever has kept a case keeps the counting before it, on this server, on a standby and in a backup. What a crash undoes it undoes with
//! the connection, and with the connection ends the number that nobody used.

use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::store::engine::connection::beginning::{Began, Beginning, Lock, Unused};
use crate::store::engine::connection::kept::Kept;
use crate::store::engine::error::StoreError;

/// The statement that takes a number; prepared on a connection when it is first needed there.
const PREPARE: &str = "PREPARE casehall_take_number (date) AS INSERT INTO acceptance_sequences (day, last) VALUES ($1, 1) \
     ON CONFLICT (day) DO UPDATE SET last = acceptance_sequences.last + 1 \
     RETURNING set_config('casehall.number', acceptance_sequences.last::text, false)";

/// Begins a change. `kept` is a number that its connection has already; `wait` is for how long it waits for locks, where that isn't as long
/// as its connection does anyhow.
pub(super) fn begin(
    postgres: &mut PgConnection,
    beginning: &Beginning,
    kept: Option<Unused>,
    prepared: &mut bool,
    wait: Option<Duration>,
) -> Result<Began, diesel::result::Error> {
    let Beginning { lock, edition, number_of } = *beginning;
    let takes = number_of.filter(|_| kept.is_none());
    let wait = wait.map(|wait| format!("; SET LOCAL lock_timeout = {}", wait.as_millis())).unwrap_or_default();
    let mut message = String::new();
    if let Some(day) = takes {
        if !*prepared {
            postgres.batch_execute(PREPARE)?;
            *prepared = true;
        }
        message.push_str(&format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = off{wait}; \
             EXECUTE casehall_take_number ('{day}'); COMMIT; "
        ));
    }
    message.push_str("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    message.push_str(&wait);
    if let Some(lock) = lock {
        message.push_str("; ");
        message.push_str(lock.statement);
    }
    AnsiTransactionManager::begin_transaction_sql(postgres, &message)?;
    let mut began = Began { lock, edition: None, number: kept };
    if takes.is_some() || edition {
        let asked = diesel::select((
            sql::<Nullable<BigInt>>("(SELECT edition FROM calendar_state)"),
            sql::<Nullable<Text>>("current_setting('casehall.number', true)"),
        ));
        let (edition, number): (Option<i64>, Option<String>) = Kept(asked).get_result(postgres)?;
        began.edition = edition;
        if let Some(day) = takes {
            let number = number.and_then(|number| number.parse().ok()).ok_or(diesel::result::Error::NotFound)?;
            began.number = Some(Unused { day, number, since: Instant::now() });
        }
    }
    Ok(began)
}

/// The error of a change that couldn't begin, in words for whoever waited for its lock.
pub(super) fn not_begun(beginning: &Beginning, error: StoreError) -> StoreError {
    match (beginning.lock, error) {
        (Some(Lock { in_vain, .. }), StoreError::Busy(said)) => StoreError::Busy(format!("{in_vain} ({said})")),
        (_, error) => error,
    }
}

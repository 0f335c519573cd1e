//! What systems and people locked or suspended, as the events of certificates say.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use uuid::Uuid;

use crate::domain::certificates::event::CertificateEvent;
use crate::store::accounts;
use crate::store::engine::connection::{AnyConnection, on_backend};
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{clients, events};
use crate::store::engine::tx::{Tx, parse_uuid};

/// As the condition of the index has it: with parameters in it, SQLite wouldn't use that.
fn is_report() -> SqlLiteral<Bool> {
    let (locks, suspends) = (CertificateEvent::LOCK_REPORTED, CertificateEvent::SUSPENDED);
    sql(&format!("((kind = '{locks}') OR (kind = '{suspends}'))"))
}

/// What a system or an account reported, and by that did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// The certificate.
    pub certificate: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// It suspended the certificate; otherwise it locked it.
    pub suspends: bool,
}

/// Keeps other reports of a system, or of an account, waiting until this transaction ends, so that they are counted one after another. SQLite has one
/// writer, and needs no lock.
///
/// # Errors
/// The database's.
pub fn wait_for_turn(tx: &mut Tx<'_>, reporter: &str, is_system: bool) -> Result<(), StoreError> {
    if !is_system {
        return accounts::wait_for_turn(tx, reporter);
    }
    if let AnyConnection::Postgres(connection) = tx.connection() {
        let target = clients::table.filter(clients::client_id.eq(reporter));
        target.select(clients::client_id).for_update().first::<String>(connection).optional()?;
    }
    Ok(())
}

/// When somebody locked or suspended certificates since an instant: so many of the last, newest first.
///
/// # Errors
/// The database's.
pub fn since(
    tx: &mut Tx<'_>,
    reporter: &str,
    instant: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DateTime<Utc>>, StoreError> {
    let found: Vec<NaiveDateTime> = on_backend!(tx, |connection| {
        events::table
            .filter(is_report())
            .filter(events::actor_id.eq(reporter))
            .filter(events::at.gt(instant.naive_utc()))
            .select(events::at)
            .order(events::at.desc())
            .limit(limit)
            .load(connection)
    })?;
    Ok(found.into_iter().map(|at| at.and_utc()).collect())
}

/// What somebody locked or suspended in a period, in order.
///
/// # Errors
/// The database's.
pub fn between(
    tx: &mut Tx<'_>,
    reporter: &str,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Report>, StoreError> {
    let found: Vec<(String, NaiveDateTime, String)> = on_backend!(tx, |connection| {
        events::table
            .filter(is_report())
            .filter(events::actor_id.eq(reporter))
            .filter(events::at.ge(from.naive_utc()).and(events::at.lt(until.naive_utc())))
            .select((events::subject_id, events::at, events::kind))
            .order((events::at, events::subject_id))
            .limit(limit)
            .load(connection)
    })?;
    let report = |(id, at, kind): (String, NaiveDateTime, String)| {
        Ok(Report { certificate: parse_uuid(&id)?, at: at.and_utc(), suspends: kind == "suspended" })
    };
    found.into_iter().map(report).collect()
}

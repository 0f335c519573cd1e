//! What systems and people locked, suspended or revoked, as the events of certificates say.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use uuid::Uuid;

use crate::domain::certificates::event::CertificateEvent as E;
use crate::store::accounts::{self, clients};
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::events;
use crate::store::engine::schema::events as t;
use crate::store::engine::tx::{Tx, parse_uuid};

/// What takes a certificate or a service from its organization.
const COUNTED: [&str; 4] = [E::LOCK_REPORTED, E::SUSPENDED, E::SERVICE_SUSPENDED, E::REVOKED];

/// As the condition of the index has it.
fn is_report() -> String {
    let one = |kind: &&str| format!("(kind = '{kind}')");
    format!("({})", COUNTED.iter().map(one).collect::<Vec<_>>().join(" OR "))
}

/// What a system or an account reported, and by that did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// The certificate.
    pub certificate: Uuid,
    /// The how manieth of its events it is.
    pub sequence: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What it did.
    pub did: Reported,
}

/// What a report does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    /// It locks the certificate.
    Lock,
    /// It suspends the certificate.
    Suspension,
    /// It suspends a service on it.
    ServiceSuspension,
}

/// Keeps other reports of a system, or of an account, waiting until this transaction ends, so that they are counted one after another.
///
/// # Errors
/// The database's.
pub fn wait_for_turn(tx: &mut Tx<'_>, reporter: &str, is_system: bool) -> Result<(), StoreError> {
    if is_system { clients::wait_for_turn(tx, reporter) } else { accounts::wait_for_turn(tx, reporter) }
}

/// When somebody locked, suspended or revoked the `nth` newest certificate or service, if it was after an instant; counted from 1.
///
/// # Errors
/// The database's.
pub fn nth_newest(
    tx: &mut Tx<'_>,
    reporter: &str,
    after: DateTime<Utc>,
    nth: u32,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    events::nth_newest(tx, &is_report(), reporter, after, nth)
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
    let found: Vec<(String, i64, NaiveDateTime, String)> = on_backend!(tx, |connection| {
        t::table
            .filter(sql::<Bool>(&is_report()))
            .filter(t::kind.eq_any([E::LOCK_REPORTED, E::SUSPENDED, E::SERVICE_SUSPENDED]))
            .filter(t::actor_id.eq(reporter))
            .filter(t::at.ge(from.naive_utc()).and(t::at.lt(until.naive_utc())))
            .select((t::subject_id, t::sequence, t::at, t::kind))
            .order((t::at, t::subject_id, t::sequence))
            .limit(limit)
            .load(connection)
    })?;
    let report = |(id, sequence, at, kind): (String, i64, NaiveDateTime, String)| {
        let did = match kind.as_str() {
            E::SUSPENDED => Reported::Suspension,
            E::SERVICE_SUSPENDED => Reported::ServiceSuspension,
            _ => Reported::Lock,
        };
        Ok(Report { certificate: parse_uuid(&id)?, sequence, at: at.and_utc(), did })
    };
    found.into_iter().map(report).collect()
}

//! Whose persons are kept, and the destruction of a key, which erases them.
//!
//! Guarantee: each list is a page in the order of the ids, so that memory holds one, however many there are.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::cases::event::Event;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::events::Subject;
use crate::store::engine::schema::{cases, certificates, events, person_keys};
use crate::store::engine::tx::{Tx, from_json, parse_uuid};

/// Destroys the key of a case or certificate, and with it the persons in its document and its events. The row stays, and says
/// when. Answers `false` where no key is kept.
///
/// # Errors
/// The database's.
pub fn destroy_key(tx: &mut Tx<'_>, subject: Subject, at: DateTime<Utc>) -> Result<bool, StoreError> {
    tx.destroy_key(subject, at)
}

/// The acceptance number of a case.
///
/// # Errors
/// The database's.
pub fn number_of_case(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<String>, StoreError> {
    let id = id.to_string();
    Ok(on_backend!(tx, |connection| {
        cases::table.filter(cases::id.eq(&id)).select(cases::acceptance_number).first(connection).optional()
    })?)
}

/// The serial of a certificate.
///
/// # Errors
/// The database's.
pub fn serial_of(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<String>, StoreError> {
    let id = id.to_string();
    Ok(on_backend!(tx, |connection| {
        certificates::table.filter(certificates::id.eq(&id)).select(certificates::serial).first(connection).optional()
    })?)
}

/// Cases that ended before an instant and whose persons weren't erased, after an id; also those whose key is missing.
///
/// # Errors
/// The database's.
pub fn kept_cases(
    tx: &mut Tx<'_>,
    ended_before: DateTime<Utc>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Uuid>, StoreError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let ids: Vec<String> = on_backend!(tx, |connection| {
        cases::table
            .left_join(
                person_keys::table.on(person_keys::subject_id.eq(cases::id).and(person_keys::subject_kind.eq(CASE))),
            )
            .filter(person_keys::destroyed_at.is_null())
            .filter(cases::closed_at.lt(ended_before.naive_utc()))
            .filter(cases::id.gt(after))
            .order(cases::id)
            .select(cases::id)
            .limit(limit)
            .load(connection)
    })?;
    ids.iter().map(|id| parse_uuid(id)).collect()
}

/// Certificates whose person is kept, also those that left the register, after an id.
///
/// # Errors
/// The database's.
pub fn kept_certificates(tx: &mut Tx<'_>, after: Option<Uuid>, limit: i64) -> Result<Vec<Uuid>, StoreError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let ids: Vec<String> = on_backend!(tx, |connection| {
        person_keys::table
            .filter(person_keys::subject_kind.eq(CERTIFICATE))
            .filter(person_keys::subject_id.gt(after))
            .filter(person_keys::wrapped.is_not_null())
            .order(person_keys::subject_id)
            .select(person_keys::subject_id)
            .limit(limit)
            .load(connection)
    })?;
    ids.iter().map(|id| parse_uuid(id)).collect()
}

const CASE: &str = "case";
const CERTIFICATE: &str = "certificate";

/// What an event of a case says of the certificate that it touched.
#[derive(Deserialize)]
struct Touched {
    id: Uuid,
}

/// The certificates that each of some cases made or acted on; a case that is missing touched none.
///
/// # Errors
/// The database's, or an event that can't be read.
pub fn certificates_of(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<BTreeMap<Uuid, BTreeSet<Uuid>>, StoreError> {
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    let rows: Vec<(String, String)> = on_backend!(tx, |connection| {
        events::table
            .filter(events::subject_kind.eq(CASE))
            .filter(events::subject_id.eq_any(&ids))
            .filter(events::kind.eq(Event::CERTIFICATE))
            .select((events::subject_id, events::data))
            .load(connection)
    })?;
    let mut touched: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
    for (case, data) in rows {
        touched.entry(parse_uuid(&case)?).or_default().insert(from_json::<Touched>(&data)?.id);
    }
    Ok(touched)
}

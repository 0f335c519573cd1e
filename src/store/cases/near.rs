//! Cases that are named by one of several numbers, or whose names are near one.

use diesel::prelude::*;

use super::lists::{CaseFilter, CaseSummary};
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::name_parts::{Among, Field, NEARNESS, Searchable, nearest};
use crate::store::engine::schema::cases;
use crate::store::engine::tx::Tx;

/// The most that are looked at of organizations whose codes are near: none has so many.
const MOST_OF_CODES: i64 = 200;

/// So many cases with one of these acceptance numbers or of one of these organization codes that a filter lets through, newest
/// first.
///
/// # Errors
/// The database's.
pub fn numbered(
    tx: &mut Tx<'_>,
    filter: &CaseFilter,
    numbers: &[String],
    organization_codes: &[String],
    limit: i64,
) -> Result<Vec<CaseSummary>, StoreError> {
    // One index each, and no order: asked for both at once, or for the newest of them, SQLite goes through all cases instead.
    let mut ids: Vec<String> = on_backend!(tx, |connection| {
        cases::table.filter(cases::acceptance_number.eq_any(numbers)).select(cases::id).load(connection)
    })?;
    if !organization_codes.is_empty() {
        ids.extend(on_backend!(tx, |connection| {
            let of_codes = cases::table.filter(cases::organization_code.eq_any(organization_codes));
            of_codes.select(cases::id).limit(MOST_OF_CODES).load::<String>(connection)
        })?);
    }
    filter.rows(tx, Among::Ids(&ids), limit)
}

/// So many cases that a filter lets through and whose organization or persons have a name near a search key, the nearest first.
///
/// # Errors
/// The database's.
pub fn named_nearly(
    tx: &mut Tx<'_>,
    filter: &CaseFilter,
    key: &str,
    limit: usize,
) -> Result<Vec<CaseSummary>, StoreError> {
    let mut ids = nearest(tx, Field::Organization, key, NEARNESS)?;
    ids.extend(nearest(tx, Field::Person, key, NEARNESS)?);
    let mut found = filter.rows(tx, Among::Ids(&ids), i64::try_from(ids.len()).unwrap_or(0))?;
    let place = |case: &CaseSummary| ids.iter().position(|id| *id == case.id.to_string());
    found.sort_by_key(place);
    found.truncate(limit);
    Ok(found)
}

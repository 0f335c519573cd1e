//! Editions of case types and workflows, kept as long as the database.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::domain::case_types::catalog::{Edition, EditionKind};
use crate::domain::case_types::pinned::Pinned;
use crate::store::engine::connection::legible::legible;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::editions;
use crate::store::engine::tx::Tx;

/// Keeps an edition where none with its number is kept yet; whether that was so.
///
/// # Errors
/// The database's.
pub fn keep(tx: &mut Tx<'_>, edition: &Edition, content_hash: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let row = (
        editions::kind.eq(edition.kind.code()),
        editions::code.eq(&edition.pinned.code),
        editions::edition.eq(i32::try_from(edition.pinned.edition).unwrap_or(i32::MAX)),
        editions::content_hash.eq(content_hash),
        editions::content.eq(&edition.content),
        editions::first_seen_at.eq(now.naive_utc()),
    );
    let added = on_backend!(tx, |connection| {
        diesel::insert_into(editions::table).values(row).on_conflict_do_nothing().execute(connection)
    })?;
    Ok(added == 1)
}

/// How many are kept; they never get fewer.
///
/// # Errors
/// The database's.
pub fn count(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    Ok(on_backend!(tx, |connection| editions::table.count().get_result(connection))?)
}

/// An edition as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What it says.
    pub edition: Edition,
    /// The digest of that, as it was when it was kept.
    pub content_hash: String,
    /// When that was.
    pub first_seen_at: DateTime<Utc>,
}

/// Every edition kept, of a kind that there is, as far as they can be read.
///
/// # Errors
/// The database's.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Kept>, StoreError> {
    type Row = (String, String, i32, String, String, NaiveDateTime);
    let read = on_backend!(tx, |connection| {
        let columns = (
            editions::kind,
            editions::code,
            editions::edition,
            editions::content,
            editions::content_hash,
            editions::first_seen_at,
        );
        let order = (editions::kind, editions::code, editions::edition);
        legible(editions::table.filter(editions::kind.eq_any(kinds())).select(columns).order(order), connection)
    })?;
    let kept = |(kind, code, edition, content, content_hash, first_seen_at): Row| {
        let kind = EditionKind::from_code(&kind)?;
        let pinned = Pinned { code, edition: u32::try_from(edition).unwrap_or(0) };
        Some(Kept { edition: Edition { kind, pinned, content }, content_hash, first_seen_at: first_seen_at.and_utc() })
    };
    Ok(read.rows.into_iter().filter_map(kept).collect())
}

/// Kind, code and number of those of a kind that there isn't.
///
/// # Errors
/// The database's.
pub fn of_unknown_kind(tx: &mut Tx<'_>) -> Result<Vec<(String, String, i32)>, StoreError> {
    let read = on_backend!(tx, |connection| {
        let columns = (editions::kind, editions::code, editions::edition);
        legible(editions::table.filter(editions::kind.ne_all(kinds())).select(columns).order(columns), connection)
    })?;
    Ok(read.rows)
}

fn kinds() -> Vec<&'static str> {
    EditionKind::ALL.iter().map(|kind| kind.code()).collect()
}

//! Executed requests by their idempotency key.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::connection::on_backend;
use super::error::StoreError;
use super::events::Subject;
use super::schema::idempotency_keys as keys;
use super::tx::Tx;
use crate::domain::base::identity_document::names_a_person;

/// What was done for a key: the case or certificate as it was at this version is the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// It was done for the same request that is asked now.
    pub is_same: bool,
    /// The case or certificate.
    pub subject: Subject,
    /// Its version right after.
    pub version: i64,
}

/// A key as it is kept: where the number of a person or of their phone stands in it, a keyed hash of it.
fn kept<'a>(tx: &mut Tx<'_>, key: &'a str) -> Result<Cow<'a, str>, StoreError> {
    Ok(match names_a_person(key) {
        true => Cow::Owned(tx.vault_and_connection().0.keyed_hash(key)?),
        false => Cow::Borrowed(key),
    })
}

/// What was done for a key, if anything, and whether for a request with this digest.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, actor_id: &str, key: &str, fingerprint: &str) -> Result<Option<Done>, StoreError> {
    let key = kept(tx, key)?;
    let found: Option<(String, String, String, i64)> = on_backend!(tx, |connection| {
        keys::table
            .filter(keys::actor_id.eq(actor_id))
            .filter(keys::key.eq(&*key))
            .select((keys::fingerprint, keys::subject_kind, keys::subject_id, keys::version))
            .first(connection)
            .optional()
    })?;
    let (vault, _) = tx.vault_and_connection();
    let done = |(stored, kind, id, version): (String, String, String, i64)| {
        // Where the data key of then is gone, it is taken for the same: to do it once more would be worse than to answer what was done.
        let is_same = vault.is_hash_of(&stored, fingerprint).unwrap_or(true);
        Ok(Done { is_same, subject: Subject::from_key(&kind, &id)?, version })
    };
    found.map(done).transpose()
}

/// Keeps what was done for a key and a request with this digest; of the digest a keyed hash, since it is of a body in which persons
/// stand.
///
/// # Errors
/// [`StoreError::Conflict`] when the same request was done meanwhile: trying again finds it.
pub fn insert(
    tx: &mut Tx<'_>,
    (actor_id, key): (&str, &str),
    fingerprint: &str,
    (subject, version): (Subject, i64),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (subject_kind, subject_id) = subject.key();
    let key = kept(tx, key)?;
    let fingerprint = tx.vault_and_connection().0.keyed_hash(fingerprint)?;
    let row = (
        keys::actor_id.eq(actor_id),
        keys::key.eq(&*key),
        keys::fingerprint.eq(fingerprint),
        keys::subject_kind.eq(subject_kind),
        keys::subject_id.eq(subject_id),
        keys::version.eq(version),
        keys::created_at.eq(now.naive_utc()),
    );
    let kept = on_backend!(tx, |connection| {
        diesel::insert_into(keys::table).values(row).on_conflict_do_nothing().execute(connection)
    })?;
    if kept == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Forgets keys up to an instant, the oldest first and some at a time; answers how many.
///
/// # Errors
/// The database's.
pub fn forget(tx: &mut Tx<'_>, until: DateTime<Utc>, about: i64) -> Result<usize, StoreError> {
    Ok(on_backend!(tx, |connection| {
        let oldest = keys::table.select(keys::created_at).order(keys::created_at).offset(about);
        let bound: Option<chrono::NaiveDateTime> = oldest.first(connection).optional()?;
        let until = bound.map_or(until.naive_utc(), |bound| bound.min(until.naive_utc()));
        diesel::delete(keys::table.filter(keys::created_at.le(until))).execute(connection)
    })?)
}

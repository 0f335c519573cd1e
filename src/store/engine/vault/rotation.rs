//! Exchanging the data key while the hall works.
//!
//! Cast: [`begin`] puts a new data key in force, [`rewrap`] wraps a portion of the keys by it, [`end`] forgets those before.
//!
//! Guarantees: no document and no event is written; a case is readable at every moment, by whichever data key wraps its key; what was
//! begun and broken off is gone on with by the next call; instances learn the new key from the file, which has it before the
//! database says so.

use diesel::prelude::*;
use uuid::Uuid;

use super::data_keys::DataKeys;
use super::{opening, subject_keys};
use crate::store::engine::connection::{AnyConnection, on_backend, on_connection};
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{data_keys, person_keys};
use crate::store::engine::subject::Subject;
use crate::store::engine::tx::Tx;

/// Keys that are wrapped anew in one transaction.
const AT_ONCE: i64 = 200;

/// Where the next portion begins: after this kind and id.
pub type Position = (String, String);

/// Makes a new data key, where the newest is in force already, without putting it in force; answers its id.
///
/// # Errors
/// [`StoreError::Keys`] where the source takes no new key.
pub fn prepare(tx: &mut Tx<'_>) -> Result<Uuid, StoreError> {
    let all: Vec<String> = on_backend!(tx, |c| data_keys::table.select(data_keys::id).order(data_keys::id).load(c))?;
    let newest = all.last().and_then(|id| Uuid::try_parse(id).ok());
    let (vault, _) = tx.vault_and_connection();
    let read = DataKeys::with_newer(&vault.source, newest)?;
    let new = read.newest().map(|key| key.id).ok_or_else(|| vault.missing(newest.unwrap_or_default()))?;
    vault.learn(read);
    Ok(new)
}

/// A portion of the keys that an exchange went through.
#[derive(Debug)]
pub struct Portion {
    /// How many were wrapped anew.
    pub rewrapped: usize,
    /// Whose key can't be unwrapped, in words; it stays as it is.
    pub unreadable: Vec<String>,
    /// Where the next portion begins.
    pub reached: Position,
}

/// Puts a new data key in force and answers its id, and true; where an exchange was broken off and `goes_on`, that one's key, and false.
///
/// # Errors
/// [`StoreError::Keys`] where the source takes no new key and has none; [`StoreError::Conflict`] where another instance does the
/// same.
pub fn begin(tx: &mut Tx<'_>, goes_on: bool) -> Result<(Uuid, bool), StoreError> {
    let all: Vec<(String, bool)> = on_backend!(tx, |c| {
        data_keys::table.select((data_keys::id, data_keys::in_force)).order(data_keys::id).load(c)
    })?;
    let (vault, connection) = tx.vault_and_connection();
    let in_force = all.iter().find(|(_, in_force)| *in_force).ok_or_else(|| {
        StoreError::Keys("there is no data key to exchange: none was given to this program".to_owned())
    })?;
    let in_force = Uuid::try_parse(&in_force.0).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    if goes_on && all.len() > 1 {
        return Ok((in_force, false));
    }
    let read = DataKeys::with_newer(&vault.source, Some(in_force))?;
    // One that was only known here isn't at the source, where the others look for it.
    let new = read.newest().map(|key| key.id).ok_or_else(|| vault.missing(in_force))?;
    let keys = vault.learn(read);
    let new = keys.get(new).ok_or_else(|| vault.missing(new))?;
    let before = data_keys::table.filter(data_keys::in_force.eq(true)).filter(data_keys::id.eq(in_force.to_string()));
    // Waits for the transactions that still wrap by the one before.
    let ended =
        on_connection!(connection, |c| { diesel::update(before).set(data_keys::in_force.eq(false)).execute(c) })?;
    if ended != 1 {
        return Err(StoreError::Conflict);
    }
    opening::enter(connection, new, vault.suite)?;
    Ok((new.id, true))
}

/// Wraps the next keys by a data key. `None`: all were looked at.
///
/// # Errors
/// The database's, or [`StoreError::Keys`] where a data key is missing.
pub fn rewrap(tx: &mut Tx<'_>, by: Uuid, after: Option<&Position>) -> Result<Option<Portion>, StoreError> {
    let (kind, id) = after.cloned().unwrap_or_default();
    let rows: Vec<subject_keys::Row> = on_backend!(tx, |c| {
        let behind = person_keys::subject_kind
            .gt(&kind)
            .or(person_keys::subject_kind.eq(&kind).and(person_keys::subject_id.gt(&id)));
        let next = person_keys::table.filter(behind).order((person_keys::subject_kind, person_keys::subject_id));
        next.select(subject_keys::COLUMNS).limit(AT_ONCE).load(c)
    })?;
    let Some(last) = rows.last() else { return Ok(None) };
    let reached = (last.0.clone(), last.1.clone());
    let (vault, connection) = tx.vault_and_connection();
    let keys = vault.keys_with(by)?;
    let wrapping = keys.get(by).ok_or_else(|| vault.missing(by))?.wrapping(vault.suite);
    let by = by.to_string();
    let (mut rewrapped, mut unreadable) = (0, vec![]);
    for row in rows.iter().filter(|row| row.4.as_ref().is_some_and(|data_key| *data_key != by)) {
        let subject = Subject::from_key(&row.0, &row.1)?;
        match subject_keys::unwrapped(vault, subject, row) {
            Ok(Some(key)) => {
                let wrapped = wrapping.encrypt(&subject_keys::place(subject, key.suite()), key.bytes())?;
                rewrapped += store(connection, row, &wrapped, &by)?;
            }
            Ok(None) => {}
            Err(StoreError::Corrupt(_)) => unreadable.push(format!("{} {}", subject.kind(), subject.id())),
            Err(error) => return Err(error),
        }
    }
    Ok(Some(Portion { rewrapped, unreadable, reached }))
}

/// Only where it is still wrapped as it was read: one that was destroyed meanwhile stays so.
fn store(
    connection: &mut AnyConnection,
    row: &subject_keys::Row,
    wrapped: &str,
    by: &str,
) -> Result<usize, StoreError> {
    let same = person_keys::table
        .filter(person_keys::subject_kind.eq(&row.0))
        .filter(person_keys::subject_id.eq(&row.1))
        .filter(person_keys::wrapped.eq(&row.3));
    let set = (person_keys::wrapped.eq(wrapped), person_keys::data_key.eq(by));
    Ok(on_connection!(connection, |c| diesel::update(same).set(set).execute(c))?)
}

/// Forgets the data keys that wrap nothing any more; answers their ids.
///
/// # Errors
/// The database's.
pub fn end(tx: &mut Tx<'_>, by: Uuid) -> Result<Vec<String>, StoreError> {
    let by = by.to_string();
    let before = data_keys::table.filter(data_keys::id.ne(&by)).filter(data_keys::in_force.eq(false));
    let ids: Vec<String> = on_backend!(tx, |c| before.select(data_keys::id).order(data_keys::id).load(c))?;
    let others = person_keys::table.filter(person_keys::data_key.ne(&by)).select(person_keys::data_key).distinct();
    let still: Vec<Option<String>> = on_backend!(tx, |c| others.load(c))?;
    let ids: Vec<String> = ids.into_iter().filter(|id| !still.iter().flatten().any(|wraps| wraps == id)).collect();
    on_backend!(tx, |c| diesel::delete(data_keys::table.filter(data_keys::id.eq_any(&ids))).execute(c))?;
    Ok(ids)
}

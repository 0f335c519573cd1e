//! The keys of cases and certificates, wrapped by a data key: the table `person_keys`.
//!
//! Guarantees: a new key is wrapped by the data key that is in force, also while that is exchanged: whoever takes another one in
//! force waits for the transactions that still use the one before ([`super::rotation`]). Bytes that wrap no key of this subject
//! are an error.

use std::sync::PoisonError;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Vault;
use super::cipher::SecretKey;
use super::data_keys::DataKey;
use crate::domain::evidence::suite::Suite;
use crate::store::engine::connection::kept::Kept;
use crate::store::engine::connection::legible::legible;
use crate::store::engine::connection::{AnyConnection, on_connection};
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{data_keys, person_keys};
use crate::store::engine::subject::Subject;

/// Keys that are read with one statement.
const AT_ONCE: usize = 500;

/// The key of a case or a certificate.
pub(super) enum PersonKey {
    Kept(SecretKey),
    /// It was destroyed, and with it all that it protected.
    Destroyed,
    /// What stands there is no key of this subject, for this reason.
    Broken(String),
}

/// A row of the table: kind and id, suite, wrapped key, data key, and when the key was destroyed on purpose.
pub(in crate::store) type Row = (String, String, String, Option<String>, Option<String>, Option<NaiveDateTime>);

/// The columns of a row.
pub(in crate::store) const COLUMNS: (
    person_keys::subject_kind,
    person_keys::subject_id,
    person_keys::suite,
    person_keys::wrapped,
    person_keys::data_key,
    person_keys::destroyed_at,
) = (
    person_keys::subject_kind,
    person_keys::subject_id,
    person_keys::suite,
    person_keys::wrapped,
    person_keys::data_key,
    person_keys::destroyed_at,
);

/// The keys of some subjects, as far as there are any that can be read.
pub(super) fn load(
    vault: &Vault,
    connection: &mut AnyConnection,
    subjects: &[Subject],
) -> Result<Vec<(Subject, PersonKey)>, StoreError> {
    let mut found = Vec::with_capacity(subjects.len());
    for subjects in subjects.chunk_by(|one, other| one.kind() == other.kind()).flat_map(|same| same.chunks(AT_ONCE)) {
        let Some(kind) = subjects.first().map(|subject| subject.kind()) else { continue };
        let of_kind = person_keys::table.filter(person_keys::subject_kind.eq(kind)).select(COLUMNS);
        let ids: Vec<String> = subjects.iter().map(|subject| subject.id().to_string()).collect();
        let rows: Vec<Row> = match ids.as_slice() {
            // Only this statement is kept prepared.
            [id] => on_connection!(connection, |c| legible(of_kind.filter(person_keys::subject_id.eq(id)), c))?.rows,
            ids => {
                on_connection!(connection, |c| legible(of_kind.filter(person_keys::subject_id.eq_any(ids)), c))?.rows
            }
        };
        for row in &rows {
            let subject = Subject::from_key(&row.0, &row.1)?;
            found.push((subject, opened(vault, connection, subject, row)?));
        }
    }
    Ok(found)
}

/// The key in a row.
pub(super) fn opened(
    vault: &Vault,
    connection: &mut AnyConnection,
    subject: Subject,
    row: &Row,
) -> Result<PersonKey, StoreError> {
    match unwrapped(vault, subject, row) {
        Ok(key) => Ok(key.map_or(PersonKey::Destroyed, PersonKey::Kept)),
        Err(StoreError::Corrupt(why)) => Ok(PersonKey::Broken(why)),
        // This program lacks a data key that the database needs: it isn't this row that is wrong.
        Err(error) if !vault.names_faults && is_known(connection, row.4.as_deref())? => Err(error),
        Err(_) => Ok(PersonKey::Broken("it is wrapped by a data key that the database doesn't know".to_owned())),
    }
}

/// Makes keys for subjects that have none.
///
/// # Errors
/// [`StoreError::Conflict`] where another transaction made one meanwhile, or has just put another data key in force.
pub(super) fn make(
    vault: &Vault,
    connection: &mut AnyConnection,
    subjects: &[Subject],
) -> Result<Vec<(Subject, PersonKey)>, StoreError> {
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let last = *vault.in_force.read().unwrap_or_else(PoisonError::into_inner);
    if let ([subject], Some(probable)) = (subjects, last.filter(|id| vault.keys().get(*id).is_some()))
        && let Some(made) = make_one(vault, connection, *subject, probable)?
    {
        return Ok(vec![made]);
    }
    let in_force = in_force(connection)?;
    let mut made = Vec::with_capacity(subjects.len());
    let mut rows = Vec::with_capacity(subjects.len());
    for subject in subjects {
        let (key, wrapped) = wrapped(vault, *subject, in_force)?;
        let (kind, id) = subject.key();
        rows.push((
            person_keys::subject_kind.eq(kind),
            person_keys::subject_id.eq(id),
            person_keys::suite.eq(key.suite().code()),
            person_keys::wrapped.eq(wrapped),
            person_keys::data_key.eq(in_force.to_string()),
        ));
        made.push((*subject, PersonKey::Kept(key)));
    }
    for rows in rows.chunks(AT_ONCE) {
        let inserted = on_connection!(connection, |c| diesel::insert_into(person_keys::table).values(rows).execute(c));
        inserted.map_err(made_meanwhile)?;
    }
    *vault.in_force.write().unwrap_or_else(PoisonError::into_inner) = Some(in_force);
    Ok(made)
}

#[derive(QueryableByName)]
#[diesel(table_name = person_keys)]
struct Inserted {
    #[allow(dead_code)] // that there is one says it
    data_key: Option<String>,
}

/// Makes one, if this data key is the one in force, with the one statement that finds it so.
fn make_one(
    vault: &Vault,
    connection: &mut AnyConnection,
    subject: Subject,
    in_force: Uuid,
) -> Result<Option<(Subject, PersonKey)>, StoreError> {
    let (key, wrapped) = wrapped(vault, subject, in_force)?;
    let statement = |held: &str| {
        format!(
            "INSERT INTO person_keys (subject_kind, subject_id, suite, wrapped, data_key) \
             SELECT $1, $2, $3, $4, id FROM data_keys WHERE id = $5 AND in_force{held} RETURNING data_key"
        )
    };
    let ((kind, id), suite, in_force) = (subject.key(), key.suite().code(), in_force.to_string());
    let bound = |statement: String| {
        let query = diesel::sql_query(statement).bind::<Text, _>(kind).bind::<Text, _>(&id).bind::<Text, _>(suite);
        Kept(query.bind::<Text, _>(&wrapped).bind::<Text, _>(&in_force))
    };
    let inserted: Result<Vec<Inserted>, _> = match connection {
        AnyConnection::Sqlite(sqlite) => bound(statement("")).load(sqlite),
        // Waits for an exchange that is under way, and then finds another one in force.
        AnyConnection::Postgres(postgres) => bound(statement(" FOR SHARE")).load(postgres),
    };
    Ok(inserted.map_err(made_meanwhile)?.pop().map(|_| (subject, PersonKey::Kept(key))))
}

/// A key for a subject, and itself wrapped by a data key.
fn wrapped(vault: &Vault, subject: Subject, data_key: Uuid) -> Result<(SecretKey, String), StoreError> {
    let data_keys = vault.keys_with(data_key)?;
    let wrapping = data_keys.get(data_key).ok_or_else(|| vault.missing(data_key))?.wrapping(vault.suite);
    let key = SecretKey::random(vault.suite)?;
    let wrapped = wrapping.encrypt(&place(subject, key.suite()), key.bytes())?;
    Ok((key, wrapped))
}

fn made_meanwhile(error: diesel::result::Error) -> StoreError {
    let error = StoreError::from(error);
    if error.is_unique_violation() { StoreError::Conflict } else { error }
}

/// The id of the data key that wraps new keys. It stays in force until this transaction ends.
fn in_force(connection: &mut AnyConnection) -> Result<Uuid, StoreError> {
    let in_force = data_keys::table.filter(data_keys::in_force.eq(true)).select(data_keys::id);
    let id: Option<String> = match connection {
        AnyConnection::Sqlite(sqlite) => in_force.first(sqlite).optional()?,
        // Waits for an exchange that is under way, and then finds none: the transaction is run again.
        AnyConnection::Postgres(postgres) => in_force.for_share().first(postgres).optional()?,
    };
    match id {
        Some(id) => Uuid::try_parse(&id).map_err(|error| StoreError::Corrupt(format!("{id}: {error}"))),
        None if known(connection)? => Err(StoreError::Conflict),
        None => {
            Err(StoreError::Keys("persons' data can't be written: no data key was given to this program".to_owned()))
        }
    }
}

fn is_known(connection: &mut AnyConnection, data_key: Option<&str>) -> Result<bool, StoreError> {
    let row = data_keys::table.filter(data_keys::id.eq(data_key.unwrap_or_default())).select(data_keys::id);
    let row: Option<String> = on_connection!(connection, |c| row.first(c).optional())?;
    Ok(row.is_some())
}

fn known(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let any = data_keys::table.select(data_keys::id).limit(1);
    let any: Option<String> = on_connection!(connection, |c| any.first(c).optional())?;
    Ok(any.is_some())
}

/// Destroys the key of a subject; `false` where it has none that is kept. All that the key protected is unreadable from then on, in
/// events, too, and nothing of it was written anew.
pub(super) fn destroy(connection: &mut AnyConnection, subject: Subject, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let (kind, id) = subject.key();
    let none: Option<String> = None;
    let set =
        (person_keys::wrapped.eq(&none), person_keys::data_key.eq(&none), person_keys::destroyed_at.eq(at.naive_utc()));
    let kept = person_keys::table
        .filter(person_keys::subject_kind.eq(kind))
        .filter(person_keys::subject_id.eq(&id))
        .filter(person_keys::wrapped.is_not_null());
    let changed = on_connection!(connection, |c| diesel::update(kept).set(set).execute(c))?;
    Ok(changed == 1)
}

/// Whether a key is gone because it was destroyed on purpose. A row that is missing, or empty and without this, was tampered with.
fn was_destroyed_on_purpose((.., wrapped, data_key, destroyed_at): &Row) -> bool {
    wrapped.is_none() && data_key.is_none() && destroyed_at.is_some()
}

/// The key in a row; `None` where it was destroyed.
pub(super) fn unwrapped(vault: &Vault, subject: Subject, row: &Row) -> Result<Option<SecretKey>, StoreError> {
    if was_destroyed_on_purpose(row) {
        return Ok(None);
    }
    let broken = |what: &str| StoreError::Corrupt(format!("the key of {} {}: {what}", subject.kind(), subject.id()));
    let (_, _, suite, Some(wrapped), Some(data_key), _) = row else {
        return Err(broken("it is gone, though nobody destroyed it on purpose"));
    };
    let suite = Suite::from_code(suite).ok_or_else(|| broken("unknown suite"))?;
    let data_key = Uuid::try_parse(data_key).map_err(|_| broken("the id of its data key is none"))?;
    let keys = vault.keys_with(data_key)?;
    let bytes = keys.get(data_key).and_then(|key| unwrap(key, subject, suite, wrapped));
    let bytes = bytes.ok_or_else(|| broken("it was wrapped by another key, or for something else, or was changed"))?;
    SecretKey::of(suite, bytes).map(Some).ok_or_else(|| broken("it has a wrong length"))
}

fn unwrap(key: &DataKey, subject: Subject, suite: Suite, wrapped: &str) -> Option<Zeroizing<Vec<u8>>> {
    let by = Suite::from_code(wrapped.split_once('.')?.0)?;
    key.wrapping(by).decrypt(&place(subject, suite), wrapped)
}

/// The associated data of a wrapped key.
pub(super) fn place(subject: Subject, suite: Suite) -> String {
    let (kind, id) = subject.key();
    format!("casehall {kind} {id} key {}", suite.code())
}

//! Databases of before: what they hold of persons in clear is encrypted when the program starts.
//!
//! Guarantees: it is done in portions, each a transaction that also notes how far it came, so that a start that is broken off
//! is gone on with by the next, and instances that start at once take turns; a case reads the same before, in between and after;
//! it is done before rows get their hashes, since from then on they stay as they are; afterwards the old text is gone from the database file and its log, as far as the database lets go of it (PostgreSQL leaves
//! it in the log segments until it uses them again).

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::base::person::MARK;
use crate::domain::cases::case::Case;
use crate::domain::cases::event::Event;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::event::RegisterEntry;
use crate::domain::progress::Part;
use crate::store::accounts::second_factors;
use crate::store::engine::connection::{AnyConnection, on_backend};
use crate::store::engine::db::Db;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{cases, certificates, encryption_progress as progress, events, users};
use crate::store::engine::subject::Subject;
use crate::store::engine::tx::{Tx, from_json, parse_uuid};
use crate::store::engine::vault::{Place, is_encrypted};

/// Rows that are encrypted in one transaction.
const AT_ONCE: i64 = 200;

const CASES: &str = "cases";
const CERTIFICATES: &str = "certificates";
const EVENTS: &str = "events";
const SECOND_FACTORS: &str = "second_factors";
const REMAINS: &str = "remains";
const DONE: &str = "done";

/// Encrypts what isn't yet; answers how many rows there were.
///
/// # Errors
/// The database's, or a row that can't be read.
pub async fn encrypt_older(db: &Db) -> Result<u64, StoreError> {
    let (mut rows, mut telling) = (0, String::new());
    loop {
        let (part, done) = db.write("encrypt_older", portion).await?;
        if part != telling && matches!(part.as_str(), CASES | CERTIFICATES | EVENTS) {
            db.progress().begin(Part::uncounted("rows encrypted"));
        }
        telling.clone_from(&part);
        rows += done;
        db.progress().done(done)?;
        match part.as_str() {
            DONE => return Ok(rows),
            REMAINS => {
                if !db.rewrite().await? {
                    tracing::warn!(
                        "the database file still holds what was stored before persons' data were encrypted, because another \
                         program reads it; start again when none does"
                    );
                    return Ok(rows);
                }
                db.write("encrypt_older", |tx| advance(tx, DONE, "")).await?;
            }
            _ => {}
        }
    }
}

/// Encrypts the next rows; answers the part that they belong to, or that comes next, and how many they were.
fn portion(tx: &mut Tx<'_>) -> Result<(String, u64), StoreError> {
    let now = progress::table.select((progress::part, progress::position));
    let (part, position): (String, String) = match tx.connection() {
        AnyConnection::Sqlite(sqlite) => now.first(sqlite)?,
        // Held until the end of the transaction: the other instances wait.
        AnyConnection::Postgres(postgres) => now.for_update().first(postgres)?,
    };
    let (reached, next) = match part.as_str() {
        CASES => (encrypt_cases(tx, &position)?, CERTIFICATES),
        CERTIFICATES => (encrypt_certificates(tx, &position)?, EVENTS),
        EVENTS => (encrypt_events(tx, &position)?, SECOND_FACTORS),
        SECOND_FACTORS => (encrypt_second_factors(tx, &position)?, REMAINS),
        _ => return Ok((part, 0)),
    };
    match reached {
        Some((position, rows)) => {
            advance(tx, &part, &position)?;
            Ok((part, rows))
        }
        None => {
            advance(tx, next, "")?;
            Ok((next.to_owned(), 0))
        }
    }
}

fn advance(tx: &mut Tx<'_>, part: &str, position: &str) -> Result<(), StoreError> {
    let here = (progress::part.eq(part), progress::position.eq(position));
    on_backend!(tx, |connection| diesel::update(progress::table).set(here).execute(connection))?;
    Ok(())
}

/// What was encrypted: up to where, and how many rows. `None`: there is nothing after the position.
type Reached = Option<(String, u64)>;

fn encrypt_cases(tx: &mut Tx<'_>, after: &str) -> Result<Reached, StoreError> {
    let rows: Vec<(String, String)> = on_backend!(tx, |connection| {
        let next = cases::table.filter(cases::id.gt(after)).order(cases::id).limit(AT_ONCE);
        next.select((cases::id, cases::document)).load(connection)
    })?;
    for (id, before) in &rows {
        let document = encrypted::<Case>(tx, Place::document(Subject::Case(parse_uuid(id)?)), before)?;
        let target = cases::table.filter(cases::id.eq(id)).filter(cases::document.eq(before));
        let changed = on_backend!(tx, |connection| {
            diesel::update(target).set(cases::document.eq(&document)).execute(connection)
        })?;
        one(changed)?;
    }
    Ok(rows.last().map(|(id, _)| (id.clone(), rows.len() as u64)))
}

fn encrypt_certificates(tx: &mut Tx<'_>, after: &str) -> Result<Reached, StoreError> {
    let rows: Vec<(String, String)> = on_backend!(tx, |connection| {
        let next = certificates::table.filter(certificates::id.gt(after)).order(certificates::id).limit(AT_ONCE);
        next.select((certificates::id, certificates::document)).load(connection)
    })?;
    for (id, before) in &rows {
        let document = encrypted::<Certificate>(tx, Place::document(Subject::Certificate(parse_uuid(id)?)), before)?;
        let target = certificates::table.filter(certificates::id.eq(id)).filter(certificates::document.eq(before));
        let changed = on_backend!(tx, |connection| {
            diesel::update(target).set(certificates::document.eq(&document)).execute(connection)
        })?;
        one(changed)?;
    }
    Ok(rows.last().map(|(id, _)| (id.clone(), rows.len() as u64)))
}

/// Events in the order of their key; their position is that key, its parts parted by blanks.
fn encrypt_events(tx: &mut Tx<'_>, after: &str) -> Result<Reached, StoreError> {
    let mut parts = after.split(' ');
    let (kind, id) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let sequence: i64 = parts.next().and_then(|sequence| sequence.parse().ok()).unwrap_or(0);
    let rows: Vec<(String, String, i64, String)> = on_backend!(tx, |connection| {
        let of_same = events::subject_id.gt(id).or(events::subject_id.eq(id).and(events::sequence.gt(sequence)));
        let behind = events::subject_kind.gt(kind).or(events::subject_kind.eq(kind).and(of_same));
        let next = events::table.filter(behind).filter(events::hash.is_null());
        next.order((events::subject_kind, events::subject_id, events::sequence))
            .select((events::subject_kind, events::subject_id, events::sequence, events::data))
            .limit(AT_ONCE)
            .load(connection)
    })?;
    for (kind, id, sequence, before) in &rows {
        let subject = Subject::from_key(kind, id)?;
        let place = Place::event(subject, *sequence);
        let data = match subject {
            Subject::Case(_) => encrypted::<Event>(tx, place, before)?,
            Subject::Certificate(_) => encrypted::<RegisterEntry>(tx, place, before)?,
            Subject::Import(_) | Subject::Account(_) | Subject::Webhook(_) => {
                return Err(StoreError::Corrupt(format!("an event of a {kind}")));
            }
        };
        let target = events::table
            .filter(events::subject_kind.eq(kind))
            .filter(events::subject_id.eq(id))
            .filter(events::sequence.eq(sequence))
            .filter(events::hash.is_null());
        let changed =
            on_backend!(tx, |connection| { diesel::update(target).set(events::data.eq(&data)).execute(connection) })?;
        one(changed)?;
    }
    Ok(rows.last().map(|(kind, id, sequence, _)| (format!("{kind} {id} {sequence}"), rows.len() as u64)))
}

/// How the secret of a second factor was stored in clear.
const CLEAR: &str = "plain:";

fn encrypt_second_factors(tx: &mut Tx<'_>, after: &str) -> Result<Reached, StoreError> {
    let rows: Vec<(String, Option<String>)> = on_backend!(tx, |connection| {
        let next = users::table.filter(users::id.gt(after)).filter(users::totp_secret.is_not_null());
        next.order(users::id).select((users::id, users::totp_secret)).limit(AT_ONCE).load(connection)
    })?;
    for (id, before) in &rows {
        let Some(secret) = before.as_deref().and_then(|before| before.strip_prefix(CLEAR)) else { continue };
        let column = second_factors::column(tx, id, secret)?;
        let target = users::table.filter(users::id.eq(id)).filter(users::totp_secret.eq(before));
        let changed = on_backend!(tx, |connection| {
            diesel::update(target).set(users::totp_secret.eq(&column)).execute(connection)
        })?;
        one(changed)?;
    }
    Ok(rows.last().map(|(id, _)| (id.clone(), rows.len() as u64)))
}

/// A text with the persons in it encrypted; all else in it stays as it is, whether today's types have a place for it or not.
fn encrypted<T: Serialize + DeserializeOwned>(
    tx: &mut Tx<'_>,
    place: Place,
    before: &str,
) -> Result<String, StoreError> {
    if is_encrypted(before) {
        return Ok(before.to_owned());
    }
    let typed: T = from_json(before)?;
    let mut value: Value = from_json(before)?;
    mark(&mut value, &serde_json::to_value(&typed).map_err(StoreError::unwritable)?);
    tx.written(place, &value)
}

/// Marks the texts that are marked in the other one.
fn mark(value: &mut Value, like: &Value) {
    match (value, like) {
        (Value::String(text), Value::String(marked)) if marked.starts_with(MARK) => text.insert(0, MARK),
        (Value::Array(items), Value::Array(like)) => {
            items.iter_mut().zip(like).for_each(|(item, like)| mark(item, like))
        }
        (Value::Object(members), Value::Object(like)) => {
            for (name, member) in members {
                if let Some(like) = like.get(name) {
                    mark(member, like);
                }
            }
        }
        _ => {}
    }
}

fn one(changed: usize) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

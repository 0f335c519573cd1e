//! Sessions: who is signed in. Whoever isn't any more has no row.
//!
//! Guarantee: a row that the hall didn't write as it stands is no session: whose it is, since when and until when is bound by a key that lies
//! outside the database.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::users::{UserAccount, UserRow, user_account};
use crate::store::engine::connection::legible::{Legible, UNREADABLE_ID, legible};
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{sessions, users};
use crate::store::engine::tx::{Tx, parse_uuid};

/// A session.
#[derive(Clone)]
pub struct Session {
    /// Its id, in every token of it.
    pub id: Uuid,
    /// Whose.
    pub user_id: String,
    /// Where the sign-in came from.
    pub address: String,
    /// When.
    pub started_at: DateTime<Utc>,
    /// When its tokens were last renewed.
    pub refreshed_at: DateTime<Utc>,
    /// When it ends if they aren't renewed again.
    pub expires_at: DateTime<Utc>,
    /// Digest of what all refresh tokens of the session have in common.
    pub family_hash: String,
    /// Digest of the refresh token that is good now.
    pub token_hash: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct SessionRow {
    id: String,
    user_id: String,
    address: String,
    started_at: NaiveDateTime,
    refreshed_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    family_hash: String,
    token_hash: String,
    binding: String,
}

/// What is bound of a session: all of it.
fn bound(session: &Session) -> [String; 8] {
    let instant = |at: DateTime<Utc>| at.timestamp_micros().to_string();
    [
        session.id.to_string(),
        session.user_id.clone(),
        session.address.clone(),
        instant(session.started_at),
        instant(session.refreshed_at),
        instant(session.expires_at),
        session.family_hash.clone(),
        session.token_hash.clone(),
    ]
}

fn parts(bound: &[String; 8]) -> [&str; 9] {
    let [id, user_id, address, started_at, refreshed_at, expires_at, family_hash, token_hash] = bound;
    ["session", id, user_id, address, started_at, refreshed_at, expires_at, family_hash, token_hash]
}

/// What is stored beside a session.
fn binding(tx: &mut Tx<'_>, session: &Session) -> Result<String, StoreError> {
    tx.vault_and_connection().0.binding(&parts(&bound(session)))
}

/// Whether a session is as the hall wrote it; those of versions before have nothing to tell it by. None: the data key of then is gone, and with
/// it the session.
fn is_bound(tx: &mut Tx<'_>, session: &Session, binding: &str) -> Option<bool> {
    tx.vault_and_connection().0.binds(binding, &parts(&bound(session)))
}

fn of_row(row: SessionRow) -> Result<Session, StoreError> {
    Ok(Session {
        id: parse_uuid(&row.id)?,
        user_id: row.user_id,
        address: row.address,
        started_at: row.started_at.and_utc(),
        refreshed_at: row.refreshed_at.and_utc(),
        expires_at: row.expires_at.and_utc(),
        family_hash: row.family_hash,
        token_hash: row.token_hash,
    })
}

/// Begins a session.
///
/// # Errors
/// The database's.
pub fn begin(tx: &mut Tx<'_>, session: &Session) -> Result<(), StoreError> {
    let binding = binding(tx, session)?;
    let row = (
        sessions::binding.eq(binding),
        sessions::id.eq(session.id.to_string()),
        sessions::user_id.eq(&session.user_id),
        sessions::address.eq(&session.address),
        sessions::started_at.eq(session.started_at.naive_utc()),
        sessions::refreshed_at.eq(session.refreshed_at.naive_utc()),
        sessions::expires_at.eq(session.expires_at.naive_utc()),
        sessions::family_hash.eq(&session.family_hash),
        sessions::token_hash.eq(&session.token_hash),
    );
    on_backend!(tx, |connection| diesel::insert_into(sessions::table).values(row).execute(connection))?;
    Ok(())
}

/// A session and whose it is; none where it isn't as the hall wrote it.
///
/// # Errors
/// The database's.
pub fn with_user(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<(Session, UserAccount)>, StoreError> {
    let found: Option<(SessionRow, UserRow)> = on_backend!(tx, |connection| {
        sessions::table
            .inner_join(users::table.on(users::id.eq(sessions::user_id)))
            .filter(sessions::id.eq(id.to_string()))
            .select((SessionRow::as_select(), UserRow::as_select()))
            .first(connection)
            .optional()
    })?;
    let Some((row, user)) = found else { return Ok(None) };
    let binding = row.binding.clone();
    let session = of_row(row)?;
    let is_bound = is_bound(tx, &session, &binding);
    if is_bound != Some(true) {
        // One of a version before has none.
        if is_bound == Some(false) && !binding.is_empty() {
            tracing::error!(code = "session_differs", session = %session.id, "a session isn't as the hall wrote it, and is refused");
        }
        return Ok(None);
    }
    Ok(Some((session, user_account(user)?)))
}

/// The ids of sessions that aren't as the hall wrote them, but for those of versions before.
///
/// # Errors
/// The database's.
pub fn changed(tx: &mut Tx<'_>) -> Result<Vec<String>, StoreError> {
    let ids: Legible<String> = on_backend!(tx, |connection| {
        let bound = sessions::table.filter(sessions::binding.ne("")).order(sessions::id);
        legible(bound.select(sessions::id), connection)
    })?;
    let mut changed = vec![UNREADABLE_ID.to_owned(); ids.unread];
    for id in ids.rows {
        let row = on_backend!(tx, |connection| {
            sessions::table.find(&id).select(SessionRow::as_select()).first(connection).optional()
        });
        let is_right = match row {
            Ok(None) => true,
            Ok(Some(row)) => {
                let binding = row.binding.clone();
                of_row(row).is_ok_and(|session| is_bound(tx, &session, &binding).unwrap_or(true))
            }
            // What stands there is no instant.
            Err(diesel::result::Error::DeserializationError(_)) => false,
            Err(error) => return Err(error.into()),
        };
        if !is_right {
            changed.push(id);
        }
    }
    Ok(changed)
}

/// The sessions of a person, the latest first.
///
/// # Errors
/// The database's.
pub fn of_user(tx: &mut Tx<'_>, user_id: &str, now: DateTime<Utc>) -> Result<Vec<Session>, StoreError> {
    let rows: Vec<SessionRow> = on_backend!(tx, |connection| {
        let found =
            sessions::table.filter(sessions::user_id.eq(user_id)).filter(sessions::expires_at.gt(now.naive_utc()));
        found.order(sessions::id.desc()).select(SessionRow::as_select()).load(connection)
    })?;
    rows.into_iter().map(of_row).collect()
}

/// Puts another refresh token in the place of the one that is good now; `false` when that is good no more.
///
/// # Errors
/// The database's.
pub fn refresh(tx: &mut Tx<'_>, session: &Session, token_hash: &str) -> Result<bool, StoreError> {
    let same = sessions::id.eq(session.id.to_string()).and(sessions::token_hash.eq(&session.token_hash));
    let binding = binding(tx, &Session { token_hash: token_hash.to_owned(), ..session.clone() })?;
    let change = (
        sessions::binding.eq(binding),
        sessions::token_hash.eq(token_hash),
        sessions::refreshed_at.eq(session.refreshed_at.naive_utc()),
        sessions::expires_at.eq(session.expires_at.naive_utc()),
    );
    let changed =
        on_backend!(tx, |connection| { diesel::update(sessions::table.filter(same)).set(change).execute(connection) })?;
    Ok(changed == 1)
}

/// Ends a session.
///
/// # Errors
/// The database's.
pub fn end(tx: &mut Tx<'_>, id: Uuid) -> Result<(), StoreError> {
    on_backend!(tx, |connection| {
        diesel::delete(sessions::table.filter(sessions::id.eq(id.to_string()))).execute(connection)
    })?;
    Ok(())
}

/// Ends the sessions of a person, but for one.
///
/// # Errors
/// The database's.
pub fn end_all(tx: &mut Tx<'_>, user_id: &str, but: Option<Uuid>) -> Result<(), StoreError> {
    let kept = but.map(|id| id.to_string()).unwrap_or_default();
    on_backend!(tx, |connection| {
        let ended = sessions::table.filter(sessions::user_id.eq(user_id)).filter(sessions::id.ne(kept));
        diesel::delete(ended).execute(connection)
    })?;
    Ok(())
}

/// Forgets sessions that are over; answers how many.
///
/// # Errors
/// The database's.
pub fn forget(tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let over = sessions::table.filter(sessions::expires_at.le(now.naive_utc()));
    Ok(on_backend!(tx, |connection| diesel::delete(over).execute(connection))?)
}

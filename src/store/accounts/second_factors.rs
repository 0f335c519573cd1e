//! Second factors: the secrets of time-based codes, and recovery codes.
//!
//! Guarantee: a secret is stored encrypted, by a key of its account (docs/encryption.md).

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::domain::base::person::stored_encrypted;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{recovery_codes, users};
use crate::store::engine::subject::Subject;
use crate::store::engine::tx::{Tx, parse_uuid};
use crate::store::engine::vault::Place;

/// A secret, and the column that it was read from.
pub struct KeptSecret {
    /// In base 32.
    pub secret: String,
    column: String,
}

/// What the column holds.
#[derive(Serialize, Deserialize)]
struct Column {
    #[serde(with = "stored_encrypted")]
    secret: String,
}

fn place(user_id: &str) -> Result<Place, StoreError> {
    Ok(Place::document(Subject::Account(parse_uuid(user_id)?)))
}

/// What the column of an account holds for a secret.
pub(in crate::store) fn column(tx: &mut Tx<'_>, user_id: &str, secret: &str) -> Result<String, StoreError> {
    tx.written(place(user_id)?, &Column { secret: secret.to_owned() })
}

/// The secret of a person's second factor; waiting for its first code or in use.
///
/// # Errors
/// The database's, or a secret that can't be decrypted.
pub fn secret(tx: &mut Tx<'_>, user_id: &str) -> Result<Option<KeptSecret>, StoreError> {
    let found: Option<Option<String>> = on_backend!(tx, |connection| {
        users::table.filter(users::id.eq(user_id)).select(users::totp_secret).first(connection).optional()
    })?;
    let Some(column) = found.flatten() else { return Ok(None) };
    let Column { secret } = tx.read(place(user_id)?, column.clone())?;
    Ok(Some(KeptSecret { secret, column }))
}

/// Keeps a secret, in base 32, that waits for its first code; `false` when a second factor is in use already.
///
/// # Errors
/// The database's.
pub fn prepare(tx: &mut Tx<'_>, user_id: &str, secret: &str) -> Result<bool, StoreError> {
    let column = column(tx, user_id, secret)?;
    let changed = on_backend!(tx, |connection| {
        let free = users::table.filter(users::id.eq(user_id)).filter(users::totp_enrolled_at.is_null());
        diesel::update(free).set((users::totp_secret.eq(&column), users::totp_last_step.eq(0))).execute(connection)
    })?;
    Ok(changed == 1)
}

/// Puts the secret that waits in use, with the step of its first code and the digests of its recovery codes; `false` when it isn't
/// the one that waits.
///
/// # Errors
/// The database's.
pub fn enrol(
    tx: &mut Tx<'_>,
    user_id: &str,
    secret: &KeptSecret,
    step: i64,
    recovery: &[String],
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let rows: Vec<_> =
        recovery.iter().map(|hash| (recovery_codes::user_id.eq(user_id), recovery_codes::hash.eq(hash))).collect();
    let (at, waits) = (now.naive_utc(), users::totp_enrolled_at.is_null().and(users::totp_secret.eq(&secret.column)));
    on_backend!(tx, |connection| {
        let changed = diesel::update(users::table.filter(users::id.eq(user_id)).filter(waits))
            .set((
                users::totp_enrolled_at.eq(at),
                users::totp_last_step.eq(step),
                users::updated_at.eq(at),
                users::version.eq(users::version + 1),
            ))
            .execute(connection)?;
        if changed == 1 {
            diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user_id))).execute(connection)?;
            diesel::insert_into(recovery_codes::table).values(&rows).execute(connection)?;
        }
        Ok(changed == 1)
    })
}

/// Uses a step up; `false` when it or a later one was used before.
///
/// # Errors
/// The database's.
pub fn use_step(tx: &mut Tx<'_>, user_id: &str, step: i64) -> Result<bool, StoreError> {
    let changed = on_backend!(tx, |connection| {
        let free = users::table.filter(users::id.eq(user_id)).filter(users::totp_last_step.lt(step));
        diesel::update(free).set(users::totp_last_step.eq(step)).execute(connection)
    })?;
    Ok(changed == 1)
}

/// Uses a recovery code up; `false` when there is none of this digest.
///
/// # Errors
/// The database's.
pub fn use_recovery_code(tx: &mut Tx<'_>, user_id: &str, hash: &str) -> Result<bool, StoreError> {
    let used = on_backend!(tx, |connection| {
        diesel::delete(recovery_codes::table.find((user_id, hash))).execute(connection)
    })?;
    Ok(used == 1)
}

/// Removes a second factor and its recovery codes.
///
/// # Errors
/// The database's.
pub fn remove(tx: &mut Tx<'_>, user_id: &str) -> Result<(), StoreError> {
    let none: (Option<String>, Option<chrono::NaiveDateTime>) = (None, None);
    on_backend!(tx, |connection| {
        diesel::update(users::table.filter(users::id.eq(user_id)))
            .set((users::totp_secret.eq(none.0), users::totp_enrolled_at.eq(none.1)))
            .execute(connection)?;
        diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user_id))).execute(connection)
    })?;
    Ok(())
}

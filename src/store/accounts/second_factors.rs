//! Second factors: the secrets of time-based codes, and recovery codes.
//!
//! Guarantees: a secret is stored encrypted, by a key of its account (docs/encryption.md); a recovery code is good for the account and the second factor with
//! which it was made, and nobody who lacks the secret can make one.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::domain::base::person::stored_encrypted;
use crate::store::engine::connection::legible::{Legible, UNREADABLE_ID, legible};
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

/// What is stored beside the digest of a recovery code: only who has the secret can compute it.
fn binding(secret: &KeptSecret, user_id: &str, hash: &str) -> Result<String, StoreError> {
    let unusable = |error: hmac::digest::InvalidLength| StoreError::Corrupt(error.to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.secret.as_bytes()).map_err(unusable)?;
    mac.update(format!("casehall recovery code {user_id} {hash}").as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()))
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
    let row = |hash: &String| {
        let binding = binding(secret, user_id, hash)?;
        let key = (recovery_codes::user_id.eq(user_id), recovery_codes::hash.eq(hash.clone()));
        Ok((key.0, key.1, recovery_codes::binding.eq(binding)))
    };
    let rows: Vec<_> = recovery.iter().map(row).collect::<Result<_, StoreError>>()?;
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

/// Uses a recovery code up; `false` when the second factor in use has none of this digest.
///
/// # Errors
/// The database's.
pub fn use_recovery_code(tx: &mut Tx<'_>, user_id: &str, hash: &str) -> Result<bool, StoreError> {
    let Some(secret) = secret(tx, user_id)? else { return Ok(false) };
    let binding = binding(&secret, user_id, hash)?;
    let used = on_backend!(tx, |connection| {
        let theirs = recovery_codes::table.find((user_id, hash)).filter(recovery_codes::binding.eq(&binding));
        diesel::delete(theirs).execute(connection)
    })?;
    Ok(used == 1)
}

/// The accounts with recovery codes that the hall didn't make for them, but for those of versions before.
///
/// # Errors
/// The database's.
pub fn with_changed_codes(tx: &mut Tx<'_>) -> Result<Vec<String>, StoreError> {
    let holders: Legible<String> = on_backend!(tx, |connection| {
        let ids = recovery_codes::table.select(recovery_codes::user_id).distinct();
        legible(ids.order(recovery_codes::user_id), connection)
    })?;
    let mut changed = vec![UNREADABLE_ID.to_owned(); holders.unread];
    for user_id in holders.rows {
        // One that can't be read is named by itself.
        let kept = match secret(tx, &user_id) {
            Ok(kept) => kept,
            Err(error) if error.is_of_stored_data() => None,
            Err(error) => return Err(error),
        };
        let codes: Legible<(String, String)> = on_backend!(tx, |connection| {
            let theirs = recovery_codes::table.filter(recovery_codes::user_id.eq(&user_id));
            legible(theirs.select((recovery_codes::hash, recovery_codes::binding)), connection)
        })?;
        let codes_of_now = codes.rows.iter().filter(|(_, stored)| !stored.is_empty());
        let mut are_right = codes.unread == 0;
        for (hash, stored) in codes_of_now {
            let expected = kept.as_ref().map(|kept| binding(kept, &user_id, hash)).transpose()?;
            are_right &= expected.as_ref() == Some(stored);
        }
        if !are_right {
            changed.push(user_id);
        }
    }
    Ok(changed)
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

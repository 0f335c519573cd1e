//! Attempts to sign in, by name and address.
//!
//! Guarantees: [`here_to_change`] and [`new_to_change`] hold what they answer until the transaction ends, so that attempts
//! that run side by side, on several instances too, are counted one after another. Whoever needs several takes them in this order: here, of
//! the name, of the address.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::{count_star, max};
use diesel::prelude::*;

use crate::domain::accounts::sign_in::{FromAddress, KNOWN_FOR, NewTogether, OVER_AFTER};
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{sign_in_attacks as attacks, sign_in_attempts as attempts, users};
use crate::store::engine::tx::Tx;

/// A name at which sign-ins are held up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldUpName {
    /// The name to sign in with, which an account has.
    pub username: String,
    /// The name on the timeline.
    pub display_name: String,
    /// At how many addresses it is locked.
    pub locked_addresses: u32,
    /// Until when, at the last of them.
    pub locked_until: Option<DateTime<Utc>>,
    /// Attempts from addresses that were new to it.
    pub attempts_from_elsewhere: u32,
    /// Before this moment no new address is evaluated.
    pub next_at: Option<DateTime<Utc>>,
}

type HereRow = (i32, Option<NaiveDateTime>, Option<NaiveDateTime>);
type NewRow = (i32, NaiveDateTime, Option<NaiveDateTime>);

fn of_here((attempts, locked_until, right_at): HereRow) -> FromAddress {
    FromAddress {
        attempts: attempts.unsigned_abs(),
        locked_until: locked_until.map(|at| at.and_utc()),
        right_at: right_at.map(|at| at.and_utc()),
    }
}

fn of_new((attempts, last_at, next_at): NewRow) -> NewTogether {
    NewTogether {
        attempts: attempts.unsigned_abs(),
        last_at: last_at.and_utc(),
        next_at: next_at.map(|at| at.and_utc()),
    }
}

fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Under what attempts with a name that no account has are counted: people type passwords there, which are not to be read in the database.
///
/// # Errors
/// The data key is missing by which they are told.
pub fn unknown_name(tx: &mut Tx<'_>, typed: &str) -> Result<String, StoreError> {
    Ok(format!("?{}", tx.vault_and_connection().0.keyed_hash(typed)?))
}

/// What is known of a name and an address.
///
/// # Errors
/// The database's.
pub fn here(tx: &mut Tx<'_>, username: &str, address: &str) -> Result<FromAddress, StoreError> {
    let row: Option<HereRow> = on_backend!(tx, |connection| {
        let row = attempts::table.find((username, address));
        row.select((attempts::attempts, attempts::locked_until, attempts::right_at)).first(connection).optional()
    })?;
    Ok(row.map(of_here).unwrap_or_default())
}

/// Under what attempts from an address with every name are counted, beside those with a name from every address. No name begins so.
pub fn every_name(address: &str) -> String {
    format!("@{address}")
}

/// What is known of a name at addresses that were new to it; or of an address, as [`every_name`], with names that were new to it.
///
/// # Errors
/// The database's.
pub fn new_together(tx: &mut Tx<'_>, username: &str) -> Result<Option<NewTogether>, StoreError> {
    let row: Option<NewRow> = on_backend!(tx, |connection| {
        let row = attacks::table.find(username);
        row.select((attacks::attempts, attacks::last_at, attacks::next_at)).first(connection).optional()
    })?;
    Ok(row.map(of_new))
}

/// As [`here`], held until the transaction ends.
///
/// # Errors
/// The database's.
pub fn here_to_change(
    tx: &mut Tx<'_>,
    username: &str,
    address: &str,
    now: DateTime<Utc>,
) -> Result<FromAddress, StoreError> {
    let at = now.naive_utc();
    let row: HereRow = on_backend!(tx, |connection| {
        diesel::insert_into(attempts::table)
            .values((
                attempts::username.eq(username),
                attempts::address.eq(address),
                attempts::attempts.eq(0),
                attempts::last_at.eq(at),
            ))
            .on_conflict((attempts::username, attempts::address))
            .do_update()
            .set(attempts::last_at.eq(at))
            .returning((attempts::attempts, attempts::locked_until, attempts::right_at))
            .get_result(connection)
    })?;
    Ok(of_here(row))
}

/// As [`new_together`], held until the transaction ends.
///
/// # Errors
/// The database's.
pub fn new_to_change(tx: &mut Tx<'_>, username: &str, now: DateTime<Utc>) -> Result<NewTogether, StoreError> {
    let at = now.naive_utc();
    let row: NewRow = on_backend!(tx, |connection| {
        diesel::insert_into(attacks::table)
            .values((attacks::username.eq(username), attacks::attempts.eq(0), attacks::last_at.eq(at)))
            .on_conflict(attacks::username)
            .do_update()
            .set(attacks::attempts.eq(attacks::attempts))
            .returning((attacks::attempts, attacks::last_at, attacks::next_at))
            .get_result(connection)
    })?;
    Ok(of_new(row))
}

/// Remembers what is known of a name and an address.
///
/// # Errors
/// The database's.
pub fn remember_here(tx: &mut Tx<'_>, username: &str, address: &str, known: &FromAddress) -> Result<(), StoreError> {
    let change = (
        attempts::attempts.eq(number(known.attempts)),
        attempts::locked_until.eq(known.locked_until.map(|at| at.naive_utc())),
        attempts::right_at.eq(known.right_at.map(|at| at.naive_utc())),
    );
    on_backend!(tx, |connection| {
        diesel::update(attempts::table.find((username, address))).set(change).execute(connection)
    })?;
    Ok(())
}

/// Remembers what [`new_together`] answers.
///
/// # Errors
/// The database's.
pub fn remember_new(tx: &mut Tx<'_>, username: &str, known: &NewTogether) -> Result<(), StoreError> {
    let change = (
        attacks::attempts.eq(number(known.attempts)),
        attacks::last_at.eq(known.last_at.naive_utc()),
        attacks::next_at.eq(known.next_at.map(|at| at.naive_utc())),
    );
    on_backend!(tx, |connection| { diesel::update(attacks::table.find(username)).set(change).execute(connection) })?;
    Ok(())
}

/// Lifts everything that holds up sign-ins under a name. Where its holder has signed in stays known.
///
/// # Errors
/// The database's.
pub fn unlock(tx: &mut Tx<'_>, username: &str) -> Result<(), StoreError> {
    let none: Option<NaiveDateTime> = None;
    on_backend!(tx, |connection| {
        diesel::update(attempts::table.filter(attempts::username.eq(username)))
            .set((attempts::attempts.eq(0), attempts::locked_until.eq(none)))
            .execute(connection)?;
        diesel::delete(attacks::table.find(username)).execute(connection)
    })?;
    Ok(())
}

/// The names of accounts at which sign-ins are held up, by name. Names that no account has are left out: what is typed
/// there may be a password.
///
/// # Errors
/// The database's.
pub fn held_up(tx: &mut Tx<'_>, allowed: u32, now: DateTime<Utc>) -> Result<Vec<HeldUpName>, StoreError> {
    let at = now.naive_utc();
    let locked: Vec<(String, String, i64, Option<NaiveDateTime>)> = on_backend!(tx, |connection| {
        attempts::table
            .inner_join(users::table.on(users::username.eq(attempts::username)))
            .filter(attempts::locked_until.gt(at))
            .group_by((users::username, users::display_name))
            .select((users::username, users::display_name, count_star(), max(attempts::locked_until)))
            .load(connection)
    })?;
    let slow: Vec<(String, String, i32, Option<NaiveDateTime>)> = on_backend!(tx, |connection| {
        attacks::table
            .inner_join(users::table.on(users::username.eq(attacks::username)))
            .filter(attacks::attempts.ge(number(allowed)))
            .filter(attacks::last_at.gt((now - OVER_AFTER).naive_utc()))
            .select((users::username, users::display_name, attacks::attempts, attacks::next_at))
            .load(connection)
    })?;
    let mut names: Vec<HeldUpName> = locked
        .into_iter()
        .map(|(username, display_name, addresses, until)| HeldUpName {
            username,
            display_name,
            locked_addresses: u32::try_from(addresses).unwrap_or(u32::MAX),
            locked_until: until.map(|at| at.and_utc()),
            attempts_from_elsewhere: 0,
            next_at: None,
        })
        .collect();
    for (username, display_name, attempts, next_at) in slow {
        let (attempts_from_elsewhere, next_at) = (attempts.unsigned_abs(), next_at.map(|at| at.and_utc()));
        match names.iter_mut().find(|name| name.username == username) {
            Some(name) => (name.attempts_from_elsewhere, name.next_at) = (attempts_from_elsewhere, next_at),
            None => names.push(HeldUpName {
                username,
                display_name,
                locked_addresses: 0,
                locked_until: None,
                attempts_from_elsewhere,
                next_at,
            }),
        }
    }
    names.sort_by(|a, b| a.username.cmp(&b.username));
    Ok(names)
}

/// Forgets attempts that are older than an instant and hold nobody up, and addresses that aren't known any more; answers how
/// many rows.
///
/// # Errors
/// The database's.
pub fn forget(tx: &mut Tx<'_>, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let (before, known_since) = (before.naive_utc(), (now - KNOWN_FOR).naive_utc());
    let is_free = attempts::locked_until.is_null().or(attempts::locked_until.lt(now.naive_utc()));
    let is_new = attempts::right_at.is_null().or(attempts::right_at.lt(known_since));
    let old = attempts::table.filter(attempts::last_at.lt(before)).filter(is_free).filter(is_new);
    let of_addresses = on_backend!(tx, |connection| diesel::delete(old).execute(connection))?;
    let over = attacks::table.filter(attacks::last_at.lt(before));
    Ok(of_addresses + on_backend!(tx, |connection| diesel::delete(over).execute(connection))?)
}

//! Users.
//!
//! Guarantee: whatever changes an account changes its row first, and so waits for others that do; a session of it begins only
//! while the row says that it may (see [`note_sign_in`]).

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::domain::accounts::role::Role;
use crate::store::engine::connection::{AnyConnection, on_backend};
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::users;
use crate::store::engine::tx::{Tx, from_json, to_json};

/// Keeps others from what is counted of a member of staff until this transaction ends. SQLite has one writer, and needs no lock.
///
/// # Errors
/// The database's.
pub fn wait_for_turn(tx: &mut Tx<'_>, id: &str) -> Result<(), StoreError> {
    if let AnyConnection::Postgres(connection) = tx.connection() {
        let target = users::table.filter(users::id.eq(id));
        target.select(users::id).for_no_key_update().first::<String>(connection).optional()?;
    }
    Ok(())
}

/// A member of staff.
#[derive(Clone)]
pub struct UserAccount {
    /// Id, on every event they cause.
    pub id: String,
    /// Name to sign in with, normalized.
    pub username: String,
    /// Name on the timeline.
    pub display_name: String,
    /// PHC string.
    pub password_hash: String,
    /// The one before a reset, until another is chosen: that one must differ from it.
    pub former_password_hash: Option<String>,
    /// What they may do.
    pub roles: Vec<Role>,
    /// The outlet they act in.
    pub outlet: Option<String>,
    /// Whether they may sign in.
    pub active: bool,
    /// Counted up by each change that a reader sees.
    pub version: i64,
    /// The password is a one-time password and ends then.
    pub one_time_until: Option<DateTime<Utc>>,
    /// The last sign-in.
    pub signed_in_at: Option<DateTime<Utc>>,
    /// Since when a code of a second factor is asked for.
    pub second_factor_since: Option<DateTime<Utc>>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(super) struct UserRow {
    id: String,
    username: String,
    display_name: String,
    password_hash: String,
    former_password_hash: Option<String>,
    roles: String,
    outlet: Option<String>,
    active: bool,
    version: i64,
    one_time_until: Option<NaiveDateTime>,
    signed_in_at: Option<NaiveDateTime>,
    totp_enrolled_at: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

pub(super) fn user_account(row: UserRow) -> Result<UserAccount, StoreError> {
    Ok(UserAccount {
        id: row.id,
        username: row.username,
        display_name: row.display_name,
        password_hash: row.password_hash,
        former_password_hash: row.former_password_hash,
        roles: from_json(&row.roles)?,
        outlet: row.outlet,
        active: row.active,
        version: row.version,
        one_time_until: row.one_time_until.map(|at| at.and_utc()),
        signed_in_at: row.signed_in_at.map(|at| at.and_utc()),
        second_factor_since: row.totp_enrolled_at.map(|at| at.and_utc()),
        created_at: row.created_at.and_utc(),
        updated_at: row.updated_at.and_utc(),
    })
}

/// A user by id.
///
/// # Errors
/// The database's.
pub fn user(tx: &mut Tx<'_>, id: &str) -> Result<Option<UserAccount>, StoreError> {
    let row: Option<UserRow> = on_backend!(tx, |connection| {
        users::table.filter(users::id.eq(id)).select(UserRow::as_select()).first(connection).optional()
    })?;
    row.map(user_account).transpose()
}

/// A user by the name they sign in with.
///
/// # Errors
/// The database's.
pub fn user_by_name(tx: &mut Tx<'_>, username: &str) -> Result<Option<UserAccount>, StoreError> {
    let row: Option<UserRow> = on_backend!(tx, |connection| {
        users::table.filter(users::username.eq(username)).select(UserRow::as_select()).first(connection).optional()
    })?;
    row.map(user_account).transpose()
}

/// Everybody, by name; a hall's staff is few.
///
/// # Errors
/// The database's.
pub fn all_users(tx: &mut Tx<'_>) -> Result<Vec<UserAccount>, StoreError> {
    let rows: Vec<UserRow> = on_backend!(tx, |connection| {
        users::table.select(UserRow::as_select()).order((users::display_name, users::id)).load(connection)
    })?;
    rows.into_iter().map(user_account).collect()
}

/// Whether neither an account nor a system is called so; nobody else takes the name before this transaction ends.
///
/// # Errors
/// The database's.
pub fn is_free(tx: &mut Tx<'_>, name: &str) -> Result<bool, StoreError> {
    if let AnyConnection::Postgres(connection) = tx.connection() {
        // The two stand in tables of their own; SQLite has one writer.
        let lock = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 11))");
        lock.bind::<diesel::sql_types::Text, _>(name).execute(connection)?;
    }
    Ok(user_by_name(tx, name)?.is_none() && super::clients::find(tx, name)?.is_none())
}

/// Adds a user; `false` when the name is taken.
///
/// # Errors
/// The database's.
pub fn insert_user(tx: &mut Tx<'_>, account: &UserAccount) -> Result<bool, StoreError> {
    let row = (
        users::id.eq(&account.id),
        users::username.eq(&account.username),
        users::display_name.eq(&account.display_name),
        users::password_hash.eq(&account.password_hash),
        users::roles.eq(to_json(&account.roles)?),
        users::outlet.eq(&account.outlet),
        users::active.eq(account.active),
        users::created_at.eq(account.created_at.naive_utc()),
        users::updated_at.eq(account.updated_at.naive_utc()),
        users::version.eq(account.version),
        users::one_time_until.eq(account.one_time_until.map(|at| at.naive_utc())),
    );
    let added = on_backend!(tx, |connection| {
        diesel::insert_into(users::table).values(row).on_conflict_do_nothing().execute(connection)
    })?;
    Ok(added == 1)
}

/// Saves an account over the version that was loaded, and counts the version up.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else was faster; the database's.
pub fn save_user(tx: &mut Tx<'_>, account: &mut UserAccount, now: DateTime<Utc>) -> Result<(), StoreError> {
    let row = (
        users::display_name.eq(&account.display_name),
        users::password_hash.eq(&account.password_hash),
        users::former_password_hash.eq(&account.former_password_hash),
        users::roles.eq(to_json(&account.roles)?),
        users::outlet.eq(&account.outlet),
        users::active.eq(account.active),
        users::updated_at.eq(now.naive_utc()),
        users::version.eq(account.version + 1),
        users::one_time_until.eq(account.one_time_until.map(|at| at.naive_utc())),
    );
    let changed = on_backend!(tx, |connection| {
        let target = users::table.filter(users::id.eq(&account.id)).filter(users::version.eq(account.version));
        diesel::update(target).set(row).execute(connection)
    })?;
    if changed != 1 {
        return Err(StoreError::Conflict);
    }
    account.version += 1;
    account.updated_at = now;
    Ok(())
}

/// Notes that somebody signed in; `false` when the account isn't active any more, or its password another one than was looked at.
/// The row is held until the transaction ends, so that nobody who ends the account's sessions misses the new one.
///
/// # Errors
/// The database's.
pub fn note_sign_in(tx: &mut Tx<'_>, account: &UserAccount, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let same = users::id.eq(&account.id).and(users::password_hash.eq(&account.password_hash));
    let noted = on_backend!(tx, |connection| {
        diesel::update(users::table.filter(same).filter(users::active.eq(true)))
            .set(users::signed_in_at.eq(now.naive_utc()))
            .execute(connection)
    })?;
    Ok(noted == 1)
}

/// The ids of the active security administrators, which nobody else changes before this transaction ends.
///
/// # Errors
/// The database's.
pub fn security_administrators(tx: &mut Tx<'_>) -> Result<Vec<String>, StoreError> {
    let role = format!("%\"{}\"%", Role::SecurityAdministrator.code());
    let found = users::table.filter(users::active.eq(true)).filter(users::roles.like(role)).order(users::id);
    let found = found.select(users::id);
    Ok(match tx.connection() {
        AnyConnection::Postgres(connection) => found.for_update().load(connection)?,
        AnyConnection::Sqlite(connection) => found.load(connection)?,
    })
}

/// How many users there are.
///
/// # Errors
/// The database's.
pub fn count_users(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    on_backend!(tx, |connection| users::table.count().get_result(connection)).map_err(StoreError::from)
}

//! Users.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::accounts::role::Role;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::users;
use crate::store::engine::tx::{Tx, from_json, to_json};

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
    /// What they may do.
    pub roles: Vec<Role>,
    /// The outlet they act in.
    pub outlet: Option<String>,
    /// Whether they may sign in.
    pub active: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct UserRow {
    id: String,
    username: String,
    display_name: String,
    password_hash: String,
    roles: String,
    outlet: Option<String>,
    active: bool,
}

fn user_account(row: UserRow) -> Result<UserAccount, StoreError> {
    let UserRow { id, username, display_name, password_hash, roles, outlet, active } = row;
    Ok(UserAccount { id, username, display_name, password_hash, roles: from_json(&roles)?, outlet, active })
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

/// Adds a user; `false` when the name is taken.
///
/// # Errors
/// The database's.
pub fn insert_user(tx: &mut Tx<'_>, account: &UserAccount, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let row = (
        users::id.eq(&account.id),
        users::username.eq(&account.username),
        users::display_name.eq(&account.display_name),
        users::password_hash.eq(&account.password_hash),
        users::roles.eq(to_json(&account.roles)?),
        users::outlet.eq(&account.outlet),
        users::active.eq(account.active),
        users::created_at.eq(now.naive_utc()),
        users::updated_at.eq(now.naive_utc()),
    );
    let added = on_backend!(tx, |connection| {
        diesel::insert_into(users::table).values(row).on_conflict_do_nothing().execute(connection)
    })?;
    Ok(added == 1)
}

/// Switches a user on or off; `false` when there is none.
///
/// # Errors
/// The database's.
pub fn set_user_active(tx: &mut Tx<'_>, username: &str, active: bool, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let changed = on_backend!(tx, |connection| {
        diesel::update(users::table.filter(users::username.eq(username)))
            .set((users::active.eq(active), users::updated_at.eq(now.naive_utc())))
            .execute(connection)
    })?;
    Ok(changed == 1)
}

/// How many users there are.
///
/// # Errors
/// The database's.
pub fn count_users(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    on_backend!(tx, |connection| users::table.count().get_result(connection)).map_err(StoreError::from)
}

//! Other systems, and the assertions by which they got tokens.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::domain::accounts::client::Client;
use crate::store::engine::connection::{AnyConnection, on_backend};
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{clients, used_assertions};
use crate::store::engine::tx::{Tx, from_json, to_json};

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct ClientRow {
    client_id: String,
    name: String,
    scopes: String,
    outlet: Option<String>,
    active: bool,
    created_at: NaiveDateTime,
    secrets: String,
    keys: String,
    epoch: i64,
    version: i64,
}

impl ClientRow {
    fn read(self) -> Result<Client, StoreError> {
        Ok(Client {
            id: self.client_id,
            name: self.name,
            scopes: from_json(&self.scopes)?,
            outlet: self.outlet,
            active: self.active,
            secrets: from_json(&self.secrets)?,
            keys: from_json(&self.keys)?,
            epoch: self.epoch,
            version: self.version,
            created_at: self.created_at.and_utc(),
        })
    }
}

/// Keeps others from what is counted of a system until this transaction ends. SQLite has one writer, and needs no lock.
///
/// # Errors
/// The database's.
pub fn wait_for_turn(tx: &mut Tx<'_>, client_id: &str) -> Result<(), StoreError> {
    if let AnyConnection::Postgres(connection) = tx.connection() {
        let target = clients::table.filter(clients::client_id.eq(client_id));
        target.select(clients::client_id).for_update().first::<String>(connection).optional()?;
    }
    Ok(())
}

/// A client by its id.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, client_id: &str) -> Result<Option<Client>, StoreError> {
    let row: Option<ClientRow> = on_backend!(tx, |connection| {
        clients::table.find(client_id).select(ClientRow::as_select()).first(connection).optional()
    })?;
    row.map(ClientRow::read).transpose()
}

/// Every client, by its id; they are few.
///
/// # Errors
/// The database's.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Client>, StoreError> {
    let rows: Vec<ClientRow> = on_backend!(tx, |connection| {
        clients::table.select(ClientRow::as_select()).order(clients::client_id).load(connection)
    })?;
    rows.into_iter().map(ClientRow::read).collect()
}

/// Adds a client; `false` when the id is taken.
///
/// # Errors
/// The database's.
pub fn insert(tx: &mut Tx<'_>, client: &Client) -> Result<bool, StoreError> {
    let row = (
        clients::client_id.eq(&client.id),
        clients::name.eq(&client.name),
        clients::scopes.eq(to_json(&client.scopes)?),
        clients::outlet.eq(&client.outlet),
        clients::active.eq(client.active),
        clients::created_at.eq(client.created_at.naive_utc()),
        clients::secrets.eq(to_json(&client.secrets)?),
        clients::keys.eq(to_json(&client.keys)?),
        clients::epoch.eq(client.epoch),
        clients::version.eq(client.version),
    );
    let added = on_backend!(tx, |connection| {
        diesel::insert_into(clients::table).values(row).on_conflict_do_nothing().execute(connection)
    })?;
    Ok(added == 1)
}

/// Keeps a client as it is now, where its version follows the one that is stored.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else changed it meanwhile.
pub fn save(tx: &mut Tx<'_>, client: &Client) -> Result<(), StoreError> {
    let change = (
        clients::name.eq(&client.name),
        clients::scopes.eq(to_json(&client.scopes)?),
        clients::outlet.eq(&client.outlet),
        clients::active.eq(client.active),
        clients::secrets.eq(to_json(&client.secrets)?),
        clients::keys.eq(to_json(&client.keys)?),
        clients::epoch.eq(client.epoch),
        clients::version.eq(client.version),
    );
    let before = clients::table.find(&client.id).filter(clients::version.eq(client.version - 1));
    let changed = on_backend!(tx, |connection| diesel::update(before).set(change).execute(connection))?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Takes an assertion by the digest of its `jti`; `false` when it was taken before. Of the client's others those that have ended
/// are forgotten.
///
/// # Errors
/// The database's.
pub fn take_assertion(
    tx: &mut Tx<'_>,
    client_id: &str,
    digest: &str,
    valid_until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let ended = used_assertions::table
        .filter(used_assertions::client_id.eq(client_id))
        .filter(used_assertions::valid_until.le(now.naive_utc()));
    on_backend!(tx, |connection| diesel::delete(ended).execute(connection))?;
    let row = (
        used_assertions::client_id.eq(client_id),
        used_assertions::digest.eq(digest),
        used_assertions::valid_until.eq(valid_until.naive_utc()),
    );
    let taken = on_backend!(tx, |connection| {
        diesel::insert_into(used_assertions::table).values(row).on_conflict_do_nothing().execute(connection)
    })?;
    Ok(taken == 1)
}

/// Forgets assertions that have ended; answers how many.
///
/// # Errors
/// The database's.
pub fn forget_assertions(tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let ended = used_assertions::table.filter(used_assertions::valid_until.le(now.naive_utc()));
    Ok(on_backend!(tx, |connection| diesel::delete(ended).execute(connection))?)
}

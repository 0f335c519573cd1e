//! Clients.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::accounts::role::Scope;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::clients;
use crate::store::engine::tx::{Tx, from_json, to_json};

/// Another system.
#[derive(Clone)]
pub struct ClientAccount {
    /// Its id, on every event it causes.
    pub client_id: String,
    /// Name on the timeline.
    pub name: String,
    /// Digest of its secret.
    pub secret_hash: String,
    /// What it may ask for.
    pub scopes: Vec<Scope>,
    /// The outlet it belongs to.
    pub outlet: Option<String>,
    /// Whether it may get tokens.
    pub active: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct ClientRow {
    client_id: String,
    name: String,
    secret_hash: String,
    scopes: String,
    outlet: Option<String>,
    active: bool,
}

/// A client by its id.
///
/// # Errors
/// The database's.
pub fn client(tx: &mut Tx<'_>, client_id: &str) -> Result<Option<ClientAccount>, StoreError> {
    let row: Option<ClientRow> = on_backend!(tx, |connection| {
        let found = clients::table.filter(clients::client_id.eq(client_id));
        found.select(ClientRow::as_select()).first(connection).optional()
    })?;
    let account = |row: ClientRow| {
        let ClientRow { client_id, name, secret_hash, scopes, outlet, active } = row;
        Ok(ClientAccount { client_id, name, secret_hash, scopes: from_json(&scopes)?, outlet, active })
    };
    row.map(account).transpose()
}

/// Adds a client; `false` when the id is taken.
///
/// # Errors
/// The database's.
pub fn insert_client(tx: &mut Tx<'_>, account: &ClientAccount, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let row = (
        clients::client_id.eq(&account.client_id),
        clients::name.eq(&account.name),
        clients::secret_hash.eq(&account.secret_hash),
        clients::scopes.eq(to_json(&account.scopes)?),
        clients::outlet.eq(&account.outlet),
        clients::active.eq(account.active),
        clients::created_at.eq(now.naive_utc()),
    );
    let added = on_backend!(tx, |connection| {
        diesel::insert_into(clients::table).values(row).on_conflict_do_nothing().execute(connection)
    })?;
    Ok(added == 1)
}

//! The database engine: connections, transactions, the writer, migrations, and the tables shared by all subjects.

pub(in crate::store) mod connection;
pub(in crate::store) mod db;
pub(in crate::store) mod error;
pub mod events;
pub mod idempotency;
pub(in crate::store) mod migrations;
pub(in crate::store) mod name_parts;
pub(in crate::store) mod opening;
pub(in crate::store) mod postgres;
#[allow(missing_docs, unreachable_pub)]
pub(in crate::store) mod schema;
pub mod sequences;
pub(in crate::store) mod sqlite;
pub mod subject;
pub(in crate::store) mod tx;
pub mod vault;

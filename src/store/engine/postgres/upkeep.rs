//! What is done to whole tables now and then.

use diesel::connection::SimpleConnection;

use super::PostgresDb;
use crate::store::engine::connection::{self, AnyConnection, Role};
use crate::store::engine::error::StoreError;

impl PostgresDb {
    /// Writes the tables anew that hold persons' data; others wait for each meanwhile.
    pub(in crate::store) fn rewrite(&self) -> Result<bool, StoreError> {
        self.with_each("VACUUM FULL", &["cases", "certificates", "events", "users"])
    }

    /// Makes the room free that old rows of persons take; nobody waits for it.
    pub(in crate::store) fn vacuum(&self) -> Result<bool, StoreError> {
        // Its statistics hold frequent values of the columns that names are searched by.
        self.with_each("VACUUM (ANALYZE)", &["cases", "certificates", "name_parts", "person_keys"])
    }

    fn with_each(&self, command: &str, tables: &[&str]) -> Result<bool, StoreError> {
        let AnyConnection::Postgres(mut postgres) =
            connection::connect(&self.address, &self.options, Role::Migrations)?
        else {
            return Ok(false);
        };
        for table in tables {
            postgres.batch_execute(&format!("{command} {table}"))?;
        }
        Ok(true)
    }
}

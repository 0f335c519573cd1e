//! Which databases are opened: a hall's, and a new one only where that was asked for.
//!
//! Guarantee: a lost directory, an unmounted volume, an empty file and another program's database are never taken for a hall without
//! cases; each is refused in words that say what to do, and left as it is.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::connection::address::DatabaseAddress;
use super::connection::cannot_open;
use super::connection::options::Opening;
use super::error::StoreError;
use crate::domain::base::words::sentence;

/// What the first bytes of every file of SQLite are.
const SQLITE_HEADER: &[u8; 16] = b"SQLite format 3\0";
/// What is said to whoever wants to make a hall.
const HOW_TO_MAKE: &str = "If this is to be a new hall, make its database with `casehall init`";
/// What is said where the database of a hall was expected.
const HOW_TO_RESTORE: &str =
    "If this hall has worked before, put its database back (docs/operations.md, \"Restoring\").";

/// Looks at an SQLite file before anything opens it.
///
/// # Errors
/// [`StoreError::Missing`].
pub(in crate::store) fn look_at_file(
    address: &DatabaseAddress,
    path: &Path,
    opening: Opening,
) -> Result<(), StoreError> {
    match header(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if opening != Opening::Existing {
                return Ok(());
            }
            let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let what = if directory.is_dir() {
                format!("there is no database at {address}")
            } else {
                format!(
                    "there is no directory {}, where the database should be. Is its volume mounted?",
                    directory.display()
                )
            };
            Err(StoreError::Missing(format!("{} {HOW_TO_RESTORE} {HOW_TO_MAKE}", sentence(&what))))
        }
        Err(error) => Err(cannot_open(address, &error.to_string())),
        Ok(header) if header.is_empty() && opening == Opening::ExistingOrNew => Ok(()),
        Ok(header) if header.is_empty() => Err(StoreError::Missing(format!(
            "the file of the database {address} is empty (0 bytes). {HOW_TO_RESTORE} If this is to be a new hall, remove the file, and \
             then make its database with `casehall init`"
        ))),
        Ok(header) if header != SQLITE_HEADER => Err(StoreError::Missing(format!(
            "the file {address} is no database of SQLite, or its beginning is damaged. Check that the path is right. {HOW_TO_RESTORE}"
        ))),
        // What is in it, a hall or what was left of making one, is known once it is opened.
        Ok(_) => Ok(()),
    }
}

fn header(path: &Path) -> io::Result<Vec<u8>> {
    let mut header = Vec::with_capacity(SQLITE_HEADER.len());
    if fs::metadata(path)?.is_dir() {
        return Err(io::Error::other("it is a directory"));
    }
    File::open(path)?.take(SQLITE_HEADER.len() as u64).read_to_end(&mut header)?;
    Ok(header)
}

fn already_there(address: &DatabaseAddress) -> StoreError {
    StoreError::Missing(format!(
        "there is a database at {address} already, and nothing of it was changed. `casehall serve` starts it"
    ))
}

#[derive(QueryableByName)]
struct Tables {
    #[diesel(sql_type = BigInt)]
    own: i64,
    #[diesel(sql_type = BigInt)]
    others: i64,
}

/// The tables of SQLite by which a hall's database is known, and how many others there are.
const SQLITE_TABLES: &str = "
    SELECT coalesce(sum(name IN ('__diesel_schema_migrations', 'cases')), 0) AS own,
           coalesce(sum(name NOT IN ('__diesel_schema_migrations', 'cases')), 0) AS others
    FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
/// The same of PostgreSQL, in the schema in which tables are made.
const POSTGRES_TABLES: &str = "
    SELECT count(*) FILTER (WHERE tablename IN ('__diesel_schema_migrations', 'cases')) AS own,
           count(*) FILTER (WHERE tablename NOT IN ('__diesel_schema_migrations', 'cases')) AS others
    FROM pg_catalog.pg_tables WHERE schemaname = current_schema()";

/// Looks into an SQLite file that has been opened.
///
/// # Errors
/// [`StoreError::Missing`]; the database's.
pub(in crate::store) fn look_into_sqlite(
    sqlite: &mut SqliteConnection,
    address: &DatabaseAddress,
    opening: Opening,
) -> Result<(), StoreError> {
    judge(&diesel::sql_query(SQLITE_TABLES).get_result(sqlite)?, address, opening)
}

/// Looks into a database of PostgreSQL.
///
/// # Errors
/// As [`look_into_sqlite`].
pub(in crate::store) fn look_into_postgres(
    postgres: &mut PgConnection,
    address: &DatabaseAddress,
    opening: Opening,
) -> Result<(), StoreError> {
    judge(&diesel::sql_query(POSTGRES_TABLES).get_result(postgres)?, address, opening)
}

fn judge(tables: &Tables, address: &DatabaseAddress, opening: Opening) -> Result<(), StoreError> {
    match (tables, opening) {
        (Tables { own: 2, .. }, Opening::New) => Err(already_there(address)),
        (Tables { own: 2, .. }, _) => Ok(()),
        // No table, or diesel's of migrations alone: what was to be made was broken off.
        (Tables { others: 0, .. }, Opening::ExistingOrNew | Opening::New) => Ok(()),
        (Tables { others: 0, .. }, Opening::Existing) => {
            Err(StoreError::Missing(format!("the database {address} has no tables. {HOW_TO_RESTORE} {HOW_TO_MAKE}")))
        }
        _ => Err(StoreError::Missing(format!(
            "the database {address} belongs to another program: it has tables, and not those of a hall. Check the address"
        ))),
    }
}

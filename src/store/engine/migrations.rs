//! Brings the schema to this program's version, at each start.
//!
//! Guarantees: programs that start together on one database don't step on each other (SQLite: one immediate
//! transaction over all; PostgreSQL: an advisory lock); a migration that fails leaves nothing behind; a database that a
//! newer program has changed is worked on where that program's migrations say that this one may, and refused otherwise.

use diesel::backend::Backend;
use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::AnyConnection;
use super::connection::options::DbOptions;
use super::error::StoreError;
use crate::domain::progress::Part;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number that no other program would choose: "casehall" in ASCII.
const LOCK: i64 = i64::from_be_bytes(*b"casehall");

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The version of the schema that this program works with.
pub(in crate::store) fn newest() -> String {
    use diesel::migration::MigrationSource;

    let known = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE).unwrap_or_default();
    known.iter().map(|migration| migration.name().version().to_string()).max().unwrap_or_default()
}

/// The oldest schema whose programs may work on a database; those of before there was one may not.
const SINCE: &str = "SELECT since AS value FROM compatibility";

/// Runs what is pending; or refuses a database that lacks something, where it may not be changed.
pub(in crate::store) fn run(connection: &mut AnyConnection, options: &DbOptions) -> Result<(), StoreError> {
    match connection {
        AnyConnection::Sqlite(sqlite) => on_sqlite(sqlite, options),
        AnyConnection::Postgres(postgres) => on_postgres(postgres, options),
    }
}

/// Does something while nobody migrates this database.
pub(in crate::store) fn alone(
    postgres: &mut PgConnection,
    f: impl FnOnce(&mut PgConnection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    postgres.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))?;
    let done = f(postgres);
    postgres.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))?;
    done
}

fn on_sqlite(sqlite: &mut SqliteConnection, options: &DbOptions) -> Result<(), StoreError> {
    AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?;
    let since = |sqlite: &mut SqliteConnection| diesel::sql_query(SINCE).get_result(sqlite);
    let done = run_pending(sqlite, SQLITE, options, since).and_then(|()| {
        // Foreign keys are off while tables are rebuilt, as SQLite's documentation advises; so they are checked here.
        let broken =
            diesel::sql_query("SELECT count(*) AS count FROM pragma_foreign_key_check").get_result::<Count>(sqlite)?;
        if broken.count > 0 {
            return Err(StoreError::Migration(format!(
                "the migration would leave {} rows without what they refer to",
                broken.count
            )));
        }
        Ok(())
    });
    sqlite.batch_execute(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}

fn on_postgres(postgres: &mut PgConnection, options: &DbOptions) -> Result<(), StoreError> {
    let encoding =
        diesel::sql_query("SELECT current_setting('server_encoding') AS value").get_result::<Setting>(postgres)?;
    if encoding.value != "UTF8" {
        return Err(StoreError::Address(format!(
            "the PostgreSQL database has the encoding {}, which can't hold every name; create it with ENCODING 'UTF8'",
            encoding.value
        )));
    }
    let since = |postgres: &mut PgConnection| diesel::sql_query(SINCE).get_result(postgres);
    alone(postgres, |postgres| {
        // Who waits for a table keeps everybody else waiting for it, too: other instances work meanwhile.
        postgres.batch_execute("SET lock_timeout = '5s'")?;
        run_pending(postgres, POSTGRES, options, since)?;
        Ok(postgres.batch_execute("RESET lock_timeout")?)
    })
}

fn run_pending<C, DB>(
    connection: &mut C,
    migrations: EmbeddedMigrations,
    options: &DbOptions,
    since: impl FnOnce(&mut C) -> QueryResult<Setting>,
) -> Result<(), StoreError>
where
    DB: Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: diesel::migration::MigrationSource<DB>,
{
    use diesel::migration::MigrationSource;

    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        StoreError::Migration(format!("the database's schema can't be brought up to date: {error}"))
    };
    let all = MigrationSource::<DB>::migrations(&migrations).map_err(failed)?;
    let known: Vec<String> = all.iter().map(|migration| migration.name().version().to_string()).collect();
    let applied = connection.applied_migrations().map_err(failed)?;
    let applied: Vec<String> = applied.iter().map(ToString::to_string).collect();
    if let Some(version) = applied.iter().filter(|version| !known.contains(version)).max() {
        let newest = known.iter().max().map_or("", String::as_str);
        // A database without the mark was changed by no version of this program.
        if since(connection).map_or(true, |since| newest < since.value.as_str()) {
            return Err(StoreError::Migration(format!(
                "the database was changed by a newer version of this program (schema {version}) in a way that this one (schema \
                 {newest}) can't work with; start that version, or restore a backup made before"
            )));
        }
        tracing::warn!(
            code = "newer_schema",
            schema = version,
            own = newest,
            "the database was changed by a newer version of this program, which lets this one work on"
        );
    }
    let pending = connection.pending_migrations(migrations).map_err(failed)?;
    if !options.migrates && !pending.is_empty() {
        return Err(StoreError::Migration(
            "the database's tables are older than this program, and a command doesn't change them: start the hall with this version, \
             or run `casehall migrate`"
                .to_owned(),
        ));
    }
    if !pending.is_empty() {
        options.progress.begin(Part::of("changes of the tables made", pending.len()));
    }
    for migration in &pending {
        connection.run_migration(migration).map_err(failed)?;
        options.progress.done(1)?;
    }
    Ok(())
}

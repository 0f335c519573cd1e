//! Connections to either database, set up for their work.
//!
//! Cast: [`AnyConnection`] carries one of the two; [`on_backend!`] compiles a query once for each of them; a
//! [`Manager`] makes connections for the pool, chosen by the address's scheme and never by trying.
//!
//! Guarantees: a connection of the pool can't write (SQLite `query_only`; PostgreSQL `default_transaction_read_only`,
//! which only `Db::write` lifts); a commit is on disk before it returns; foreign keys and `LIKE` mean the same on both.

pub(in crate::store) mod address;
pub(in crate::store) mod beginning;
pub(in crate::store) mod gate;
#[allow(unreachable_pub)] // the benchmark has it, too
pub(in crate::store) mod kept;
pub(in crate::store) mod legible;
pub(in crate::store) mod meter;
pub(in crate::store) mod options;

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection;

use self::address::{DatabaseAddress, Kind};
use self::beginning::Unused;
use self::options::DbOptions;
use super::error::{self, StoreError};
use crate::domain::base::words::sentence;

pub(in crate::store) use carrier::AnyConnection;

/// The derive writes public items of its own, hence a module that hides them.
mod carrier {
    #![allow(unreachable_pub, missing_docs)]
    use diesel::{PgConnection, SqliteConnection};

    /// A connection to either database.
    #[derive(diesel::MultiConnection)]
    pub enum AnyConnection {
        Postgres(PgConnection),
        Sqlite(SqliteConnection),
    }
}

/// Runs a body that is written once on whichever database it is: `on_backend!(tx, |c| query.get_result(c))`.
///
/// The body is compiled for each backend, so that all of diesel works in it that works on both (`on_conflict`,
/// `returning`, batch inserts), which the carrier itself doesn't offer.
macro_rules! on_backend {
    ($tx:expr, |$connection:ident| $body:expr) => {
        $crate::store::engine::connection::on_connection!($tx.connection(), |$connection| $body)
    };
}
/// The same on a connection that isn't in a [`Tx`](super::tx::Tx).
macro_rules! on_connection {
    ($any:expr, |$connection:ident| $body:expr) => {
        match $any {
            $crate::store::engine::connection::AnyConnection::Postgres($connection) => $body,
            $crate::store::engine::connection::AnyConnection::Sqlite($connection) => $body,
        }
    };
}
/// Narrows a boxed query to what has a column in a [`Span`](crate::domain::calendar::span::Span).
macro_rules! within {
    ($query:ident, $column:expr, $span:expr) => {{
        let $crate::domain::calendar::span::Span { from, before } = $span;
        if let Some(from) = from {
            $query = $query.filter($column.ge(from.naive_utc()));
        }
        if let Some(before) = before {
            $query = $query.filter($column.lt(before.naive_utc()));
        }
    }};
}
pub(in crate::store) use {on_backend, on_connection, within};

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Role {
    /// In the pool. On PostgreSQL it also serves writes, in transactions that say so.
    Pool,
    /// The one connection that writes to SQLite.
    Writer,
    /// Brings the schema up to date, without time limits.
    Migrations,
}

/// A member of the pool: a connection, and when it last answered.
pub(in crate::store) struct Member {
    pub(in crate::store) any: AnyConnection,
    /// None once something went wrong on it: it is then asked for a sign of life before its next use.
    pub(in crate::store) answered: Option<Instant>,
    /// An acceptance number that was taken on it and not used.
    pub(in crate::store) number: Option<Unused>,
    /// Whether the statement is prepared on it that takes acceptance numbers.
    pub(in crate::store) takes_numbers: bool,
}

/// After this long without use a connection is asked for a sign of life: the server may have been restarted.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// Makes connections for the pool.
#[derive(Debug)]
pub(in crate::store) struct Manager {
    pub(in crate::store) address: DatabaseAddress,
    pub(in crate::store) options: DbOptions,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Member;
    type Error = StoreError;

    fn connect(&self) -> Result<Member, StoreError> {
        let any = connect(&self.address, &self.options, Role::Pool)?;
        Ok(Member { any, answered: Some(Instant::now()), number: None, takes_numbers: false })
    }

    fn is_valid(&self, connection: &mut Member) -> Result<(), StoreError> {
        let is_file = matches!(connection.any, AnyConnection::Sqlite(_));
        if is_file || connection.answered.is_some_and(|at| at.elapsed() < TRUSTED_FOR) {
            return Ok(());
        }
        connection.any.ping()?;
        connection.answered = Some(Instant::now());
        Ok(())
    }

    fn has_broken(&self, connection: &mut Member) -> bool {
        std::thread::panicking() || connection.any.is_broken()
    }
}

/// A new connection, ready for its role.
pub(in crate::store) fn connect(
    address: &DatabaseAddress,
    options: &DbOptions,
    role: Role,
) -> Result<AnyConnection, StoreError> {
    match address.kind() {
        Kind::Sqlite(path) => {
            // The file exists already: made by hand, with tight permissions. `mode=rw` never makes one.
            let path = path.to_str().ok_or_else(|| not_unicode(address))?;
            let mut connection = SqliteConnection::establish(&format!("file:{}?mode=rw", percent_encoded(path)))
                .map_err(|error| cannot_open(address, &error.to_string()))?;
            connection.batch_execute(SQLITE_COMMON).map_err(|error| cannot_open(address, &error.to_string()))?;
            match role {
                Role::Pool => connection.batch_execute(SQLITE_READER)?,
                Role::Writer => {
                    connection.batch_execute(SQLITE_WRITER)?;
                    start_write_ahead_log(address, &mut connection)?;
                }
                Role::Migrations => {
                    connection.batch_execute(SQLITE_WRITER)?;
                    start_write_ahead_log(address, &mut connection)?;
                    connection.batch_execute("PRAGMA foreign_keys = OFF;")?;
                }
            }
            Ok(AnyConnection::Sqlite(connection))
        }
        Kind::Postgres(uri) => {
            let mut connection = PgConnection::establish(&with_default_options(uri))
                .map_err(|error| cannot_reach(address, &error.to_string()))?;
            let limit = if role == Role::Migrations { Duration::ZERO } else { options.statement_timeout };
            let wait = if role == Role::Migrations { Duration::ZERO } else { options.acquire_timeout };
            let read_only = if role == Role::Pool { "on" } else { "off" };
            connection
                .batch_execute(&format!(
                    "SET statement_timeout = {limit};
                     SET lock_timeout = {wait};
                     SET idle_in_transaction_session_timeout = {idle};
                     SET default_transaction_read_only = {read_only};
                     SET default_transaction_isolation = 'read committed';
                     SET standard_conforming_strings = on;",
                    limit = limit.as_millis(),
                    wait = wait.as_millis(),
                    idle = IDLE_IN_TRANSACTION.as_millis(),
                ))
                .map_err(|error| cannot_reach(address, &error.to_string()))?;
            Ok(AnyConnection::Postgres(connection))
        }
    }
}

/// FULL: a commit returns after the log is on disk. `case_sensitive_like` makes LIKE agree with PostgreSQL.
const SQLITE_COMMON: &str = "
    PRAGMA busy_timeout = 15000;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA case_sensitive_like = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -16384;
";
/// What is deleted or overwritten leaves no trace in the file.
const SQLITE_WRITER: &str = "PRAGMA secure_delete = ON;";
const SQLITE_READER: &str = "
    PRAGMA query_only = ON;
    PRAGMA mmap_size = 268435456;
";

/// A transaction whose program stopped in the middle must not hold its locks for ever.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(60);

/// The switch to the write-ahead log is kept in the file. While another process makes the same switch, SQLite answers
/// "locked" at once, without waiting for the busy time-out; so the waiting is done here.
fn start_write_ahead_log(address: &DatabaseAddress, connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let until = Instant::now() + Duration::from_secs(15);
    loop {
        match connection.batch_execute("PRAGMA journal_mode = WAL;") {
            Ok(()) => return Ok(()),
            Err(error) if error::is_busy(&error) && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => return Err(cannot_open(address, &error.to_string())),
        }
    }
}

/// Options for libpq where the address doesn't set them: an unreachable server is noticed within seconds, when the
/// connection is made and later; of a cluster's servers the one is taken that takes changes.
fn with_default_options(uri: &str) -> String {
    let mut uri = uri.to_owned();
    for (option, value) in [
        ("connect_timeout", "5"),
        ("keepalives_idle", "30"),
        ("tcp_user_timeout", "30000"),
        ("target_session_attrs", "primary"),
        ("fallback_application_name", "casehall"),
    ] {
        if !uri.contains(&format!("{option}=")) {
            uri.push(if uri.contains('?') { '&' } else { '?' });
            uri.push_str(&format!("{option}={value}"));
        }
    }
    uri
}

/// For a `file:` URI: everything but letters, digits and `/ . _ -` as percent codes.
fn percent_encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

pub(in crate::store) fn not_unicode(address: &DatabaseAddress) -> StoreError {
    StoreError::Address(format!("the path of {address} is not Unicode; choose another name for the file"))
}

pub(in crate::store) fn cannot_open(address: &DatabaseAddress, reason: &str) -> StoreError {
    if error::tells_of_damage(reason) {
        return StoreError::Damaged(reason.to_owned());
    }
    StoreError::Unavailable(format!(
        "the database {address} can't be opened: {} Check that the path is right, that this user may read and \
         write the file and its directory, and that the disk isn't full",
        sentence(reason)
    ))
}

pub(in crate::store) fn cannot_reach(address: &DatabaseAddress, reason: &str) -> StoreError {
    // Where the address can't be taken apart, nobody can tell either which part of it is the password.
    let reason = match reason.contains("percent-encoded") {
        true => "a `%` in it isn't followed by two hexadecimal digits; write `%25` for a percent sign".to_owned(),
        false => address.without_secrets(reason.trim()),
    };
    StoreError::Unavailable(format!(
        "PostgreSQL can't be used at {address}: {} Check that the server runs and accepts connections from here, \
         and that host, port, database, user and password in the database address are right",
        sentence(&reason)
    ))
}

/// The pool of either database. It tells the log why a connection can't be made.
pub(in crate::store) fn pool(
    address: &DatabaseAddress,
    options: &DbOptions,
    size: u32,
    build: impl FnOnce(r2d2::Builder<Manager>) -> r2d2::Builder<Manager>,
) -> r2d2::Pool<Manager> {
    #[derive(Debug)]
    struct Log;
    impl r2d2::HandleError<StoreError> for Log {
        fn handle_error(&self, error: StoreError) {
            tracing::warn!(%error, "a connection to the database failed");
        }
    }
    let builder = r2d2::Pool::builder()
        .max_size(size.max(1))
        .connection_timeout(options.acquire_timeout.max(Duration::from_millis(1)))
        .error_handler(Box::new(Log));
    build(builder).build_unchecked(Manager { address: address.clone(), options: options.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_in_the_address_win_over_the_defaults() {
        let uri = with_default_options("postgres://h/db?connect_timeout=1");
        assert!(uri.starts_with("postgres://h/db?connect_timeout=1&keepalives_idle=30&"));
        assert_eq!(uri.matches("connect_timeout").count(), 1);
        assert!(with_default_options("postgres://h/db").starts_with("postgres://h/db?connect_timeout=5&"));
    }

    #[test]
    fn a_path_with_any_character_names_the_same_file() {
        assert_eq!(percent_encoded("/数据/a b%?#.db"), "/%E6%95%B0%E6%8D%AE/a%20b%25%3F%23.db");
    }

    #[derive(QueryableByName)]
    struct Value {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        value: i64,
    }

    fn value(connection: &mut AnyConnection, sql: &str) -> i64 {
        let AnyConnection::Sqlite(sqlite) = connection else { return -1 };
        diesel::sql_query(sql).get_result::<Value>(sqlite).map_or(-1, |row| row.value)
    }

    #[test]
    fn every_sqlite_connection_has_its_pragmas() -> Result<(), StoreError> {
        let file = tempfile::NamedTempFile::new().map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let address = DatabaseAddress::sqlite(file.path());
        for role in [Role::Writer, Role::Pool] {
            let mut connection = connect(&address, &DbOptions::default(), role)?;
            let mut pragma = |name| value(&mut connection, &format!("SELECT {name} AS value FROM pragma_{name}"));
            assert_eq!(pragma("synchronous"), 2, "FULL");
            assert_eq!(pragma("foreign_keys"), 1);
            assert_eq!(pragma("query_only"), i64::from(role == Role::Pool));
            assert_eq!(value(&mut connection, "SELECT journal_mode = 'wal' AS value FROM pragma_journal_mode"), 1);
            assert_eq!(value(&mut connection, "SELECT 'ABC' LIKE 'abc' AS value"), 0);
        }
        Ok(())
    }
}

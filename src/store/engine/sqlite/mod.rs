//! SQLite: a file of this machine, a pool of connections that read, and one [`Writer`].
//!
//! Guarantees: the file and a directory made for it are this user's alone (0600, 0700): they hold people's data. Short
//! reads never wait for long ones. Nothing is written into a file that isn't where it was opened any more.

mod open_file;
pub(in crate::store) mod serving;
pub(in crate::store) mod watch;
pub(in crate::store) mod writer;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{Integer, Text};

use self::open_file::OpenFile;
use self::writer::Writer;
use super::connection::address::DatabaseAddress;
use super::connection::gate::Gate;
use super::connection::meter::{Meter, PlaceReport};
use super::connection::options::{DbOptions, Opening};
use super::connection::{self, AnyConnection, Manager, Member, Role};
use super::error::{self, StoreError};
use super::migrations;
use super::opening;
use super::tx::{Tx, View, guarded};
use super::vault::Vault;
use crate::store::private_files;

/// Connections for reads that take long, beside the pool's size.
const LONG_READERS: u32 = 4;

pub(in crate::store) struct SqliteDb {
    pool: r2d2::Pool<Manager>,
    long_reads: Gate,
    pub(in crate::store) meter: Arc<Meter>,
    pub(in crate::store) address: DatabaseAddress,
    pub(in crate::store) options: DbOptions,
    pub(in crate::store) vault: Arc<Vault>,
    pub(in crate::store) writer: Writer,
    file: Arc<OpenFile>,
}

impl SqliteDb {
    pub(in crate::store) fn open(
        address: &DatabaseAddress,
        path: &Path,
        options: DbOptions,
    ) -> Result<Self, StoreError> {
        opening::look_at_file(address, path, options.opening)?;
        if options.opening != Opening::Existing {
            make_file(path).map_err(|error| connection::cannot_open(address, &error.to_string()))?;
        }
        // Another program's file isn't even switched to the write-ahead log.
        if let AnyConnection::Sqlite(sqlite) = &mut connection::connect(address, &options, Role::Pool)? {
            opening::look_into_sqlite(sqlite, address, options.opening)?;
        }
        let mut connection = connection::connect(address, &options, Role::Migrations)?;
        migrations::run(&mut connection, &options)?;
        let vault = Arc::new(Vault::open(&mut connection, &options.data_keys, options.suite, options.names_faults)?);
        let meter = Arc::new(Meter::default());
        let file = Arc::new(OpenFile::at(path));
        let writer = Writer::start(address, &options, vault.clone(), meter.clone(), file.clone())?;
        let pool = connection::pool(address, &options, options.pool_size.max(1) + LONG_READERS, |builder| {
            builder.min_idle(Some(options.pool_size.max(1))).max_lifetime(None).idle_timeout(None)
        });
        Ok(Self {
            pool,
            long_reads: Gate::new("long_reads", LONG_READERS as usize, usize::MAX),
            meter,
            address: address.clone(),
            options,
            vault,
            writer,
            file,
        })
    }

    /// Whether the file is still where it was opened.
    pub(in crate::store) fn check_place(&self) -> Result<(), StoreError> {
        self.file.check()
    }

    /// A connection beside the others.
    fn connect(&self, role: Role) -> Result<AnyConnection, StoreError> {
        self.check_place()?;
        connection::connect(&self.address, &self.options, role)
    }

    /// Writes the file anew, and empties the write-ahead log.
    pub(in crate::store) fn rewrite(&self) -> Result<bool, StoreError> {
        let AnyConnection::Sqlite(mut sqlite) = self.connect(Role::Migrations)? else { return Ok(false) };
        // The copy would otherwise be made in memory.
        sqlite.batch_execute("PRAGMA temp_store = FILE")?;
        match sqlite.batch_execute("VACUUM") {
            Err(error) if error::is_busy(&error) => return Ok(false),
            done => done?,
        }
        empty_log(&mut sqlite)
    }

    /// Empties the write-ahead log; `false` where somebody reads what stands in it all the time. Whoever writes waits for it, so
    /// each try is short.
    pub(in crate::store) fn empty_log(&self) -> Result<bool, StoreError> {
        const TRIES: u32 = 25;
        const APART: Duration = Duration::from_millis(200);
        let AnyConnection::Sqlite(mut sqlite) = self.connect(Role::Migrations)? else { return Ok(false) };
        sqlite.batch_execute("PRAGMA busy_timeout = 100")?;
        for _ in 0..TRIES {
            match empty_log(&mut sqlite) {
                Ok(true) => return Ok(true),
                Err(StoreError::Busy(_)) | Ok(false) => std::thread::sleep(APART),
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// How large the file is, about.
    pub(in crate::store) fn bytes(&self) -> u64 {
        let file = self.address.sqlite_path().and_then(|path| std::fs::metadata(path).ok());
        file.map_or(0, |file| file.len())
    }

    /// Looks at every page.
    pub(in crate::store) fn check_pages(&self) -> Result<(), StoreError> {
        let AnyConnection::Sqlite(mut sqlite) = self.connect(Role::Pool)? else { return Ok(()) };
        first_fault(&mut sqlite)?.map_or(Ok(()), |fault| Err(StoreError::Damaged(fault)))
    }

    pub(in crate::store) async fn read<T, E>(
        &self,
        name: &'static str,
        view: View,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        if view != View::LongSnapshot {
            return read_now(&self.pool, &self.vault, name, view, f);
        }
        let place = self.long_reads.enter(Instant::now() + self.options.acquire_timeout).await?;
        let (pool, vault) = (self.pool.clone(), self.vault.clone());
        let read = tokio::task::spawn_blocking(move || {
            let outcome = read_now(&pool, &vault, name, view, f);
            drop(place);
            outcome
        });
        read.await.unwrap_or_else(|_| Err(StoreError::Panicked(name).into()))
    }
}

impl SqliteDb {
    pub(in crate::store) fn places(&self) -> Vec<PlaceReport> {
        let (long, state, short) = (self.long_reads.report(), self.pool.state(), self.options.pool_size.max(1));
        let used = state.connections.saturating_sub(state.idle_connections) as usize;
        let used = used.saturating_sub(long.used).min(short as usize);
        let short = PlaceReport { used_for: "short_reads", most: short as usize, used, waiting: 0 };
        vec![short, long, self.writer.places()]
    }
}

/// The first fault of a file's pages.
pub(in crate::store) fn first_fault(sqlite: &mut SqliteConnection) -> QueryResult<Option<String>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        quick_check: String,
    }
    let found = diesel::sql_query("PRAGMA quick_check(1)").load::<Found>(sqlite)?;
    Ok(found.into_iter().map(|found| found.quick_check).find(|found| found != "ok"))
}

fn empty_log(sqlite: &mut SqliteConnection) -> Result<bool, StoreError> {
    #[derive(QueryableByName)]
    struct Checkpoint {
        #[diesel(sql_type = Integer)]
        busy: i32,
    }
    let emptied = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result::<Checkpoint>(sqlite)?;
    Ok(emptied.busy == 0)
}

fn read_now<T, E: From<StoreError>>(
    pool: &r2d2::Pool<Manager>,
    vault: &Vault,
    name: &'static str,
    view: View,
    f: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let mut pooled = pool.get().map_err(|error| {
        StoreError::Unavailable(format!("no connection to the database came free in time ({error}); try again later"))
    })?;
    let Member { any, .. } = &mut *pooled;
    if view == View::Latest {
        return guarded(name, || f(&mut Tx::reading(any, vault)));
    }
    // Deferred: the snapshot is taken by the first statement; a reader never waits for the writer.
    AnyConnection::begin_transaction(any).map_err(StoreError::from)?;
    let outcome = guarded(name, || f(&mut Tx::reading(any, vault)));
    unwind(any, 0).map_err(StoreError::from)?;
    outcome
}

/// Rolls back until at most `depth` transactions are open, also those that a panic left. Answers how many are open then:
/// fewer when SQLite ended the whole transaction on its own, as it does when the disk is full.
pub(in crate::store) fn unwind(connection: &mut AnyConnection, depth: u32) -> Result<u32, Error> {
    let AnyConnection::Sqlite(sqlite) = connection else { return Err(Error::NotInTransaction) };
    let mut last = Ok(());
    loop {
        let open = AnsiTransactionManager::transaction_manager_status_mut(sqlite).transaction_depth()?;
        let open = open.map_or(0, |open| open.get());
        if open <= depth {
            return Ok(open);
        }
        last?;
        last = AnsiTransactionManager::rollback_transaction(sqlite);
    }
}

/// Makes the file and the directories above it that are missing. SQLite gives its `-wal` and `-shm` the file's mode.
fn make_file(path: &Path) -> io::Result<()> {
    let directory = private_files::directory_of(path);
    private_files::make_directories(&directory)?;
    match private_files::make(path) {
        Ok(_) => private_files::sync(&directory),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

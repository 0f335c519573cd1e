//! [`Db`], one interface to both databases, and the transactions ([`Tx`]) that repository functions take.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use tokio::task::JoinHandle;

use super::connection::address::{DatabaseAddress, Kind};
use super::connection::beginning::Beginning;
use super::connection::meter::{DatabaseReport, Meter};
use super::connection::on_backend;
use super::error::{FromStore, StoreError};
use super::sqlite::serving::Serving;
use super::sqlite::watch::WriterReport;
use super::{postgres, sqlite};
use crate::domain::progress::{Part, Progress};
use crate::store::backups::{self, PostgresPrograms};
use crate::store::engine::connection::options::{DbOptions, Opening};
use crate::store::engine::tx::{Tx, View};

/// A database, open and brought to this program's schema. Clones share it.
///
/// Dropping the last clone finishes the writes that were accepted, then ends the writer thread.
#[derive(Clone)]
pub struct Db {
    backend: Arc<Backend>,
    may_write: bool,
    progress: Arc<dyn Progress>,
}

/// How often what takes long tells that it still waits.
const TELL: Duration = Duration::from_millis(100);

enum Backend {
    Sqlite(sqlite::SqliteDb),
    Postgres(postgres::PostgresDb),
}

impl Db {
    /// Opens the database, makes it where it is missing and may be made (SQLite: file 0600, a new directory 0700), and runs the
    /// migrations that it lacks. Several programs may start on one database together. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Unavailable`] and [`StoreError::Address`] say what to check; [`StoreError::Migration`] when a
    /// newer program has changed the schema so that this one can't work with it, or a migration fails.
    pub fn open(address: &DatabaseAddress, options: DbOptions) -> Result<Self, StoreError> {
        let progress = options.progress.clone();
        let backend = match address.kind() {
            Kind::Sqlite(path) => Backend::Sqlite(sqlite::SqliteDb::open(address, path, options)?),
            Kind::Postgres(_) => Backend::Postgres(postgres::PostgresDb::open(address, options)?),
        };
        Ok(Self { backend: Arc::new(backend), may_write: true, progress })
    }

    /// The same database, in which this clone and its clones write nothing.
    #[must_use]
    pub fn read_only(&self) -> Self {
        Self { may_write: false, ..self.clone() }
    }

    /// The same database, whose long work is told to somebody else.
    #[must_use]
    pub fn told_to(&self, progress: Arc<dyn Progress>) -> Self {
        Self { progress, ..self.clone() }
    }

    /// Who hears how far long work is.
    pub fn progress(&self) -> &Arc<dyn Progress> {
        &self.progress
    }

    /// Holds a database for this process to serve. PostgreSQL lets several, and is not held.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where another process serves the file, with its number.
    /// [`StoreError::Missing`] where there is none, and none may be made.
    pub fn serve_alone(address: &DatabaseAddress, opening: Opening) -> Result<Option<Serving>, StoreError> {
        address.sqlite_path().map(|path| Serving::of(address, path, opening)).transpose()
    }

    /// Reads with one short statement, such as a row by its key; several statements may each see a later state. Where the connection is
    /// lost, it is read once more.
    ///
    /// On SQLite it runs on the calling thread, which costs less than to hand it over: only for what takes well under a
    /// millisecond. `name` stands in the log.
    ///
    /// # Errors
    /// What `f` returns; [`StoreError::Unavailable`] when no connection is to be had; a panic of `f` becomes
    /// [`StoreError::Panicked`].
    pub async fn read<T, E>(
        &self,
        name: &'static str,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Clone + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: FromStore + Send + 'static,
    {
        self.read_again(name, View::Latest, f).await
    }

    /// Reads with several short statements that all see one moment.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_snapshot<T, E>(
        &self,
        name: &'static str,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Clone + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: FromStore + Send + 'static,
    {
        self.read_again(name, View::Snapshot, f).await
    }

    /// Reads what may take long, such as lists, reports and exports: always on a thread of its own, at one moment.
    /// Only a part of the connections serves such reads, so that they never keep the short ones waiting. It isn't tried again: it may have
    /// sent on what it has read.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_long<T, E>(
        &self,
        name: &'static str,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: FromStore + Send + 'static,
    {
        let outcome = match &*self.backend {
            Backend::Sqlite(sqlite) => sqlite.read(name, View::LongSnapshot, f).await,
            Backend::Postgres(postgres) => postgres.read_once(name, View::LongSnapshot, f).await,
        };
        self.counted(outcome)
    }

    async fn read_again<T, E>(
        &self,
        name: &'static str,
        view: View,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Clone + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: FromStore + Send + 'static,
    {
        let outcome = match &*self.backend {
            Backend::Sqlite(sqlite) => sqlite.read(name, view, f).await,
            Backend::Postgres(postgres) => postgres.read(name, view, f).await,
        };
        self.counted(outcome)
    }

    fn counted<T, E: FromStore>(&self, outcome: Result<T, E>) -> Result<T, E> {
        if let Err(error) = &outcome
            && let Some(error) = error.as_store_error()
        {
            self.meter().failed(error);
        }
        outcome
    }

    fn meter(&self) -> &Meter {
        match &*self.backend {
            Backend::Sqlite(sqlite) => &sqlite.meter,
            Backend::Postgres(postgres) => &postgres.meter,
        }
    }

    /// How it has fared since the start.
    pub fn report(&self) -> DatabaseReport {
        let places = match &*self.backend {
            Backend::Sqlite(sqlite) => sqlite.places(),
            Backend::Postgres(postgres) => postgres.places(),
        };
        self.meter().report(places)
    }

    /// Runs a transaction that may write, and answers after it is on disk. The only way to write.
    ///
    /// All that `f` decides it must decide from what it reads within: it may run more than once. SQLite has one writer,
    /// and jobs that wait share a commit, a savepoint each, so that one which fails or panics leaves the others intact.
    /// On PostgreSQL the transaction is READ COMMITTED, and is run again, a few times, when its error
    /// [is transient](StoreError::is_transient) or its connection is lost before the commit was sent.
    /// An accepted job is done even when the caller stops waiting for it. Nobody waits for longer than
    /// [`DbOptions::acquire_timeout`] until it begins.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] of a clone that writes nothing; what `f` returns, after a rollback; [`StoreError::Unavailable`] when nothing was changed since the database
    /// can't be reached or is overloaded; [`StoreError::OutcomeUnknown`] when the connection ended during the commit;
    /// a panic of `f` becomes [`StoreError::Panicked`].
    pub async fn write<T, E>(
        &self,
        name: &'static str,
        f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: FromStore + Send + 'static,
    {
        self.write_with(name, Beginning::default(), f).await
    }

    /// As [`Db::write`], of a change that says what it will need: on PostgreSQL it is asked for with the beginning.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_with<T, E>(
        &self,
        name: &'static str,
        beginning: Beginning,
        f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: FromStore + Send + 'static,
    {
        if !self.may_write {
            return Err(StoreError::ReadOnly.into());
        }
        let outcome = match &*self.backend {
            Backend::Sqlite(sqlite) => sqlite.writer.write(name, f).await,
            Backend::Postgres(postgres) => postgres.write(name, beginning, f).await,
        };
        self.counted(outcome)
    }

    /// Writes the database file anew, so that nothing is left in it of what was deleted or overwritten. Takes as long as to copy
    /// it; answers whether it was done. On SQLite it isn't while other programs read.
    ///
    /// # Errors
    /// The database's.
    pub(in crate::store) async fn rewrite(&self) -> Result<bool, StoreError> {
        let backend = self.backend.clone();
        let rewriting = tokio::task::spawn_blocking(move || match &*backend {
            Backend::Sqlite(sqlite) => sqlite.rewrite(),
            Backend::Postgres(postgres) => postgres.rewrite(),
        });
        self.progress.begin(Part::uncounted("writing the database anew"));
        self.unless_stopped("rewrite", rewriting, || 0).await
    }

    /// Lets go of what was deleted or overwritten as far as that keeps nobody waiting: SQLite empties its write-ahead log, its file
    /// holds nothing of it anyhow; PostgreSQL makes the room of old rows free. Answers whether it was done: on SQLite it isn't while
    /// another program reads.
    ///
    /// # Errors
    /// The database's.
    pub async fn let_go(&self) -> Result<bool, StoreError> {
        let backend = self.backend.clone();
        let letting_go = tokio::task::spawn_blocking(move || match &*backend {
            Backend::Sqlite(sqlite) => sqlite.empty_log(),
            Backend::Postgres(postgres) => postgres.vacuum(),
        });
        letting_go.await.unwrap_or(Err(StoreError::Panicked("let_go")))
    }

    /// Looks at every page of SQLite's file, beside the work; takes as long as to read it. PostgreSQL looks at each page that it reads.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first fault; the database's.
    pub async fn check_pages(&self) -> Result<(), StoreError> {
        let backend = self.backend.clone();
        let checking = tokio::task::spawn_blocking(move || match &*backend {
            Backend::Sqlite(sqlite) => sqlite.check_pages(),
            Backend::Postgres(_) => Ok(()),
        });
        self.counted(checking.await.unwrap_or(Err(StoreError::Panicked("check_pages"))))
    }

    /// How often it was found damaged since it was opened.
    pub fn damages(&self) -> u64 {
        self.meter().damages()
    }

    /// Copies the whole database into a file that must not be there yet, as it is at one moment, while others work; answers when the file is
    /// on disk.
    ///
    /// # Errors
    /// Why it can't be copied; what was written of the file is then worth nothing.
    pub async fn copy_into(&self, programs: PostgresPrograms, file: PathBuf) -> Result<(), StoreError> {
        let bytes = match &*self.backend {
            Backend::Sqlite(sqlite) => Some(sqlite.bytes()),
            Backend::Postgres(_) => None,
        };
        self.progress.begin(Part::bytes("database copied", bytes));
        let (growing, mut told) = (file.clone(), 0);
        let grown = move || {
            let bytes = std::fs::metadata(&growing).map_or(0, |file| file.len());
            bytes.saturating_sub(std::mem::replace(&mut told, bytes))
        };
        let progress = self.progress.clone();
        let copy = move |address: &DatabaseAddress, options: &DbOptions| {
            backups::copy(address, options, &programs, &file, &*progress)
        };
        self.apart("copy", copy, grown).await
    }

    /// What is wrong with the database file itself: its pages, its indexes, and rows that others refer to; the first hundred. Nothing is
    /// asked of PostgreSQL, which watches over its own.
    ///
    /// # Errors
    /// The database's.
    pub async fn integrity_faults(&self) -> Result<Vec<String>, StoreError> {
        self.progress.begin(Part::uncounted("looking at the database's pages"));
        self.apart("integrity", backups::integrity_faults, || 0).await
    }

    /// Does something that takes long on a connection of its own. `more` says how much more of it is done.
    async fn apart<T: Send + 'static>(
        &self,
        name: &'static str,
        f: impl FnOnce(&DatabaseAddress, &DbOptions) -> Result<T, StoreError> + Send + 'static,
        more: impl FnMut() -> u64,
    ) -> Result<T, StoreError> {
        let backend = self.backend.clone();
        let done = tokio::task::spawn_blocking(move || match &*backend {
            Backend::Sqlite(sqlite) => sqlite.check_place().and_then(|()| f(&sqlite.address, &sqlite.options)),
            Backend::Postgres(postgres) => f(&postgres.address, &postgres.options),
        });
        self.unless_stopped(name, done, more).await
    }

    /// What a thread answers, unless it is told to stop: then nobody waits for the thread, which nothing ends but its own end or the program's.
    async fn unless_stopped<T>(
        &self,
        name: &'static str,
        mut thread: JoinHandle<Result<T, StoreError>>,
        mut more: impl FnMut() -> u64,
    ) -> Result<T, StoreError> {
        loop {
            match tokio::time::timeout(TELL, &mut thread).await {
                Ok(done) => return done.unwrap_or(Err(StoreError::Panicked(name))),
                Err(_) => self.progress.done(more())?,
            }
        }
    }

    /// Whether the database answers: for readiness.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it doesn't, or this `Db` is closed; [`StoreError::Gone`] of SQLite.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let closed = match &*self.backend {
            Backend::Sqlite(sqlite) => sqlite.writer.is_closed(),
            Backend::Postgres(postgres) => postgres.is_closed(),
        };
        if closed {
            return Err(StoreError::closed());
        }
        if let Backend::Sqlite(sqlite) = &*self.backend {
            sqlite.check_place()?;
        }
        self.read("ping", |tx| {
            on_backend!(tx, |c| diesel::select(1_i32.into_sql::<diesel::sql_types::Integer>()).execute(c))?;
            Ok(())
        })
        .await
    }

    /// How SQLite's writer fares; PostgreSQL has none.
    pub fn writer(&self) -> Option<WriterReport> {
        match &*self.backend {
            Backend::Sqlite(sqlite) => Some(sqlite.writer.report()),
            Backend::Postgres(_) => None,
        }
    }

    /// How many cases and certificates had persons that couldn't be read, since the start.
    pub fn unreadable(&self) -> usize {
        match &*self.backend {
            Backend::Sqlite(sqlite) => sqlite.vault.unreadable(),
            Backend::Postgres(postgres) => postgres.vault.unreadable(),
        }
    }

    /// Accepts no further writes, finishes those that were accepted, and returns when all is on disk. For all clones.
    pub async fn close(&self) {
        match &*self.backend {
            Backend::Sqlite(sqlite) => sqlite.writer.close().await,
            Backend::Postgres(postgres) => postgres.close().await,
        }
    }

    /// Whether this is PostgreSQL; otherwise it is SQLite. For words to the operator, never for rules.
    pub fn is_postgres(&self) -> bool {
        matches!(&*self.backend, Backend::Postgres(_))
    }
}

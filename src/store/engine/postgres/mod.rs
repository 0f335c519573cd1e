//! PostgreSQL: a pool of connections, each request's transaction on a blocking thread.
//!
//! Guarantees: a transaction is run again only when it surely wasn't committed; one whose statement failed is never
//! taken for committed, though the server answers such a COMMIT without an error; callers wait for a connection without
//! holding a thread, and not longer than they may, however often it is tried; changes, long reads and short reads have connections of
//! their own, so that none of them waits for the others.

mod begin;
mod silence;
mod upkeep;

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::r2d2::R2D2Connection;
use rand::RngExt;

use self::silence::{Patience, Silence, Watch};
use super::connection::address::DatabaseAddress;
use super::connection::beginning::{Began, Beginning};
use super::connection::gate::Gate;
use super::connection::meter::{Meter, PlaceReport};
use super::connection::options::DbOptions;
use super::connection::{self, AnyConnection, Manager, Member, Role};
use super::error::{FromStore, StoreError};
use super::migrations;
use super::opening;
use super::tx::{Tx, View, guarded};
use super::vault::Vault;
use crate::domain::base::words::sentence;

/// Runs of one transaction, at most.
const ATTEMPTS: u32 = 6;
/// The longest pause before the second run; it doubles with each further one. A random part of it is taken, so that
/// those who collided don't collide again.
const PAUSE: Duration = Duration::from_millis(10);

type Pooled = r2d2::PooledConnection<Manager>;

pub(in crate::store) struct PostgresDb {
    pool: r2d2::Pool<Manager>,
    /// As many as connections: who holds one finds a connection waiting.
    any: Gate,
    /// Before it, for long reads.
    long_reads: Gate,
    /// Before it, for changes, which may wait for one another. What these two leave is for short reads, and for whoever asks whether
    /// the database answers.
    changes: Gate,
    silence: Arc<Silence>,
    pub(in crate::store) meter: Meter,
    pub(in crate::store) address: DatabaseAddress,
    pub(in crate::store) options: DbOptions,
    pub(in crate::store) vault: Arc<Vault>,
}

/// A time that nobody notices.
const SHORT: Duration = Duration::from_millis(50);

/// How one run of a transaction ended.
enum Run<T, E> {
    Done(Result<T, E>),
    /// Rolled back, and worth another run; the error is for the caller who gets no other.
    Again(E),
}

impl PostgresDb {
    pub(in crate::store) fn open(address: &DatabaseAddress, options: DbOptions) -> Result<Self, StoreError> {
        // One connection without the pool first: its error comes at once and says why.
        let mut connection = connection::connect(address, &options, Role::Migrations)?;
        if let AnyConnection::Postgres(postgres) = &mut connection {
            migrations::alone(postgres, |postgres| opening::look_into_postgres(postgres, address, options.opening))?;
        }
        migrations::run(&mut connection, &options)?;
        let vault = Arc::new(Vault::open(&mut connection, &options.data_keys, options.suite, options.names_faults)?);
        let size = options.pool_size.max(1);
        let pool =
            connection::pool(address, &options, size, |builder| builder.min_idle(Some(1)).test_on_check_out(true));
        let size = size as usize;
        let (long_reads, short_reads) = ((size / 4).max(1), size.div_ceil(8));
        Ok(Self {
            pool,
            any: Gate::new("any", size, usize::MAX),
            long_reads: Gate::new("long_reads", long_reads, usize::MAX),
            changes: Gate::new("changes", size.saturating_sub(long_reads + short_reads), options.queue),
            silence: Arc::default(),
            meter: Meter::default(),
            address: address.clone(),
            options,
            vault,
        })
    }

    /// Reads, and once more where the connection was lost meanwhile.
    pub(in crate::store) async fn read<T, E>(
        &self,
        name: &'static str,
        view: View,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Clone + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: FromStore + Send + 'static,
    {
        let until = Instant::now() + self.options.acquire_timeout;
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.read_by(name, view, until, f.clone()).await {
                Run::Again(_) if attempt < ATTEMPTS && Instant::now() < until => self.pause(name, attempt).await,
                Run::Again(error) => return Err(error),
                Run::Done(outcome) => return outcome,
            }
        }
    }

    /// Reads once, since what was read may have gone out already.
    pub(in crate::store) async fn read_once<T, E>(
        &self,
        name: &'static str,
        view: View,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: FromStore + Send + 'static,
    {
        match self.read_by(name, view, Instant::now() + self.options.acquire_timeout, f).await {
            Run::Done(outcome) => outcome,
            Run::Again(error) => Err(error),
        }
    }

    async fn read_by<T, E>(
        &self,
        name: &'static str,
        view: View,
        until: Instant,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Run<T, E>
    where
        T: Send + 'static,
        E: FromStore + Send + 'static,
    {
        let places = async {
            let long = if view == View::LongSnapshot { Some(self.long_reads.enter(until).await?) } else { None };
            Ok::<_, StoreError>((self.any.enter(until).await?, long))
        };
        let places = match places.await {
            Ok(places) => places,
            Err(error) => return Run::Done(Err(error.into())),
        };
        let begin = match view {
            View::Latest => None,
            View::Snapshot => Some("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned()),
            View::LongSnapshot => Some(format!(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {}",
                self.options.long_statement_timeout.as_millis()
            )),
        };
        let (pool, address, vault) = (self.pool.clone(), self.address.clone(), self.vault.clone());
        let (watch, patience) = (Watch::of(&self.silence), Patience::with(&self.options, view));
        let watched = watch.clone();
        let read = tokio::task::spawn_blocking(move || {
            let run = match checkout(&pool, &address, until) {
                Ok(mut pooled) => {
                    watched.over(&mut pooled.any);
                    read_with(&mut pooled, &vault, name, begin.as_deref(), f)
                }
                Err(error) => Run::Done(Err(error.into())),
            };
            drop(places);
            run
        });
        match watch.answer(read, patience).await {
            Ok(Ok(run)) => run,
            Ok(Err(_)) => Run::Done(Err(StoreError::Panicked(name).into())),
            Err(silent) => Run::Done(Err(silent.into())),
        }
    }

    pub(in crate::store) async fn write<T, E>(
        &self,
        name: &'static str,
        beginning: Beginning,
        mut f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: FromStore + Send + 'static,
    {
        let (until, patience) = (Instant::now() + self.options.acquire_timeout, self.options.acquire_timeout);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let turn = self.changes.enter(until).await?;
            let place = self.any.enter(until).await?;
            let (pool, address, vault) = (self.pool.clone(), self.address.clone(), self.vault.clone());
            let watch = Watch::of(&self.silence);
            let watched = watch.clone();
            let run = tokio::task::spawn_blocking(move || {
                let run = match checkout(&pool, &address, until) {
                    Ok(mut pooled) => {
                        watched.over(&mut pooled.any);
                        let begins = (&beginning, wait(until, patience));
                        write_once(&mut pooled, &vault, name, begins, &watched, &f)
                    }
                    Err(error) => Run::Done(Err(error.into())),
                };
                drop((place, turn));
                (run, f)
            });
            let run = match watch.answer(run, Patience::with(&self.options, View::Latest)).await? {
                Ok((run, again)) => {
                    f = again;
                    run
                }
                Err(_) => return Err(StoreError::Panicked(name).into()),
            };
            match run {
                Run::Done(outcome) => {
                    if outcome.is_ok() {
                        self.meter.committed(1);
                    }
                    return outcome;
                }
                Run::Again(error) if attempt >= ATTEMPTS || Instant::now() >= until => return Err(error),
                Run::Again(_) => self.pause(name, attempt).await,
            }
        }
    }

    async fn pause(&self, name: &'static str, attempt: u32) {
        self.meter.ran_again();
        tracing::debug!(name, attempt, "a transaction is run again");
        tokio::time::sleep(pause(attempt)).await;
    }

    pub(in crate::store) async fn close(&self) {
        self.long_reads.close();
        self.any.finish().await;
    }

    pub(in crate::store) fn is_closed(&self) -> bool {
        self.any.is_closed()
    }

    pub(in crate::store) fn places(&self) -> Vec<PlaceReport> {
        [&self.any, &self.long_reads, &self.changes].map(Gate::report).to_vec()
    }
}

fn pause(attempt: u32) -> Duration {
    let longest = PAUSE * 2_u32.pow(attempt.min(8) - 1);
    longest.mul_f64(rand::rng().random_range(0.5..1.0))
}

fn checkout(pool: &r2d2::Pool<Manager>, address: &DatabaseAddress, until: Instant) -> Result<Pooled, StoreError> {
    // Who holds a place finds a connection; only to make one anew takes time.
    let left = until.saturating_duration_since(Instant::now()).max(SHORT);
    pool.get_timeout(left).map_err(|error| connection::cannot_reach(address, &error.to_string()))
}

/// For how long a change waits for locks: for as long as is left of its time. A connection that isn't told waits for the whole.
fn wait(until: Instant, patience: Duration) -> Option<Duration> {
    let left = until.saturating_duration_since(Instant::now()).max(SHORT);
    (left + SHORT < patience).then_some(left)
}

fn read_with<T, E: FromStore>(
    pooled: &mut Member,
    vault: &Vault,
    name: &'static str,
    begin: Option<&str>,
    f: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Run<T, E> {
    if let (Some(begin), AnyConnection::Postgres(postgres)) = (begin, &mut pooled.any)
        && let Err(error) = begin_with(postgres, begin)
    {
        remember(pooled, false);
        return failed(StoreError::from(error).into());
    }
    let outcome = guarded(name, || f(&mut Tx::reading(&mut pooled.any, vault)));
    let by_database = outcome.as_ref().is_err_and(|error| error.as_store_error().is_some());
    let ended = match (begin.is_some(), by_database) {
        // Where the connection is gone, nothing ends.
        (_, true) => end(&mut pooled.any, "ROLLBACK"),
        (true, false) => end(&mut pooled.any, "COMMIT"),
        (false, false) => Ok(()),
    };
    remember(pooled, outcome.is_ok() && ended.is_ok());
    match (outcome, ended) {
        (Err(_), Err(lost)) if by_database => Run::Again(lost_connection(&lost).into()),
        (outcome, _) => Run::Done(outcome),
    }
}

fn lost_connection(error: &diesel::result::Error) -> StoreError {
    StoreError::Unavailable(format!("the connection to the database was lost: {error}"))
}

fn write_once<T, E: FromStore>(
    pooled: &mut Member,
    vault: &Vault,
    name: &'static str,
    (beginning, wait): (&Beginning, Option<Duration>),
    watch: &Watch,
    f: &impl Fn(&mut Tx<'_>) -> Result<T, E>,
) -> Run<T, E> {
    let began = match begin_change(pooled, beginning, wait) {
        Ok(began) => began,
        Err(error) => {
            remember(pooled, false);
            return failed(error.into());
        }
    };
    let taken = began.number;
    let mut tx = Tx::new(&mut pooled.any, vault).begun_with(began);
    let outcome = guarded(name, || f(&mut tx));
    let unused = tx.unused_number();
    let run = match outcome {
        Ok(value) if watch.commits() => {
            pooled.number = unused;
            commit(&mut pooled.any, value)
        }
        // Nobody waits any more, and whoever did was told that nothing was changed.
        Ok(_) => {
            let _ = end(&mut pooled.any, "ROLLBACK");
            Run::Done(Err(StoreError::Unavailable("it was given up".to_owned()).into()))
        }
        Err(error) => match end(&mut pooled.any, "ROLLBACK") {
            Ok(()) => {
                pooled.number = taken;
                failed(error)
            }
            // Whatever the error says: the connection is gone, and nothing was committed.
            Err(lost) => Run::Again(lost_connection(&lost).into()),
        },
    };
    remember(pooled, matches!(run, Run::Done(Ok(_))));
    run
}

/// Begins a change; where it can't, nothing is begun.
fn begin_change(pooled: &mut Member, beginning: &Beginning, wait: Option<Duration>) -> Result<Began, StoreError> {
    let kept = pooled.number.filter(|unused| unused.fits(beginning.number_of));
    if beginning.number_of.is_some() {
        pooled.number = None;
    }
    let begun = match &mut pooled.any {
        AnyConnection::Postgres(postgres) => begin::begin(postgres, beginning, kept, &mut pooled.takes_numbers, wait),
        AnyConnection::Sqlite(_) => Err(diesel::result::Error::NotInTransaction),
    };
    begun.map_err(|error| {
        // Where the connection is gone, nothing ends.
        let _ = end(&mut pooled.any, "ROLLBACK");
        begin::not_begun(beginning, not_begun(error))
    })
}

fn failed<T, E: FromStore>(error: E) -> Run<T, E> {
    if error.as_store_error().is_some_and(StoreError::is_transient) { Run::Again(error) } else { Run::Done(Err(error)) }
}

/// No transaction that may write: the server is, or has become, one that only repeats what another one does.
fn not_begun(error: diesel::result::Error) -> StoreError {
    match StoreError::from(error) {
        StoreError::Diesel(error) => {
            let said = sentence(&error.to_string());
            StoreError::Unavailable(format!("the database server takes no changes: {said} Is it a standby?"))
        }
        error => error,
    }
}

/// `SELECT 1` in the same message fails when a statement before it failed and the closure went on all the same; the
/// COMMIT alone would then roll back and yet answer without an error.
fn commit<T, E: FromStore>(connection: &mut AnyConnection, value: T) -> Run<T, E> {
    let Err(error) = end(connection, "SELECT 1; COMMIT") else { return Run::Done(Ok(value)) };
    if connection.is_broken() && end(connection, "ROLLBACK").is_err() {
        return Run::Done(Err(StoreError::OutcomeUnknown(error.to_string()).into()));
    }
    failed(StoreError::from(error).into())
}

/// Begins a transaction with statements of our own; diesel counts it.
fn begin_with(postgres: &mut PgConnection, sql: &str) -> Result<(), diesel::result::Error> {
    AnsiTransactionManager::begin_transaction_sql(postgres, sql)
}

/// Ends the transaction; diesel learns from libpq that none is open any more.
fn end(connection: &mut AnyConnection, sql: &str) -> Result<(), diesel::result::Error> {
    connection.batch_execute(sql)
}

fn remember(pooled: &mut Member, well: bool) {
    pooled.answered = well.then(Instant::now);
}

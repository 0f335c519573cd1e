//! PostgreSQL: a pool of connections, each request's transaction on a blocking thread.
//!
//! Guarantees: a transaction is run again only when it surely wasn't committed; one whose statement failed is never
//! taken for committed, though the server answers such a COMMIT without an error; callers wait for a connection without
//! holding a thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::r2d2::R2D2Connection;
use rand::RngExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::address::DatabaseAddress;
use super::connection::options::DbOptions;
use super::connection::{self, AnyConnection, Manager, Member, Role};
use super::error::{FromStore, StoreError};
use super::migrations;
use super::opening;
use super::tx::{Tx, View, guarded};
use super::vault::Vault;

/// Runs of one transaction, at most.
const ATTEMPTS: u32 = 6;
/// The longest pause before the second run; it doubles with each further one. A random part of it is taken, so that
/// those who collided don't collide again.
const PAUSE: Duration = Duration::from_millis(10);

type Pooled = r2d2::PooledConnection<Manager>;

pub(in crate::store) struct PostgresDb {
    pool: r2d2::Pool<Manager>,
    /// As many as connections: who holds one finds a connection waiting.
    places: Arc<Semaphore>,
    /// Fewer: long reads leave connections to the others.
    long_places: Arc<Semaphore>,
    /// Fewer, too: writes that wait for one another leave connections to reads, and to whoever asks whether the database answers.
    write_places: Arc<Semaphore>,
    pub(in crate::store) address: DatabaseAddress,
    pub(in crate::store) options: DbOptions,
    pub(in crate::store) vault: Arc<Vault>,
}

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
        migrations::run(&mut connection, options.migrates)?;
        let vault = Arc::new(Vault::open(&mut connection, &options.data_keys, options.suite)?);
        let size = options.pool_size.max(1);
        let pool =
            connection::pool(address, &options, size, |builder| builder.min_idle(Some(1)).test_on_check_out(true));
        Ok(Self {
            pool,
            places: Arc::new(Semaphore::new(size as usize)),
            long_places: Arc::new(Semaphore::new((size as usize / 2).max(1))),
            write_places: Arc::new(Semaphore::new((size - size.div_ceil(4)).max(1) as usize)),
            address: address.clone(),
            options,
            vault,
        })
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
        let until = Instant::now() + self.options.acquire_timeout;
        let long = if view == View::LongSnapshot { Some(self.place(&self.long_places, until).await?) } else { None };
        let place = self.place(&self.places, until).await?;
        let begin = match view {
            View::Latest => None,
            View::Snapshot => Some("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned()),
            View::LongSnapshot => Some(format!(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {}",
                self.options.long_statement_timeout.as_millis()
            )),
        };
        let (pool, address, vault) = (self.pool.clone(), self.address.clone(), self.vault.clone());
        let read = tokio::task::spawn_blocking(move || {
            let mut pooled = checkout(&pool, &address)?;
            let outcome = read_once(&mut pooled, &vault, name, begin.as_deref(), f);
            drop(pooled);
            drop((place, long));
            outcome
        });
        read.await.unwrap_or_else(|_| Err(StoreError::Panicked(name).into()))
    }

    pub(in crate::store) async fn write<T, E>(
        &self,
        name: &'static str,
        mut f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: FromStore + Send + 'static,
    {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let until = Instant::now() + self.options.acquire_timeout;
            let turn = self.place(&self.write_places, until).await?;
            let place = self.place(&self.places, until).await?;
            let (pool, address, vault) = (self.pool.clone(), self.address.clone(), self.vault.clone());
            let run = tokio::task::spawn_blocking(move || {
                let run = match checkout(&pool, &address) {
                    Ok(mut pooled) => write_once(&mut pooled, &vault, name, &f),
                    Err(error) => Run::Done(Err(error.into())),
                };
                drop((place, turn));
                (run, f)
            });
            let run = match run.await {
                Ok((run, again)) => {
                    f = again;
                    run
                }
                Err(_) => return Err(StoreError::Panicked(name).into()),
            };
            match run {
                Run::Done(outcome) => return outcome,
                Run::Again(error) if attempt >= ATTEMPTS => return Err(error),
                Run::Again(_) => {
                    tracing::debug!(name, attempt, "a transaction is run again");
                    tokio::time::sleep(pause(attempt)).await;
                }
            }
        }
    }

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

    pub(in crate::store) async fn close(&self) {
        self.long_places.close();
        // Who holds a place or came before is served first; an error means that another call closed it already.
        let all = self.places.acquire_many(self.options.pool_size.max(1)).await;
        self.places.close();
        drop(all);
    }

    pub(in crate::store) fn is_closed(&self) -> bool {
        self.places.is_closed()
    }

    async fn place(&self, places: &Arc<Semaphore>, until: Instant) -> Result<OwnedSemaphorePermit, StoreError> {
        match tokio::time::timeout_at(until.into(), places.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) => Err(StoreError::closed()),
            Err(_) => Err(StoreError::Unavailable(
                "all connections to the database are busy; try again later, or give the pool more".to_owned(),
            )),
        }
    }
}

fn pause(attempt: u32) -> Duration {
    let longest = PAUSE * 2_u32.pow(attempt.min(8) - 1);
    longest.mul_f64(rand::rng().random_range(0.5..1.0))
}

fn checkout(pool: &r2d2::Pool<Manager>, address: &DatabaseAddress) -> Result<Pooled, StoreError> {
    pool.get().map_err(|error| connection::cannot_reach(address, &error.to_string()))
}

fn read_once<T, E: From<StoreError>>(
    pooled: &mut Member,
    vault: &Vault,
    name: &'static str,
    begin: Option<&str>,
    f: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    if let (Some(begin), AnyConnection::Postgres(postgres)) = (begin, &mut pooled.any) {
        begin_with(postgres, begin).map_err(StoreError::from)?;
    }
    let outcome = guarded(name, || f(&mut Tx::reading(&mut pooled.any, vault)));
    let ended = if begin.is_some() { end(&mut pooled.any, "COMMIT") } else { Ok(()) };
    remember(pooled, outcome.is_ok() && ended.is_ok());
    outcome
}

fn write_once<T, E: FromStore>(
    pooled: &mut Member,
    vault: &Vault,
    name: &'static str,
    f: &impl Fn(&mut Tx<'_>) -> Result<T, E>,
) -> Run<T, E> {
    let begun = match &mut pooled.any {
        AnyConnection::Postgres(postgres) => begin_with(postgres, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"),
        AnyConnection::Sqlite(_) => Err(diesel::result::Error::NotInTransaction),
    };
    let run = match begun {
        Err(error) => failed(not_begun(error).into()),
        Ok(()) => match guarded(name, || f(&mut Tx::new(&mut pooled.any, vault))) {
            Ok(value) => commit(&mut pooled.any, value),
            Err(error) => match end(&mut pooled.any, "ROLLBACK") {
                Ok(()) => failed(error),
                // Whatever the error says: the connection is gone, and nothing was committed.
                Err(lost) => Run::Again(
                    StoreError::Unavailable(format!("the connection to the database was lost: {lost}")).into(),
                ),
            },
        },
    };
    remember(pooled, matches!(run, Run::Done(Ok(_))));
    run
}

fn failed<T, E: FromStore>(error: E) -> Run<T, E> {
    if error.as_store_error().is_some_and(StoreError::is_transient) { Run::Again(error) } else { Run::Done(Err(error)) }
}

/// No transaction that may write: the server is, or has become, one that only repeats what another one does.
fn not_begun(error: diesel::result::Error) -> StoreError {
    match StoreError::from(error) {
        StoreError::Diesel(error) => {
            StoreError::Unavailable(format!("the database server takes no changes: {error}. Is it a standby?"))
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

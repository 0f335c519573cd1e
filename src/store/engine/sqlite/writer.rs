//! The one writer of SQLite, with group commit.
//!
//! Cast: callers put a [`Job`] each into a bounded queue and wait without holding a thread. The writer's thread takes
//! what waits, up to [`DbOptions::writes_per_commit`], begins an immediate transaction, gives each job a savepoint,
//! commits once, and only then answers everyone. One sync of the disk so serves many requests.
//!
//! Guarantees: no answer before the commit; a job that fails or panics is rolled back alone; if the commit fails, all
//! of the group hear so, refusals too, since they were decided from changes that never came to be; accepted jobs are
//! done even when the queue is closed; nobody waits for longer than they may for the beginning of their job: who has waited in vain is told
//! so, and the job is never done; the thread survives whatever a job does, and a fault of its own: whoever waited then hears
//! that the outcome is unknown.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::result::Error;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use super::open_file::OpenFile;
use super::unwind;
use super::watch::{WriterReport, WriterWatch};
use crate::store::engine::connection::address::DatabaseAddress;
use crate::store::engine::connection::meter::{Meter, PlaceReport};
use crate::store::engine::connection::options::DbOptions;
use crate::store::engine::connection::{self, AnyConnection, Role};
use crate::store::engine::error::{self, FromStore, StoreError};
use crate::store::engine::tx::{Tx, guarded};
use crate::store::engine::vault::Vault;

/// A job that takes longer stands in the log: all others wait for it.
const SLOW: Duration = Duration::from_millis(250);

/// The queue's end for callers.
pub(in crate::store) struct Writer {
    queue: mpsc::Sender<Message>,
    patience: Duration,
    watch: Arc<WriterWatch>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

enum Message {
    Job(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

impl Writer {
    pub(in crate::store) fn start(
        address: &DatabaseAddress,
        options: &DbOptions,
        vault: Arc<Vault>,
        meter: Arc<Meter>,
        file: Arc<OpenFile>,
    ) -> Result<Self, StoreError> {
        let connection = connected(address, options, &file)?;
        let (queue, jobs) = mpsc::channel(options.queue.max(1));
        let watch = Arc::new(WriterWatch::default());
        let (address, options, patience) = (address.clone(), options.clone(), options.acquire_timeout);
        let connection = Some(connection);
        let mut worker = Worker { address, options, vault, meter, watch: watch.clone(), file, connection };
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || worker.run(jobs))
            .map_err(|error| StoreError::Unavailable(format!("the writer's thread can't be started: {error}")))?;
        Ok(Self { queue, patience, watch, thread: Mutex::new(Some(thread)) })
    }

    pub(in crate::store) async fn write<T, E>(
        &self,
        name: &'static str,
        f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: FromStore + Send + 'static,
    {
        let until = Instant::now() + self.patience;
        let (reply, mut answer) = oneshot::channel();
        let too_late = |words: &str| Err(StoreError::Unavailable(words.to_owned()).into());
        let place = match self.queue.try_reserve() {
            Ok(place) => place,
            Err(TrySendError::Closed(())) => return Err(StoreError::closed().into()),
            Err(TrySendError::Full(())) => {
                return too_late("too many changes wait to be written; nothing was changed, try again later");
            }
        };
        let begun = Arc::new(AtomicBool::new(false));
        let work = Work { name, f, begun: begun.clone(), is_ours: false, outcome: None, reply };
        place.send(Message::Job(Box::new(work)));
        let answered = match tokio::time::timeout_at(until.into(), &mut answer).await {
            Ok(answered) => answered,
            Err(_) if !begun.swap(true, Ordering::SeqCst) => {
                return too_late("the change has waited too long for its turn; nothing was changed, try again later");
            }
            Err(_) => answer.await,
        };
        // Nobody else lets go of an accepted job.
        let faulty =
            |_| Err(StoreError::OutcomeUnknown("the writer met with a fault in the program".to_owned()).into());
        answered.unwrap_or_else(faulty)
    }

    /// Who waits for their turn, and whether somebody has it.
    pub(in crate::store) fn places(&self) -> PlaceReport {
        let waiting = self.queue.max_capacity().saturating_sub(self.queue.capacity());
        let used = usize::from(self.report().busy_for.is_some());
        PlaceReport { used_for: "changes", most: 1, used, waiting }
    }

    pub(in crate::store) fn report(&self) -> WriterReport {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        self.watch.report(thread.as_ref().is_some_and(|thread| !thread.is_finished()))
    }

    pub(in crate::store) fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    pub(in crate::store) async fn close(&self) {
        let (reply, done) = oneshot::channel();
        if self.queue.send(Message::Close(reply)).await.is_ok() {
            // An error means that another call closed it at the same time, and the thread is gone.
            let _ = done.await;
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The queue ends with its last sender, so this one is exchanged for the end of another queue.
        self.queue = mpsc::channel(1).0;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

/// A transaction in the queue, whatever it returns.
trait Job: Send {
    fn name(&self) -> &'static str;
    /// Takes it from its caller, who now waits for its end however long that takes; `false` where the caller has given up before.
    fn begin(&mut self) -> bool;
    /// Runs it; whether what it wrote is to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Gives the caller what the last run returned.
    fn answer(self: Box<Self>);
    /// Gives the caller an error instead: nothing of the last run was kept.
    fn fail(self: Box<Self>, error: StoreError);
}

struct Work<T, E, F> {
    name: &'static str,
    f: F,
    /// Whoever sets it has the job: the writer, to do it, or the caller, to give it up.
    begun: Arc<AtomicBool>,
    is_ours: bool,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Work<T, E, F>
where
    T: Send,
    E: FromStore + Send,
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn begin(&mut self) -> bool {
        self.is_ours = self.is_ours || !self.begun.swap(true, Ordering::SeqCst);
        self.is_ours
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let outcome = guarded(self.name, || (self.f)(tx));
        let keep = outcome.is_ok();
        self.outcome = Some(outcome);
        keep
    }

    fn answer(self: Box<Self>) {
        let outcome = self.outcome.unwrap_or_else(|| Err(StoreError::closed().into()));
        // A caller that stopped waiting is no fault.
        let _ = self.reply.send(outcome);
    }

    fn fail(self: Box<Self>, error: StoreError) {
        let _ = self.reply.send(Err(error.into()));
    }
}

/// Why a group wasn't committed.
enum Fault {
    /// The transaction couldn't begin; nobody ran.
    Begin(StoreError),
    /// SQLite ended the whole transaction on its own in the middle (disk full, I/O error): someone's fault, but whose?
    Lost(Error),
    /// The commit was refused.
    Commit(Error),
}

struct Worker {
    address: DatabaseAddress,
    options: DbOptions,
    vault: Arc<Vault>,
    meter: Arc<Meter>,
    watch: Arc<WriterWatch>,
    file: Arc<OpenFile>,
    /// None after a fault that can't be rolled back; made anew for the next group.
    connection: Option<AnyConnection>,
}

impl Worker {
    fn run(&mut self, mut queue: mpsc::Receiver<Message>) {
        let most = self.options.writes_per_commit.max(1); // with 0 the queue would seem to have ended
        let mut messages = Vec::with_capacity(most);
        let mut closing = Vec::new();
        while queue.blocking_recv_many(&mut messages, most) > 0 {
            let mut jobs = Vec::with_capacity(messages.len());
            for message in messages.drain(..) {
                match message {
                    Message::Job(job) => jobs.push(job),
                    Message::Close(reply) => {
                        queue.close();
                        closing.push(reply);
                    }
                }
            }
            if !jobs.is_empty() {
                self.watch.begins();
                let survived = catch_unwind(AssertUnwindSafe(|| self.serve(jobs))).is_ok();
                self.watch.ends(!survived);
                if !survived {
                    self.connection = None;
                    tracing::error!(
                        code = "writer_restarted",
                        "the writer met with a fault in the program, and goes on"
                    );
                }
            }
        }
        self.connection = None;
        for reply in closing {
            let _ = reply.send(());
        }
    }

    fn serve(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        match self.attempt(&mut jobs) {
            Ok(()) => jobs.into_iter().for_each(|job| job.answer()),
            Err(Fault::Lost(_)) if jobs.len() > 1 => {
                // Each alone, so that only the one at fault hears of it.
                for job in jobs {
                    self.serve(vec![job]);
                }
            }
            Err(fault) => {
                let error = fault_for_callers(fault);
                for job in jobs {
                    job.fail(error());
                }
            }
        }
    }

    fn attempt(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<(), Fault> {
        if self.connection.is_none() {
            self.file.forget_log();
        }
        self.file.check().map_err(Fault::Begin)?;
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connected(&self.address, &self.options, &self.file).map_err(Fault::Begin)?,
        };
        let result = attempt(&mut connection, &self.vault, jobs).map(|changes| self.meter.committed(changes));
        if result.is_ok() || unwind(&mut connection, 0).is_ok() {
            self.connection = Some(connection);
        }
        result
    }
}

/// A connection that has read, so that it has all of the database's files open.
fn connected(address: &DatabaseAddress, options: &DbOptions, file: &OpenFile) -> Result<AnyConnection, StoreError> {
    let mut connection = connection::connect(address, options, Role::Writer)?;
    connection.batch_execute("SELECT count(*) FROM sqlite_master")?;
    file.note()?;
    Ok(connection)
}

/// Answers how many were done.
fn attempt(connection: &mut AnyConnection, vault: &Vault, jobs: &mut [Box<dyn Job>]) -> Result<usize, Fault> {
    begin_immediate(connection).map_err(|error| Fault::Begin(cannot_begin(error)))?;
    let (alone, mut done) = (jobs.len() == 1, 0);
    for job in jobs {
        if !job.begin() {
            continue;
        }
        let started = Instant::now();
        if alone {
            // A job on its own needs no savepoint: its rollback is the transaction's.
            if !job.run(&mut Tx::new(connection, vault)) {
                return unwind(connection, 0).map(|_| 0).map_err(Fault::Lost);
            }
            done += 1;
        } else {
            AnyConnection::begin_transaction(connection).map_err(Fault::Lost)?;
            if job.run(&mut Tx::new(connection, vault)) {
                AnyConnection::commit_transaction(connection).map_err(Fault::Lost)?;
                done += 1;
            } else if unwind(connection, 1).map_err(Fault::Lost)? != 1 {
                return Err(Fault::Lost(Error::NotInTransaction));
            }
        }
        if started.elapsed() > SLOW {
            tracing::warn!(name = job.name(), took = ?started.elapsed(), "a slow write kept the others waiting");
        }
    }
    AnyConnection::commit_transaction(connection).map(|()| done).map_err(Fault::Commit)
}

/// Immediate: the write lock is taken now, where SQLite waits for it, instead of in the middle, where it can't.
fn begin_immediate(connection: &mut AnyConnection) -> Result<(), Error> {
    match connection {
        AnyConnection::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE"),
        AnyConnection::Postgres(postgres) => postgres.batch_execute("BEGIN"),
    }
}

fn cannot_begin(error: Error) -> StoreError {
    if error::is_busy(&error) {
        return StoreError::Unavailable(
            "another program holds the write lock of the database file; nothing was changed, try again later"
                .to_owned(),
        );
    }
    StoreError::from(error)
}

/// The error that each caller of a group gets, made as often as needed.
fn fault_for_callers(fault: Fault) -> impl Fn() -> StoreError {
    let (words, unknown) = match fault {
        Fault::Begin(error) => (error.to_string(), false),
        Fault::Lost(error) => (format!("the database gave the change up: {error}"), false),
        // SQLite undoes a commit that fails. But when the disk failed to sync, nobody can tell what reached it; when it
        // was full, the end of the commit did not.
        Fault::Commit(error) => (error.to_string(), !error::is_disk_full(&error)),
    };
    tracing::error!(words, "a group of writes was not committed");
    move || if unknown { StoreError::OutcomeUnknown(words.clone()) } else { StoreError::Unavailable(words.clone()) }
}

#[cfg(test)]
mod tests;

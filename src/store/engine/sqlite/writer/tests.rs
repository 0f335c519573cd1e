//! What the writer does when a job, a commit or the writer itself fails.

use super::*;
use crate::domain::evidence::suite::Suite;
use crate::store::engine::{migrations, sequences};
use chrono::NaiveDate;

type Answer = oneshot::Receiver<Result<u32, StoreError>>;

/// A worker on a new file, and the way to look at it.
fn worker() -> Result<(Worker, tempfile::NamedTempFile), StoreError> {
    let file = tempfile::NamedTempFile::new().map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let (address, options) = (DatabaseAddress::sqlite(file.path()), DbOptions::default());
    migrations::run(&mut connection::connect(&address, &options, Role::Migrations)?, &options)?;
    let vault = Arc::new(Vault::closed(Suite::International));
    let (meter, watch) = (Arc::default(), Arc::default());
    let place = Arc::new(OpenFile::at(file.path()));
    Ok((Worker { address, options, vault, meter, watch, file: place, connection: None }, file))
}

fn job(f: impl Fn(&mut Tx<'_>) -> Result<u32, StoreError> + Send + 'static) -> (Box<dyn Job>, Answer) {
    let (reply, answer) = oneshot::channel();
    (Box::new(Work { name: "test", f, begun: Arc::default(), is_ours: false, outcome: None, reply }), answer)
}

fn count(tx: &mut Tx<'_>) -> Result<u32, StoreError> {
    sequences::next(tx, NaiveDate::default())
}

fn sql(tx: &mut Tx<'_>, sql: &str) -> Result<(), StoreError> {
    Ok(tx.connection().batch_execute(sql)?)
}

#[test]
fn a_rollback_by_sqlite_fails_only_its_job() -> Result<(), StoreError> {
    let (mut worker, _file) = worker()?;
    let (first, mut first_answer) = job(count);
    // What SQLite does by itself when the disk is full.
    let (fault, mut fault_answer) = job(|tx| {
        count(tx)?;
        sql(tx, "ROLLBACK")?;
        Err(StoreError::Corrupt("the disk is full".to_owned()))
    });
    let (last, mut last_answer) = job(count);
    worker.serve(vec![first, fault, last]);
    assert!(matches!(first_answer.try_recv(), Ok(Ok(1))));
    assert!(matches!(fault_answer.try_recv(), Ok(Err(StoreError::Corrupt(_)))));
    assert!(matches!(last_answer.try_recv(), Ok(Ok(2))));
    Ok(())
}

#[test]
fn a_failed_commit_fails_the_group_but_not_the_next_one() -> Result<(), StoreError> {
    let (mut worker, _file) = worker()?;
    let (good, mut good_answer) = job(count);
    let (fault, mut fault_answer) = job(|tx| {
        sql(tx, "CREATE TABLE a (id INTEGER PRIMARY KEY)")?;
        sql(tx, "CREATE TABLE b (a INTEGER REFERENCES a DEFERRABLE INITIALLY DEFERRED)")?;
        sql(tx, "INSERT INTO b VALUES (1)")?;
        Ok(0)
    });
    let (refusal, mut refusal_answer) = job(|_| Err(StoreError::Corrupt("refused".to_owned())));
    worker.serve(vec![good, fault, refusal]);
    for answer in [&mut good_answer, &mut fault_answer, &mut refusal_answer] {
        assert!(matches!(answer.try_recv(), Ok(Err(StoreError::OutcomeUnknown(_)))));
    }
    let (next, mut next_answer) = job(count);
    worker.serve(vec![next]);
    assert!(matches!(next_answer.try_recv(), Ok(Ok(1))), "nothing of the failed group is there");
    Ok(())
}

#[test]
fn a_panic_inside_a_nested_transaction_leaves_the_others_intact() -> Result<(), StoreError> {
    let (mut worker, _file) = worker()?;
    let (first, mut first_answer) = job(count);
    let (fault, mut fault_answer) = job(|tx| {
        AnyConnection::begin_transaction(tx.connection())?;
        count(tx)?;
        panic!("in the middle of a nested transaction")
    });
    let (last, mut last_answer) = job(count);
    worker.serve(vec![first, fault, last]);
    assert!(matches!(first_answer.try_recv(), Ok(Ok(1))));
    assert!(matches!(fault_answer.try_recv(), Ok(Err(StoreError::Panicked("test")))));
    assert!(matches!(last_answer.try_recv(), Ok(Ok(2))));
    Ok(())
}
/// A job whose fault is beyond every guard.
struct Fault;

impl Job for Fault {
    fn begin(&mut self) -> bool {
        true
    }
    fn name(&self) -> &'static str {
        "fault"
    }

    fn run(&mut self, _: &mut Tx<'_>) -> bool {
        panic!("beyond every guard")
    }

    fn answer(self: Box<Self>) {}

    fn fail(self: Box<Self>, _: StoreError) {}
}

#[test]
fn the_writer_goes_on_after_a_fault_of_its_own() -> Result<(), StoreError> {
    let (mut worker, _file) = worker()?;
    worker.options.writes_per_commit = 1;
    let (watch, (queue, jobs)) = (worker.watch.clone(), mpsc::channel(3));
    let ((first, mut first_answer), (next, mut next_answer)) = (job(count), job(count));
    for job in [first, Box::new(Fault) as Box<dyn Job>, next] {
        assert!(queue.try_send(Message::Job(job)).is_ok());
    }
    drop(queue);
    worker.run(jobs);
    assert!(matches!(first_answer.try_recv(), Ok(Ok(1))));
    assert!(matches!(next_answer.try_recv(), Ok(Ok(2))));
    assert_eq!(watch.report(true), WriterReport { alive: true, restarts: 1, busy_for: None });
    Ok(())
}

#[test]
fn a_job_that_was_given_up_is_never_done() -> Result<(), StoreError> {
    let (mut worker, _file) = worker()?;
    let (reply, _answer) = oneshot::channel::<Result<u32, StoreError>>();
    let begun = Arc::new(AtomicBool::new(true));
    let given_up = Box::new(Work { name: "given up", f: count, begun, is_ours: false, outcome: None, reply });
    let (next, mut next_answer) = job(count);
    worker.serve(vec![given_up, next]);
    assert!(matches!(next_answer.try_recv(), Ok(Ok(1))));
    let (alone, mut alone_answer) = job(count);
    worker.serve(vec![alone]);
    assert!(matches!(alone_answer.try_recv(), Ok(Ok(2))));
    Ok(())
}

#[test]
fn nothing_is_written_into_files_that_are_gone() -> Result<(), StoreError> {
    let (mut worker, file) = worker()?;
    let moved = |from: &std::path::Path, to: &std::path::Path| {
        std::fs::rename(from, to).map_err(|error| StoreError::Unavailable(error.to_string()))
    };
    let written = |worker: &mut Worker| {
        let (job, mut answer) = job(count);
        worker.serve(vec![job]);
        answer.try_recv()
    };
    assert!(matches!(written(&mut worker), Ok(Ok(1))));
    for suffix in ["", "-wal"] {
        let mut name = file.path().as_os_str().to_owned();
        name.push(suffix);
        let (name, mut away) = (std::path::PathBuf::from(&name), name);
        away.push("-away");
        moved(&name, away.as_ref())?;
        assert!(matches!(written(&mut worker), Ok(Err(StoreError::Unavailable(_)))), "{}", name.display());
        // Another one in its place isn't it.
        std::fs::write(&name, "").map_err(|error| StoreError::Unavailable(error.to_string()))?;
        assert!(matches!(written(&mut worker), Ok(Err(StoreError::Unavailable(_)))), "{}", name.display());
        moved(away.as_ref(), &name)?;
    }
    assert!(matches!(written(&mut worker), Ok(Ok(2))), "nothing of it was done");
    Ok(())
}

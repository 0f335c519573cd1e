//! A server that answers nothing any more: frozen, or gone without a word. It ends no statement by itself, whatever its time limits say.
//!
//! Cast: a [`Watch`] sees the statements of one run of a transaction from outside of its thread; [`Silence`] is what all of them know of the
//! server.
//!
//! Guarantees: whoever asked gets an answer some seconds after the server should have ended the statement; of a change that is given up
//! before its commit was sent nothing is ever committed. The thread goes on waiting, and keeps its place: so there are never more of them than
//! connections.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::Connection;
use diesel::connection::InstrumentationEvent;
use tokio::task::{JoinError, JoinHandle};

use crate::store::engine::connection::AnyConnection;
use crate::store::engine::connection::options::DbOptions;
use crate::store::engine::error::StoreError;
use crate::store::engine::tx::View;

/// How often it is looked whether a statement is answered.
const LOOK: Duration = Duration::from_millis(250);

/// What is known of the server.
#[derive(Debug, Default)]
pub(super) struct Silence(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    answered: Option<Instant>,
    given_up: Option<Instant>,
}

impl Silence {
    /// Whether a statement was given up, and none was answered since.
    fn lasts(&self) -> bool {
        let known = lock(&self.0);
        known.given_up > known.answered
    }
}

/// For how long a statement may be waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Where others are answered.
    pub(super) usual: Duration,
    /// Where the server is known to be silent.
    pub(super) with_silence: Duration,
}

impl Patience {
    /// Until the server should have ended the statement, and as long again as callers wait for a connection.
    pub(super) fn with(options: &DbOptions, view: View) -> Self {
        let &DbOptions { statement_timeout, long_statement_timeout, acquire_timeout, .. } = options;
        let with_silence = statement_timeout + acquire_timeout;
        match view {
            View::LongSnapshot => Self { usual: long_statement_timeout + acquire_timeout, with_silence },
            View::Latest | View::Snapshot => Self { usual: with_silence, with_silence },
        }
    }
}

/// Watches one run of a transaction.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    server: Arc<Silence>,
    run: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// Since when a statement is on its way; at first the look whether the connection lives.
    waits_since: Option<Instant>,
    fate: Fate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    Commits,
    GivenUp,
}

impl Watch {
    pub(super) fn of(server: &Arc<Silence>) -> Self {
        let run = State { waits_since: Some(Instant::now()), fate: Fate::Open };
        Self { server: server.clone(), run: Arc::new(Mutex::new(run)) }
    }

    /// Watches the statements on a connection from here on.
    pub(super) fn over(&self, connection: &mut AnyConnection) {
        let AnyConnection::Postgres(postgres) = connection else { return };
        lock(&self.run).waits_since = None;
        let Self { server, run } = self.clone();
        postgres.set_instrumentation(move |event: InstrumentationEvent<'_>| match event {
            InstrumentationEvent::StartQuery { .. } => lock(&run).waits_since = Some(Instant::now()),
            InstrumentationEvent::FinishQuery { .. } => {
                lock(&run).waits_since = None;
                lock(&server.0).answered = Some(Instant::now());
            }
            _ => {}
        });
    }

    /// Whether the change may be committed; from here on nobody can say any more that it won't be.
    pub(super) fn commits(&self) -> bool {
        let mut state = lock(&self.run);
        if state.fate == Fate::Open {
            state.fate = Fate::Commits;
        }
        state.fate == Fate::Commits
    }

    /// What the thread answers.
    ///
    /// # Errors
    /// The server was silent for too long: [`StoreError::Unavailable`] where nothing will be changed, [`StoreError::OutcomeUnknown`] during the
    /// commit.
    pub(super) async fn answer<T>(
        &self,
        mut thread: JoinHandle<T>,
        patience: Patience,
    ) -> Result<Result<T, JoinError>, StoreError> {
        loop {
            if let Ok(done) = tokio::time::timeout(LOOK, &mut thread).await {
                return Ok(done);
            }
            if let Some(waited) = self.waited_in_vain(patience) {
                return Err(self.give_up(waited));
            }
        }
    }

    fn waited_in_vain(&self, patience: Patience) -> Option<Duration> {
        let waited = lock(&self.run).waits_since?.elapsed();
        (waited > patience.usual || waited > patience.with_silence && self.server.lasts()).then_some(waited)
    }

    fn give_up(&self, waited: Duration) -> StoreError {
        lock(&self.server.0).given_up = Some(Instant::now());
        let words = format!("the database server has not answered for {} seconds", waited.as_secs());
        let mut state = lock(&self.run);
        match state.fate {
            Fate::Commits => StoreError::OutcomeUnknown(words),
            Fate::Open | Fate::GivenUp => {
                state.fate = Fate::GivenUp;
                StoreError::Unavailable(format!("{words}; nothing was changed"))
            }
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Patience = Patience { usual: Duration::from_millis(1), with_silence: Duration::from_millis(1) };
    const LONG: Patience = Patience { usual: Duration::from_secs(300), with_silence: Duration::from_millis(1) };

    async fn silent() -> Watch {
        let watch = Watch::of(&Arc::default());
        tokio::time::sleep(Duration::from_millis(5)).await;
        watch
    }

    fn never() -> JoinHandle<()> {
        tokio::spawn(std::future::pending())
    }

    #[tokio::test]
    async fn a_change_that_was_given_up_is_not_committed_and_one_that_commits_is_not_known() {
        let watch = silent().await;
        let given_up = watch.answer(never(), SHORT).await;
        assert!(matches!(given_up, Err(StoreError::Unavailable(_))) && !watch.commits());
        let watch = silent().await;
        assert!(watch.commits());
        assert!(matches!(watch.answer(never(), SHORT).await, Err(StoreError::OutcomeUnknown(_))));
    }

    #[tokio::test]
    async fn a_long_statement_is_given_up_with_the_others_and_not_before() {
        let watch = silent().await;
        assert!(watch.waited_in_vain(LONG).is_none(), "others may be answered");
        lock(&watch.server.0).given_up = Some(Instant::now());
        assert!(watch.waited_in_vain(LONG).is_some());
        lock(&watch.server.0).answered = Some(Instant::now());
        assert!(watch.waited_in_vain(LONG).is_none(), "somebody was");
        lock(&watch.run).waits_since = None;
        assert!(watch.waited_in_vain(SHORT).is_none(), "it isn't the server that is waited for");
    }
}

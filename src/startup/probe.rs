//! One question at a time, and an answer within a time: what asks the database for `/readyz`.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A question that may take for ever. However many ask, it is put once at a time, on a thread of its own.
pub(super) struct Probe<A> {
    question: Box<dyn Fn() -> A + Send + Sync>,
    state: Mutex<State<A>>,
    answered: Condvar,
}

struct State<A> {
    asking_since: Option<Instant>,
    /// The last answer, and when it came.
    last: Option<(Instant, A)>,
}

impl<A: Clone + Send + 'static> Probe<A> {
    pub(super) fn new(question: impl Fn() -> A + Send + Sync + 'static) -> Arc<Self> {
        let state = Mutex::new(State { asking_since: None, last: None });
        Arc::new(Self { question: Box::new(question), state, answered: Condvar::new() })
    }

    /// The answer, if one comes within that time.
    ///
    /// # Errors
    /// For how long the question has waited for one.
    pub(super) fn ask(self: &Arc<Self>, patience: Duration) -> Result<A, Duration> {
        let asked = Instant::now();
        let mut state = self.lock();
        loop {
            if let Some((at, answer)) = &state.last
                && *at >= asked
            {
                return Ok(answer.clone());
            }
            let since = state.asking_since.unwrap_or_else(|| self.put(&mut state));
            let Some(left) = patience.checked_sub(asked.elapsed()) else { return Err(since.elapsed()) };
            state = self.answered.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn put(self: &Arc<Self>, state: &mut State<A>) -> Instant {
        let (now, probe) = (Instant::now(), self.clone());
        let asking = move || {
            let asking = Asking(&probe);
            let answer = (probe.question)();
            probe.lock().last = Some((Instant::now(), answer));
            drop(asking);
        };
        let started = std::thread::Builder::new().name("readiness".to_owned()).spawn(asking);
        state.asking_since = started.is_ok().then_some(now);
        now
    }

    fn lock(&self) -> MutexGuard<'_, State<A>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question that was put; after it, also when it panicked, the next one may be.
struct Asking<'a, A>(&'a Probe<A>);

impl<A> Drop for Asking<'_, A> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).asking_since = None;
        self.0.answered.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::mpsc::channel;

    #[test]
    fn a_question_without_an_answer_is_put_once_and_told_how_long_it_waits() {
        let (thaw, frozen) = channel::<()>();
        let (frozen, times) = (Mutex::new(frozen), Arc::new(AtomicU32::new(0)));
        let counted = times.clone();
        let probe = Probe::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = frozen.lock().unwrap_or_else(PoisonError::into_inner).recv();
            7
        });
        let patience = Duration::from_millis(5);
        let first = probe.ask(patience);
        let second = probe.ask(patience);
        assert!(first < second, "{first:?}, {second:?}");
        assert_eq!(times.load(Ordering::SeqCst), 1);
        drop(thaw);
        assert_eq!(probe.ask(Duration::from_secs(60)), Ok(7));
        assert_eq!(probe.ask(Duration::from_secs(60)), Ok(7));
    }
}

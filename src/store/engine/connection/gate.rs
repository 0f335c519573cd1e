//! [`Gate`]: before what only so many may do at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use super::meter::PlaceReport;
use crate::store::engine::error::StoreError;

/// So many places, and a queue before them that has an end, and in which nobody waits for longer than they may.
#[derive(Debug)]
pub(in crate::store) struct Gate {
    used_for: &'static str,
    most: usize,
    most_waiting: usize,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Gate {
    /// One with at least one place; `used_for` names it to operators.
    pub(in crate::store) fn new(used_for: &'static str, most: usize, most_waiting: usize) -> Self {
        let most = most.max(1);
        let places = Arc::new(Semaphore::new(most));
        Self { used_for, most, most_waiting, places, waiting: AtomicUsize::new(0) }
    }

    /// A place, at once or until then.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when too many wait already, when none came free in time, and once it is closed.
    pub(in crate::store) async fn enter(&self, until: Instant) -> Result<OwnedSemaphorePermit, StoreError> {
        match self.places.clone().try_acquire_owned() {
            Ok(place) => return Ok(place),
            Err(TryAcquireError::Closed) => return Err(StoreError::closed()),
            Err(TryAcquireError::NoPermits) => {}
        }
        let waits = Waits::one_more(&self.waiting);
        if waits.with_this > self.most_waiting {
            return Err(StoreError::Unavailable(format!(
                "too many wait for a connection to the database ({}); try again later",
                self.used_for
            )));
        }
        match tokio::time::timeout_at(until.into(), self.places.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) => Err(StoreError::closed()),
            Err(_) => Err(StoreError::Unavailable(format!(
                "all connections to the database are busy ({}); try again later, or give the pool more",
                self.used_for
            ))),
        }
    }

    /// Lets nobody in any more, once all who are in have left and all who came before were served.
    pub(in crate::store) async fn finish(&self) {
        // An error means that another call closed it already.
        let all = self.places.acquire_many(u32::try_from(self.most).unwrap_or(u32::MAX)).await;
        self.places.close();
        drop(all);
    }

    /// Lets nobody in any more.
    pub(in crate::store) fn close(&self) {
        self.places.close();
    }

    pub(in crate::store) fn is_closed(&self) -> bool {
        self.places.is_closed()
    }

    pub(in crate::store) fn report(&self) -> PlaceReport {
        PlaceReport {
            used_for: self.used_for,
            most: self.most,
            used: self.most.saturating_sub(self.places.available_permits()),
            waiting: self.waiting.load(Ordering::Relaxed),
        }
    }
}

/// Somebody who waits, until they do no more.
struct Waits<'a> {
    waiting: &'a AtomicUsize,
    with_this: usize,
}

impl<'a> Waits<'a> {
    fn one_more(waiting: &'a AtomicUsize) -> Self {
        Self { waiting, with_this: waiting.fetch_add(1, Ordering::Relaxed) + 1 }
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

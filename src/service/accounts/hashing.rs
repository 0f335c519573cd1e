//! Where passwords are hashed: in a few slots with memory of their own, behind a short queue.
//!
//! Cast: [`Hashing`] gives a [`Turn`], and computes for whoever has one. A slot is a thread with the [`Memory`] of one hash, which
//! it uses again; there are slots from the first hash on. Turns are those in the slots and those in the queue.
//!
//! Guarantees: memory and processors that hashing takes don't grow with the number of requests. Nobody waits behind more than
//! the queue, and one address has at most half of the turns, so that others find some. Hashing is done neither by the threads
//! that serve requests nor by those that read from the database, and with low priority: a processor that both want serves
//! requests. Work whose caller has gone isn't begun.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::passwords::{Cost, Memory};
use crate::service::base::error::ServiceError;

/// How much less than other threads those that hash may have, as `nice` counts.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// After how many seconds somebody who found no turn comes back.
const COME_BACK_AFTER_SECONDS: i64 = 2;

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// How many hashes at once, how many may wait, and what each takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingLimits {
    /// Hashes that are computed at once; at least 1.
    pub slots: usize,
    /// Sign-ins that wait for a slot.
    pub queue: usize,
    /// What a new hash takes.
    pub cost: Cost,
}

/// Who hashes, who waits for it, and who was sent away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingReport {
    /// Slots and queue.
    pub limits: HashingLimits,
    /// Turns that are taken, in the slots and in the queue.
    pub taken: usize,
    /// Those who found no turn, since the start.
    pub refused: u64,
}

/// The slots; clones share them.
#[derive(Clone)]
pub struct Hashing(Arc<Shared>);

struct Shared {
    limits: HashingLimits,
    turns: Arc<Semaphore>,
    by_address: Mutex<HashMap<String, usize>>,
    refused: AtomicU64,
    jobs: OnceLock<Sender<Job>>,
}

/// A turn in a slot or in the queue, for one hash.
pub struct Turn {
    hashing: Hashing,
    address: Option<String>,
    _permit: OwnedSemaphorePermit,
}

impl Hashing {
    /// Slots within limits.
    pub fn new(limits: HashingLimits) -> Self {
        let limits = HashingLimits { slots: limits.slots.max(1), ..limits };
        Self(Arc::new(Shared {
            limits,
            turns: Arc::new(Semaphore::new(limits.slots + limits.queue)),
            by_address: Mutex::default(),
            refused: AtomicU64::new(0),
            jobs: OnceLock::new(),
        }))
    }

    /// A turn for somebody at an address, if one is free.
    ///
    /// # Errors
    /// [`ServiceError::Busy`].
    pub fn turn_for(&self, address: &str) -> Result<Turn, ServiceError> {
        let busy = || {
            self.0.refused.fetch_add(1, Ordering::Relaxed);
            ServiceError::Busy { retry_after_seconds: COME_BACK_AFTER_SECONDS }
        };
        let share = (self.0.limits.slots + self.0.limits.queue).div_ceil(2);
        let mut by_address = self.0.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if by_address.get(address).is_some_and(|taken| *taken >= share) {
            return Err(busy());
        }
        let Ok(permit) = self.0.turns.clone().try_acquire_owned() else { return Err(busy()) };
        *by_address.entry(address.to_owned()).or_default() += 1;
        Ok(Turn { hashing: self.clone(), address: Some(address.to_owned()), _permit: permit })
    }

    /// How it fares.
    pub fn report(&self) -> HashingReport {
        let HashingLimits { slots, queue, .. } = self.0.limits;
        let taken = (slots + queue).saturating_sub(self.0.turns.available_permits());
        HashingReport { limits: self.0.limits, taken, refused: self.0.refused.load(Ordering::Relaxed) }
    }

    /// A turn for the hall itself, however long that takes.
    ///
    /// # Errors
    /// [`ServiceError::Internal`], which doesn't happen while there are slots.
    pub async fn turn(&self) -> Result<Turn, ServiceError> {
        let permit = self.0.turns.clone().acquire_owned().await;
        let permit = permit.map_err(|error| ServiceError::Internal(error.to_string()))?;
        Ok(Turn { hashing: self.clone(), address: None, _permit: permit })
    }

    fn jobs(&self) -> &Sender<Job> {
        self.0.jobs.get_or_init(|| {
            let (sender, receiver) = channel();
            let receiver = Arc::new(Mutex::new(receiver));
            let HashingLimits { slots, cost, .. } = self.0.limits;
            for number in 1..=slots {
                let receiver = Arc::clone(&receiver);
                let named = std::thread::Builder::new().name(format!("hashing-{number}"));
                if let Err(error) = named.spawn(move || work(&receiver, cost)) {
                    tracing::error!(%error, "a thread that hashes passwords can't be started");
                }
            }
            sender
        })
    }
}

impl Turn {
    /// Computes in a slot. The turn is taken until the work is done, even if the caller stops waiting for it.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] when the work panics or can't be done.
    pub async fn compute<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, ServiceError> {
        let failed = || ServiceError::Internal("a password wasn't hashed".to_owned());
        let (answer, answered) = oneshot::channel();
        let jobs = self.hashing.jobs().clone();
        let job = move |memory: &mut Memory| {
            let _turn = self;
            if !answer.is_closed() {
                let _ = answer.send(work(memory));
            }
        };
        jobs.send(Box::new(job)).map_err(|_| failed())?;
        answered.await.map_err(|_| failed())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(address) = self.address.take() else { return };
        let mut by_address = self.hashing.0.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let left = by_address.get(&address).map_or(0, |taken| taken.saturating_sub(1));
        if left == 0 {
            by_address.remove(&address);
        } else {
            by_address.insert(address, left);
        }
    }
}

/// A slot: until there is nobody left who could send work.
fn work(jobs: &Mutex<Receiver<Job>>, cost: Cost) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(%error, "a thread that hashes passwords keeps the priority of the others");
    }
    let mut memory = Memory::at(cost);
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        if catch_unwind(AssertUnwindSafe(|| job(&mut memory))).is_err() {
            tracing::error!("hashing a password panicked");
        }
    }
}

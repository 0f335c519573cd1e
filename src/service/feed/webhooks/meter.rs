//! What became of attempts since the start of this instance; for metrics.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::domain::feed::webhook::AttemptOutcome;

/// Counts of attempts; clones share them.
#[derive(Debug, Clone, Default)]
pub struct AttemptMeter(Arc<Mutex<Counts>>);

/// By webhook and what became of them.
type Counts = BTreeMap<(Uuid, AttemptOutcome), u64>;

impl AttemptMeter {
    pub(super) fn count(&self, id: Uuid, outcome: AttemptOutcome) {
        *self.lock().entry((id, outcome)).or_default() += 1;
    }

    pub(super) fn forget(&self, id: Uuid) {
        self.lock().retain(|(of, _), _| *of != id);
    }

    /// Counts these, from none of each outcome on, and forgets all others. A count that begins with its first one would be no rise to whoever
    /// reads it now and then.
    pub(super) fn keep_only(&self, ids: &[Uuid]) {
        let mut counts = self.lock();
        counts.retain(|(of, _), _| ids.contains(of));
        for id in ids {
            for outcome in AttemptOutcome::ALL {
                counts.entry((*id, outcome)).or_default();
            }
        }
    }

    /// All of them.
    pub fn counts(&self) -> Vec<((Uuid, AttemptOutcome), u64)> {
        self.lock().iter().map(|(key, count)| (*key, *count)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

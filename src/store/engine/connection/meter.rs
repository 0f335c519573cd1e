//! What is counted of a database's work: for operators, never for rules.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::engine::error::{DAMAGE, ERROR_KINDS, StoreError};

/// How a database has fared since the start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatabaseReport {
    /// Who may do what at once, and who waits for it.
    pub places: Vec<PlaceReport>,
    /// Commits of changes.
    pub commits: u64,
    /// Changes that were committed; on SQLite several share a commit.
    pub changes: u64,
    /// Transactions and reads that were run again, since the database asked for it or its connection was lost.
    pub retries: u64,
    /// Failures that callers heard of, by [`StoreError::kind`].
    pub errors: Vec<(&'static str, u64)>,
    /// How often the database was found damaged.
    pub damages: u64,
}

/// So many may do something at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceReport {
    /// What: `any`, `short_reads`, `long_reads`, `changes`.
    pub used_for: &'static str,
    /// So many at once.
    pub most: usize,
    /// Who does it now.
    pub used: usize,
    /// Who waits for a place.
    pub waiting: usize,
}

/// The counts; each instance of a database has its own.
#[derive(Debug, Default)]
pub(in crate::store) struct Meter {
    commits: AtomicU64,
    changes: AtomicU64,
    retries: AtomicU64,
    errors: [AtomicU64; ERROR_KINDS.len()],
}

impl Meter {
    pub(in crate::store) fn committed(&self, changes: usize) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.changes.fetch_add(changes as u64, Ordering::Relaxed);
    }

    pub(in crate::store) fn ran_again(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(in crate::store) fn failed(&self, error: &StoreError) {
        let kind = error.kind();
        if let Some(counted) = ERROR_KINDS.iter().position(|known| *known == kind) {
            self.errors[counted].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often somebody heard that it is damaged.
    pub(in crate::store) fn damages(&self) -> u64 {
        let of_damage = ERROR_KINDS.iter().zip(&self.errors).filter(|(kind, _)| **kind == DAMAGE);
        of_damage.map(|(_, counter)| counter.load(Ordering::Relaxed)).sum()
    }

    pub(in crate::store) fn report(&self, places: Vec<PlaceReport>) -> DatabaseReport {
        let counted = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        DatabaseReport {
            places,
            commits: counted(&self.commits),
            changes: counted(&self.changes),
            retries: counted(&self.retries),
            errors: ERROR_KINDS.iter().copied().zip(self.errors.iter().map(counted)).collect(),
            damages: self.damages(),
        }
    }
}

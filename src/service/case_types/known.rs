//! The catalog that an instance works with, which grows while it does.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::case_types::catalog::Catalog;

/// A catalog, and what was learned later. What was handed out of it stays, so nobody waits for whoever learns.
#[derive(Default)]
pub(in crate::service) struct KnownEditions {
    catalog: Catalog,
    later: OnceLock<Box<Self>>,
    /// How many editions the database kept when it was last looked through.
    seen: AtomicI64,
}

impl KnownEditions {
    pub(in crate::service) fn new(catalog: Catalog) -> Self {
        Self { catalog, ..Self::default() }
    }

    pub(in crate::service) fn newest(&self) -> &Self {
        let mut newest = self;
        while let Some(later) = newest.later.get() {
            newest = later;
        }
        newest
    }

    pub(in crate::service) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Whether the database was looked through when it kept so many.
    pub(in crate::service) fn has_seen(&self, kept: i64) -> bool {
        self.seen.load(Ordering::Relaxed) == kept
    }

    pub(in crate::service) fn see(&self, kept: i64) {
        self.seen.store(kept, Ordering::Relaxed);
    }

    /// Puts a catalog with more behind this one; if somebody else was quicker, they learned the same.
    pub(in crate::service) fn learn(&self, catalog: Catalog, kept: i64) {
        let later = Self::new(catalog);
        later.see(kept);
        let _ = self.later.set(Box::new(later));
    }
}

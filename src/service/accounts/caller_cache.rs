//! Accounts seen lately, so that not every request asks the database who calls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::caller::Caller;

/// How long an account's state is taken from memory.
const ACCOUNT_FRESH_FOR: Duration = Duration::from_secs(5);
/// Most accounts held in memory.
const MOST_CACHED: usize = 10_000;

/// When an account was last looked up, and who it was; `None`: nobody who may call.
type SeenAccounts = HashMap<String, (Instant, Option<Caller>)>;

/// Accounts seen lately, so that not every request asks the database for them.
#[derive(Clone, Default)]
pub(in crate::service) struct CallerCache(Arc<Mutex<SeenAccounts>>);

impl CallerCache {
    pub(in crate::service) fn get(&self, id: &str) -> Option<Option<Caller>> {
        let cached = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        cached.get(id).filter(|(since, _)| since.elapsed() < ACCOUNT_FRESH_FOR).map(|(_, caller)| caller.clone())
    }

    pub(in crate::service) fn put(&self, id: &str, caller: Option<Caller>) {
        let mut cached = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if cached.len() >= MOST_CACHED {
            cached.clear();
        }
        cached.insert(id.to_owned(), (Instant::now(), caller));
    }

    pub(in crate::service) fn clear(&self) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
    }
}

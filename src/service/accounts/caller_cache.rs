//! A cache of recent callers, so that not every request reads account and session from the database.
//!
//! Guarantees: what is answered was so at most [`FRESH_FOR`] ago, on every instance; what this instance changes itself is forgotten at
//! once. People and systems are told apart, whatever their ids are. Nobody is refused for what is remembered of another session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::caller::Caller;
use super::tokens::{SubjectKind, TokenSubject};

/// How long the state of an account and a session is taken from memory.
pub const FRESH_FOR: TimeDelta = TimeDelta::seconds(5);
/// Most callers held in memory.
const MOST_CACHED: usize = 10_000;

/// Whom a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::service) struct CallerKey {
    pub(in crate::service) kind: SubjectKind,
    pub(in crate::service) id: String,
    pub(in crate::service) session: Option<Uuid>,
}

impl CallerKey {
    pub(in crate::service) fn of(subject: &TokenSubject) -> Self {
        Self { kind: subject.kind, id: subject.id.clone(), session: subject.session }
    }
}

/// When a caller was last looked up, and who it was; `None`: nobody who may call.
type SeenCallers = HashMap<CallerKey, (DateTime<Utc>, Option<Caller>)>;

/// Callers seen lately.
#[derive(Clone, Default)]
pub(in crate::service) struct CallerCache(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    callers: SeenCallers,
    /// How often something was forgotten.
    forgotten: u64,
}

impl CallerCache {
    pub(in crate::service) fn get(&self, key: &CallerKey, now: DateTime<Utc>) -> Option<Option<Caller>> {
        // A clock that was put back makes nothing fresh again.
        let is_fresh = |since: DateTime<Utc>| (TimeDelta::zero()..FRESH_FOR).contains(&(now - since));
        self.lock().callers.get(key).filter(|(since, _)| is_fresh(*since)).map(|(_, caller)| caller.clone())
    }

    /// Asked before a caller is looked up, and given with it: what was forgotten in between isn't remembered as it was.
    pub(in crate::service) fn forgotten(&self) -> u64 {
        self.lock().forgotten
    }

    /// Remembers who a caller was at an instant before it was looked up.
    pub(in crate::service) fn put(&self, key: CallerKey, since: DateTime<Utc>, forgotten: u64, caller: Option<Caller>) {
        let mut seen = self.lock();
        if seen.forgotten != forgotten {
            return;
        }
        if seen.callers.len() >= MOST_CACHED {
            seen.callers.clear();
        }
        seen.callers.insert(key, (since, caller));
    }

    /// Forgets an account with all its sessions, since it was changed.
    pub(in crate::service) fn forget(&self, kind: SubjectKind, id: &str) {
        let mut seen = self.lock();
        seen.forgotten = seen.forgotten.wrapping_add(1);
        seen.callers.retain(|key, _| key.kind != kind || key.id != id);
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_up_before_a_change_is_not_remembered_after_it() {
        let (cache, now) = (CallerCache::default(), Utc::now());
        let key = CallerKey { kind: SubjectKind::User, id: "liu".to_owned(), session: None };
        let before = cache.forgotten();
        cache.forget(SubjectKind::User, "liu");
        cache.put(key.clone(), now, before, None);
        assert!(cache.get(&key, now).is_none());
        cache.put(key.clone(), now, cache.forgotten(), None);
        assert!(cache.get(&key, now).is_some());
    }
}

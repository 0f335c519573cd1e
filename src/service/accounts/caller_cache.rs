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
pub(in crate::service) struct CallerCache(Arc<Mutex<SeenCallers>>);

impl CallerCache {
    pub(in crate::service) fn get(&self, key: &CallerKey, now: DateTime<Utc>) -> Option<Option<Caller>> {
        // A clock that was put back makes nothing fresh again.
        let is_fresh = |since: DateTime<Utc>| (TimeDelta::zero()..FRESH_FOR).contains(&(now - since));
        self.lock().get(key).filter(|(since, _)| is_fresh(*since)).map(|(_, caller)| caller.clone())
    }

    /// Remembers who a caller was at an instant before it was looked up.
    pub(in crate::service) fn put(&self, key: CallerKey, since: DateTime<Utc>, caller: Option<Caller>) {
        let mut cached = self.lock();
        if cached.len() >= MOST_CACHED {
            cached.clear();
        }
        cached.insert(key, (since, caller));
    }

    /// Forgets an account with all its sessions, since it was changed.
    pub(in crate::service) fn forget(&self, kind: SubjectKind, id: &str) {
        self.lock().retain(|key, _| key.kind != kind || key.id != id);
    }

    fn lock(&self) -> MutexGuard<'_, SeenCallers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Who has the check sheet of a case open, so that two clerks who check the same papers know of one another.
//!
//! Cast: `Presence` remembers who looked at which sheet until when; a look (`colleagues`) answers who else is there.
//!
//! It is kept in memory: each instance knows of those whom it answered, a page with script asks all of them in turn, and a restart
//! forgets. Nothing is decided by it: rows are merged, whoever is there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Sheets that are remembered before those are forgotten that nobody has open any more.
const MOST_SHEETS: usize = 1_000;

/// Somebody who has a sheet open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    pub(super) id: String,
    /// Their name.
    pub name: String,
    /// The window where they are, if they said it.
    pub window: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
}

/// Who has which sheet open.
#[derive(Clone, Default)]
pub(in crate::service) struct Presence(Arc<Mutex<HashMap<Uuid, Vec<Present>>>>);

impl Presence {
    /// Notes that somebody is there, at the window where they are now; answers the others, who came first first. Nobody is another one to
    /// themselves, wherever else they are signed in.
    pub(super) fn note(&self, case: Uuid, mut one: Present, now: DateTime<Utc>) -> Vec<Present> {
        let mut sheets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sheets.len() >= MOST_SHEETS {
            sheets.retain(|_, there| there.iter().any(|one| one.until > now));
        }
        let there = sheets.entry(case).or_default();
        there.retain(|other| other.until > now);
        let before = there.iter().position(|other| other.id == one.id).map(|at| there.remove(at));
        one.since = before.map_or(one.since, |before| before.since);
        let others = there.clone();
        there.push(one);
        there.sort_by_key(|one| one.since);
        others
    }

    pub(super) fn forget(&self, case: Uuid, id: &str) {
        let mut sheets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = sheets.get_mut(&case) {
            there.retain(|one| one.id != id);
        }
    }
}

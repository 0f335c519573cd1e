//! Who has the check sheet of a case open, so that two clerks who check the same papers know of one another.
//!
//! Cast: [`Presence`] remembers who looked at which sheet until when; [`Service::others_at_sheet`] is a look, and answers who else is
//! there.
//!
//! It is kept in memory: each instance knows of those whom it answered, a page with script asks all of them in turn, and a restart
//! forgets. Nothing is decided by it: rows are merged, whoever is there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::service::Service;
use crate::service::accounts::caller::Caller;

/// How long a page that goes on asking is taken to be open after it last asked: three of its intervals (console.js).
const ASKING: TimeDelta = TimeDelta::seconds(45);
/// How long one that doesn't, as it has no script: about as long as papers are checked.
const OPENED: TimeDelta = TimeDelta::minutes(10);
/// Sheets that are remembered before those are forgotten that nobody has open any more.
const MOST_SHEETS: usize = 1_000;

/// How somebody looks at a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// They opened it, or sent something from it.
    Opened,
    /// Their page asked by itself what is new.
    Asked,
}

/// Somebody who has a sheet open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    id: String,
    /// Their name.
    pub name: String,
    /// The window where they are, if they said it.
    pub window: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Present {
    /// Whether it is the same person at the same window.
    fn is(&self, other: &Self) -> bool {
        self.id == other.id && self.window == other.window
    }
}

/// Who has which sheet open.
#[derive(Clone, Default)]
pub(in crate::service) struct Presence(Arc<Mutex<HashMap<Uuid, Vec<Present>>>>);

impl Presence {
    /// Notes that somebody is there; answers the others, who came first first.
    fn note(&self, case: Uuid, mut one: Present, now: DateTime<Utc>) -> Vec<Present> {
        let mut sheets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sheets.len() >= MOST_SHEETS {
            sheets.retain(|_, there| there.iter().any(|one| one.until > now));
        }
        let there = sheets.entry(case).or_default();
        there.retain(|other| other.until > now);
        let before = there.iter().position(|other| other.is(&one)).map(|at| there.remove(at));
        one.since = before.map_or(one.since, |before| before.since);
        let others = there.clone();
        there.push(one);
        there.sort_by_key(|one| one.since);
        others
    }

    fn forget(&self, case: Uuid, id: &str) {
        let mut sheets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sheets.entry(case).or_default().retain(|one| one.id != id);
    }
}

impl Service {
    /// Notes that somebody who checks papers has the sheet of a case open at a window; answers who else has.
    pub fn others_at_sheet(&self, caller: &Caller, case: Uuid, window: Option<&str>, look: Look) -> Vec<Present> {
        let (now, actor) = (self.now(), &caller.actor);
        let stays = match look {
            Look::Opened => OPENED,
            Look::Asked => ASKING,
        };
        let (id, name, window) = (actor.id.clone(), actor.name.clone(), window.map(str::to_owned));
        self.presence.note(case, Present { id, name, window, since: now, until: now + stays }, now)
    }

    /// They have done with it.
    pub fn left_sheet(&self, caller: &Caller, case: Uuid) {
        self.presence.forget(case, &caller.actor.id);
    }
}

//! Colleagues at one check sheet: a look at it, which answers who else has it open.

use chrono::TimeDelta;
use uuid::Uuid;

use super::presence::Present;
use crate::service::Service;
use crate::service::accounts::caller::Caller;

/// How long a page that goes on asking is taken to be open after it last asked: three of its intervals (console.js).
const ASKING: TimeDelta = TimeDelta::seconds(45);
/// How long one that doesn't, as it has no script: about as long as papers are checked.
const OPENED: TimeDelta = TimeDelta::minutes(10);

/// How somebody looks at a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// They opened it, or sent something from it.
    Opened,
    /// Their page asked by itself what is new.
    Asked,
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

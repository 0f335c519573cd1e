//! The event log as process mining reads it: cases, and the actions taken on each.
//!
//! Cast: a [`LoggedCase`] is a trace, a [`LoggedAction`] an event of it. One action of the hall may be recorded as several
//! [events](crate::domain::cases::event::Event); [`actions`] makes one of them again.
//!
//! Guarantee: what isn't here can't be exported. Neither type has room for a name, a number of a person, a remark or a
//! reason: who acted is an account's id, and what was done is a code of the workflow.

use chrono::{DateTime, Utc};

use crate::domain::case_types::pinned::Pinned;

/// A case and what was done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedCase {
    /// Its acceptance number.
    pub acceptance_number: String,
    /// Its case type, in the edition it was opened with.
    pub case_type: Pinned,
    /// Its workflow, in the edition it was opened with.
    pub workflow: Pinned,
    /// Code of the outlet that it is at now.
    pub outlet: String,
    /// What was done, in order; the first opened it.
    pub actions: Vec<LoggedAction>,
}

/// An action that was taken on a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedAction {
    /// Its code: `open`, an action of the workflow, or what the hall does besides, such as `announce`.
    pub action: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Account id of who did it.
    pub actor_id: String,
    /// Where it moved the case; none: the case stayed in its state.
    pub movement: Option<Movement>,
}

/// The way of a case from state to state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The state it left; none where it was opened.
    pub from: Option<String>,
    /// The state it came into.
    pub to: String,
}

/// The actions of a case that is in `state` now, from all its events in order, each with the state change that it is.
///
/// Neighbours with the same instant, account and action were recorded by one action, as far as that moves the case at most
/// once. The opening gets the first state: what the first movement left, or where the case still is.
pub fn actions(events: impl IntoIterator<Item = LoggedAction>, state: &str) -> Vec<LoggedAction> {
    let mut actions: Vec<LoggedAction> = Vec::new();
    for event in events {
        match actions.last_mut() {
            Some(last) if is_one(last, &event) => last.movement = last.movement.take().or(event.movement),
            _ => actions.push(event),
        }
    }
    let first_state = actions.iter().find_map(|action| action.movement.as_ref()?.from.clone());
    if let Some(opening) = actions.first_mut()
        && opening.movement.is_none()
    {
        opening.movement = Some(Movement { from: None, to: first_state.unwrap_or_else(|| state.to_owned()) });
    }
    actions
}

fn is_one(action: &LoggedAction, event: &LoggedAction) -> bool {
    let same = (action.at, &action.actor_id, &action.action) == (event.at, &event.actor_id, &event.action);
    same && (action.movement.is_none() || event.movement.is_none())
}

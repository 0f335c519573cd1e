//! Assignment of cases: claim, release, assign.
//!
//! Cast: an [`Assignment`] is what is asked, [`decide`] answers with the event, with nothing where it is so already, or with
//! why not. Assigning a case does not lock it: the applicant stands at a window, and the clerk there must
//! be able to continue. The assignee answers for the case.
//!
//! Guarantees: of two people who claim a case at once one gets it; only a supervisor takes a case from its assignee, with a
//! reason; a repeated request changes nothing.

use super::case::Case;
use super::event::{Assignee, Event};
use super::refusal::Refusal;
use crate::domain::accounts::actor::Actor;
use crate::domain::accounts::role::Role;
use crate::domain::base::form::{Form, REMARK_CHARACTERS};
use crate::domain::base::vocabulary::vocabulary;

/// Roles to which cases can be assigned.
pub const WORKERS: &[Role] = &[Role::Clerk, Role::Producer, Role::Supervisor];

/// Roles that give out what is nobody's, and take a case from its assignee.
pub const GIVERS: &[Role] = &[Role::Supervisor];

/// A requested assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignment {
    /// The caller takes it.
    Claim,
    /// The case becomes unassigned.
    Release,
    /// The case is assigned to this person.
    Assign(Assignee),
}

vocabulary! {
    /// An assignment action.
    pub enum AssignmentAction {
        /// Take it.
        Claim = "claim", "认领", "Claim";
        /// Give it back.
        Release = "release", "退回待认领", "Release";
        /// Give it to somebody.
        Assign = "assign", "指派", "Assign";
    }
}

impl Assignment {
    /// Which way it is.
    pub fn action(&self) -> AssignmentAction {
        match self {
            Self::Claim => AssignmentAction::Claim,
            Self::Release => AssignmentAction::Release,
            Self::Assign(_) => AssignmentAction::Assign,
        }
    }
}

/// Whether an action takes work from somebody who isn't the actor, so that it needs a reason.
pub fn takes_from_somebody(case: &Case, actor: &Actor) -> bool {
    case.assignee.as_ref().is_some_and(|assignee| assignee.id != actor.id)
}

/// What stands in the way of an action, whatever its data.
pub fn blockers(case: &Case, action: AssignmentAction, actor: &Actor) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> = Refusal::unless_role(actor, WORKERS).into_iter().collect();
    if case.closed_at.is_some() {
        refusals.insert(0, Refusal::CaseClosed);
        return refusals;
    }
    let Some(other) = case.assignee.as_ref().filter(|_| takes_from_somebody(case, actor)) else {
        // One's own case may be handed on; nobody's is given out by supervisors.
        if action == AssignmentAction::Assign && case.assignee.is_none() {
            refusals.extend(Refusal::unless_role(actor, GIVERS));
        }
        return refusals;
    };
    let is_giver = actor.has_any(GIVERS);
    if action == AssignmentAction::Claim || !is_giver {
        refusals.push(Refusal::AssignedToAnother { name: other.name.clone() });
    }
    refusals
}

/// An assignment action as it is offered to a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentOffer {
    /// Which way.
    pub action: AssignmentAction,
    /// Data it needs.
    pub requires: Vec<&'static str>,
    /// Why it can't be done; empty: it can.
    pub blocked_by: Vec<Refusal>,
}

/// Every assignment action, with its blockers.
pub fn offers(case: &Case, actor: &Actor) -> Vec<AssignmentOffer> {
    let offer = |action: AssignmentAction| {
        let mut requires = Vec::new();
        if action == AssignmentAction::Assign {
            requires.push("assignee");
        }
        if action != AssignmentAction::Claim && takes_from_somebody(case, actor) {
            requires.push("reason");
        }
        AssignmentOffer { action, requires, blocked_by: blockers(case, action, actor) }
    };
    AssignmentAction::ALL.into_iter().map(offer).collect()
}

/// The event of the request; none if nothing changes.
///
/// # Errors
/// Why not, with the faults of the reason.
pub fn decide(
    case: &Case,
    assignment: &Assignment,
    reason: Option<&str>,
    actor: &Actor,
) -> Result<Option<Event>, Vec<Refusal>> {
    let after = match assignment {
        Assignment::Claim => Some(Assignee { id: actor.id.clone(), name: actor.name.clone() }),
        Assignment::Release => None,
        Assignment::Assign(assignee) => Some(assignee.clone()),
    };
    let mut refusals = blockers(case, assignment.action(), actor);
    let id = |assignee: &Option<Assignee>| assignee.as_ref().map(|assignee| assignee.id.clone());
    let is_so = id(&case.assignee) == id(&after);
    // What is so already needs no right to take it from anybody.
    refusals.retain(|refusal| !(is_so && matches!(refusal, Refusal::AssignedToAnother { .. })));
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let mut form = Form::default();
    let given = reason.and_then(|text| form.text("/reason", text, REMARK_CHARACTERS));
    if reason.is_none() && !is_so && takes_from_somebody(case, actor) {
        let (zh, en) = ("须说明改派理由", "a reason is required: the case is taken from its assignee");
        form.fault("/reason", "missing_field", zh, en);
    }
    if !form.0.is_empty() {
        return Err(vec![Refusal::InvalidInput { faults: form.0 }]);
    }
    if is_so {
        return Ok(None);
    }
    Ok(Some(Event::Assigned { before: case.assignee.clone(), after, reason: given }))
}

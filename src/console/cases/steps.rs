//! How far a case is: the main line of its workflow with when each state was reached, and the one next step.

use chrono::{DateTime, Utc};

use crate::console::page::visitor::Visitor;
use crate::domain::base::recorded::Recorded;
use crate::domain::case_types::codes::{InputPart, Queue};
use crate::domain::case_types::workflow::{OPENING, State, Workflow};
use crate::domain::cases::actions::Offer;
use crate::domain::cases::event::Event;
use crate::service::cases::details::CaseDetails;

/// A state of the main line.
pub(super) struct Step {
    pub(super) name: String,
    pub(super) class: &'static str,
    pub(super) at: String,
}

/// What is to be done next, as a link.
pub(super) struct NextStep {
    pub(super) name: String,
    pub(super) address: String,
}

/// The main line: the states of the file up to the first in which a case ends, but for those in which it waits for corrections.
fn main_line(workflow: &Workflow) -> Vec<&State> {
    let end = workflow.states.iter().position(|state| state.is_final).map_or(workflow.states.len(), |at| at + 1);
    workflow.states.iter().take(end).filter(|state| state.queue != Some(Queue::WaitingForCorrection)).collect()
}

/// When a state was reached last.
fn reached(workflow: &Workflow, state: &State, events: &[Recorded<Event>]) -> Option<DateTime<Utc>> {
    let leads_there = |recorded: &&Recorded<Event>| match workflow.action(&recorded.action) {
        Some(action) => action.to.as_ref() == Some(&state.code),
        None => recorded.action == OPENING && workflow.initial == state.code,
    };
    events.iter().rev().find(leads_there).map(|recorded| recorded.at)
}

/// The main line with where the case is.
pub(super) fn steps(visitor: &Visitor, details: &CaseDetails<'_>, events: &[Recorded<Event>]) -> Vec<Step> {
    let (messages, dates, workflow) = (visitor.messages, visitor.dates(), details.definition.workflow);
    let line = main_line(workflow);
    let here = line.iter().position(|state| state.code == details.case.state);
    let at = |state: &State| reached(workflow, state, events);
    // Aside of the main line the case is as far as it came.
    let furthest = here.or_else(|| line.iter().rposition(|state| at(state).is_some())).unwrap_or(0);
    let step = |(index, state): (usize, &&State)| Step {
        name: messages.of(&state.words).to_owned(),
        class: match index {
            _ if index < furthest => "done",
            _ if index == furthest => "now",
            _ => "",
        },
        at: at(state).filter(|_| index <= furthest).map(|at| dates.moment(at)).unwrap_or_default(),
    };
    line.iter().enumerate().map(step).collect()
}

/// The one next step of whoever looks; none where they can't take one.
pub(super) fn next_step(visitor: &Visitor, details: &CaseDetails<'_>) -> Option<NextStep> {
    let (messages, case, workflow) = (visitor.messages, details.case, details.definition.workflow);
    let page = |key: &str, page: &str| NextStep {
        name: messages.t(key).to_owned(),
        address: format!("/console/cases/{}/{page}", case.acceptance_number),
    };
    let by_action = |offer: &Offer<'_>| NextStep {
        name: messages.of(&offer.action.words).to_owned(),
        address: format!("/console/cases/{}/actions/{}", case.acceptance_number, offer.action.code),
    };
    let possible = || details.offers.iter().filter(|offer| offer.blocked_by.is_empty());
    let with = |part: InputPart| possible().find(|offer| offer.requires.contains(&part));
    let queue = workflow.state(&case.state).and_then(|state| state.queue);
    let line = main_line(workflow);
    let place = |code: &String| line.iter().position(|state| state.code == *code);
    match queue {
        Some(Queue::ToCheck) if with(InputPart::Materials).is_some() => Some(page("next.check", "materials")),
        Some(Queue::ToHandOver) => match with(InputPart::Payment) {
            Some(_) => Some(page("next.pay", "payment")),
            None => {
                Some(page("next.hand_over", "handover")).filter(|_| possible().any(|offer| offer.action.to.is_some()))
            }
        },
        _ => {
            let forward = |offer: &&Offer<'_>| {
                let to = offer.action.to.as_ref().and_then(place);
                to.is_some_and(|to| place(&case.state).is_none_or(|here| to > here))
            };
            possible().find(forward).map(by_action)
        }
    }
}

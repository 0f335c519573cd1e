//! How far a case is: the main line of its workflow with when each state was reached, and the one next step.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::counter::hand_over_lines::title;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::role::Role;
use crate::domain::base::recorded::Recorded;
use crate::domain::case_types::codes::{Effect, InputPart, Queue};
use crate::domain::case_types::workflow::{Action, State, Workflow};
use crate::domain::cases::actions::{Offer, confirms_verdict, follows_from_verdict, records_checks};
use crate::domain::cases::case::Case;
use crate::domain::cases::custody;
use crate::domain::cases::event::Event;
use crate::domain::cases::refusal::{Refusal, RefusalKind};
use crate::service::cases::details::CaseDetails;

/// A state of the main line.
pub(super) struct Step {
    pub(super) name: String,
    pub(super) class: &'static str,
    pub(super) at: String,
}

/// What is to be done next, as a link.
pub(in crate::console) struct NextStep {
    pub(in crate::console) name: String,
    pub(in crate::console) address: String,
}

/// The main line: the states of the file up to the first in which a case ends, but for those in which it waits for corrections.
fn main_line(workflow: &Workflow) -> Vec<&State> {
    let end = workflow.states.iter().position(|state| state.is_final).map_or(workflow.states.len(), |at| at + 1);
    workflow.states.iter().take(end).filter(|state| state.queue != Some(Queue::WaitingForCorrection)).collect()
}

/// A state aside of the main line, in which the case was or is.
struct Aside<'a> {
    state: &'a State,
    /// The place on the main line that it left for it.
    behind: usize,
    since: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
}

/// The way of a case so far.
struct Way<'a> {
    line: Vec<&'a State>,
    /// When it first came to each place of the line; of what it fell behind of, nothing.
    reached: Vec<Option<DateTime<Utc>>>,
    asides: Vec<Aside<'a>>,
    /// The place on the line where it is, or that it left.
    here: usize,
    /// Since when it is where it is.
    since: DateTime<Utc>,
}

impl<'a> Way<'a> {
    fn of(workflow: &'a Workflow, case: &Case, events: &[Recorded<Event>]) -> Self {
        let line = main_line(workflow);
        let mut way =
            Self { reached: vec![None; line.len()], line, asides: Vec::new(), here: 0, since: case.opened_at };
        way.came(workflow, &workflow.initial, case.opened_at);
        for recorded in events {
            if let Event::StateChanged { to, .. } = &recorded.event {
                way.came(workflow, to, recorded.at);
            }
        }
        way
    }

    fn came(&mut self, workflow: &'a Workflow, to: &str, at: DateTime<Utc>) {
        self.since = at;
        self.asides.iter_mut().filter(|aside| aside.until.is_none()).for_each(|aside| aside.until = Some(at));
        match (self.line.iter().position(|state| state.code == to), workflow.state(to)) {
            (Some(place), _) => {
                self.here = place;
                self.reached.iter_mut().skip(place).take(1).for_each(|first| *first = first.or(Some(at)));
                self.reached.iter_mut().skip(place + 1).for_each(|later| *later = None);
                self.asides.retain(|aside| aside.behind <= place);
            }
            (None, Some(state)) => {
                self.asides.retain(|aside| aside.state.code != state.code);
                self.asides.push(Aside { state, behind: self.here, since: at, until: None });
            }
            (None, None) => {}
        }
    }
}

/// The main line with where the case is; what it went through aside of it, such as a correction, has a step of its own.
pub(super) fn steps(visitor: &Visitor, details: &CaseDetails<'_>, events: &[Recorded<Event>]) -> Vec<Step> {
    let (messages, dates, workflow) = (visitor.messages, visitor.dates(), details.definition.workflow);
    let way = Way::of(workflow, details.case, events);
    // Where a case ended nobody goes on.
    let here = if details.case.closed_at.is_some() { "end" } else { "now" };
    let name = |state: &State| messages.of(&state.words).to_owned();
    let aside = |aside: &Aside<'_>| Step {
        name: name(aside.state),
        class: if aside.until.is_none() { here } else { "done" },
        at: match aside.until {
            None => dates.cell(aside.since),
            Some(until) => dates.span(aside.since, until),
        },
    };
    let is_aside = way.asides.iter().any(|aside| aside.until.is_none());
    let mut steps = Vec::new();
    for (place, (state, reached)) in way.line.iter().zip(&way.reached).enumerate() {
        // A case that ended aside of the line goes no further on it.
        if place > way.here && is_aside && details.case.closed_at.is_some() {
            break;
        }
        let mut asides = way.asides.iter().filter(|aside| aside.behind == place).map(aside).peekable();
        // Where the case came back to, it is again, behind what it was corrected by.
        let is_back = place == way.here && !is_aside && asides.peek().is_some();
        steps.push(Step {
            name: name(state),
            class: match place.cmp(&way.here) {
                Ordering::Equal if !is_aside && !is_back => here,
                Ordering::Less | Ordering::Equal => "done",
                Ordering::Greater => "",
            },
            at: reached.map(|at| dates.cell(at)).unwrap_or_default(),
        });
        steps.extend(asides);
        steps.extend(is_back.then(|| Step { name: name(state), class: here, at: dates.cell(way.since) }));
    }
    steps
}

/// Whether nothing but what the case lacks stands in the way of an action: neither its state nor the reader's role.
pub(super) fn is_of_this_state(offer: &Offer<'_>) -> bool {
    let is_far =
        |it: &Refusal| matches!(it.kind(), RefusalKind::NotPermitted) || matches!(it, Refusal::WrongState { .. });
    !offer.blocked_by.iter().any(is_far)
}

/// The order in which people ask why an action can't be taken: first those of this state, whoever takes them, then how far on the main
/// line they lead, last what leads nowhere on it.
pub(super) fn nearness(details: &CaseDetails<'_>, offer: &Offer<'_>) -> (bool, usize) {
    let line = main_line(details.definition.workflow);
    let place = |code: &String| line.iter().position(|state| state.code == *code);
    let here = place(&details.case.state).unwrap_or_default();
    // Back on the line leads what is made anew, and onto it what was corrected.
    let leads_on = |to: &usize| *to > here && offer.action.from.iter().filter_map(place).any(|from| from < *to);
    let ahead = offer.action.to.as_ref().and_then(place).filter(leads_on);
    let is_of_another = offer.blocked_by.iter().any(|it| matches!(it, Refusal::WrongState { .. }));
    (is_of_another || ahead.is_none() && !is_of_this_state(offer), ahead.unwrap_or(usize::MAX))
}

/// Who takes the next step of a case in a state: the roles of the first action that leads on from there; none where the applicant does.
pub(in crate::console) fn roles_of_next<'a>(workflow: &'a Workflow, state: &str) -> &'a [Role] {
    let line = main_line(workflow);
    let place = |code: &str| line.iter().position(|known| known.code == code);
    let leads_on = |action: &&Action| {
        let is_from_here = action.from.iter().any(|from| from == state);
        is_from_here && action.to.as_deref().and_then(place) > place(state)
    };
    place(state).and_then(|_| workflow.actions.iter().find(leads_on)).map_or(&[][..], |action| action.roles.as_slice())
}

/// The first action that leads on from where a case is, whoever takes it.
fn leading<'a>(details: &'a CaseDetails<'_>) -> Option<&'a Offer<'a>> {
    let (state, line) = (&details.case.state, main_line(details.definition.workflow));
    let place = |code: &String| line.iter().position(|known| known.code == *code);
    let mut from_here = details.offers.iter().filter(|offer| offer.action.from.contains(state));
    from_here.find(|offer| offer.action.to.as_ref().and_then(place) > place(state))
}

/// Whether nothing but the reader's role stands in the way of an action.
fn is_anothers(offer: &Offer<'_>) -> bool {
    offer.blocked_by.iter().all(|refusal| matches!(refusal, Refusal::RoleMissing { .. }))
}

/// What is to be done about the papers before the case goes on: the notice of what they lack, by whoever may give it; else the check, where
/// they stand in the way.
fn papers_first<'a>(details: &'a CaseDetails<'_>) -> Option<&'a Offer<'a>> {
    let notifies = |offer: &&Offer<'_>| offer.action.effects.contains(&Effect::GiveNotice) && is_anothers(offer);
    let is_held_up = || {
        let next = leading(details).filter(|offer| !offer.action.accepts_papers());
        let is_of_papers = |refusal: &Refusal| matches!(refusal, Refusal::MaterialsIncomplete { .. });
        next.is_some_and(|offer| offer.blocked_by.iter().any(is_of_papers))
    };
    let checks = |offer: &&Offer<'_>| records_checks(offer.action) && is_anothers(offer);
    let notice = details.offers.iter().find(notifies);
    notice.or_else(|| details.offers.iter().find(checks).filter(|_| is_held_up()))
}

/// Whom the case waits for, where whoever looks has no next step.
pub(super) fn waits_for(visitor: &Visitor, details: &CaseDetails<'_>) -> String {
    let (messages, case, workflow) = (visitor.messages, details.case, details.definition.workflow);
    if case.closed_at.is_some() {
        return messages.t("case.nothing_more").to_owned();
    }
    if workflow.state(&case.state).and_then(|state| state.queue) == Some(Queue::WaitingForCorrection) {
        return messages.t("case.waits_for_applicant").to_owned();
    }
    let waits = papers_first(details).or_else(|| leading(details)).and_then(|offer| {
        let roles = offer.blocked_by.iter().find_map(|refusal| match refusal {
            Refusal::RoleMissing { roles } => Some(roles.iter().map(|role| messages.of(&role.words()).to_lowercase())),
            _ => None,
        })?;
        let (role, action) = (roles.collect::<Vec<_>>().join(messages.t("list.or")), messages.of(&offer.action.words));
        Some(messages.with("case.waits_for", &[("role", &role), ("action", &action)]))
    });
    waits.unwrap_or_else(|| messages.t("case.nothing_next").to_owned())
}

/// The one next step of whoever looks; none where they can't take one.
pub(in crate::console) fn next_step(visitor: &Visitor, details: &CaseDetails<'_>) -> Option<NextStep> {
    let (messages, case, workflow) = (visitor.messages, details.case, details.definition.workflow);
    let page = |name: String, page: &str| NextStep {
        name,
        address: format!("/console/cases/{}/{page}", case.acceptance_number),
    };
    let named = |key: &str| messages.t(key).to_owned();
    let by_action = |offer: &Offer<'_>| NextStep {
        name: messages.of(&offer.action.words).to_owned(),
        address: format!("/console/cases/{}/actions/{}", case.acceptance_number, offer.action.code),
    };
    let possible = || details.offers.iter().filter(|offer| offer.blocked_by.is_empty());
    let with = |part: InputPart| possible().find(|offer| offer.requires.contains(&part));
    let queue = workflow.state(&case.state).and_then(|state| state.queue);
    let line = main_line(workflow);
    let place = |code: &String| line.iter().position(|state| state.code == *code);
    if queue == Some(Queue::ToCheck) && with(InputPart::Materials).is_some() {
        // What isn't confirmed on the sheet is done on its own page, so that the way doesn't lead in a circle.
        let accepts = confirming(details).filter(|offer| own_page(details, offer).is_some());
        return accepts.map(by_action).or_else(|| Some(page(named("next.check"), "materials")));
    }
    // What turned out to be lacking comes before everything that it would hold up.
    if let Some(first) = papers_first(details) {
        let is_check = records_checks(first.action);
        let step = || if is_check { page(named("next.check"), "materials") } else { by_action(first) };
        return first.blocked_by.is_empty().then(step);
    }
    if queue == Some(Queue::ToHandOver) {
        if with(InputPart::Payment).is_some() {
            return Some(page(named("next.pay"), "payment"));
        }
        let name = title(messages, details, &custody::handing_over::steps(workflow, case));
        return Some(page(name, "handover")).filter(|_| possible().any(|offer| offer.action.to.is_some()));
    }
    let forward = |offer: &&Offer<'_>| {
        let to = offer.action.to.as_ref().and_then(place);
        to.is_some_and(|to| place(&case.state).is_none_or(|here| to > here))
    };
    possible().find(forward).map(by_action)
}

/// The action that the verdict comes to, where it can be taken: one that Enter confirms, else an acceptance that does more, whose own page
/// Enter opens. A verdict of papers that nobody looked at since they were brought once more isn't one: Enter on a page that was only
/// opened would give the same notice again.
pub(super) fn confirming<'a>(details: &'a CaseDetails<'_>) -> Option<&'a Offer<'a>> {
    let is_looked_at = details.case.checked_in_this_state();
    let possible = || details.offers.iter().filter(move |offer| is_looked_at && offer.blocked_by.is_empty());
    let confirmed = possible().find(|offer| confirms_verdict(offer.action));
    confirmed.or_else(|| possible().find(|offer| follows_from_verdict(offer.action)))
}

/// Where it goes on with an action that is confirmed on a page of its own.
pub(super) fn own_page(details: &CaseDetails<'_>, offer: &Offer<'_>) -> Option<String> {
    let page = || format!("/console/cases/{}/actions/{}", details.case.acceptance_number, offer.action.code);
    (!confirms_verdict(offer.action)).then(page)
}

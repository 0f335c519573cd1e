//! What a decision does to the deadline: extends it, stops it, lets it run again, settles it.

use chrono::NaiveDate;

use crate::domain::base::recorded::Recorded;
use crate::domain::calendar::deadline::PauseCause;
use crate::domain::case_types::workflow::Action;
use crate::domain::cases::case::{Case, evolve};
use crate::domain::cases::context::Context;
use crate::domain::cases::deadlines::dates;
use crate::domain::cases::decide::Decision;
use crate::domain::cases::event::Event;

impl Decision<'_> {
    pub(in crate::domain) fn extension(&self, after: NaiveDate) -> Option<Event> {
        let Self { definition, case, context } = *self;
        let (reckoning, now) = (context.reckoning(), context.now);
        let before = dates::dates(definition, case, reckoning, now)?.limit.date;
        let working_days = dates::extension_to(definition, case, reckoning, now, after)?;
        let extended = Case { extended_by: case.extended_by.saturating_add(working_days), ..case.clone() };
        let provisional = dates::dates(definition, &extended, reckoning, now)?.limit.provisional;
        Some(Event::LimitExtended { before, after, working_days, provisional })
    }

    /// What the action reached stands from now on.
    pub(in crate::domain) fn settlement(&self, events: &[Event]) -> Option<Event> {
        let reaches =
            |event: &Event| matches!(event, Event::CertificateMade { .. } | Event::StateChanged { closed: true, .. });
        if !events.iter().any(reaches) {
            return None;
        }
        let Context { now, actor, .. } = *self.context;
        let recorded = |event: &Event| Recorded {
            sequence: self.case.version,
            at: now,
            actor_id: actor.id.clone(),
            actor_name: actor.name.clone(),
            action: String::new(),
            event: event.clone(),
        };
        let after = events.iter().fold(self.case.clone(), |case, event| evolve(case, &recorded(event)));
        dates::settlement(self.definition, &after, self.context.reckoning(), now)
    }

    /// Leaving and entering states, with the deadline standing still where the workflow says so.
    pub(in crate::domain) fn movement(&self, action: &Action) -> Vec<Event> {
        let Some(to) = &action.to else { return Vec::new() };
        let state = self.definition.workflow.state(to);
        let closed = state.is_some_and(|state| state.is_final);
        let pausing = state.filter(|state| state.pauses_deadline && self.definition.case_type.deadline.is_some());
        let mut events = vec![Event::StateChanged { from: self.case.state.clone(), to: to.clone(), closed }];
        let cause = PauseCause::State;
        match (self.case.is_paused_by(cause), pausing) {
            (false, Some(state)) => events.push(Event::DeadlinePaused { cause, reason: state.words.clone() }),
            (true, None) => events.push(Event::DeadlineResumed { cause }),
            _ => {}
        }
        // An ended case waits for nothing.
        if closed && self.case.is_paused_by(PauseCause::Decision) {
            events.push(Event::DeadlineResumed { cause: PauseCause::Decision });
        }
        events
    }
}

//! Deadlines in decisions: extend, pause, resume, settle.

use chrono::NaiveDate;

use crate::domain::base::recorded::Recorded;
use crate::domain::calendar::deadline::PauseCause;
use crate::domain::cases::case::{Case, evolve};
use crate::domain::cases::context::Context;
use crate::domain::cases::deadlines::dates;
use crate::domain::cases::decide::Decision;
use crate::domain::cases::event::Event;
use crate::domain::certificates::event::CertificateEvent;

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
        let reaches = |event: &Event| match event {
            Event::Certificate { event, .. } => matches!(**event, CertificateEvent::Made { .. }),
            Event::StateChanged { closed, .. } => *closed,
            _ => false,
        };
        if !events.iter().any(reaches) {
            return None;
        }
        let after = self.after(events);
        dates::settlement(self.definition, &after, self.context.reckoning(), self.context.now)
    }

    /// The case after events of this decision.
    pub(in crate::domain) fn after(&self, events: &[Event]) -> Case {
        let Context { now, actor, .. } = *self.context;
        let recorded = |event: &Event| Recorded {
            sequence: self.case.version,
            at: now,
            actor_id: actor.id.clone(),
            actor_name: actor.name.clone(),
            action: String::new(),
            event: event.clone(),
        };
        events.iter().fold(self.case.clone(), |case, event| evolve(case, &recorded(event)))
    }

    /// Leaving a state and entering another, with the deadline standing still where the workflow says so.
    pub(in crate::domain) fn moved(&self, to: &str, accepts_papers: bool) -> Vec<Event> {
        let state = self.definition.workflow.state(to);
        let closed = state.is_some_and(|state| state.is_final);
        let pausing = state.filter(|state| state.pauses_deadline && self.definition.case_type.deadline.is_some());
        let (from, to) = (self.case.state.clone(), to.to_owned());
        let mut events = vec![Event::StateChanged { from, to, closed, accepts_papers }];
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

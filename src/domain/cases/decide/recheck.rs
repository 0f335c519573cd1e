//! Where an action leads, and the way back to the check of the papers: what empties rows of the sheet takes their acceptance back.
//!
//! Papers are accepted as one application's. When another organization or person applies, or another edition asks for something else, what was
//! accepted is not what lies there; so the case stands where its papers are checked, with its limit as it was, and is accepted anew.

use super::Decision;
use crate::domain::case_types::case_type::CaseType;
use crate::domain::case_types::definition::Definition;
use crate::domain::case_types::edition_move::{ChecklistChange, moved};
use crate::domain::cases::case::Case;
use crate::domain::cases::context::Context;
use crate::domain::cases::event::Event;
use crate::domain::cases::materials::checklist::verdict;

impl Decision<'_> {
    /// From the state that the case is in to the one that an action leads to, or that it stays in; from there back to the check, if rows
    /// of the sheet that were accepted are empty now.
    pub(in crate::domain) fn movement(&self, to: Option<&str>, accepts_papers: bool, events: &[Event]) -> Vec<Event> {
        let workflow = self.definition.workflow;
        let there = workflow.state(to.unwrap_or(&self.case.state));
        let back = there.and_then(|state| state.recheck_in.as_deref()).filter(|_| self.has_empty_rows_after(events));
        match (back, to) {
            (Some(back), _) => self.moved(back, false),
            (None, Some(to)) => self.moved(to, accepts_papers),
            (None, None) => Vec::new(),
        }
    }

    fn has_empty_rows_after(&self, events: &[Event]) -> bool {
        let after = self.after(events);
        verdict(self.definition.case_type, &after.application, &after.checks).unchecked > 0
    }
}

/// The events that move a case to another edition of its case type.
pub fn move_edition(
    definition: Definition<'_>,
    case: &Case,
    to: &CaseType,
    change: &ChecklistChange,
    context: &Context<'_>,
) -> Vec<Event> {
    let definition = Definition { case_type: to, ..definition };
    let decision = Decision { definition, case, context };
    let mut events = vec![moved(case, to, change)];
    events.extend(decision.movement(None, false, &events));
    events
}

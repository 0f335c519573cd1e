//! Moving an open case to another edition of its case type: what changes of its checklist, and which checks start again.
//!
//! A check holds as long as its row asks for the same; a row that asks for something else, or for nothing, starts again.

use super::case_type::{CaseType, Material};
use super::pinned::Pinned;
use crate::domain::cases::case::Case;
use crate::domain::cases::event::Event;
use crate::domain::cases::intake::application::Application;
use crate::domain::cases::materials::checklist::{Sheet, checklist};

/// What changes of a case's checklist, as codes of rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChecklistChange {
    /// Rows that it has now.
    pub added: Vec<String>,
    /// Rows that it hasn't any more.
    pub removed: Vec<String>,
    /// Rows that ask for something else.
    pub changed: Vec<String>,
}

/// Holds the checklists of two editions against one another, for one application.
pub fn checklist_change(before: &CaseType, after: &CaseType, application: &Application) -> ChecklistChange {
    let (old, new) = (checklist(before, application), checklist(after, application));
    let find = |sheets: &[Sheet<'_>], code: &str| sheets.iter().any(|sheet| sheet.code == code);
    let code = |sheet: &Sheet<'_>| sheet.code.clone();
    let asks_otherwise = |sheet: &&Sheet<'_>| {
        old.iter().any(|known| known.code == sheet.code && demands(known.material) != demands(sheet.material))
    };
    ChecklistChange {
        added: new.iter().filter(|sheet| !find(&old, &sheet.code)).map(code).collect(),
        removed: old.iter().filter(|sheet| !find(&new, &sheet.code)).map(code).collect(),
        changed: new.iter().filter(asks_otherwise).map(code).collect(),
    }
}

/// What a check is held against.
fn demands(material: &Material) -> impl PartialEq + use<> {
    (material.copies, material.stamped, material.original, material.persons)
}

/// The event that moves a case.
pub fn moved(case: &Case, after: &CaseType, change: &ChecklistChange) -> Event {
    let voided = change.removed.iter().chain(&change.changed).filter(|row| case.checks.contains_key(*row));
    Event::EditionMoved {
        before: case.case_type.clone(),
        after: Pinned { code: after.code.clone(), edition: after.edition },
        checks_voided: voided.cloned().collect(),
    }
}

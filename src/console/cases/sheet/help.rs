//! What stands beside the rows of the check sheet: what can be typed into its box, who else has it open, whether it was confirmed, and why a
//! document may not do.

use std::collections::BTreeMap;

use crate::console::page::messages::Messages;
use crate::console::page::session::window::Window;
use crate::console::page::visitor::Visitor;
use crate::domain::applicants::paper::acceptance;
use crate::domain::base::recorded::Recorded;
use crate::domain::case_types::case_type::{CaseType, Copies, DefectReason, Original};
use crate::domain::case_types::codes::Queue;
use crate::domain::cases::case::Case;
use crate::domain::cases::event::Event;
use crate::domain::cases::materials::checklist::{MaterialCheck, Sheet};
use crate::service::cases::colleagues::Look;
use crate::service::cases::details::CaseDetails;
use crate::service::cases::presence::Present;

/// A reason why a document doesn't do.
pub(in crate::console) struct Reason {
    pub(in crate::console) number: usize,
    pub(in crate::console) code: String,
    pub(in crate::console) name: String,
}

impl Reason {
    /// Those of a case type, numbered as the command line names them.
    pub(in crate::console) fn all(messages: Messages, case_type: &CaseType) -> Vec<Self> {
        let reasons = case_type.defect_reasons.iter().enumerate();
        let reason = |(at, reason): (usize, &DefectReason)| Self {
            number: at + 1,
            code: reason.code.clone(),
            name: messages.of(&reason.words).to_owned(),
        };
        reasons.map(reason).collect()
    }
}

/// The row that examples are of, where a sheet has it: the seal application form of the guide, the one that most often lacks a seal.
const EXAMPLE: u32 = 4;

/// What can be typed, with the numbers of rows that are there and have such a thing.
pub(in crate::console::cases) fn help(
    messages: Messages,
    sheets: &[Sheet<'_>],
    checks: &BTreeMap<String, MaterialCheck>,
) -> String {
    let row = |has: &dyn Fn(&Sheet<'_>) -> bool| {
        let mut having = sheets.iter().filter(|sheet| has(sheet));
        let number = having.clone().find(|sheet| sheet.number == EXAMPLE).or_else(|| having.next())?.number;
        Some(number)
    };
    let sealed = row(&|sheet| sheet.material.stamped);
    let counted = row(&|sheet| sheet.material.copies != Copies::Exactly(0));
    let original = row(&|sheet| matches!(sheet.material.original, Original::Sighted | Original::Presented));
    let any = row(&|_| true);
    let bad = row(&|sheet| checks.get(&sheet.code).is_some_and(|check| check.reason.is_some()));
    let examples = [
        ("sheet.help_seal", sealed),
        ("sheet.help_missing", counted),
        ("sheet.help_original", original),
        ("sheet.help_reason", any),
        ("sheet.help_mended", bad),
    ];
    let examples = examples.into_iter().filter_map(|(key, row)| Some(messages.fill(key, "row", row?)));
    std::iter::once(messages.t("sheet.help_rest").to_owned()).chain(examples).collect::<Vec<_>>().join(" · ")
}

/// Who else has the sheet open, of those who check papers; who only reads is neither told nor noted.
pub(in crate::console::cases) fn others(visitor: &Visitor, case: &Case, look: Look) -> Vec<String> {
    if visitor.service.may_record_materials(&visitor.caller, case).is_err() {
        return Vec::new();
    }
    let there = visitor.service.others_at_sheet(&visitor.caller, case.id, visitor.window.name(), look);
    let line = |one: &Present| {
        let window = one.window.as_deref().and_then(Window::typed);
        let at = window.map(|window| window.in_words(visitor.messages));
        let key = if at.is_some() { "sheet.also_at" } else { "sheet.also" };
        let (at, since) = (at.unwrap_or_default(), visitor.dates().time(one.since));
        visitor.messages.with(key, &[("name", &one.name), ("window", &at), ("since", &since)])
    };
    there.iter().map(line).collect()
}

/// That the papers were found in order, when and by whom; nothing where they are to be checked, or lack something again.
pub(in crate::console::cases) fn accepted(
    visitor: &Visitor,
    details: &CaseDetails<'_>,
    events: &[Recorded<Event>],
) -> Option<String> {
    let workflow = details.definition.workflow;
    let queue = workflow.state(&details.case.state).and_then(|state| state.queue);
    let is_over = details.verdict.is_complete() && !matches!(queue, Some(Queue::ToCheck | Queue::WaitingForCorrection));
    let found = acceptance(details.definition, events).filter(|_| is_over)?;
    let gaps: [(&str, &dyn std::fmt::Display); 2] = [("name", &found.by), ("at", &visitor.dates().moment(found.at))];
    Some(visitor.messages.with("sheet.accepted", &gaps))
}

/// Whether the case came to where it is with papers that were brought once more.
pub(in crate::console::cases) fn was_resubmitted(details: &CaseDetails<'_>, events: &[Recorded<Event>]) -> bool {
    let came_from = events.iter().rev().find_map(|recorded| match &recorded.event {
        Event::StateChanged { from, .. } => details.definition.workflow.state(from),
        _ => None,
    });
    came_from.is_some_and(|state| state.queue == Some(Queue::WaitingForCorrection))
}

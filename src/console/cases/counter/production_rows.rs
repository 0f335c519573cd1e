//! The rows of the production queue: under the day by which they are due, those whose day has passed first.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::console::page::address::address;
use crate::console::page::dates::Dates;
use crate::console::page::forms::fields::Typed;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words::Words;
use crate::domain::case_types::codes::{Effect, Queue};
use crate::domain::case_types::workflow::Action;
use crate::domain::cases::input::CertificateDraft;
use crate::domain::reports::board::happened::{Happened, Happening};
use crate::domain::reports::query::Period;
use crate::http::problem::Problem;
use crate::service::cases::batches::RowResult;
use crate::service::cases::case::{CaseAt, CaseSummary};
use crate::service::cases::glance::MOST_AT_A_GLANCE;
use crate::service::cases::worklists::{Among, Counted, Selection};

/// Cases that are due on the same day.
pub struct Group {
    /// How near that day is, as the board says it.
    pub tag: Tag,
    /// Until which day; empty where no limit runs.
    pub day: String,
    /// The cases.
    pub rows: Vec<Row>,
}

/// A case whose certificate is to be made.
pub struct Row {
    /// Its number.
    pub number: String,
    /// The organization.
    pub organization: String,
    /// What it is.
    pub case_type: String,
    /// Who makes it.
    pub assignee: Option<String>,
    /// Whether it is ticked.
    pub is_chosen: bool,
    /// The serial that was typed.
    pub serial: String,
    /// The medium that was typed.
    pub medium: String,
    /// Which of the two the page begins at.
    pub waits: &'static str,
    /// Why it wasn't recorded.
    pub fault: Option<String>,
    /// That its papers lack something, so that it can't be made yet; empty where they don't.
    pub lacks: String,
}

/// How it went with one case.
pub struct Outcome {
    /// The case.
    pub number: String,
    /// The organization, where the case may be seen.
    pub organization: String,
    /// What was recorded, or why not.
    pub text: String,
    /// Whether it is so now.
    pub is_done: bool,
    /// Where what was recorded by mistake is put right, and what that is called.
    pub mends: Option<(String, String)>,
}

/// The cases that are ticked, and those of which a serial was typed.
pub fn chosen(typed: &Typed) -> Vec<String> {
    let mut chosen = typed.all("case");
    let with_serial = typed.names("serial.").map(str::to_owned).filter(|number| !chosen.contains(number));
    let with_serial: Vec<String> = with_serial.collect();
    chosen.extend(with_serial);
    chosen
}

/// What is chosen and typed in rows that the page doesn't show, by the names of its fields; nothing of those to which something was just
/// done or refused.
pub fn elsewhere(typed: &Typed, shown: &[Group], outcomes: &[Outcome]) -> Vec<(String, String)> {
    let is_shown = |number: &str| shown.iter().flat_map(|group| &group.rows).any(|row| row.number == number);
    let is_over = |number: &str| outcomes.iter().any(|outcome| outcome.number == number);
    let of_row = |name: &str, value: &str| match name {
        "case" => Some(value.to_owned()),
        name => name.strip_prefix("serial.").or_else(|| name.strip_prefix("medium.")).map(str::to_owned),
    };
    let fields = typed.fields().filter(|(name, value)| {
        !value.is_empty() && of_row(name, value).is_some_and(|number| !is_shown(&number) && !is_over(&number))
    });
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The groups, in the order of the list: it is ordered by due date.
pub fn groups(
    visitor: &Visitor,
    cases: Vec<CaseSummary>,
    lacking: &BTreeMap<Uuid, usize>,
    typed: &Typed,
    outcomes: &[Outcome],
) -> Vec<Group> {
    let (dates, chosen) = (visitor.dates(), chosen(typed));
    let mut groups: Vec<Group> = Vec::new();
    for case in cases {
        let (tag, day) = due(visitor, &dates, &case);
        let lacks = lacking.get(&case.id).map(|count| visitor.messages.fill("production.lacks", "count", count));
        let row = Row { lacks: lacks.unwrap_or_default(), ..row(visitor, case, typed, &chosen, outcomes) };
        match groups.last_mut().filter(|last| last.tag == tag && last.day == day) {
            Some(last) => last.rows.push(row),
            None => groups.push(Group { tag, day, rows: vec![row] }),
        }
    }
    groups
}

fn due(visitor: &Visitor, dates: &Dates, case: &CaseSummary) -> (Tag, String) {
    let Some(limit) = case.limit_at else {
        let key = if case.paused_since.is_some() { "production.paused" } else { "production.no_limit" };
        return (Tag::new("paused", visitor.messages.t(key).to_owned()), String::new());
    };
    let day = dates.day(dates.date(limit));
    (Tag::of_day(&visitor.service, limit, dates), visitor.messages.fill("deadline.until", "day", day))
}

fn row(visitor: &Visitor, case: CaseSummary, typed: &Typed, chosen: &[String], outcomes: &[Outcome]) -> Row {
    let (messages, catalog) = (visitor.messages, visitor.service.catalog());
    let shown = |words: &Words| messages.of(words).to_owned();
    let case_type = catalog.case_type(&case.case_type, case.edition).map(|known| shown(&known.words));
    let number = case.acceptance_number;
    let fault = outcomes.iter().find(|outcome| outcome.number == number && !outcome.is_done);
    Row {
        organization: case.organization_name,
        case_type: case_type.unwrap_or(case.case_type),
        assignee: case.assignee.map(|assignee| assignee.name),
        is_chosen: chosen.contains(&number),
        serial: typed.one(&format!("serial.{number}")).to_owned(),
        medium: typed.one(&format!("medium.{number}")).to_owned(),
        waits: "",
        fault: fault.map(|outcome| outcome.text.clone()),
        lacks: String::new(),
        number,
    }
}

/// How it went with a case that was named by this number.
pub fn outcome(visitor: &Visitor, number: String, result: RowResult) -> Outcome {
    match result {
        RowResult::Done(at) => made(visitor, &at, "production.made"),
        RowResult::Unchanged(at) => made(visitor, &at, "production.made_already"),
        RowResult::Refused(error) => {
            Outcome { number, organization: String::new(), text: visitor.reasons(error), is_done: false, mends: None }
        }
    }
}

/// What was recorded of a case.
pub fn made(visitor: &Visitor, at: &CaseAt, key: &str) -> Outcome {
    let (messages, case) = (visitor.messages, &at.case);
    let text = match (&case.certificate, &case.assignee) {
        (Some(made), _) => messages.with(key, &[("serial", &made.serial), ("medium", &made.medium_number)]),
        (None, Some(assignee)) => messages.fill("case.with", "name", &assignee.name),
        (None, None) => String::new(),
    };
    Outcome {
        number: case.acceptance_number.clone(),
        organization: case.application.organization.name.clone(),
        text,
        is_done: true,
        mends: made_again(visitor, at),
    }
}

/// The action by which a certificate is voided and made again, where whoever looks can take it.
fn made_again(visitor: &Visitor, at: &CaseAt) -> Option<(String, String)> {
    let details = visitor.service.details(at, &visitor.caller).ok()?;
    let waits =
        |state: &str| details.definition.workflow.state(state).is_some_and(|it| it.queue == Some(Queue::ToMake));
    let voids =
        |action: &Action| action.effects.contains(&Effect::VoidCertificate) && action.to.as_deref().is_some_and(waits);
    let action = details.offers.iter().find(|offer| offer.blocked_by.is_empty() && voids(offer.action))?.action;
    let address = format!("/console/cases/{}/actions/{}", at.case.acceptance_number, action.code);
    Some((address, visitor.messages.of(&action.words).to_owned()))
}

/// How many were made today, and where they are listed.
///
/// # Errors
/// The database's.
pub async fn made_today(visitor: &Visitor) -> Result<(String, String), Problem> {
    let today = visitor.dates().today();
    let made = Among::Happened(Happening { what: Happened::Made, on: Period { from: today, to: today } });
    let most = MOST_AT_A_GLANCE + 1;
    let found = visitor.service.cases_among(&visitor.caller, made, Selection::default(), None, most).await?.cases.len();
    let count = i64::try_from(found).unwrap_or(most);
    let counted = Counted { count: count.min(MOST_AT_A_GLANCE), more: count > MOST_AT_A_GLANCE };
    let day = today.to_string();
    let asked = [("happened", "made"), ("from", &day), ("to", &day)];
    Ok((counted.text(), address("/console/cases", &asked)))
}

/// Results that an address names.
pub(super) const MOST_NAMED: usize = 50;

/// The queue, with what was done.
pub(super) fn with_outcomes(outcomes: &[Outcome]) -> String {
    let numbers: Vec<&str> = outcomes.iter().map(|outcome| outcome.number.as_str()).take(MOST_NAMED).collect();
    format!("/console/production?made={}", numbers.join(","))
}

/// What is recorded of a certificate that was made.
pub(super) fn draft(serial: &str, medium: &str) -> CertificateDraft {
    CertificateDraft { serial: serial.to_owned(), medium_number: medium.to_owned() }
}

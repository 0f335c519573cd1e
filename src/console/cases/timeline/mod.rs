//! What happened to a case, in the words of people, newest first; and what is said once something was done.

mod corrected;
mod events;

use std::collections::BTreeMap;
use std::fmt::Display;

use self::events::{paid, told};
use crate::console::cases::sheet::row::Row;
use crate::console::page::dates::Dates;
use crate::console::page::forms::field::Field;
use crate::console::page::forms::told::Told;
use crate::console::page::visitor::Visitor;
use crate::domain::base::recorded::Recorded;
use crate::domain::cases::assignment::AssignmentAction;
use crate::domain::cases::event::Event;
use crate::domain::money::payment::Payment;
use crate::domain::money::yuan::yuan;
use crate::http::problem::{Problem, kinds};
use crate::service::cases::case::CaseKey;
use crate::service::cases::details::CaseDetails;
use crate::service::cases::labels::LABEL_ACTION;

/// A line of the timeline.
pub(super) struct Moment {
    pub(super) what: String,
    pub(super) who: String,
    pub(super) at: String,
    /// What it changed, a line each.
    pub(super) details: Vec<String>,
}

/// The timeline, newest first; several events of one action are one moment.
pub(super) fn timeline(
    visitor: &Visitor,
    dates: &Dates,
    details: &CaseDetails<'_>,
    events: &[Recorded<Event>],
) -> Vec<Moment> {
    let mut moments: Vec<(Moment, Vec<Row>)> = Vec::new();
    for recorded in events {
        let (what, at) = (what(visitor, details, recorded), dates.moment(recorded.at));
        let told = told(visitor, details, recorded);
        let in_order = in_order(visitor, details, &recorded.event);
        let is_same = |last: &Moment| last.what == what && last.at == at && last.who == recorded.actor_name;
        match moments.last_mut().filter(|(last, _)| is_same(last)) {
            Some((last, rows)) => {
                last.details.extend(told);
                rows.extend(in_order);
            }
            None => {
                let moment = Moment { what, who: recorded.actor_name.clone(), at, details: told };
                moments.push((moment, Vec::from_iter(in_order)));
            }
        }
    }
    let whole = |(mut moment, rows): (Moment, Vec<Row>)| {
        moment.details.extend(told_in_order(visitor, &rows));
        moment
    };
    moments.into_iter().rev().map(whole).collect()
}

/// How many rows in order are named; more are told by their numbers.
const NAMED: usize = 3;

/// Which rows were found in order at their first look.
fn told_in_order(visitor: &Visitor, rows: &[Row]) -> Vec<String> {
    let messages = visitor.messages;
    if rows.len() <= NAMED {
        return rows.iter().map(|row| messages.fill("timeline.in_order", "document", &row.name)).collect();
    }
    let numbers: Vec<String> = rows.iter().map(|row| row.number.to_string()).collect();
    vec![messages.fill("timeline.rows_in_order", "rows", numbers.join(messages.t("list.between")))]
}

/// The row that an event found in order, looked at for the first time; what was remarked of one is told with it.
fn in_order(visitor: &Visitor, details: &CaseDetails<'_>, event: &Event) -> Option<Row> {
    let Event::MaterialRecorded { material, before: None, after } = event else { return None };
    let sheet = details.sheets.iter().find(|sheet| sheet.code == *material)?;
    Some(Row::of(visitor.messages, sheet, Some(after))).filter(|row| !row.is_lacking() && row.remark.is_empty())
}

/// What was done: an action of the workflow, or what happens to every case.
fn what(visitor: &Visitor, details: &CaseDetails<'_>, recorded: &Recorded<Event>) -> String {
    let messages = visitor.messages;
    match &recorded.event {
        Event::Announced { announcement } => messages.line(&announcement.kind.words()),
        Event::CalendarChanged { .. } => messages.t("timeline.calendar_changed").to_owned(),
        Event::HoldPlaced { .. } => messages.t("timeline.hold_placed").to_owned(),
        Event::HoldLifted { .. } => messages.t("timeline.hold_lifted").to_owned(),
        Event::ApplicationCorrected { .. } if recorded.action == LABEL_ACTION => {
            messages.t("timeline.labelled").to_owned()
        }
        Event::PersonsErased { .. } => messages.t("timeline.persons_erased").to_owned(),
        Event::Assigned { after, .. } => match (AssignmentAction::from_code(&recorded.action), after) {
            (Some(AssignmentAction::Assign), Some(to)) => messages.fill("timeline.assigned", "name", &to.name),
            _ => did(visitor, details, &recorded.action),
        },
        _ => did(visitor, details, &recorded.action),
    }
}

/// That an action was taken, as something that is past; an action of a workflow of the hall's own by its name.
fn did(visitor: &Visitor, details: &CaseDetails<'_>, action: &str) -> String {
    let key = format!("timeline.did.{action}");
    match visitor.messages.t(&key) {
        text if text == key => visitor.messages.of(&details.definition.workflow.action_words(action)).to_owned(),
        text => text.to_owned(),
    }
}

/// What is said once an action was taken, by its code: of an application its number, which the clerk tells whoever brought it; of a
/// payment what was taken, and under which number.
pub(super) fn said(
    visitor: &Visitor,
    details: &CaseDetails<'_>,
    events: &[Recorded<Event>],
) -> BTreeMap<String, String> {
    let messages = visitor.messages;
    let done = |recorded: &Recorded<Event>| {
        let done = |what: String| messages.fill("case.done", "what", what);
        let text = match &recorded.event {
            Event::CaseOpened { .. } => messages.fill("case.opened", "number", &details.case.acceptance_number),
            Event::PaymentRecorded { payment } => received(visitor, details, payment),
            _ => done(what(visitor, details, recorded)),
        };
        (recorded.action.clone(), text)
    };
    // They are said, whatever else their action did.
    let says_more = |recorded: &&Recorded<Event>| {
        matches!(recorded.event, Event::CaseOpened { .. } | Event::PaymentRecorded { .. })
    };
    let (more, others): (Vec<_>, Vec<_>) = events.iter().partition(says_more);
    others.into_iter().chain(more).map(done).collect()
}

/// What was taken, and what is still owed.
fn received(visitor: &Visitor, details: &CaseDetails<'_>, payment: &Payment) -> String {
    let (messages, owed) = (visitor.messages, details.case.outstanding_fen());
    let amount = |fen: i64| messages.fill("money.yuan", "amount", yuan(fen));
    let how = messages.of(&payment.method.words()).to_owned();
    let gaps: [(&str, &dyn Display); 3] =
        [("amount", &amount(payment.amount_fen)), ("method", &how), ("receipt", &payment.receipt)];
    let owes = (owed > 0).then(|| messages.fill("case.still_owed", "amount", amount(owed)));
    messages.with("hand_over.received", &gaps) + &owes.unwrap_or_default()
}

/// Why something wasn't done with a case, as [`Visitor::told`] says it; that a page was of before what its reader did themselves since,
/// such as after going back to it, is no other's change.
pub(in crate::console) async fn told_of_case<'a>(
    visitor: &Visitor,
    key: CaseKey,
    seen: i64,
    refused: impl Into<Problem>,
    fields: impl IntoIterator<Item = &'a mut Field>,
) -> Result<Vec<Told>, Problem> {
    let refused = refused.into();
    if refused.code() == kinds::VERSION_STALE.code
        && let Some(what) = own_since(visitor, key, seen).await?
    {
        return Ok(vec![Told::plain(visitor.messages.fill("form.stale_own", "what", what))]);
    }
    visitor.told(refused, fields)
}

/// What the reader did last with a case since a version of it; none where somebody else did something, too.
async fn own_since(visitor: &Visitor, key: CaseKey, seen: i64) -> Result<Option<String>, Problem> {
    let at = visitor.service.case(&visitor.caller, key.clone()).await?;
    let (_, events) = visitor.service.timeline(&visitor.caller, key).await?;
    let details = visitor.service.details(&at, &visitor.caller)?;
    let mut since = events.iter().filter(|recorded| recorded.sequence > seen);
    let is_own = |recorded: &&Recorded<Event>| recorded.actor_id == visitor.caller.actor.id;
    if seen == 0 || !since.clone().all(|recorded| is_own(&recorded)) {
        return Ok(None);
    }
    Ok(since.next_back().map(|last| match &last.event {
        Event::PaymentRecorded { payment } => paid(visitor, payment),
        _ => what(visitor, &details, last),
    }))
}

//! What an event of a case says beside its name, a line each: what was, what is, and why.
//!
//! Guarantee: every kind of event is here by name. One that says nothing more stands among those that have a place of their own on the page.

use std::fmt::Display;

use super::corrected::corrections;
use crate::console::cases::foreseen::beyond;
use crate::console::cases::sheet::help::Reason;
use crate::console::cases::sheet::row::Row;
use crate::console::certificates::names::reason_called;
use crate::console::page::visitor::Visitor;
use crate::domain::base::person::Personal;
use crate::domain::base::recorded::Recorded;
use crate::domain::calendar::deadline::Deadlines;
use crate::domain::cases::event::{Collector, Event};
use crate::domain::cases::materials::checklist::MaterialCheck;
use crate::domain::cases::materials::copies::DistributedCopies;
use crate::domain::cases::materials::notice::Notice;
use crate::domain::certificates::event::CertificateEvent;
use crate::domain::money::payment::{Payment, Reversal, Waiver};
use crate::domain::money::yuan::yuan;
use crate::service::cases::details::CaseDetails;

/// What an event changed, and why; nothing where its name says it all.
pub(super) fn told(visitor: &Visitor, details: &CaseDetails<'_>, recorded: &Recorded<Event>) -> Vec<String> {
    let (messages, dates) = (visitor.messages, visitor.dates());
    match &recorded.event {
        Event::MaterialRecorded { material, before, after } => {
            checked(visitor, details, material, before.as_ref(), after).into_iter().collect()
        }
        Event::NoticeGiven { notice } => noticed(visitor, notice),
        Event::ApplicationCorrected { before, after, checks_voided } => {
            let mut lines = corrections(visitor, before, after);
            lines.extend(voided(visitor, details, checks_voided));
            lines
        }
        Event::EditionMoved { before, after, checks_voided } => {
            let edition = |edition: u32| messages.fill("case_types.edition_no", "edition", edition);
            let field = messages.t("case_types.edition");
            let mut lines = vec![changed(visitor, field, &edition(before.edition), &edition(after.edition))];
            lines.extend(voided(visitor, details, checks_voided));
            lines
        }
        Event::CommitmentAccepted { after, .. } => {
            let sheet = details.sheets.iter().find(|sheet| sheet.code == after.material);
            let document = sheet.map_or_else(|| after.material.clone(), |sheet| messages.line(&sheet.words()));
            let gaps: [(&str, &dyn Display); 2] = [("document", &document), ("until", &dates.day(after.until))];
            vec![messages.with("paper.promised", &gaps)]
        }
        Event::PaymentRecorded { payment } => vec![paid(visitor, payment)],
        Event::PaymentCancelled { cancellation } => vec![cancelled(visitor, cancellation)],
        Event::FeeWaived { waiver } => vec![waived(visitor, waiver)],
        Event::Certificate { event, .. } => {
            let beyond = beyond(visitor, details.case, &recorded.event);
            beyond.into_iter().chain(of_medium(visitor, event)).collect()
        }
        Event::PaymentRefunded { .. } => beyond(visitor, details.case, &recorded.event).into_iter().collect(),
        Event::CollectorRecorded { before, after } => {
            let now = collects(visitor, after);
            let before = before.as_ref().map(|before| collects(visitor, before)).filter(|before| *before != now);
            let was = before.map(|before| messages.fill("timeline.was", "before", before));
            std::iter::once(now).chain(was).collect()
        }
        Event::CopiesDistributed { copies } => distributed(visitor, details, copies),
        Event::LimitExtended { before, after, working_days, provisional } => {
            let limit = changed(visitor, messages.t("case.limit"), &dates.day(*before), &dates.day(*after));
            let by = messages.fill("timeline.extended_by", "days", working_days);
            let provisional = provisional.then(|| messages.t("deadline.provisional").to_owned());
            [limit, by].into_iter().chain(provisional).collect()
        }
        Event::CalendarChanged { before, after, notices, .. } => {
            let moved = moved(visitor, before, after);
            moved.into_iter().chain(notices.iter().cloned()).collect()
        }
        Event::Assigned { before, reason, .. } => {
            let other = before.as_ref().filter(|before| before.id != recorded.actor_id);
            let was = other.map(|before| messages.fill("timeline.was", "before", &before.name));
            reason.clone().into_iter().chain(was).collect()
        }
        Event::Remarked { text } => vec![reason_called(messages, text)],
        Event::HoldPlaced { hold } => vec![hold.reason.clone()],
        Event::HoldLifted { reason, .. } => vec![reason.clone()],
        Event::PersonsErased { due, .. } => vec![messages.line(&due.ground.words())],
        // What was applied for, the step reached and the dates stand on the page; what paused or resumed them, or was announced, is what
        // the moment is called, with its reason beside it.
        Event::CaseOpened { .. }
        | Event::StateChanged { .. }
        | Event::DeadlinePaused { .. }
        | Event::DeadlineResumed { .. }
        | Event::DeadlineSettled { .. }
        | Event::Announced { .. } => Vec::new(),
    }
}

/// That something is otherwise than it was.
fn changed(visitor: &Visitor, field: &str, before: &str, after: &str) -> String {
    visitor.messages.with("timeline.changed", &[("field", &field), ("before", &before), ("after", &after)])
}

/// Which notice it was, of which rows, and what was added to it.
fn noticed(visitor: &Visitor, notice: &Notice) -> Vec<String> {
    let (messages, mut rows) = (visitor.messages, Vec::new());
    rows.extend(notice.missing.iter().map(|missing| missing.number.to_string()));
    rows.dedup();
    let (count, rows) = (notice.missing.len(), rows.join(messages.t("list.between")));
    let gaps: [(&str, &dyn Display); 3] = [("number", &notice.number), ("count", &count), ("rows", &rows)];
    let added = [&notice.reason, &notice.remark].into_iter().flatten().cloned();
    std::iter::once(messages.with("timeline.noticed", &gaps)).chain(added).collect()
}

/// Which rows must be checked anew.
fn voided(visitor: &Visitor, details: &CaseDetails<'_>, rows: &[String]) -> Option<String> {
    let (messages, sheets) = (visitor.messages, details.sheets.iter());
    let numbers = sheets.filter(|sheet| rows.contains(&sheet.code)).map(|sheet| sheet.number.to_string());
    let numbers = numbers.collect::<Vec<_>>().join(messages.t("list.between"));
    (!numbers.is_empty()).then(|| messages.fill("timeline.voided", "rows", numbers))
}

fn collects(visitor: &Visitor, who: &Collector) -> String {
    let gaps: [(&str, &dyn Display); 2] = [("name", &who.name), ("number", &who.document_number.masked())];
    visitor.messages.with("hand_over.recorded", &gaps)
}

/// Where the copies went, and how many were given back.
fn distributed(visitor: &Visitor, details: &CaseDetails<'_>, copies: &[DistributedCopies]) -> Vec<String> {
    let messages = visitor.messages;
    let went = copies.iter().flat_map(|row| &row.went_to).collect::<Vec<_>>();
    let line = |name: &str, count: usize| messages.with("timeline.copies", &[("place", &name), ("count", &count)]);
    let places = details.definition.case_type.copy_destinations.iter();
    let lines = places.filter_map(|place| {
        let count = went.iter().filter(|code| ***code == place.code).count();
        (count > 0).then(|| line(messages.of(&place.words), count))
    });
    let back: u32 = copies.iter().map(|row| row.given_back).sum();
    let back = (back > 0).then(|| messages.fill("timeline.copies_back", "count", back));
    let lines = lines.chain(back).collect::<Vec<_>>().join(messages.t("list.between"));
    if lines.is_empty() { Vec::new() } else { vec![lines] }
}

/// Where a medium is now, and by which slip it went over the counter; of one that was made, its numbers.
fn of_medium(visitor: &Visitor, event: &CertificateEvent) -> Vec<String> {
    use CertificateEvent as E;
    let messages = visitor.messages;
    let slip = |number: &dyn Display| vec![messages.fill("timeline.slip", "number", number)];
    match event {
        E::Made { certificate } => {
            let made = &certificate.particulars;
            let gaps: [(&str, &dyn Display); 2] = [("serial", &made.serial), ("medium", &made.medium_number)];
            vec![messages.with("timeline.made", &gaps)]
        }
        E::Boxed { before, after } => {
            let said = |number: &Option<String>| number.clone().unwrap_or_else(|| "–".to_owned());
            let (field, now) = (messages.t("field.box_number"), said(&after.box_number));
            match &before.box_number {
                Some(_) => vec![changed(visitor, field, &said(&before.box_number), &now)],
                None => vec![messages.with("timeline.field", &[("field", &field), ("value", &now)])],
            }
        }
        E::Issued { slip: given } | E::GivenBack { slip: given } => slip(&given.number),
        E::TakenIn { stay } => stay.slip.as_ref().map(|given| slip(&given.number)).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// The dates that moved with the calendar.
fn moved(visitor: &Visitor, before: &Deadlines, after: &Deadlines) -> Vec<String> {
    let (messages, dates) = (visitor.messages, visitor.dates());
    let dated = [
        ("case.ready_from", before.ready_from.date, after.ready_from.date),
        ("case.limit", before.limit.date, after.limit.date),
    ];
    let moved = dated.into_iter().filter(|(_, before, after)| before != after);
    moved.map(|(key, before, after)| changed(visitor, messages.t(key), &dates.day(before), &dates.day(after))).collect()
}

fn cancelled(visitor: &Visitor, done: &Reversal) -> String {
    let (messages, method) = (visitor.messages, done.method.words());
    let gaps: [(&str, &dyn Display); 4] = [
        ("amount", &yuan(done.amount_fen)),
        ("method", &messages.of(&method)),
        ("of", &done.of),
        ("receipt", &done.receipt),
    ];
    messages.with("timeline.cancelled", &gaps)
}

fn waived(visitor: &Visitor, waiver: &Waiver) -> String {
    let messages = visitor.messages;
    let whole = || messages.t("case.fee").to_owned();
    let item = waiver.item.map_or_else(whole, |item| messages.line(&item.words()));
    let gaps: [(&str, &dyn Display); 3] =
        [("item", &item), ("amount", &yuan(waiver.amount_fen)), ("receipt", &waiver.receipt)];
    messages.with("timeline.waived", &gaps)
}

/// What was found on a row, and remarked: where it was checked before, lacks something, or has a remark.
fn checked(
    visitor: &Visitor,
    details: &CaseDetails<'_>,
    material: &str,
    before: Option<&MaterialCheck>,
    after: &MaterialCheck,
) -> Option<String> {
    let sheet = details.sheets.iter().find(|sheet| sheet.code == material)?;
    let reasons = Reason::all(visitor.messages, details.definition.case_type);
    let row = |check: &MaterialCheck| Row::of(visitor.messages, sheet, Some(check));
    let now = row(after);
    let found = now.found(visitor.messages, &reasons);
    // A remark is no part of what was found, but may be all that is new.
    let is_remark_only = |before: &MaterialCheck| {
        before.remark != after.remark && row(before).found(visitor.messages, &reasons) == found
    };
    if before.is_some_and(is_remark_only) {
        let remark = after.remark.as_deref().unwrap_or_default();
        let key = if remark.is_empty() { "timeline.remark_removed" } else { "timeline.remark" };
        return Some(visitor.messages.with(key, &[("document", &now.name), ("remark", &remark)]));
    }
    match before.map(|before| row(before).found(visitor.messages, &reasons)) {
        Some(before) if before == found => Some(visitor.messages.fill("timeline.checked_same", "document", &now.name)),
        Some(before) => {
            let (was, is) = (without(visitor, &before, &found), without(visitor, &found, &before));
            let is = now.remarked(visitor.messages, is);
            let gaps: [(&str, &dyn Display); 3] = [("document", &now.name), ("before", &was), ("after", &is)];
            Some(visitor.messages.with("timeline.checked_again", &gaps))
        }
        None if now.is_lacking() || !now.remark.is_empty() => {
            let said = now.said(visitor.messages, &reasons);
            Some(visitor.messages.with("timeline.checked", &[("document", &now.name), ("found", &said)]))
        }
        None => None,
    }
}

/// What was found and isn't another time, in words; what stays the same needn't be read twice.
fn without(visitor: &Visitor, found: &[String], same: &[String]) -> String {
    let own: Vec<&str> = found.iter().filter(|one| !same.contains(one)).map(String::as_str).collect();
    if own.is_empty() { "–".to_owned() } else { own.join(visitor.messages.t("list.between")) }
}

/// What was paid, how, and by which receipt.
pub(super) fn paid(visitor: &Visitor, payment: &Payment) -> String {
    let (messages, method) = (visitor.messages, payment.method.words());
    let gaps: [(&str, &dyn Display); 3] =
        [("amount", &yuan(payment.amount_fen)), ("method", &messages.of(&method)), ("receipt", &payment.receipt)];
    messages.with("timeline.paid", &gaps)
}

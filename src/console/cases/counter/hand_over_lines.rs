//! What must be so before something is handed over, line by line, each with the page where it is put right.

use crate::console::cases::done::to_payment;
use crate::console::page::messages::{Messages, begun};
use crate::console::page::visitor::Visitor;
use crate::domain::base::person::Personal;
use crate::domain::base::text;
use crate::domain::case_types::codes::{Effect, InputPart, Queue};
use crate::domain::case_types::workflow::{Action, state_words};
use crate::domain::cases::actions::Offer;
use crate::domain::cases::case::Case;
use crate::domain::cases::custody::handing_over::{asks_collector, is_medium, medium};
use crate::domain::cases::custody::handover::is_delivered;
use crate::domain::cases::intake::applicant::Person;
use crate::domain::cases::refusal::Refusal;
use crate::domain::money::yuan::yuan;
use crate::service::cases::case::CaseAt;
use crate::service::cases::details::CaseDetails;

/// A line of the page.
pub struct Line {
    /// What it is about.
    pub name: String,
    /// How it stands.
    pub text: String,
    /// What is worth knowing besides.
    pub small: String,
    /// Whether it is as it must be.
    pub is_met: bool,
    /// The text that says what to do first, where it isn't.
    pub lacks: Option<&'static str>,
    /// Where it is looked at, or put right: address and name.
    pub way: Option<(String, String)>,
    /// Whether the way there takes along what was chosen and typed.
    pub keeps: bool,
}

/// Somebody who may collect.
pub struct Candidate {
    /// The key and the digit in the box.
    pub key: usize,
    /// What the form sends.
    pub value: &'static str,
    /// Who it is.
    pub name: String,
    /// Whether they are chosen.
    pub is_chosen: bool,
}

/// What the page is called: by what there is to do, as handing a certificate over and activating it, or by one of both where the other
/// is done or isn't due; what else there is to do bears its own name, and what is done that of its case type.
pub fn title(messages: Messages, details: &CaseDetails<'_>, steps: &[&Action]) -> String {
    let does = |effect: Effect| steps.iter().any(|step| step.effects.contains(&effect));
    match (does(Effect::IssueCertificate), does(Effect::ActivateCertificate)) {
        (true, true) => return messages.t("hand_over.title").to_owned(),
        (true, false) => return messages.t("hand_over.issue").to_owned(),
        (false, true) => return messages.t("hand_over.activate").to_owned(),
        (false, false) => {}
    }
    let names: Vec<&str> = steps.iter().map(|step| messages.of(&step.words)).collect();
    if names.is_empty() {
        return messages.of(&details.definition.case_type.words).to_owned();
    }
    names.join(messages.t("list.between"))
}

/// The papers, the fee and the medium.
pub fn lines(visitor: &Visitor, at: &CaseAt, details: &CaseDetails<'_>, steps: &[&Action], read: &str) -> Vec<Line> {
    let mut lines = vec![materials(visitor, details), fee(visitor, details, read)];
    lines.extend(medium_line(visitor, details.case, steps, read).or_else(|| held_line(visitor, at, read)));
    lines
}

/// Whether what was read is the medium that the holder kept: by its own number or by the serial of its certificate.
pub fn is_held(at: &CaseAt, read: &str) -> bool {
    let held = at.held.as_ref().zip(text::serial(read));
    held.is_some_and(|(held, read)| read == held.serial || read == held.medium_number)
}

/// The medium that the holder kept: a scan shows whether it is the one on the counter; nothing is given out, so none is needed.
fn held_line(visitor: &Visitor, at: &CaseAt, read: &str) -> Option<Line> {
    let (messages, held) = (visitor.messages, at.held.as_ref()?);
    let state = if is_held(at, read) { "hand_over.same_as_held" } else { "hand_over.may_scan" };
    Some(Line {
        name: messages.t("hand_over.medium").to_owned(),
        text: held.medium_number.clone(),
        small: messages.with("hand_over.held", &[("serial", &held.serial), ("state", &messages.t(state))]),
        is_met: true,
        lacks: None,
        way: None,
        keeps: false,
    })
}

fn materials(visitor: &Visitor, details: &CaseDetails<'_>) -> Line {
    let (messages, number) = (visitor.messages, &details.case.acceptance_number);
    let is_met = details.verdict.is_complete();
    let text = messages.fill("hand_over.papers_complete", "rows", details.sheets.len());
    Line {
        name: messages.t("case.materials").to_owned(),
        text: if is_met { text } else { messages.of(&details.verdict.words()).to_owned() },
        small: String::new(),
        is_met,
        lacks: (!is_met).then_some("hand_over.check_first"),
        way: Some((format!("/console/cases/{number}/materials"), messages.t("case.check_sheet").to_owned())),
        keeps: false,
    }
}

fn fee(visitor: &Visitor, details: &CaseDetails<'_>, read: &str) -> Line {
    let case = details.case;
    let (messages, number, outstanding) = (visitor.messages, &case.acceptance_number, case.outstanding_fen());
    let amount = |fen: i64| messages.fill("money.yuan", "amount", yuan(fen));
    let is_met = outstanding <= 0;
    let paid = case.money.standing().map(|paid| {
        let how = messages.of(&paid.method.words()).to_owned();
        messages.with("hand_over.paid", &[("method", &how), ("receipt", &paid.receipt)])
    });
    let small = paid.collect::<Vec<_>>().join(messages.t("list.between"));
    let takes_money = |offer: &Offer<'_>| offer.requires.contains(&InputPart::Payment) && offer.blocked_by.is_empty();
    let is_payable = details.offers.iter().any(takes_money);
    // The medium was scanned already: it comes back with whoever paid.
    let pay = || (to_payment(number, read), messages.t("payment.take").to_owned());
    Line {
        name: messages.t("case.fee").to_owned(),
        text: match (is_met, case.fee.total_fen) {
            (false, _) => messages.fill("hand_over.owed", "amount", amount(outstanding)),
            (true, 0) => messages.t("hand_over.nothing_to_pay").to_owned(),
            (true, total) => messages.fill("hand_over.settled", "amount", amount(total)),
        },
        small,
        is_met,
        lacks: (!is_met).then_some("hand_over.pay_first"),
        way: (!is_met && is_payable).then(pay),
        keeps: true,
    }
}

fn medium_line(visitor: &Visitor, case: &Case, steps: &[&Action], read: &str) -> Option<Line> {
    let (messages, medium) = (visitor.messages, medium(case, steps)?);
    let is_met = is_medium(medium, read);
    let place = match &medium.1.place.box_number {
        Some(number) => messages.fill("hand_over.box", "number", number),
        None => messages.t("hand_over.no_box").to_owned(),
    };
    let state = messages.t(if is_met { "hand_over.same" } else { "hand_over.to_scan" });
    Some(Line {
        name: messages.t("hand_over.medium").to_owned(),
        text: medium.1.medium_number.clone(),
        small: format!("{place} · {state}"),
        is_met,
        lacks: (!is_met).then_some("hand_over.scan_first"),
        way: None,
        keeps: false,
    })
}

/// Those who may collect, where that must be said.
pub fn collectors(visitor: &Visitor, case: &Case, steps: &[&Action], chosen: &str) -> Vec<Candidate> {
    if !asks_collector(case, steps) {
        return Vec::new();
    }
    let messages = visitor.messages;
    let of = |key: usize, value: &'static str, role: &str, person: &Person| Candidate {
        key,
        value,
        name: messages.with(
            "hand_over.person",
            &[("role", &messages.t(role)), ("name", &person.name), ("number", &person.identity_number.masked())],
        ),
        is_chosen: chosen == value,
    };
    let mut persons = vec![of(1, "applicant", "case.applicant", &case.application.applicant)];
    persons.extend(case.application.agent.iter().map(|agent| of(2, "agent", "case.agent", agent)));
    persons
}

/// What the box takes just now, and what it does with it: nothing is promised that something still stands in the way of; what is to
/// be done first is said.
pub fn help(
    messages: Messages,
    collectors: &[Candidate],
    does: Result<&str, Option<&'static str>>,
    may_compare: bool,
) -> String {
    let scans = messages.t(if may_compare { "hand_over.scan_case" } else { "hand_over.scan_next" });
    let keys: Vec<String> = collectors.iter().map(|candidate| candidate.key.to_string()).collect();
    let first = match does {
        Ok(does) if keys.is_empty() => Some(messages.fill("hand_over.scan_does", "does", does)),
        Ok(_) => Some(messages.fill("hand_over.scan_then", "keys", keys.join(messages.t("hand_over.or")))),
        Err(lacks) => lacks.map(|lacks| messages.t(lacks).to_owned()),
    };
    first.map_or_else(|| begun(scans), |first| format!("{first} · {scans}"))
}

/// What else stands in the way of the first step, in words: what no line says. Of a case that has none, why.
pub fn others(visitor: &Visitor, details: &CaseDetails<'_>, steps: &[&Action]) -> Vec<String> {
    let (messages, case, workflow) = (visitor.messages, details.case, details.definition.workflow);
    let Some(first) = steps.first() else {
        let state = state_words(workflow, &case.state);
        let ready = promised(visitor, details);
        let queue = workflow.state(&case.state).and_then(|state| state.queue);
        let key = match (case.closed_at, queue, &ready) {
            (Some(_), ..) => "hand_over.ended",
            (None, Some(Queue::ToCheck), None) => "hand_over.not_checked",
            (None, Some(Queue::WaitingForCorrection), _) => "hand_over.not_corrected",
            (None, _, Some(_)) => "hand_over.not_before",
            (None, _, None) => "hand_over.not_yet",
        };
        let day = ready.unwrap_or_default();
        return vec![messages.with(key, &[("state", &messages.of(&state)), ("day", &day)])];
    };
    let on_a_line = |refusal: &&Refusal| {
        matches!(
            refusal,
            Refusal::MaterialsIncomplete { .. } | Refusal::FeeNotSettled { .. } | Refusal::CollectorNotRecorded
        )
    };
    let first = details.offers.iter().find(|offer| offer.action.code == first.code);
    let others = first.into_iter().flat_map(|offer| &offer.blocked_by).filter(|refusal| !on_a_line(refusal));
    others.map(|refusal| messages.line(&refusal.words())).collect()
}

/// The day from which it can be collected, as was promised; none where that is over, as it is once it is made, or the days aren't counted just
/// now.
fn promised(visitor: &Visitor, details: &CaseDetails<'_>) -> Option<String> {
    let (dates, deadline) = (visitor.dates(), details.deadline.as_ref()?);
    let ready = deadline.deadlines.ready_from.date;
    (deadline.paused_since.is_none() && deadline.met_at.is_none() && ready >= dates.today()).then(|| dates.near(ready))
}

/// Who collected, or was recorded as collecting.
pub fn recorded(visitor: &Visitor, case: &Case) -> Option<String> {
    let collector = case.collector.as_ref()?;
    let number = collector.document_number.masked();
    Some(visitor.messages.with("hand_over.recorded", &[("name", &collector.name), ("number", &number)]))
}

/// What the case came to and when, once it did what it is about.
pub fn done(visitor: &Visitor, details: &CaseDetails<'_>) -> Option<String> {
    let (case, workflow) = (details.case, details.definition.workflow);
    let at = case.closed_at.filter(|_| is_delivered(workflow, case))?;
    let state = state_words(workflow, &case.state);
    let gaps = [("state", &visitor.messages.of(&state) as &dyn std::fmt::Display), ("at", &visitor.dates().moment(at))];
    Some(visitor.messages.with("hand_over.done", &gaps))
}

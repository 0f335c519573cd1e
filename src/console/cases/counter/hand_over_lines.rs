//! What must be so before something is handed over, line by line, each with the page where it is put right.

use crate::console::page::dates::Dates;
use crate::console::page::visitor::Visitor;
use crate::domain::base::person::Personal;
use crate::domain::case_types::workflow::Action;
use crate::domain::cases::case::Case;
use crate::domain::cases::custody::handing_over::{asks_collector, is_medium, medium};
use crate::domain::cases::intake::applicant::Person;
use crate::domain::cases::refusal::Refusal;
use crate::domain::money::yuan::yuan;
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
    /// Where it is looked at, or put right: address and name.
    pub way: Option<(String, String)>,
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

/// The papers, the fee and the medium.
pub fn lines(visitor: &Visitor, details: &CaseDetails<'_>, steps: &[&Action], read: &str) -> Vec<Line> {
    let mut lines = vec![materials(visitor, details), fee(visitor, details.case)];
    lines.extend(medium_line(visitor, details.case, steps, read));
    lines
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
        way: Some((format!("/console/cases/{number}/materials"), messages.t("case.check_sheet").to_owned())),
    }
}

fn fee(visitor: &Visitor, case: &Case) -> Line {
    let (messages, number, outstanding) = (visitor.messages, &case.acceptance_number, case.outstanding_fen());
    let amount = |fen: i64| messages.fill("money.yuan", "amount", yuan(fen));
    let is_met = outstanding <= 0;
    let paid = case.money.standing().map(|paid| {
        let how = messages.of(&paid.method.words()).to_owned();
        messages.with("hand_over.paid", &[("method", &how), ("receipt", &paid.receipt)])
    });
    let small = paid.collect::<Vec<_>>().join(messages.t("list.between"));
    let pay = || (format!("/console/cases/{number}/payment?then=hand-over"), messages.t("payment.take").to_owned());
    Line {
        name: messages.t("case.fee").to_owned(),
        text: match (is_met, case.fee.total_fen) {
            (false, _) => messages.fill("hand_over.owed", "amount", amount(outstanding)),
            (true, 0) => messages.t("hand_over.nothing_to_pay").to_owned(),
            (true, total) => messages.fill("hand_over.settled", "amount", amount(total)),
        },
        small,
        is_met,
        way: (!is_met).then(pay),
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
        way: None,
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

/// What else stands in the way of the first step, in words: what no line says.
pub fn others(visitor: &Visitor, details: &CaseDetails<'_>, steps: &[&Action]) -> Vec<String> {
    let first = steps.first().and_then(|step| details.offers.iter().find(|offer| offer.action.code == step.code));
    let on_a_line = |refusal: &&Refusal| {
        matches!(
            refusal,
            Refusal::MaterialsIncomplete { .. } | Refusal::FeeNotSettled { .. } | Refusal::CollectorNotRecorded
        )
    };
    let others = first.into_iter().flat_map(|offer| &offer.blocked_by).filter(|refusal| !on_a_line(refusal));
    others.map(|refusal| visitor.messages.of(&refusal.words()).to_owned()).collect()
}

/// Who collected, or was recorded as collecting.
pub fn recorded(visitor: &Visitor, case: &Case) -> Option<String> {
    let collector = case.collector.as_ref()?;
    let number = collector.document_number.masked();
    Some(visitor.messages.with("hand_over.recorded", &[("name", &collector.name), ("number", &number)]))
}

/// When the case ended, whatever was handed over: of one that unlocked a certificate it is nothing new.
pub fn done(dates: &Dates, case: &Case) -> Option<String> {
    case.closed_at.map(|at| dates.moment(at))
}

//! The facts of a case: what it costs, and its dates, as they are while it is open and as they stand once it has ended.

use crate::console::page::dates::Dates;
use crate::console::page::visitor::Visitor;
use crate::domain::case_types::workflow::state_words;
use crate::domain::money::yuan::yuan;
use crate::service::cases::details::CaseDetails;

/// A line of the facts: what it is, and what it says.
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) small: String,
}

/// What it costs; what nobody paid of a case that has ended is owed by nobody.
pub(super) fn fee(visitor: &Visitor, details: &CaseDetails<'_>) -> Vec<Fact> {
    let (messages, case) = (visitor.messages, details.case);
    let fact = |name: &str, value: String| Fact { name: name.to_owned(), value, small: String::new() };
    let total = |key: &str, fen: i64| fact(messages.t(key), messages.fill("money.yuan", "amount", yuan(fen)));
    let lines = case.fee.lines.iter();
    let mut facts: Vec<Fact> = lines
        .map(|line| {
            fact(
                &messages.line(&line.item.words()),
                without(messages.of(&line.sentence()), messages.of(&line.item.words())),
            )
        })
        .collect();
    facts.push(total("case.fee_total", case.fee.total_fen));
    match case.closed_at {
        None => facts.push(total("case.fee_outstanding", case.outstanding_fen())),
        // What nobody paid of what the hall didn't do isn't owed any more.
        Some(_) if case.dropped_fen() > 0 => {
            if let Some(total) = facts.last_mut() {
                messages.t("case.fee_not_due").clone_into(&mut total.small);
            }
        }
        Some(_) => {}
    }
    facts
}

/// Its dates. Of what has happened it is told when: nothing runs any more once the certificate is made or the case has ended.
pub(super) fn deadline(dates: &Dates, details: &CaseDetails<'_>) -> Vec<Fact> {
    let (case, messages) = (details.case, dates.messages);
    let Some(deadline) = &details.deadline else { return Vec::new() };
    let fact = |key: &str, value: String| Fact { name: messages.t(key).to_owned(), value, small: String::new() };
    let limit = dates.day(deadline.deadlines.limit.date);
    let mut facts = vec![fact("case.received", dates.cell(case.opened_at))];
    if let Some(made) = deadline.met_at {
        let small = messages.fill("case.limit_was", "day", &limit);
        facts.push(Fact { small, ..fact("case.made", dates.cell(made)) });
    }
    if let Some(ended) = case.closed_at {
        let state = messages.line(&state_words(details.definition.workflow, &case.state));
        facts.push(Fact { name: state, value: dates.cell(ended), small: String::new() });
        return facts;
    }
    facts.push(fact("case.ready_from", dates.day(deadline.deadlines.ready_from.date)));
    if deadline.met_at.is_none() {
        // While it is paused, the day moves on with every day.
        let small = deadline.paused_since.map_or("", |_| messages.t("case.limit_moves")).to_owned();
        facts.push(Fact { small, ..fact("case.limit", limit) });
    }
    if let Some(since) = deadline.paused_since {
        facts.push(fact("case.paused_since", dates.cell(since)));
    }
    facts
}

/// What a sentence says besides the name that it begins with.
fn without(sentence: &str, name: &str) -> String {
    let rest = sentence.strip_prefix(name).unwrap_or(sentence);
    rest.trim_start_matches([':', '：', ' ', '，', ',']).to_owned()
}

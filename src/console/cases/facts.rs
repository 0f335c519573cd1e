//! The facts of a case: what was applied for, what it costs, and its dates, as they are while it is open and as they stand once it has ended.

use crate::console::page::dates::Dates;
use crate::console::page::messages::Messages;
use crate::console::page::visitor::Visitor;
use crate::domain::base::organization::Organization;
use crate::domain::base::person::Personal;
use crate::domain::case_types::workflow::state_words;
use crate::domain::cases::intake::applicant::Person;
use crate::domain::cases::intake::application::Application;
use crate::domain::cases::intake::labels::Labels;
use crate::domain::money::yuan::yuan;
use crate::service::cases::details::CaseDetails;

/// A line of the facts: what it is, and what it says.
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) small: String,
}

impl Fact {
    fn of(messages: Messages, key: &str, value: impl Into<String>) -> Self {
        Self { name: messages.t(key).to_owned(), value: value.into(), small: String::new() }
    }
}

/// What was applied for: whatever is asked at intake stands here, but the certificate held, which stands beside the one made.
pub(super) fn application(visitor: &Visitor, details: &CaseDetails<'_>) -> Vec<Fact> {
    let (messages, hall) = (visitor.messages, visitor.service.hall());
    let fact = |key: &str, value: String| Fact::of(messages, key, value);
    let Application {
        organization,
        applicant,
        agent,
        certificate_contact,
        applications,
        outlet,
        service_years,
        payment_method,
        collection_method,
        certificate_serial: _,
        replacement_reason,
        seal,
        responsibility_letter,
        labels: Labels { reference, metadata },
    } = &details.case.application;
    let mut facts = of_organization(messages, organization);
    let people = [("case.applicant", Some(applicant)), ("case.agent", agent.as_ref())];
    facts.extend(people.into_iter().filter_map(|(key, person)| Some(of_person(messages, key, person?))));
    facts.extend(
        certificate_contact
            .iter()
            .map(|contact| Fact { small: contact.phone.masked(), ..fact("case.contact", contact.name.clone()) }),
    );
    let named = |code: &String| messages.of(&hall.application_or_unknown(code).words).to_owned();
    let applications: Vec<String> = applications.iter().map(named).collect();
    let years = (*service_years > 0).then(|| messages.fill("case.years", "years", service_years));
    let letter = responsibility_letter.as_ref().map(|letter| visitor.dates().moment(letter.accepted_at));
    let asked = [
        ("case.applications", (!applications.is_empty()).then(|| applications.join(messages.t("list.between")))),
        ("case.service_years", years),
        ("intake.replacement_reason", replacement_reason.map(|reason| messages.line(&reason.words()))),
        ("case.seal", seal.clone()),
        ("intake.payment_method", payment_method.map(|method| messages.line(&method.words()))),
        ("intake.collection_method", collection_method.map(|method| messages.line(&method.words()))),
        ("case.letter", letter.map(|at| messages.fill("case.letter_accepted", "at", at))),
        ("case.outlet", Some(messages.of(&hall.outlet_or_unknown(outlet).words).to_owned())),
        ("case.reference", reference.clone()),
    ];
    facts.extend(asked.into_iter().filter_map(|(key, value)| Some(fact(key, value?))));
    // Keys are another system's words, and stay as they are.
    facts.extend(metadata.iter().map(|(key, value)| Fact {
        name: key.clone(),
        value: value.as_str().to_owned(),
        small: String::new(),
    }));
    facts
}

fn of_organization(messages: Messages, organization: &Organization) -> Vec<Fact> {
    // Its name stands at the top of every page of the case.
    let Organization { name: _, kind, unified_code, organization_code, registration_number, check_override_reason } =
        organization;
    let code = organization_code.hyphenated();
    let code = match unified_code {
        Some(unified) => Fact {
            small: messages.fill("case.organization_code", "code", code),
            ..Fact::of(messages, "case.code", unified.as_str())
        },
        None => Fact::of(messages, "case.code", code),
    };
    let registered = registration_number.as_ref().map(|number| number.as_str().to_owned());
    let others = [
        ("intake.kind", Some(messages.line(&kind.words()))),
        ("intake.registration_number", registered),
        ("case.override", check_override_reason.clone()),
    ];
    let others = others.into_iter().filter_map(|(key, value)| Some(Fact::of(messages, key, value?)));
    std::iter::once(code).chain(others).collect()
}

/// A person with their document and telephone, whose numbers are masked.
fn of_person(messages: Messages, key: &str, person: &Person) -> Fact {
    let Person { name, document_type, document_country, identity_number, phone } = person;
    let country = document_country.as_ref().map(|country| messages.fill("case.document_of", "country", country));
    let small = [
        messages.line(&document_type.words()) + &country.unwrap_or_default(),
        identity_number.masked(),
        phone.masked(),
    ];
    Fact { small: small.join(" "), ..Fact::of(messages, key, name.as_str()) }
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
    let taken = [
        ("case.fee_waived", case.money.waived_fen()),
        ("case.fee_paid", case.money.paid_fen()),
        ("case.fee_refunded", case.money.refunded_fen()),
    ];
    let (total_at, taken) = (facts.len() - 1, taken.into_iter().filter(|(_, fen)| *fen != 0));
    facts.extend(taken.map(|(key, fen)| total(key, fen)));
    match case.closed_at {
        None => facts.push(total("case.fee_outstanding", case.outstanding_fen())),
        // What nobody paid of what the hall didn't do isn't owed any more.
        Some(_) if case.dropped_fen() > 0 => {
            if let Some(total) = facts.get_mut(total_at) {
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

//! The forms that the guide asks for, filled in from the case, each in as many copies as are handed in.

use crate::console::applicants::paper::{Block, Sheet, Subject};
use crate::console::cases::foreseen::changed_on_held;
use crate::domain::applicants::paper::{Paper, form_of};
use crate::domain::base::person::Personal;
use crate::domain::case_types::case_type::Copies;

/// A form's copies, numbered.
pub(super) fn copies(subject: &Subject<'_>, paper: Paper) -> Vec<Sheet> {
    let Some(material) = form_of(subject.details.definition, subject.case(), paper) else { return Vec::new() };
    let copies = match material.copies {
        Copies::Exactly(copies) => copies.max(1),
        Copies::Unspecified => 1,
    };
    let mut title = subject.of(&material.words);
    // One form, two names: whoever looks for either finds it.
    if let (Some(other), "zh-CN") = (material.also_called.first(), subject.messages().tag()) {
        title = format!("{title}（{other}）");
    }
    let sheet = |copy| Sheet {
        copy: (copies > 1).then_some((copy, copies)),
        ..Sheet::new(title.clone(), blocks(subject, paper))
    };
    (1..=copies).map(sheet).collect()
}

fn blocks(subject: &Subject<'_>, paper: Paper) -> Vec<Block> {
    let mut blocks = match paper {
        Paper::ResponsibilityLetter => responsibility_letter(subject),
        Paper::ESealAgreement => {
            let mut blocks = vec![Block::Facts(subject.organization_facts())];
            blocks.extend(subject.t("paper.agreement").lines().map(|line| Block::Text(line.to_owned())));
            blocks
        }
        Paper::ESealForm => {
            let mut facts = subject.organization_facts();
            facts.extend(persons(subject));
            facts.push(subject.fact("paper.e_seal", subject.organization()));
            facts.extend(subject.case().application.seal.clone().map(|seal| subject.fact("paper.seal_code", seal)));
            vec![Block::Facts(facts), Block::Text(subject.t("paper.e_seal_declaration"))]
        }
        _ => {
            let mut facts = vec![subject.fact("paper.case_type", subject.case_type())];
            facts.extend(subject.organization_facts());
            facts.extend(persons(subject));
            facts.extend(asked(subject));
            let changes = changed_on_held(subject.visitor, subject.details, &subject.data.events);
            facts.extend(changes.into_iter().map(|change| subject.fact("paper.change", change)));
            vec![Block::Facts(facts), Block::Text(subject.t("paper.declaration"))]
        }
    };
    blocks.push(Block::Signatures(vec![subject.t("paper.signed_by_applicant"), subject.t("paper.signed_on")]));
    blocks.push(Block::Stamp(subject.t("paper.organization_stamp")));
    blocks
}

/// Whoever applies; numbers and telephones stay masked, and are completed by hand by whose they are.
fn persons(subject: &Subject<'_>) -> Vec<(String, String)> {
    let application = &subject.case().application;
    let by_hand = |masked: String| subject.messages().fill("paper.by_hand", "masked", masked);
    let mut facts = Vec::new();
    let mut add = |key: &str, person: &crate::domain::cases::intake::applicant::Person| {
        facts.push(subject.fact(key, person.name.as_str()));
        facts.push(subject.fact("paper.identity_number", by_hand(person.identity_number.masked())));
        facts.push(subject.fact("paper.phone", by_hand(person.phone.masked())));
    };
    add("paper.applicant", &application.applicant);
    if let Some(agent) = &application.agent {
        add("paper.agent", agent);
    }
    if let Some(contact) = &application.certificate_contact {
        facts.push(subject.fact("paper.contact", contact.name.as_str()));
        facts.push(subject.fact("paper.phone", by_hand(contact.phone.masked())));
    }
    facts
}

/// What is asked for: applications, years, and on which certificate.
fn asked(subject: &Subject<'_>) -> Vec<(String, String)> {
    let (application, hall) = (&subject.case().application, subject.visitor.service.hall());
    let mut facts = Vec::new();
    let name = |code: &String| subject.of(&hall.application_or_unknown(code).words);
    let applications: Vec<String> = application.applications.iter().map(name).collect();
    if !applications.is_empty() {
        facts.push(subject.fact("paper.applications", applications.join(subject.messages().t("list.between"))));
    }
    if application.service_years > 0 {
        facts.push(subject.fact("paper.years", application.service_years.to_string()));
    }
    facts.extend(
        application.payment_method.map(|method| subject.fact("paper.payment_method", subject.line(&method.words()))),
    );
    let collection = application.collection_method.map(|method| subject.line(&method.words()));
    facts.extend(collection.map(|method| subject.fact("paper.collection_method", method)));
    facts.extend(application.certificate_serial.clone().map(|serial| subject.fact("paper.serial", serial)));
    facts.extend(
        application.replacement_reason.map(|reason| subject.fact("paper.replaced", subject.line(&reason.words()))),
    );
    facts.push(subject.fact("paper.outlet", subject.of(&subject.outlet().words)));
    facts
}

fn responsibility_letter(subject: &Subject<'_>) -> Vec<Block> {
    let mut blocks = vec![Block::Facts(subject.organization_facts())];
    if let Some(letter) = &subject.details.definition.case_type.responsibility_letter {
        let text = subject.of(&letter.text);
        blocks.extend(text.lines().filter(|line| !line.trim().is_empty()).map(|line| Block::Text(line.to_owned())));
    }
    blocks
}

//! What a correction of an application changed, field by field, as it was and as it is; numbers of persons are masked as everywhere.

use crate::console::page::visitor::Visitor;
use crate::domain::base::person::Personal;
use crate::domain::cases::intake::applicant::Person;
use crate::domain::cases::intake::application::Application;

/// What is changed, a line for each field.
pub(super) fn corrections(visitor: &Visitor, before: &Application, after: &Application) -> Vec<String> {
    let fields = fields(visitor, before).into_iter().zip(fields(visitor, after));
    let said = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let changed = fields.filter(|((_, before), (_, after))| before != after);
    changed
        .map(|((field, before), (_, after))| {
            let gaps: [(&str, &dyn std::fmt::Display); 3] =
                [("field", &field), ("before", &said(before)), ("after", &said(after))];
            visitor.messages.with("timeline.changed", &gaps)
        })
        .collect()
}

/// Every field of an application that can be corrected or labelled: what it is called, and what it says.
fn fields(visitor: &Visitor, application: &Application) -> Vec<(String, Option<String>)> {
    let messages = visitor.messages;
    let (organization, labels) = (&application.organization, &application.labels);
    let metadata: Vec<String> =
        labels.metadata.iter().map(|(key, value)| format!("{key} = {}", value.as_str())).collect();
    let outlet = messages.of(&visitor.service.hall().outlet_or_unknown(&application.outlet).words).to_owned();
    let unified = organization.unified_code.as_ref().map(|code| code.as_str().to_owned());
    let registered = organization.registration_number.as_ref().map(|number| number.as_str().to_owned());
    let named = |key: &str, value: Option<String>| (messages.t(key).to_owned(), value);
    let mut fields = vec![
        named("intake.name", Some(organization.name.clone())),
        named("intake.kind", Some(messages.line(&organization.kind.words()))),
        named("field.correction.organization.unified_social_credit_code", unified),
        named(
            "field.correction.organization.organization_code",
            Some(organization.organization_code.as_str().to_owned()),
        ),
        named("intake.registration_number", registered),
        named("case.override", organization.check_override_reason.clone()),
    ];
    fields.extend(of_person(visitor, "case.applicant", Some(&application.applicant)));
    fields.extend(of_person(visitor, "case.agent", application.agent.as_ref()));
    let contact = application.certificate_contact.as_ref();
    let whose = |key: &str| whose(visitor, "case.contact", key);
    fields.push((whose("intake.person_name"), contact.map(|contact| contact.name.clone())));
    fields.push((whose("field.person.phone"), contact.map(|contact| contact.phone.masked())));
    fields.push(named("field.correction.outlet", Some(outlet)));
    fields.push(named("case.reference", labels.reference.clone()));
    fields.push(named("case.metadata", (!metadata.is_empty()).then(|| metadata.join(messages.t("list.between")))));
    fields
}

fn of_person(visitor: &Visitor, key: &str, person: Option<&Person>) -> Vec<(String, Option<String>)> {
    let messages = visitor.messages;
    let document = |person: &Person| {
        let country = person.document_country.as_ref();
        let country = country.map(|country| messages.fill("case.document_of", "country", country));
        messages.line(&person.document_type.words()) + &country.unwrap_or_default()
    };
    vec![
        (whose(visitor, key, "intake.person_name"), person.map(|person| person.name.clone())),
        (whose(visitor, key, "field.person.document_type"), person.map(document)),
        (whose(visitor, key, "field.person.document_number"), person.map(|person| person.identity_number.masked())),
        (whose(visitor, key, "field.person.phone"), person.map(|person| person.phone.masked())),
    ]
}

fn whose(visitor: &Visitor, whose: &str, field: &str) -> String {
    let messages = visitor.messages;
    messages.with("field.whose", &[("whose", &messages.t(whose)), ("field", &messages.t(field))])
}

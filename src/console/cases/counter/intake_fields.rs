//! The fields of the intake form: those that the case type asks for, with what was typed.

use super::intake_draft::{AGENT, CODE, OTHER};
use crate::console::page::forms::field::{Control, Field};
use crate::console::page::forms::fields::Typed;
use crate::console::page::messages::Messages;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::role::Role;
use crate::domain::base::identity_document::IdentityDocumentType;
use crate::domain::base::organization::OrganizationKind;
use crate::domain::base::words::Words;
use crate::domain::case_types::case_type::{ApplicationPart, CaseType, ReplacementReason};
use crate::domain::case_types::published_text::PublishedText;
use crate::domain::cases::intake::application::{CollectionMethod, SERVICE_YEARS};
use crate::domain::money::fee::fee;
use crate::domain::money::payment::PaymentMethod;
use crate::domain::money::yuan::whole_yuan;

/// By what the rules name either code of an organization.
const CODES: &[&str] = &["organization/unified_social_credit_code", "organization/organization_code", "code"];

/// Fields under a heading.
pub struct Section {
    /// What is told apart by style: which of them the page folds away.
    pub class: &'static str,
    /// The heading.
    pub title: String,
    /// The fields.
    pub fields: Vec<Field>,
}

/// The form's sections for a case type.
pub fn sections(visitor: &Visitor, case_type: &CaseType, typed: &Typed) -> Vec<Section> {
    let messages = visitor.messages;
    let section = |class, title, fields| Section { class, title: messages.t(title).to_owned(), fields };
    let mut applicant = person(messages, "applicant", typed);
    let agents = vec![
        ("same".to_owned(), messages.t("intake.agent_same").to_owned()),
        (OTHER.to_owned(), messages.t("intake.agent_other").to_owned()),
    ];
    let mut with_default = typed.clone();
    with_default.fill(AGENT, "same");
    applicant.push(Field::choice(Control::Radio, AGENT, messages.t("case.agent"), &with_default, agents));
    vec![
        section("dense", "case.organization", organization(visitor, case_type, typed)),
        section("dense", "case.applicant", applicant),
        section("dense agent", "case.agent", person(messages, "agent", typed)),
        section("dense", "intake.contact", contact(messages, typed)),
        section("", "intake.service", service(visitor, case_type, typed)),
    ]
}

/// Whether the form of this case type comes back; else it is shown for the first time, though something may be filled in already.
fn was_sent(case_type: &CaseType, typed: &Typed) -> bool {
    typed.one("case_type") == case_type.code
}

fn organization(visitor: &Visitor, case_type: &CaseType, typed: &Typed) -> Vec<Field> {
    let messages = visitor.messages;
    let text = |name: &str, label: &str| Field::text(name, messages.t(label), typed);
    let kinds = OrganizationKind::ALL.into_iter().map(|kind| named(messages, kind.code(), &kind.words()));
    let mut code = text(CODE, "intake.code").required().known_as(CODES);
    code.is_first = !was_sent(case_type, typed);
    let mut fields = vec![
        code,
        text("organization/name", "intake.name").required(),
        Field::choice(Control::Select, "organization/kind", messages.t("intake.kind"), typed, kinds.collect()),
        text("organization/registration_number", "intake.registration_number")
            .hint(messages.t("intake.registration_number_hint")),
    ];
    if visitor.caller.actor.has_any(&[Role::Supervisor]) {
        let hint = messages.t("intake.override_hint");
        fields.push(text("organization/check_override_reason", "intake.override").hint(hint));
    }
    if case_type.needs_held_certificate() {
        fields.push(text("certificate_serial", "intake.held").required().hint(messages.t("intake.held_hint")));
    }
    fields
}

/// The fields of a person, below the pointer of theirs.
pub fn person(messages: Messages, at: &str, typed: &Typed) -> Vec<Field> {
    let text = |name: &str, label: &str| Field::text(&format!("{at}/{name}"), messages.t(label), typed);
    let mut fields = vec![text("name", "intake.person_name").required()];
    fields.extend(document(messages, at, "identity_number", typed));
    fields.push(text("phone", "intake.phone").required().hint(messages.t("intake.phone_hint")));
    let whose = messages.t(if at == "agent" { "case.agent" } else { "case.applicant" });
    fields.into_iter().map(|field| field.of(whose)).collect()
}

/// The fields of an identity document.
pub fn document(messages: Messages, at: &str, number: &str, typed: &Typed) -> [Field; 3] {
    let text = |name: &str, label: &str| Field::text(&format!("{at}/{name}"), messages.t(label), typed);
    let types = IdentityDocumentType::ALL.into_iter().map(|kind| named(messages, kind.code(), &kind.words()));
    let name = format!("{at}/document_type");
    [
        Field::choice(Control::Select, &name, messages.t("intake.document"), typed, types.collect()),
        text(number, "intake.document_number").required(),
        text("document_country", "intake.country").hint(messages.t("intake.country_hint")),
    ]
}

fn contact(messages: Messages, typed: &Typed) -> Vec<Field> {
    let text = |name: &str, label: &str| Field::text(name, messages.t(label), typed);
    vec![text("certificate_contact/name", "intake.person_name"), text("certificate_contact/phone", "intake.phone")]
}

fn service(visitor: &Visitor, case_type: &CaseType, typed: &Typed) -> Vec<Field> {
    let (messages, hall) = (visitor.messages, visitor.service.hall());
    let choice = |control, name: &str, label: &str, typed: &Typed, of| {
        Field::choice(control, name, messages.t(label), typed, of).required()
    };
    let mut fields = Vec::new();
    if case_type.asks(ApplicationPart::Applications) {
        let known = hall.applications.iter().map(|known| named(messages, &known.code, &known.words)).collect();
        let mut field = choice(Control::Check, "applications", "intake.applications", typed, known);
        // What the case type demands is ticked to begin with.
        for choice in field.choices.iter_mut().filter(|_| !was_sent(case_type, typed)) {
            choice.is_chosen = case_type.required_applications.contains(&choice.value);
        }
        fields.push(field);
    }
    if case_type.asks(ApplicationPart::ServiceYears) {
        let of = SERVICE_YEARS.map(|years| (years.to_string(), years_with_fee(visitor, case_type, years))).collect();
        fields.push(choice(Control::Radio, "service_years", "case.service_years", typed, of));
    }
    if !case_type.replacement_reasons.is_empty() {
        let reasons = case_type.replacement_reasons.iter();
        let suspends = case_type.replacement_reasons.contains(&ReplacementReason::Lost);
        let lost = if suspends { messages.t("intake.lost_hint") } else { "" };
        let of = reasons.map(|reason| named(messages, reason.code(), &reason.words())).collect();
        fields.push(choice(Control::Radio, "replacement_reason", "intake.replacement_reason", typed, of).hint(lost));
    }
    if case_type.asks(ApplicationPart::PaymentMethod) {
        let of = PaymentMethod::ALL.into_iter().map(|way| named(messages, way.code(), &way.words())).collect();
        fields.push(choice(Control::Radio, "payment_method", "intake.payment_method", typed, of));
    }
    if case_type.asks(ApplicationPart::CollectionMethod) {
        let window = named(messages, CollectionMethod::Window.code(), &CollectionMethod::Window.words());
        let mut only = typed.clone();
        only.fill("collection_method", &window.0);
        let field = choice(Control::Radio, "collection_method", "intake.collection_method", &only, vec![window]);
        fields.push(field.hint(own_outlet(visitor)));
    }
    if case_type.asks(ApplicationPart::Seal) {
        fields.push(Field::text("seal", messages.t("intake.seal"), typed));
    }
    fields.extend(outlet(visitor, typed));
    if case_type.asks(ApplicationPart::ResponsibilityLetter) {
        // Of editions of before texts were kept the letter is known by the guide's name for it.
        let letter = asked_letter(case_type).map_or(messages.t("intake.letter"), |letter| messages.of(&letter.words));
        let accepted = messages.fill("intake.letter_accepted", "letter", letter);
        let of = vec![("yes".to_owned(), accepted)];
        let accepted = choice(Control::Check, "responsibility_letter_accepted", "intake.letter", typed, of);
        fields.push(accepted.known_as(&["responsibility_letter_sha256"]));
    }
    fields
}

/// The letter that applicants accept, where the case type asks for that.
pub fn asked_letter(case_type: &CaseType) -> Option<&PublishedText> {
    case_type.responsibility_letter.as_ref().filter(|_| case_type.asks(ApplicationPart::ResponsibilityLetter))
}

/// Where it is collected; none of whoever belongs to an outlet, as they open cases there only.
fn outlet(visitor: &Visitor, typed: &Typed) -> Option<Field> {
    let mut chosen = typed.clone();
    chosen.fill("outlet", &visitor.service.hall().default_outlet);
    let label = visitor.messages.t("intake.outlet");
    let field = || Field::choice(Control::Select, "outlet", label, &chosen, visitor.named_outlets());
    visitor.caller.actor.outlet.is_none().then(field)
}

/// Where it will be collected, for whoever belongs to an outlet and so has no choice, and what to do if it is to be another one.
fn own_outlet(visitor: &Visitor) -> String {
    let (messages, hall) = (visitor.messages, visitor.service.hall());
    let Some(own) = visitor.caller.actor.outlet.as_deref() else { return String::new() };
    let outlet = hall.outlet_or_unknown(own);
    let name = messages.of(&outlet.words);
    let place = match &outlet.address {
        Some(at) => messages.with("intake.place", &[("outlet", &name), ("address", &messages.of(at))]),
        None => name.to_owned(),
    };
    let key = if hall.outlets.len() > 1 { "intake.collected_or_elsewhere" } else { "intake.collected_at" };
    messages.fill(key, "place", place)
}

fn years_with_fee(visitor: &Visitor, case_type: &CaseType, years: u32) -> String {
    let (messages, hall) = (visitor.messages, visitor.service.hall());
    let text = messages.fill("case.years", "years", years);
    match fee(&case_type.fees, &hall.prices, visitor.dates().today(), years) {
        Ok(fee) => format!("{text} · {}", messages.fill("money.yuan", "amount", whole_yuan(fee.total_fen))),
        Err(_) => text,
    }
}

fn named(messages: Messages, code: &str, words: &Words) -> (String, String) {
    (code.to_owned(), messages.line(words))
}

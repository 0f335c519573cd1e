//! Intake: an application that somebody brings to the window.
//!
//! Guarantees: Enter in a field only looks whether the organization may apply, it never sends the application; whatever is
//! refused, nothing that was typed is lost, and where another case type is open to the organization, one button goes there with it.

use actix_web::http::StatusCode;
use actix_web::web::Query;
use actix_web::{HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;

use super::intake_draft::{CODE, draft, field_of};
use super::intake_fields::{Section, asked_letter, sections};
use crate::console::page::answer::{rendered, see};
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::{Told, told};
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::base::named::Named;
use crate::domain::base::words::{Fault, Words};
use crate::domain::case_types::case_type::CaseType;
use crate::domain::case_types::published_text::PublishedText;
use crate::domain::cases::refusal::{HeldBy, Refusal, RefusalKind};
use crate::http::problem::{Problem, kinds};
use crate::service::base::error::ServiceError;

/// A case type that the reader may open.
struct Way {
    key: usize,
    code: String,
    name: String,
    source: String,
}

#[derive(Template)]
#[template(path = "cases/counter/case_types.html", config = "src/console/askama.toml")]
struct CaseTypesPage {
    layout: Layout,
    ways: Vec<Way>,
    sought: String,
}

/// What stands in the way, and what can be applied for instead.
struct Offer {
    text: String,
    serial: String,
    case: Option<String>,
    instead: Vec<(String, String)>,
}

/// A text that applicants read, and its digest.
struct Text {
    name: String,
    paragraphs: Vec<String>,
    sha256: String,
}

#[derive(Template)]
#[template(path = "cases/counter/intake.html", config = "src/console/askama.toml")]
struct IntakePage {
    layout: Layout,
    case_type: String,
    case_type_name: String,
    notes: Option<Text>,
    letter: Option<Text>,
    sections: Vec<Section>,
    told: Vec<Told>,
    offer: Option<Offer>,
    is_free: bool,
}

/// Which case type, and what somebody looked for in vain: an organization's code or its name.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct IntakeQuery {
    case_type: Option<String>,
    #[serde(default)]
    sought: String,
}

/// The case types, or the form of one.
#[get("/cases/new")]
pub(in crate::console) async fn show(visitor: Visitor, query: Query<IntakeQuery>) -> Result<HttpResponse, Problem> {
    visitor.service.may_open(&visitor.caller)?;
    let IntakeQuery { case_type, sought } = query.into_inner();
    let Some(code) = case_type else { return Ok(rendered(StatusCode::OK, &CaseTypesPage::of(&visitor, sought))) };
    let mut typed = Typed::default();
    if !sought.is_empty() {
        // A code has no Chinese character, mistyped or not.
        typed.fill(if sought.is_ascii() { CODE } else { "organization/name" }, &sought);
    }
    Ok(rendered(StatusCode::OK, &IntakePage::of(&visitor, opening(&visitor, &code)?, &typed)))
}

/// Sends the application; looks whether the organization may apply; or goes on with another case type.
#[post("/cases/new")]
pub(in crate::console) async fn submit(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, mut typed) = (form.visitor, form.sent);
    visitor.service.may_open(&visitor.caller)?;
    if let Some(instead) = typed.given("instead") {
        let held = typed.one("held").to_owned();
        typed.fill("certificate_serial", &held);
        return Ok(rendered(StatusCode::OK, &IntakePage::of(&visitor, opening(&visitor, &instead)?, &typed)));
    }
    let case_type = opening(&visitor, typed.one("case_type"))?;
    if typed.given("submit").is_none() {
        return look(&visitor, case_type, typed).await;
    }
    match visitor.service.open_case(&visitor.caller, draft(&case_type.code, &typed), None).await {
        Ok(opened) => Ok(see(&format!("/console/cases/{}", opened.case.acceptance_number))),
        Err(error) => {
            let mut page = IntakePage::of(&visitor, case_type, &typed);
            page.tell(&visitor, error)?;
            Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// Says whether the organization holds a certificate or is applying for one, and fills in which it holds.
async fn look(visitor: &Visitor, case_type: &CaseType, mut typed: Typed) -> Result<HttpResponse, Problem> {
    match visitor.service.eligibility(&visitor.caller, typed.one(CODE)).await {
        Ok(found) => {
            let on_held = match &found.held_by {
                Some(HeldBy::Certificate { serial, offers }) if offers.iter().any(|o| o.code == case_type.code) => {
                    typed.fill("certificate_serial", serial);
                    true
                }
                held_by => held_by.is_none() && !case_type.needs_held_certificate(),
            };
            let mut page = IntakePage::of(visitor, case_type, &typed);
            page.is_free = on_held;
            page.offer = found.held_by.filter(|_| !on_held).map(|held_by| Offer::of(visitor, held_by));
            let none_held = page.offer.is_none() && !on_held;
            page.told.extend(none_held.then(|| Told::plain(visitor.messages.t("intake.none_held"))));
            page.begin_after_code();
            Ok(rendered(StatusCode::OK, &page))
        }
        Err(error) => {
            let mut page = IntakePage::of(visitor, case_type, &typed);
            page.tell(visitor, error)?;
            Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// A case type by its code, where the visitor may open one.
fn opening<'a>(visitor: &'a Visitor, code: &str) -> Result<&'a CaseType, Problem> {
    let found = visitor.service.catalog().opening(code).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))?;
    match Refusal::unless_role(&visitor.caller.actor, &found.case_type.opened_by) {
        Some(refusal) => Err(ServiceError::from(refusal).into()),
        None => Ok(found.case_type),
    }
}

impl CaseTypesPage {
    fn of(visitor: &Visitor, sought: String) -> Self {
        let (messages, actor) = (visitor.messages, &visitor.caller.actor);
        let open = visitor.service.catalog().current().filter(|case_type| actor.has_any(&case_type.opened_by));
        let mut open: Vec<&CaseType> = open.collect();
        // What makes a certificate comes first, then what the guide describes.
        open.sort_by_key(|case_type| (case_type.needs_held_certificate(), !case_type.source.contains('（')));
        let way = |(at, case_type): (usize, &CaseType)| Way {
            key: at + 1,
            code: case_type.code.clone(),
            name: messages.of(&case_type.words).to_owned(),
            source: case_type.source.clone(),
        };
        let layout = Layout::of(visitor, messages.t("intake.title").to_owned(), Place::Intake);
        Self { layout, ways: open.into_iter().enumerate().map(way).collect(), sought }
    }
}

impl Offer {
    fn of(visitor: &Visitor, held_by: HeldBy) -> Self {
        let messages = visitor.messages;
        let text = messages.of(&Refusal::AlreadyApplied { held_by: held_by.clone() }.words()).to_owned();
        let named = |offers: Vec<Named>| {
            offers.into_iter().map(|offer| (offer.code, messages.of(&offer.words).to_owned())).collect()
        };
        match held_by {
            HeldBy::Certificate { serial, offers } => Self { text, serial, case: None, instead: named(offers) },
            HeldBy::Registration { serial } => Self { text, serial, case: None, instead: Vec::new() },
            HeldBy::Case { acceptance_number } => {
                Self { text, serial: String::new(), case: acceptance_number, instead: Vec::new() }
            }
        }
    }
}

impl IntakePage {
    fn of(visitor: &Visitor, case_type: &CaseType, typed: &Typed) -> Self {
        let messages = visitor.messages;
        let text = |published: &PublishedText| Text {
            name: messages.of(&published.words).to_owned(),
            paragraphs: messages
                .of(&published.text)
                .lines()
                .map(str::to_owned)
                .filter(|line| !line.is_empty())
                .collect(),
            sha256: published.identity.sha256.clone(),
        };
        let case_type_name = messages.of(&case_type.words).to_owned();
        Self {
            layout: Layout::of(visitor, messages.fill("intake.heading", "case_type", &case_type_name), Place::Intake),
            case_type: case_type.code.clone(),
            case_type_name,
            notes: case_type.application_notes.as_ref().map(text),
            letter: asked_letter(case_type).map(text),
            sections: sections(visitor, case_type, typed),
            told: Vec::new(),
            offer: None,
            is_free: false,
        }
    }

    /// Says what was refused, at the fields where it belongs.
    fn tell(&mut self, visitor: &Visitor, error: ServiceError) -> Result<(), Problem> {
        let refusals = match error {
            ServiceError::Invalid(faults) => vec![Refusal::InvalidInput { faults }],
            ServiceError::Refused(refusals) if refusals.iter().all(|one| one.kind() != RefusalKind::NotPermitted) => {
                refusals
            }
            error => return Err(error.into()),
        };
        for refusal in refusals {
            let words = refusal.words();
            match refusal {
                Refusal::InvalidInput { faults } => self.tell_faults(visitor, &faults),
                Refusal::AlreadyApplied { held_by } => self.offer = Some(Offer::of(visitor, held_by)),
                Refusal::HeldCertificateExpired { serial, offers } => {
                    let mut offer = Offer::of(visitor, HeldBy::Certificate { serial, offers });
                    visitor.messages.of(&words).clone_into(&mut offer.text);
                    self.offer = Some(offer);
                }
                _ => self.tell_other(visitor, &words),
            }
        }
        Ok(())
    }

    fn tell_faults(&mut self, visitor: &Visitor, faults: &[Fault]) {
        let fields = self.sections.iter_mut().flat_map(|section| &mut section.fields);
        self.told.extend(told(visitor.messages, faults, field_of, fields));
    }

    fn tell_other(&mut self, visitor: &Visitor, words: &Words) {
        self.told.push(Told::plain(visitor.messages.of(words)));
    }

    /// The code was looked at: what is still empty comes next.
    fn begin_after_code(&mut self) {
        let fields = self.sections.iter_mut().flat_map(|section| &mut section.fields);
        if let Some(next) = fields.filter(|field| field.is_text()).find(|field| field.value.is_empty()) {
            next.is_first = self.told.is_empty();
        }
    }
}

//! Intake: an application that somebody brings to the window.
//!
//! Guarantees: Enter in a field only looks whether the organization may apply, it never sends the application; a number that was
//! scanned into a field is a case, not what the field asks for; whatever is refused, nothing that was typed is lost, and where
//! another case type is open to the organization, one button goes there with it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use super::intake_draft::{CODE, draft};
use super::intake_fields::{Section, asked_letter, sections};
use super::intake_held::{FOUND, changes_on, holds, know};
use super::intake_offer::Offer;
use super::intake_scanned::{held_is_named, scanned_case, scanned_serial};
use crate::console::cases::case::after;
use crate::console::page::address::address;
use crate::console::page::answer::{rendered, see};
use crate::console::page::forms::field::Field;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::base::organization_code::organization_code_of;
use crate::domain::base::text;
use crate::domain::base::words::Fault;
use crate::domain::case_types::case_type::CaseType;
use crate::domain::case_types::published_text::PublishedText;
use crate::domain::case_types::workflow::OPENING;
use crate::domain::cases::case::Case;
use crate::domain::cases::intake::scan::case_number;
use crate::domain::cases::refusal::{HeldBy, Refusal, RefusalKind};
use crate::http::problem::{Problem, kinds};
use crate::service::base::error::ServiceError;

/// Fields that are filled in with what the register knows.
const FILLED: [&str; 2] = ["certificate_serial", "organization/name"];
/// So many digits are likely the number of a case.
const LIKE_A_CASE: std::ops::RangeInclusive<usize> = 10..=17;

/// A case type that the reader may open.
struct Way {
    key: usize,
    code: String,
    name: String,
}

#[derive(Template)]
#[template(path = "cases/counter/case_types.html", config = "src/console/askama.toml")]
struct CaseTypesPage {
    layout: Layout,
    ways: Vec<Way>,
    sought: String,
    /// What was typed already: it goes on with the type that is chosen.
    typed: Vec<(String, String)>,
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
    /// What the button behind the organization does.
    look: &'static str,
    notes: Option<Text>,
    letter: Option<Text>,
    sections: Vec<Section>,
    /// What the register filled in, by the names of hidden fields.
    found: [(String, String); 2],
    told: Vec<Told>,
    offer: Option<Offer>,
    is_free: bool,
    /// Which certificate the organization holds, and until when.
    held: Option<String>,
    /// What the register has of it where that can be changed, and what is to stand there instead.
    changes: Vec<String>,
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
pub(in crate::console) async fn show(visitor: Visitor, query: Query<IntakeQuery>) -> Result<HttpResponse, Problem> {
    visitor.service.may_open(&visitor.caller)?;
    let IntakeQuery { case_type, sought } = query.into_inner();
    let Some(code) = case_type else { return Ok(rendered(StatusCode::OK, &CaseTypesPage::of(&visitor, sought))) };
    let mut typed = Typed::default();
    if !sought.is_empty() {
        // A code has no Chinese character, mistyped or not.
        typed.fill(if sought.is_ascii() { CODE } else { "organization/name" }, &sought);
    }
    let case_type = opening(&visitor, &code)?;
    // Whoever comes from a certificate finds what the register knows of it.
    if case_type.needs_held_certificate() && organization_code_of(&sought).is_ok() {
        return look(&visitor, case_type, typed).await;
    }
    Ok(rendered(StatusCode::OK, &IntakePage::of(&visitor, case_type, &typed)))
}

/// Sends the application; looks whether the organization may apply; or goes on with another case type, also one that is still to be chosen.
pub(in crate::console) async fn submit(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, typed) = (form.visitor, form.sent);
    visitor.service.may_open(&visitor.caller)?;
    if let Some(instead) = typed.given("instead") {
        return go_on(&visitor, opening(&visitor, &instead)?, typed).await;
    }
    let case_type = opening(&visitor, typed.one("case_type"))?;
    if typed.has("other") {
        return Ok(choose_anew(&visitor, case_type, typed));
    }
    looked_at(&visitor, case_type, typed).await
}

async fn looked_at(visitor: &Visitor, case_type: &CaseType, mut typed: Typed) -> Result<HttpResponse, Problem> {
    if let Some((field, found)) = scanned_case(visitor, &typed).await? {
        typed.clear(&field);
        return Ok(open_scanned(visitor, case_type, &typed, &found));
    }
    if let Some((field, serial)) = scanned_serial(visitor, &typed).await? {
        typed.clear(&field);
        return Ok(open_serial(visitor, case_type, &typed, serial));
    }
    if held_is_named(visitor, &mut typed).await? || typed.given("submit").is_none() {
        return look(visitor, case_type, typed).await;
    }
    opened(visitor, case_type, &typed).await
}

/// Opens what was scanned; where an application is being typed, offers to.
fn open_serial(visitor: &Visitor, case_type: &CaseType, typed: &Typed, serial: String) -> HttpResponse {
    if !is_begun(visitor, case_type, typed) {
        return see(&address("/console/search", &[("q", serial)]));
    }
    let mut page = IntakePage::of(visitor, case_type, typed);
    let text = visitor.messages.fill("intake.serial", "read", &serial);
    page.offer = Some(Offer { text, case: None, serial: Some(serial), instead: Vec::new() });
    rendered(StatusCode::OK, &page)
}

async fn opened(visitor: &Visitor, case_type: &CaseType, typed: &Typed) -> Result<HttpResponse, Problem> {
    match visitor.service.open_case(&visitor.caller, draft(&case_type.code, typed), visitor.once()).await {
        Ok(opened) => Ok(see(&after(&opened.case.acceptance_number, OPENING))),
        Err(error) => {
            let mut page = IntakePage::of(visitor, case_type, typed);
            page.tell(visitor, error)?;
            if page.told.iter().all(|one| one.at.is_empty()) {
                page.look_at_held(visitor, case_type, typed).await;
            }
            Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// Opens what was scanned; where an application is being typed, offers to.
fn open_scanned(visitor: &Visitor, case_type: &CaseType, typed: &Typed, found: &Case) -> HttpResponse {
    let number = &found.acceptance_number;
    if !is_begun(visitor, case_type, typed) {
        return see(&format!("/console/cases/{number}"));
    }
    let mut page = IntakePage::of(visitor, case_type, typed);
    let organization = &found.application.organization.name;
    let text = visitor.messages.with("intake.scanned", &[("number", number), ("organization", organization)]);
    page.offer = Some(Offer { text, case: Some(number.clone()), serial: None, instead: Vec::new() });
    rendered(StatusCode::OK, &page)
}

/// Whether an application is being typed.
fn is_begun(visitor: &Visitor, case_type: &CaseType, typed: &Typed) -> bool {
    IntakePage::of(visitor, case_type, typed).texts().any(|field| !field.value.is_empty())
}

/// The case types once more, with what was typed for another one.
fn choose_anew(visitor: &Visitor, case_type: &CaseType, mut typed: Typed) -> HttpResponse {
    if !is_begun(visitor, case_type, &typed) {
        return see(Place::Intake.address());
    }
    ["case_type", "other"].into_iter().for_each(|name| typed.clear(name));
    let page = CaseTypesPage { typed: typed.into_fields(), ..CaseTypesPage::of(visitor, String::new()) };
    rendered(StatusCode::OK, &page)
}

/// Goes on with another case type; without a code there is nothing to look for yet.
async fn go_on(visitor: &Visitor, case_type: &CaseType, typed: Typed) -> Result<HttpResponse, Problem> {
    match typed.given(CODE) {
        Some(_) => look(visitor, case_type, typed).await,
        None => Ok(rendered(StatusCode::OK, &IntakePage::of(visitor, case_type, &typed))),
    }
}

/// Says whether the organization may apply, fills in what the register knows of it, and offers what it can apply for instead.
async fn look(visitor: &Visitor, case_type: &CaseType, mut typed: Typed) -> Result<HttpResponse, Problem> {
    match visitor.service.holding(&visitor.caller, &case_type.code, typed.one(CODE)).await {
        Ok(found) => {
            let needs_held = case_type.needs_held_certificate();
            let held = found.certificate.as_ref();
            know(&mut typed, "certificate_serial", held.filter(|_| needs_held).map(|held| held.serial.as_str()));
            know(&mut typed, "organization/name", held.map(|held| held.organization_name.as_str()));
            let mut page = IntakePage::of(visitor, case_type, &typed);
            page.is_free = found.refusal.is_none();
            page.held = found.certificate.as_ref().map(|held| holds(visitor, held));
            page.changes =
                found.certificate.as_ref().map_or(Vec::new(), |held| changes_on(visitor, case_type, &typed, held));
            page.offer = Offer::on(visitor, case_type, found);
            page.begin_after_code();
            Ok(rendered(StatusCode::OK, &page))
        }
        Err(error) => {
            let mut page = IntakePage::of(visitor, case_type, &typed);
            page.tell(visitor, error)?;
            let read = typed.one(CODE);
            let read = case_number(read).map_or_else(|| text::number(read), |number| number.to_string());
            if LIKE_A_CASE.contains(&read.len()) && read.bytes().all(|byte| byte.is_ascii_digit()) {
                page.told.insert(0, Told::plain(visitor.messages.fill("intake.no_case", "read", &read)));
            }
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

/// Where the form of a case type is found again, with the organization that was typed.
fn found_at(case_type: &CaseType, typed: &Typed) -> String {
    let sought = [CODE, "organization/name"].map(|name| typed.one(name)).into_iter().find(|it| !it.is_empty());
    address(Place::Intake.address(), &[("case_type", case_type.code.as_str()), ("sought", sought.unwrap_or_default())])
}

impl CaseTypesPage {
    fn of(visitor: &Visitor, sought: String) -> Self {
        let messages = visitor.messages;
        let mut open: Vec<&CaseType> = visitor.service.opened_by(&visitor.caller).collect();
        // What makes a certificate comes first, then what a document describes.
        open.sort_by_key(|case_type| (case_type.needs_held_certificate(), !case_type.cites_a_document()));
        let way = |(at, case_type): (usize, &CaseType)| Way {
            key: at + 1,
            code: case_type.code.clone(),
            name: messages.of(&case_type.words).to_owned(),
        };
        let layout = Layout::of(visitor, messages.t("intake.title").to_owned(), Place::Intake);
        Self { layout, ways: open.into_iter().enumerate().map(way).collect(), sought, typed: Vec::new() }
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
            layout: Layout::of(visitor, messages.fill("intake.heading", "case_type", &case_type_name), Place::Intake)
                .found_at(found_at(case_type, typed)),
            case_type: case_type.code.clone(),
            case_type_name,
            notes: case_type.application_notes.as_ref().map(text),
            letter: asked_letter(case_type).map(text),
            look: messages.t(if case_type.needs_held_certificate() { "intake.fill_in" } else { "intake.look" }),
            // An unlocking asks for no service.
            sections: sections(visitor, case_type, typed).into_iter().filter(|it| !it.fields.is_empty()).collect(),
            found: FILLED.map(|field| (format!("{FOUND}{field}"), typed.one(&format!("{FOUND}{field}")).to_owned())),
            told: Vec::new(),
            offer: None,
            is_free: false,
            held: None,
            changes: Vec::new(),
        }
    }

    /// Says what was refused, at the fields where it belongs.
    fn tell(&mut self, visitor: &Visitor, error: ServiceError) -> Result<(), Problem> {
        let refusals = match error {
            ServiceError::Invalid(faults) => vec![Refusal::InvalidInput { faults }],
            ServiceError::Refused(refusals) if refusals.iter().all(|one| one.kind() != RefusalKind::NotPermitted) => {
                refusals
            }
            error => {
                self.told = visitor.told(error, [])?;
                return Ok(());
            }
        };
        for refusal in refusals {
            let words = refusal.words();
            match refusal {
                Refusal::InvalidInput { faults } => self.tell_faults(visitor, &faults),
                Refusal::AlreadyApplied { held_by } => self.offer = Some(Offer::of(visitor, held_by)),
                Refusal::HeldCertificateExpired { serial, offers } => {
                    let mut offer = Offer::of(visitor, HeldBy::Certificate { serial, offers });
                    offer.text = visitor.messages.line(&words);
                    self.offer = Some(offer);
                }
                _ => self.told.push(Told::plain(visitor.messages.line(&words))),
            }
        }
        Ok(())
    }

    /// What was refused for what the organization holds is said with what it can do instead.
    async fn look_at_held(&mut self, visitor: &Visitor, case_type: &CaseType, typed: &Typed) {
        let found = visitor.service.holding(&visitor.caller, &case_type.code, typed.one(CODE)).await;
        if let Some(offer) = found.ok().and_then(|found| Offer::on(visitor, case_type, found)) {
            (self.offer, self.told) = (Some(offer), Vec::new());
        }
    }

    fn tell_faults(&mut self, visitor: &Visitor, faults: &[Fault]) {
        let fields = self.sections.iter_mut().flat_map(|section| &mut section.fields);
        self.told.extend(visitor.told_faults(faults, fields));
    }

    /// The code was looked at: what is still empty comes next.
    fn begin_after_code(&mut self) {
        let fields = || self.sections.iter().flat_map(|section| &section.fields);
        let next = fields().position(|field| field.is_text() && field.is_required && field.value.is_empty());
        let next = next.filter(|_| self.told.is_empty());
        for (at, field) in self.sections.iter_mut().flat_map(|section| &mut section.fields).enumerate() {
            field.is_first = next == Some(at);
        }
    }

    fn begins_at_field(&self) -> bool {
        self.sections.iter().flat_map(|section| &section.fields).any(|field| field.is_first)
    }

    fn texts(&self) -> impl Iterator<Item = &Field> {
        self.sections.iter().flat_map(|section| &section.fields).filter(|field| field.is_text())
    }
}

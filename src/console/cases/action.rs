//! An action on a case: what it needs, and taking it. What the check sheet and the hand-over do has pages of its own.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::action_fields::Sources;
use super::case::{CasePage, CasePath, Identity, after};
use super::counter::scanned::told_scans;
use super::foreseen::{endings, foreseen};
use super::steps::{NextStep, next_step};
use super::timeline::told_of_case;
use crate::console::page::answer::{rendered, see};
use crate::console::page::forms::draft::draft;
use crate::console::page::forms::field::Field;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::case_types::codes::InputPart;
use crate::domain::cases::actions::Offer;
use crate::domain::cases::input::ActionInput;
use crate::domain::cases::intake::application::CorrectionDraft;
use crate::http::keys::case_named;
use crate::http::problem::{Problem, kinds};
use crate::service::cases::assignment::Wanted;
use crate::service::cases::case::{CaseAt, CaseKey};
use crate::service::cases::details::CaseDetails;

/// What the names of an organization's fields begin with where it is corrected.
const CORRECTED_ORGANIZATION: &str = "correction/organization/";

/// An action of a case.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::console) struct ActionPath {
    #[serde(deserialize_with = "case_named")]
    key: CaseKey,
    action: String,
}

#[derive(Template)]
#[template(path = "cases/action.html", config = "src/console/askama.toml")]
struct ActionPage {
    layout: Layout,
    identity: Identity,
    version: i64,
    action: String,
    name: String,
    fields: Vec<Field>,
    /// Whether it is there to correct something.
    corrects: bool,
    blocked: Vec<String>,
    /// What it does beyond the case, and that it ends it.
    foreseen: Vec<String>,
    /// Where the case goes on instead.
    next: Option<NextStep>,
    told: Vec<Told>,
}

impl ActionPage {
    fn of(visitor: &Visitor, at: &CaseAt, action: &str, typed: &Typed) -> Result<Self, Problem> {
        let (messages, details) = (visitor.messages, visitor.service.details(at, &visitor.caller)?);
        let offer = offer(&details, action)?;
        let sources = Sources { visitor, details: &details, typed };
        let corrects = offer.requires.contains(&InputPart::Correction);
        let required = offer.requires.iter().flat_map(|part| sources.fields(*part, true));
        let accepted = offer.accepts.iter().flat_map(|part| sources.fields(*part, false));
        let fields = required.chain(accepted).collect();
        let name = messages.of(&offer.action.words).to_owned();
        let foreseen = [foreseen(visitor, &at.case, offer), endings(visitor, &details, offer)].concat();
        let blocked: Vec<String> =
            offer.blocked_by.iter().map(|refusal| messages.of(&refusal.words()).to_owned()).collect();
        let next = next_step(visitor, &details).filter(|_| !blocked.is_empty());
        let identity = Identity::of(visitor, &details);
        let title = format!("{name} – {}", identity.organization);
        let layout = Layout::of(visitor, title, Place::Elsewhere);
        let (version, action) = (at.case.version, action.to_owned());
        Ok(Self {
            layout,
            identity,
            version,
            action,
            name,
            fields,
            corrects,
            blocked,
            foreseen,
            next,
            told: Vec::new(),
        })
    }
}

fn offer<'a>(details: &'a CaseDetails<'_>, action: &str) -> Result<&'a Offer<'a>, Problem> {
    let offer = details.offers.iter().find(|offer| offer.action.code == action);
    offer.ok_or_else(|| Problem::of(&kinds::NOT_FOUND))
}

/// What it needs, and what stands in its way; where it has a page of its own, that.
pub(in crate::console) async fn show(visitor: Visitor, path: Path<ActionPath>) -> Result<HttpResponse, Problem> {
    let ActionPath { key, action } = path.into_inner();
    let at = visitor.service.case(&visitor.caller, key).await?;
    let details = visitor.service.details(&at, &visitor.caller)?;
    let requires = &offer(&details, &action)?.requires;
    let own_page = [(InputPart::Materials, "materials"), (InputPart::Payment, "payment")];
    match own_page.into_iter().find(|(part, _)| requires.contains(part)) {
        Some((_, page)) => Ok(see(&format!("/console/cases/{}/{page}", at.case.acceptance_number))),
        None => Ok(rendered(StatusCode::OK, &ActionPage::of(&visitor, &at, &action, &Typed::default())?)),
    }
}

/// Takes it; back on the page with what was typed where that fails.
pub(in crate::console) async fn take(path: Path<ActionPath>, form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, ActionPath { key, action }, mut typed) = (form.visitor, path.into_inner(), form.sent);
    let at = visitor.service.case(&visitor.caller, key).await?;
    let fields = ActionPage::of(&visitor, &at, &action, &Typed::default())?.fields;
    let told = told_scans(&visitor, &mut typed, &fields).await?;
    if !told.is_empty() {
        let page = ActionPage { told, ..ActionPage::of(&visitor, &at, &action, &typed)? };
        return Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let (page, key) = (ActionPage::of(&visitor, &at, &action, &typed)?, CaseKey::Id(at.case.id));
    let taken = acted(&visitor, key.clone(), &page, &typed).await;
    let Err(refused) = taken else { return Ok(see(&after(&at.case.acceptance_number, &action))) };
    let now = visitor.service.case(&visitor.caller, key.clone()).await?;
    let mut page = ActionPage::of(&visitor, &now, &action, &typed)?;
    page.told = told_of_case(&visitor, key, typed.version(), refused, &mut page.fields).await?;
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

async fn acted(visitor: &Visitor, key: CaseKey, page: &ActionPage, typed: &Typed) -> Result<(), Problem> {
    let mut input = draft::<ActionInput>(said(&page.fields))?;
    // Where a correction changes nothing, that is what is refused.
    let correction = Some(CorrectionDraft::default()).filter(|_| page.corrects);
    input.correction = input.correction.or(correction);
    visitor.service.act(&visitor.caller, key, &page.action, input, typed.seen(), visitor.once()).await?;
    Ok(())
}

/// Of a correction only what was changed; of the organization all of it, and of an identity document what goes with its number.
fn said(fields: &[Field]) -> Vec<&Field> {
    let is_of_organization = |field: &Field| field.name.starts_with(CORRECTED_ORGANIZATION);
    let is_changed = |field: &Field| {
        let typed = field.value.trim();
        typed != field.stands && (!typed.is_empty() || is_of_organization(field))
    };
    let goes_with = |field: &Field| match field.name.rsplit_once('/') {
        Some(_) if is_of_organization(field) => Some(CORRECTED_ORGANIZATION.to_owned()),
        Some((person, "document_type" | "document_country")) => Some(format!("{person}/identity_number")),
        _ => None,
    };
    let is_said = |field: &&Field| {
        let with = goes_with(field).filter(|_| !field.value.trim().is_empty());
        let is_besides =
            with.is_some_and(|with| fields.iter().any(|other| other.name.starts_with(&with) && is_changed(other)));
        !field.name.starts_with("correction/") || is_changed(field) || is_besides
    };
    fields.iter().filter(is_said).collect()
}

/// Makes the case the reader's work.
pub(in crate::console) async fn claim(path: Path<CasePath>, form: Form<Typed>) -> Result<HttpResponse, Problem> {
    own(path.into_inner().key, form, Wanted::Claim).await
}

/// Makes the case nobody's work.
pub(in crate::console) async fn release(path: Path<CasePath>, form: Form<Typed>) -> Result<HttpResponse, Problem> {
    own(path.into_inner().key, form, Wanted::Release).await
}

async fn own(key: CaseKey, form: Form<Typed>, wanted: Wanted) -> Result<HttpResponse, Problem> {
    let (visitor, sent) = (form.visitor, form.sent);
    visitor.service.may_work(&visitor.caller)?;
    // Where the page has a form for giving it to others, that is what its reason is of.
    let reason = sent.given("reason").filter(|_| !sent.has("assignee"));
    let action = wanted.action().code();
    let done = visitor.service.assign(&visitor.caller, key.clone(), wanted, reason, sent.seen(), visitor.once()).await;
    let mut page = CasePage::read(&visitor.after_change().await?, key.clone()).await?;
    if sent.has("assignee") {
        page = page.assigning(sent.text("assignee"), sent.text("reason"));
    }
    match done {
        Ok(done) if !page.is_assigning => Ok(see(&after(&done.case.acceptance_number, action))),
        Ok(_) => Ok(rendered(StatusCode::OK, &page.after(action))),
        Err(refused) => {
            page.told = told_of_case(&visitor, key, sent.version(), refused, []).await?;
            Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

//! An action on a case: what it needs, and taking it. What the check sheet and the hand-over do has pages of its own.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use actix_web::{HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;

use super::action_fields::Sources;
use super::case::Identity;
use super::control::{Control, Field};
use crate::console::page::answer::{rendered, see};
use crate::console::page::forms::draft::{Fields, draft};
use crate::console::page::forms::form::Form;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::case_types::codes::InputPart;
use crate::domain::cases::input::ActionInput;
use crate::http::body::of_form;
use crate::http::keys::case_named;
use crate::http::problem::{Problem, kinds};
use crate::service::base::error::ServiceError;
use crate::service::cases::assignment::Wanted;
use crate::service::cases::case::{CaseAt, CaseKey, Expected};

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
    blocked: Vec<String>,
    faults: Vec<String>,
}

impl ActionPage {
    fn of(visitor: &Visitor, at: &CaseAt, action: &str, sent: &Fields) -> Result<Self, Problem> {
        let (messages, details) = (visitor.messages, visitor.service.details(at, &visitor.caller)?);
        let offer = details.offers.iter().find(|offer| offer.action.code == action);
        let offer = offer.ok_or_else(|| Problem::of(&kinds::NOT_FOUND))?;
        let (hall, window) = (visitor.service.hall(), visitor.window.name());
        let sources = Sources { messages, hall, details: &details, window };
        let required = offer.requires.iter().flat_map(|part| sources.fields(*part, true));
        let accepted = offer.accepts.iter().flat_map(|part| sources.fields(*part, false));
        let fields = required.chain(accepted).map(|field| field.with_sent(sent)).collect();
        let name = messages.of(&offer.action.words).to_owned();
        let blocked = offer.blocked_by.iter().map(|refusal| messages.of(&refusal.words()).to_owned()).collect();
        let identity = Identity::of(visitor, &details);
        let title = format!("{name} – {}", identity.organization);
        let layout = Layout::of(visitor, title, Place::Elsewhere);
        let (version, action) = (at.case.version, action.to_owned());
        Ok(Self { layout, identity, version, action, name, fields, blocked, faults: Vec::new() })
    }
}

/// What it needs, and what stands in its way.
#[get("/cases/{key}/actions/{action}")]
pub(in crate::console) async fn show(visitor: Visitor, path: Path<ActionPath>) -> Result<HttpResponse, Problem> {
    let ActionPath { key, action } = path.into_inner();
    let at = visitor.service.case(&visitor.caller, key).await?;
    let page = ActionPage::of(&visitor, &at, &action, &Fields::new())?;
    let takes_checks = visitor
        .service
        .details(&at, &visitor.caller)?
        .offers
        .iter()
        .any(|offer| offer.action.code == action && offer.requires.contains(&InputPart::Materials));
    if takes_checks {
        return Ok(see(&format!("/console/cases/{}/materials", at.case.acceptance_number)));
    }
    Ok(rendered(StatusCode::OK, &page))
}

/// Takes it; back on the page with what was typed where that fails.
#[post("/cases/{key}/actions/{action}")]
pub(in crate::console) async fn take(path: Path<ActionPath>, form: Form<Fields>) -> Result<HttpResponse, Problem> {
    let (visitor, ActionPath { key, action }, mut sent) = (form.visitor, path.into_inner(), form.sent);
    let at = visitor.service.case(&visitor.caller, key).await?;
    let seen = version(&mut sent);
    let said = without_what_stands(&visitor, &at, &action, &sent)?;
    let (said, found) = draft(&said);
    let taken = match of_form::<ActionInput>(said, found) {
        Ok(input) => visitor.service.act(&visitor.caller, CaseKey::Id(at.case.id), &action, input, seen, None).await,
        Err(problem) => return again(&visitor, &at, &action, &sent, visitor.told(&problem)),
    };
    match taken {
        Ok(done) => Ok(see(&format!("/console/cases/{}", done.case.acceptance_number))),
        Err(error) => {
            let faults = visitor.faults_of(error)?;
            let now = visitor.service.case(&visitor.caller, CaseKey::Id(at.case.id)).await?;
            again(&visitor, &now, &action, &sent, faults)
        }
    }
}

/// Of a correction, the sections in which nothing was changed.
fn without_what_stands(visitor: &Visitor, at: &CaseAt, action: &str, sent: &Fields) -> Result<Fields, Problem> {
    let shown = ActionPage::of(visitor, at, action, &Fields::new())?.fields;
    let section = |name: &str| name.rsplit_once('.').map_or_else(|| name.to_owned(), |(section, _)| section.to_owned());
    let stands = |name: &str, value: &str| shown.iter().any(|field| field.name == name && field.value == value);
    // What country or kind of document it is says nothing by itself.
    let says = |name: &str, value: &str| !value.trim().is_empty() && !name.ends_with(".document_type");
    let is_changed =
        |of: &str| sent.iter().any(|(name, value)| section(name) == of && says(name, value) && !stands(name, value));
    let kept = |(name, value): &&(String, String)| {
        !name.starts_with("correction.")
            || if section(name) == "correction" { !stands(name, value) } else { is_changed(&section(name)) }
    };
    Ok(sent.iter().filter(kept).cloned().collect())
}

/// The version that the page showed.
fn version(sent: &mut Fields) -> Expected {
    let seen = sent.iter().find(|(name, _)| name == "version").and_then(|(_, version)| version.parse().ok());
    sent.retain(|(name, _)| name != "version");
    Expected::Case(seen.unwrap_or(0))
}

fn again(
    visitor: &Visitor,
    at: &CaseAt,
    action: &str,
    sent: &Fields,
    faults: Vec<String>,
) -> Result<HttpResponse, Problem> {
    let page = ActionPage { faults, ..ActionPage::of(visitor, at, action, sent)? };
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// What is asked about whose the case is.
#[derive(Deserialize)]
pub(in crate::console) struct Ownership {
    version: i64,
    #[serde(default)]
    reason: String,
}

/// Makes the case the reader's work.
#[post("/cases/{key}/claim")]
pub(in crate::console) async fn claim(
    path: Path<super::case::CasePath>,
    form: Form<Ownership>,
) -> Result<HttpResponse, Problem> {
    own(path.into_inner().key, form, Wanted::Claim).await
}

/// Makes the case nobody's work.
#[post("/cases/{key}/release")]
pub(in crate::console) async fn release(
    path: Path<super::case::CasePath>,
    form: Form<Ownership>,
) -> Result<HttpResponse, Problem> {
    own(path.into_inner().key, form, Wanted::Release).await
}

async fn own(key: CaseKey, form: Form<Ownership>, wanted: Wanted) -> Result<HttpResponse, Problem> {
    let (visitor, Ownership { version, reason }) = (form.visitor, form.sent);
    let reason = Some(reason).filter(|reason| !reason.trim().is_empty());
    let done = visitor.service.assign(&visitor.caller, key, wanted, reason, Expected::Case(version), None).await;
    let done = done.map_err(|error: ServiceError| Problem::from(error))?;
    Ok(see(&format!("/console/cases/{}", done.case.acceptance_number)))
}

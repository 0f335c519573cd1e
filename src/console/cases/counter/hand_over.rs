//! Hand-over: papers, fee, medium and who collects on one page, and one button that issues and activates.
//!
//! Guarantees: its box takes scans, and the digit of whoever collects: a scan is the medium or another case and confirms nothing,
//! nothing on an empty line does anything; box and page are one form, so that no scan takes away what was chosen and typed; issue and
//! activation happen together or not at all.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use super::advice::{Advice, advice};
use super::hand_over_lines::{Candidate, Line, collectors, done, help, is_held, lines, others, recorded, title};
use super::intake_fields::document;
use super::scanned::{case_of, serial_in};
use crate::console::cases::case::{CasePath, Identity};
use crate::console::cases::done::{after_payment, to_payment};
use crate::console::cases::foreseen::{end, foreseen};
use crate::console::cases::steps::{NextStep, next_step};
use crate::console::cases::timeline::told_of_case;
use crate::console::page::answer::{rendered, see, send_on};
use crate::console::page::forms::field::Field;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::applicants::paper::{called, following};
use crate::domain::base::person::Personal;
use crate::domain::base::recorded::Recorded;
use crate::domain::base::text;
use crate::domain::case_types::workflow::state_words;
use crate::domain::cases::actions::Offer;
use crate::domain::cases::case::Case;
use crate::domain::cases::custody::handing_over::{HandingOverDraft, is_medium, medium, steps, unless_may};
use crate::domain::cases::custody::handover::{handover, told_with};
use crate::domain::cases::event::Event;
use crate::domain::cases::input::CollectorDraft;
use crate::domain::money::yuan::yuan;
use crate::http::problem::Problem;
use crate::service::base::error::ServiceError;
use crate::service::cases::case::{CaseAt, CaseKey};

/// The boxes beside the one for scans.
const BESIDE: [&str; 2] = ["collector/name", "collector/document_number"];

#[derive(Template)]
#[template(path = "cases/counter/hand_over.html", config = "src/console/askama.toml")]
struct HandOverPage {
    layout: Layout,
    title: String,
    identity: Identity,
    version: i64,
    medium: String,
    lines: Vec<Line>,
    collectors: Vec<Candidate>,
    recorded: Option<String>,
    other: Vec<Field>,
    is_other: bool,
    /// What its steps do beyond the case.
    foreseen: Vec<String>,
    /// What the button does; none where something stands in the way.
    does: Option<String>,
    /// Whether the case ends with it.
    ends: bool,
    /// What the box takes.
    help: String,
    /// Whether there is anything to do once all is as it must be.
    waits: bool,
    /// What the reader does first, where it isn't that far.
    next: Option<NextStep>,
    /// Whether the reader can record what is wrong with the papers.
    may_check: bool,
    others: Vec<String>,
    done: Option<String>,
    advice: Vec<Advice>,
    /// The paper that follows once it is done, of whoever may print: its code and name.
    paper: Option<(&'static str, String)>,
    told: Vec<Told>,
}

/// The medium that was read, and the receipt of what was just paid.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct HandOverQuery {
    #[serde(default)]
    medium: String,
    #[serde(default)]
    paid: String,
}

/// The page.
pub(in crate::console) async fn show(
    visitor: Visitor,
    path: Path<CasePath>,
    query: Query<HandOverQuery>,
) -> Result<HttpResponse, Problem> {
    let at = visitor.service.case(&visitor.caller, path.into_inner().key).await?;
    let mut typed = Typed::default();
    typed.fill("medium", &query.medium);
    let mut page = HandOverPage::of(&visitor, &at, &typed)?;
    page.layout.saved = received(&visitor, &at.case, &query.paid);
    Ok(rendered(StatusCode::OK, &with_paper(&visitor, &at, page).await?))
}

/// The page with the paper that follows, once it is done.
async fn with_paper(visitor: &Visitor, at: &CaseAt, mut page: HandOverPage) -> Result<HandOverPage, Problem> {
    if page.done.is_some() && visitor.service.may_print(&visitor.caller).is_ok() {
        let (case, events) = visitor.service.timeline(&visitor.caller, CaseKey::Id(at.case.id)).await?;
        let definition = visitor.service.definition(&case)?;
        if let Some(paper) = following(definition, &case, &events) {
            let prints = format!("/console/cases/{}/prints/{}", case.acceptance_number, paper.code());
            page.layout.keys = vec![("p".to_owned(), prints)];
            let name = visitor.messages.of(&called(paper, definition, &case, &events)).to_owned();
            page.paper = Some((paper.code(), name));
        }
    }
    Ok(page)
}

/// What the box sends, the medium, another case, or the digit of whoever collects; or the button, which hands over; or the way to where
/// the fee is taken, and back from there.
pub(in crate::console) async fn hand_over(
    path: Path<CasePath>,
    query: Query<HandOverQuery>,
    form: Form<Typed>,
) -> Result<HttpResponse, Problem> {
    let (visitor, mut typed) = (form.visitor, form.sent);
    let at = visitor.service.case(&visitor.caller, path.into_inner().key).await?;
    let page = HandOverPage::of(&visitor, &at, &typed)?;
    match scanned(&visitor, &at, &mut typed).await? {
        // Whoever presses twice reads what came of it.
        read if page.done.is_some() && repeats(&visitor, &at, &typed, read.as_deref()).await? => {
            Ok(see(&here(&at, "")))
        }
        Some(read) => take(&visitor, &at, page, typed, &read).await,
        None if typed.has("hand_over") => hand_over_as(&visitor, &at, &typed).await,
        None if typed.has("go") => Ok(on_to_payment(&at, &typed)),
        None => again(&visitor, &at, &typed, &query.paid),
    }
}

/// What was read; also where a scan came into the box for a name or a number, which is empty again then.
async fn scanned(visitor: &Visitor, at: &CaseAt, typed: &mut Typed) -> Result<Option<String>, Problem> {
    let read = typed.given("box");
    typed.clear("box");
    if read.is_some() || typed.has("hand_over") || typed.has("go") {
        return Ok(read);
    }
    for name in BESIDE {
        let Some(read) = typed.given(name) else { continue };
        let is_known =
            case_of(visitor, &read).await?.is_some() || serial_in(visitor, &text::cell(&read)).await?.is_some();
        if is_known || is_its_medium(visitor, at, &read)? {
            typed.clear(name);
            return Ok(Some(read));
        }
    }
    Ok(None)
}

/// Does what was read.
async fn take(
    visitor: &Visitor,
    at: &CaseAt,
    page: HandOverPage,
    mut typed: Typed,
    read: &str,
) -> Result<HttpResponse, Problem> {
    if is_its_medium(visitor, at, read)? {
        typed.set("medium", read);
        return again(visitor, at, &typed, "");
    }
    if let Some(candidate) = page.collectors.iter().find(|known| known.key.to_string() == text::number(read)) {
        typed.set("collector", candidate.value);
        return hand_over_as(visitor, at, &typed).await;
    }
    // Where nobody collects anything, its one key does what the button does.
    let does = page.collectors.is_empty() && page.does.is_some() && text::number(read) == "1";
    if does { hand_over_as(visitor, at, &typed).await } else { elsewhere(visitor, at, page, read).await }
}

/// The page once more, with what was chosen and typed, and what was just paid; where that is only the medium, its address says it.
fn again(visitor: &Visitor, at: &CaseAt, typed: &Typed, paid: &str) -> Result<HttpResponse, Problem> {
    if is_begun(typed) {
        let mut page = HandOverPage::of(visitor, at, typed)?;
        page.layout.saved = received(visitor, &at.case, paid);
        return Ok(rendered(StatusCode::OK, &page));
    }
    Ok(see(&after_payment(&at.case.acceptance_number, typed.one("medium"), paid)))
}

/// Whether somebody was chosen or typed who collects.
fn is_begun(typed: &Typed) -> bool {
    ["collector"].iter().chain(&BESIDE).any(|name| typed.given(name).is_some())
}

/// To where the fee is taken; whoever collects goes along.
fn on_to_payment(at: &CaseAt, typed: &Typed) -> HttpResponse {
    let payment = to_payment(&at.case.acceptance_number, typed.one("medium"));
    if is_begun(typed) { send_on(&payment) } else { see(&payment) }
}

/// What was just received, with its receipt; nothing of a receipt that isn't of this case.
fn received(visitor: &Visitor, case: &Case, receipt: &str) -> Option<String> {
    let paid = case.money.standing().find(|paid| paid.receipt.to_string() == receipt)?;
    let amount = visitor.messages.fill("money.yuan", "amount", yuan(paid.amount_fen));
    let how = visitor.messages.of(&paid.method.words()).to_owned();
    let gaps: [(&str, &dyn std::fmt::Display); 3] = [("amount", &amount), ("method", &how), ("receipt", &paid.receipt)];
    Some(visitor.messages.with("hand_over.received", &gaps))
}

fn is_its_medium(visitor: &Visitor, at: &CaseAt, read: &str) -> Result<bool, Problem> {
    let workflow = visitor.service.definition(&at.case)?.workflow;
    let wanted = medium(&at.case, &steps(workflow, &at.case));
    Ok(wanted.map_or_else(|| is_held(at, read), |medium| is_medium(medium, read)))
}

/// Another case is opened; of what is none, the page says what it is.
async fn elsewhere(
    visitor: &Visitor,
    at: &CaseAt,
    mut page: HandOverPage,
    read: &str,
) -> Result<HttpResponse, Problem> {
    if let Some(other) = case_of(visitor, read).await? {
        return Ok(see(&format!("/console/cases/{}/handover", other.acceptance_number)));
    }
    let told = match ended(visitor, at).await? {
        Some(ended) => ended,
        None => unknown(visitor, read).await?,
    };
    page.told.push(Told::plain(told));
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &with_paper(visitor, at, page).await?))
}

/// Whether it says once more what the reader has just done: that the same person collects.
async fn repeats(visitor: &Visitor, at: &CaseAt, typed: &Typed, read: Option<&str>) -> Result<bool, Problem> {
    let who = match read.map(text::number).as_deref() {
        Some("1") => "applicant",
        Some("2") => "agent",
        None if typed.has("hand_over") => typed.one("collector"),
        _ => return Ok(false),
    };
    let application = &at.case.application;
    let is_same = match (&at.case.collector, who) {
        (None, who) => who != "agent",
        (Some(_), "") => true,
        (Some(it), "applicant") => it.document_number.in_clear() == application.applicant.identity_number.in_clear(),
        (Some(it), "agent") => {
            let number = it.document_number.in_clear();
            application.agent.as_ref().is_some_and(|agent| agent.identity_number.in_clear() == number)
        }
        (Some(it), _) => text::number(typed.one("collector/document_number")) == it.document_number.in_clear(),
    };
    Ok(is_same && ending(visitor, at).await?.is_some_and(|last| last.actor_id == visitor.caller.actor.id))
}

/// What ended the case; none while it is open.
async fn ending(visitor: &Visitor, at: &CaseAt) -> Result<Option<Recorded<Event>>, Problem> {
    let (_, events) = visitor.service.timeline(&visitor.caller, CaseKey::Id(at.case.id)).await?;
    let ends = |recorded: &Recorded<Event>| matches!(recorded.event, Event::StateChanged { closed: true, .. });
    Ok(events.into_iter().rfind(ends))
}

async fn hand_over_as(visitor: &Visitor, at: &CaseAt, typed: &Typed) -> Result<HttpResponse, Problem> {
    let key = CaseKey::Id(at.case.id);
    let done =
        visitor.service.hand_over(&visitor.caller, key.clone(), draft(typed), typed.seen(), visitor.once()).await;
    let Err(refused) = done else { return Ok(see(&here(at, ""))) };
    let now = visitor.service.case(&visitor.caller, key.clone()).await?;
    let mut page = HandOverPage::of(visitor, &now, typed)?;
    page.told = match ended(visitor, &now).await? {
        Some(ended) => vec![Told::plain(ended)],
        None => told_of_case(visitor, key, typed.version(), refused, &mut page.other).await?,
    };
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &with_paper(visitor, &now, page).await?))
}

/// Who ended the case and when; none while it is open.
async fn ended(visitor: &Visitor, at: &CaseAt) -> Result<Option<String>, Problem> {
    let state = state_words(visitor.service.definition(&at.case)?.workflow, &at.case.state);
    Ok(ending(visitor, at).await?.map(|last| {
        let gaps: [(&str, &dyn std::fmt::Display); 3] = [
            ("name", &last.actor_name),
            ("at", &visitor.dates().moment(last.at)),
            ("state", &visitor.messages.of(&state)),
        ];
        visitor.messages.with("hand_over.already", &gaps)
    }))
}

/// That what was read is none of this case's, and whose medium it is.
async fn unknown(visitor: &Visitor, read: &str) -> Result<String, Problem> {
    let found = visitor.service.find(&visitor.caller, read).await?;
    let other = found.certificates.into_iter().next().filter(|_| found.is_hit && text::serial(read).is_some());
    Ok(match other {
        Some(other) => visitor.messages.with(
            "hand_over.others_medium",
            &[("read", &read), ("organization", &other.organization_name), ("serial", &other.serial)],
        ),
        None => visitor.messages.fill("hand_over.unknown_scan", "read", read),
    })
}

/// The page of a case, with the medium that was read.
fn here(at: &CaseAt, medium: &str) -> String {
    after_payment(&at.case.acceptance_number, medium, "")
}

fn draft(typed: &Typed) -> HandingOverDraft {
    let field = |name: &str| typed.given(&format!("collector/{name}"));
    let other = || CollectorDraft {
        name: field("name").unwrap_or_default(),
        document_type: field("document_type"),
        document_country: field("document_country"),
        document_number: field("document_number").unwrap_or_default(),
        document_sighted: true,
    };
    let is_other = typed.one("collector") == "other";
    HandingOverDraft {
        medium: typed.given("medium"),
        collected_by: typed.given("collector").filter(|_| !is_other),
        collector: is_other.then(other),
    }
}

impl HandOverPage {
    /// The page; refuses whoever may not hand anything over.
    fn of(visitor: &Visitor, at: &CaseAt, typed: &Typed) -> Result<Self, Problem> {
        let (messages, details) = (visitor.messages, visitor.service.details(at, &visitor.caller)?);
        let (case, workflow) = (&at.case, details.definition.workflow);
        let steps = steps(workflow, case);
        if let Some(refusal) = unless_may(workflow, &visitor.caller.actor) {
            return Err(ServiceError::from(refusal).into());
        }
        let mut lines = lines(visitor, at, &details, &steps, typed.one("medium"));
        // Nothing is lacking any more of what has ended.
        lines.retain(|_| case.closed_at.is_none());
        let others = others(visitor, &details, &steps);
        let is_step = |offer: &&Offer<'_>| steps.iter().any(|step| step.code == offer.action.code);
        let foreseen = details.offers.iter().filter(is_step).flat_map(|offer| foreseen(visitor, case, offer)).collect();
        let ends = details.offers.iter().filter(is_step).any(|offer| end(&details, offer).is_some());
        let names: Vec<&str> = steps.iter().map(|step| messages.of(&step.words)).collect();
        let title = title(messages, &details, &steps);
        let is_open = !names.is_empty() && others.is_empty() && lines.iter().all(|line| line.is_met);
        let told = match (steps.is_empty(), case.closed_at) {
            // Before there is anything to hand over, there is nothing to tell.
            (true, None) => None,
            (true, Some(_)) => handover(workflow, case, visitor.service.hall()),
            (false, _) => told_with(workflow, case, visitor.service.hall(), &steps),
        };
        let identity = Identity::of(visitor, &details);
        let mut other = vec![Field::text("collector/name", messages.t("intake.person_name"), typed).required()];
        other.extend(document(messages, "collector", "document_number", typed));
        let chosen = typed.one("collector");
        let collectors = collectors(visitor, case, &steps, chosen);
        let does = is_open.then(|| names.join(messages.t("list.between")));
        let given = medium(case, &steps);
        let help = match given.is_some_and(|medium| !is_medium(medium, typed.one("medium"))) {
            true => messages.t("hand_over.scan_first").to_owned(),
            false => {
                let may_compare = case.closed_at.is_none() && given.is_none() && at.held.is_some();
                let lacks = lines.iter().find_map(|line| line.lacks).filter(|_| !steps.is_empty() && others.is_empty());
                help(messages, &collectors, does.as_deref().ok_or(lacks), may_compare)
            }
        };
        Ok(Self {
            layout: Layout::of(
                visitor,
                messages.with("hand_over.of", &[("title", &title), ("organization", &identity.organization)]),
                Place::HandOver,
            )
            .found_at(here(at, typed.one("medium"))),
            title,
            version: case.version,
            medium: typed.one("medium").to_owned(),
            help,
            waits: !steps.is_empty() && others.is_empty(),
            next: next_step(visitor, &details).filter(|_| steps.is_empty() && case.closed_at.is_none()),
            may_check: case.closed_at.is_none() && visitor.service.may_record_materials(&visitor.caller, case).is_ok(),
            collectors,
            recorded: recorded(visitor, case),
            is_other: chosen == "other",
            other,
            foreseen,
            ends,
            does,
            others,
            done: done(visitor, &details),
            advice: told.map(|told| advice(visitor, case, &told)).unwrap_or_default(),
            paper: None,
            told: Vec::new(),
            lines,
            identity,
        })
    }
}

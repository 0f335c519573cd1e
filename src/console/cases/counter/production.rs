//! The production queue: what is to be made, by due date; a case, its serial and its medium are scanned one after the other.
//!
//! Guarantees: the boxes at the top are filled by scans alone: each Enter that leaves one empty comes back with the next one in
//! focus; what was recorded is said, row by row, and what was refused stays as it was typed.

use actix_web::http::StatusCode;
use actix_web::web::Query;
use actix_web::{HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;

use super::production_rows::{Group, Outcome, chosen, groups, made, outcome};
use super::scanned::case_in;
use crate::console::page::answer::{rendered, see};
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::case_types::codes::{Effect, InputPart};
use crate::domain::cases::input::CertificateDraft;
use crate::domain::cases::refusal::Refusal;
use crate::domain::cases::worklist::WorkList;
use crate::http::keys::case_key;
use crate::http::problem::{Problem, kinds};
use crate::http::query::{cursor, cursor_text};
use crate::service::base::error::ServiceError;
use crate::service::cases::assignment::Wanted;
use crate::service::cases::batches::{Row, RowResult, Task};
use crate::service::cases::worklists::Cursor;

/// Rows of a page.
const ROWS: i64 = 50;
/// Results that an address names.
const MOST_NAMED: usize = 50;

#[derive(Template)]
#[template(path = "cases/counter/production.html", config = "src/console/askama.toml")]
struct ProductionPage {
    layout: Layout,
    groups: Vec<Group>,
    outcomes: Vec<Outcome>,
    case: String,
    serial: String,
    medium: String,
    /// The box that waits: `case`, `serial` or `medium`.
    waits: &'static str,
    fault: Option<String>,
    may_make: bool,
    count: usize,
    next: Option<String>,
}

/// What was just made, and from where on.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct ProductionQuery {
    #[serde(default)]
    made: String,
    after: Option<String>,
}

/// The queue.
#[get("/production")]
pub(in crate::console) async fn show(visitor: Visitor, query: Query<ProductionQuery>) -> Result<HttpResponse, Problem> {
    let after = cursor(query.after.as_deref()).map_err(|_| Problem::of(&kinds::NOT_FOUND))?;
    let mut outcomes = Vec::new();
    for key in query.made.split(',').take(MOST_NAMED).filter_map(case_key) {
        match visitor.service.case(&visitor.caller, key).await {
            Ok(at) => outcomes.push(made(&visitor, &at, "production.made")),
            Err(ServiceError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let page = ProductionPage::of(&visitor, &Typed::default(), outcomes, after).await?;
    Ok(rendered(StatusCode::OK, &page))
}

/// Records one as made, when all three were scanned.
#[post("/production")]
pub(in crate::console) async fn scan(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, mut typed) = (form.visitor, form.sent);
    let boxes = typed.fields().filter(|(name, _)| ["serial", "medium"].contains(name));
    // The next case was taken up meanwhile.
    if let Some((_, next)) = case_in(&visitor, boxes).await? {
        ["scanned", "serial", "medium"].into_iter().for_each(|name| typed.clear(name));
        typed.fill("scanned", &next.acceptance_number);
    }
    let number = typed.one("scanned").to_owned();
    if [&number, typed.one("serial"), typed.one("medium")].contains(&"") {
        let page = ProductionPage::of(&visitor, &typed, Vec::new(), None).await?;
        return Ok(rendered(StatusCode::OK, &page));
    }
    let certificate = draft(typed.one("serial"), typed.one("medium"));
    let outcome = match making(&visitor, &number, certificate).await? {
        Some(row) => record(&visitor, vec![(number, row)]).await?.pop(),
        None => None,
    };
    match outcome {
        Some(outcome) if outcome.is_done => Ok(see(&address(&[outcome]))),
        refused => {
            let mut page = ProductionPage::of(&visitor, &typed, Vec::new(), None).await?;
            let unknown = || visitor.messages.t("production.no_case").to_owned();
            page.fault = Some(refused.map_or_else(unknown, |outcome| outcome.text));
            page.waits = "case";
            Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// Records several as made, or takes on those that are ticked.
#[post("/production/batch")]
pub(in crate::console) async fn batch(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, mut typed) = (form.visitor, form.sent);
    let boxes = typed.fields().filter(|(name, _)| name.starts_with("serial.") || name.starts_with("medium."));
    let next = case_in(&visitor, boxes).await?;
    if let Some((field, next)) = &next {
        typed.clear(field);
        typed.add("case", &next.acceptance_number);
    }
    if next.is_some() || typed.given("claim").or(typed.given("record")).is_none() {
        let page = ProductionPage::of(&visitor, &typed, Vec::new(), None).await?.at_next_row();
        return Ok(rendered(StatusCode::OK, &page));
    }
    let mut rows = Vec::new();
    for number in chosen(&typed) {
        let row = match typed.given("claim") {
            Some(_) => claiming(&number),
            None => {
                let [serial, medium] = ["serial", "medium"].map(|part| format!("{part}.{number}"));
                making(&visitor, &number, draft(typed.one(&serial), typed.one(&medium))).await?
            }
        };
        rows.extend(row.map(|row| (number, row)));
    }
    let outcomes = record(&visitor, rows).await?;
    if !outcomes.is_empty() && outcomes.iter().all(|outcome| outcome.is_done) {
        return Ok(see(&address(&outcomes)));
    }
    let none = outcomes.is_empty().then(|| visitor.messages.t("production.none_chosen").to_owned());
    let mut page = ProductionPage::of(&visitor, &typed, outcomes, None).await?;
    page.fault = none;
    page.waits = "";
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

fn draft(serial: &str, medium: &str) -> CertificateDraft {
    CertificateDraft { serial: serial.to_owned(), medium_number: medium.to_owned() }
}

fn claiming(number: &str) -> Option<Row> {
    Some(Row { key: case_key(number)?, task: Task::Assignment { wanted: Wanted::Claim, reason: None } })
}

/// What records a certificate in a case, by the action that its workflow has for it; none where there is no such case.
async fn making(visitor: &Visitor, number: &str, certificate: CertificateDraft) -> Result<Option<Row>, Problem> {
    let Some(key) = case_key(number) else { return Ok(None) };
    let at = match visitor.service.case(&visitor.caller, key.clone()).await {
        Ok(at) => at,
        Err(ServiceError::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let workflow = visitor.service.definition(&at.case)?.workflow;
    let makes = workflow.actions.iter().find(|action| action.effects.contains(&Effect::MakeCertificate));
    if let Some(refusal) = makes.and_then(|action| Refusal::unless_role(&visitor.caller.actor, &action.roles)) {
        return Err(ServiceError::from(refusal).into());
    }
    // Of one that makes none the batch says that there is no such action.
    let action = makes.map_or(InputPart::Certificate.code(), |action| action.code.as_str()).to_owned();
    Ok(Some(Row { key, task: Task::Make { action, certificate } }))
}

async fn record(visitor: &Visitor, rows: Vec<(String, Row)>) -> Result<Vec<Outcome>, Problem> {
    may_make(visitor)?;
    let (numbers, rows): (Vec<String>, Vec<Row>) = rows.into_iter().unzip();
    let results: Vec<RowResult> = visitor.service.batch(&visitor.caller, rows).await?;
    Ok(numbers.into_iter().zip(results).map(|(number, result)| outcome(visitor, number, result)).collect())
}

/// Refuses whoever makes no certificates, whatever the case.
fn may_make(visitor: &Visitor) -> Result<(), Problem> {
    Ok(visitor.service.may_give(&visitor.caller, InputPart::Certificate)?)
}

/// The queue, with what was done.
fn address(outcomes: &[Outcome]) -> String {
    let numbers: Vec<&str> = outcomes.iter().map(|outcome| outcome.number.as_str()).take(MOST_NAMED).collect();
    format!("/console/production?made={}", numbers.join(","))
}

impl ProductionPage {
    async fn of(
        visitor: &Visitor,
        typed: &Typed,
        outcomes: Vec<Outcome>,
        after: Option<Cursor>,
    ) -> Result<Self, Problem> {
        let found = visitor.service.work_list(&visitor.caller, WorkList::ToMake, None, after, ROWS).await?;
        let (messages, count) = (visitor.messages, found.cases.len());
        let next = found.next.map(|next| format!("/console/production?after={}", cursor_text(next)));
        // The names of the boxes at the top; in rows they bear the number of the case.
        let [case, serial, medium] = ["scanned", "serial", "medium"].map(|name| typed.one(name).to_owned());
        let boxes = [("case", &case), ("serial", &serial), ("medium", &medium)];
        let waits = boxes.into_iter().find(|(_, typed)| typed.is_empty()).map_or("case", |(name, _)| name);
        Ok(Self {
            layout: Layout::of(visitor, messages.t("production.title").to_owned(), Place::Production),
            groups: groups(visitor, found.cases, typed, &outcomes),
            waits,
            fault: None,
            may_make: may_make(visitor).is_ok(),
            outcomes,
            case,
            serial,
            medium,
            count,
            next,
        })
    }

    /// A serial was scanned into a row: the page begins at what is still empty of those chosen.
    fn at_next_row(mut self) -> Self {
        self.waits = "";
        let rows = self.groups.iter_mut().flat_map(|group| &mut group.rows).filter(|row| row.is_chosen);
        if let Some(row) = rows.into_iter().find(|row| row.serial.is_empty() || row.medium.is_empty()) {
            row.waits = if row.serial.is_empty() { "serial" } else { "medium" };
        }
        self
    }
}

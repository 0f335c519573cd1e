//! The check sheet: what the clerk finds while the applicant stands opposite, by a command box or by controls in every row.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use actix_web::{HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;

use super::case::{CasePath, Identity, after};
use super::sheet_row::{Fields, Reason, Row, controls_of};
use super::steps::{Step, steps};
use crate::console::page::address::address;
use crate::console::page::answer::{rendered, see};
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::{Fault, Words};
use crate::domain::cases::actions::confirms_verdict;
use crate::domain::cases::event::Event;
use crate::domain::cases::input::{ActionInput, MaterialDraft};
use crate::domain::cases::materials::checklist::{Verdict, verdict};
use crate::domain::cases::materials::sheet_command::read;
use crate::http::problem::Problem;
use crate::service::base::error::ServiceError;
use crate::service::cases::case::{CaseAt, CaseKey, Expected};

#[derive(Template)]
#[template(path = "cases/check_sheet.html", config = "src/console/askama.toml")]
struct CheckSheetPage {
    layout: Layout,
    identity: Identity,
    /// How far the case is.
    steps: Vec<Step>,
    version: i64,
    rows: Vec<Row>,
    reasons: Vec<Reason>,
    verdict: String,
    is_complete: bool,
    /// Whether nothing was found lacking, and something is yet to be checked.
    is_open: bool,
    /// Whether the reader checks anything here, or only reads.
    may_check: bool,
    /// What Enter does on an empty command box, and why not where nothing.
    confirms: Option<String>,
    /// What was typed on the command line and not done: the line itself is empty again, as the next scan goes there.
    refused: String,
    told: Vec<Told>,
}

impl CheckSheetPage {
    /// As it is shown, with how far the case is.
    async fn shown(visitor: &Visitor, at: &CaseAt) -> Result<Self, Problem> {
        let (_, events) = visitor.service.timeline(&visitor.caller, CaseKey::Id(at.case.id)).await?;
        let steps = steps(visitor, &visitor.service.details(at, &visitor.caller)?, &events);
        Ok(Self { steps, ..Self::of(visitor, at)? })
    }

    /// Its rows and what they come to.
    fn of(visitor: &Visitor, at: &CaseAt) -> Result<Self, Problem> {
        let (messages, details) = (visitor.messages, visitor.service.details(at, &visitor.caller)?);
        let identity = Identity::of(visitor, &details);
        let row = |sheet| Row::of(messages, sheet, at.case.checks.get(&sheet.code));
        let confirming =
            details.offers.iter().find(|offer| offer.blocked_by.is_empty() && confirms_verdict(offer.action));
        Ok(Self {
            layout: Layout::of(
                visitor,
                messages.fill("sheet.title", "organization", &identity.organization),
                Place::Elsewhere,
            ),
            steps: Vec::new(),
            version: at.case.version,
            rows: details.sheets.iter().map(row).collect(),
            reasons: Reason::all(messages, details.definition.case_type),
            verdict: messages.of(&details.verdict.words()).to_owned(),
            is_complete: details.verdict.is_complete(),
            is_open: is_open(&details.verdict),
            may_check: visitor.service.may_record_materials(&visitor.caller, &at.case).is_ok(),
            confirms: confirming.map(|offer| messages.of(&offer.action.words).to_owned()),
            refused: String::new(),
            told: Vec::new(),
            identity,
        })
    }
}

/// Whether nothing is known to lack, though not everything was looked at.
fn is_open(verdict: &Verdict) -> bool {
    !verdict.is_complete() && verdict.lacking().next().is_none()
}

/// The sheet.
#[get("/cases/{key}/materials")]
pub(in crate::console) async fn show(
    visitor: Visitor,
    path: Path<CasePath>,
    query: Query<Saved>,
) -> Result<HttpResponse, Problem> {
    let at = visitor.service.case(&visitor.caller, path.into_inner().key).await?;
    let mut page = CheckSheetPage::shown(&visitor, &at).await?;
    page.layout.saved = query.saved.map(|rows| visitor.messages.fill("sheet.saved", "rows", rows));
    Ok(rendered(StatusCode::OK, &page))
}

/// How many rows were just recorded.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct Saved {
    saved: Option<usize>,
}

/// What the command box sends; a button beside it adds to what was typed.
#[derive(Deserialize)]
pub(in crate::console) struct Command {
    command: String,
    version: i64,
    #[serde(default)]
    also: String,
}

/// What the verdict would be once a command is recorded: the script asks while the clerk types.
#[post("/cases/{key}/materials/preview")]
pub(in crate::console) async fn preview(path: Path<CasePath>, form: Form<Command>) -> Result<HttpResponse, Problem> {
    let (visitor, Command { command, also, .. }) = (form.visitor, form.sent);
    let at = visitor.service.case(&visitor.caller, path.into_inner().key).await?;
    let (details, case) = (visitor.service.details(&at, &visitor.caller)?, &at.case);
    let definition = details.definition.case_type;
    let said = match read(&(command + &also), definition, &details.sheets, &case.checks) {
        Ok(read) => verdict(definition, &case.application, &read.over(&case.checks)),
        // Half a command is no fault yet.
        Err(_) => details.verdict,
    };
    let text = visitor.messages.of(&said.words()).to_owned();
    Ok(HttpResponse::Ok()
        .json(serde_json::json!({ "text": text, "is_complete": said.is_complete(), "is_open": is_open(&said) })))
}

/// Records what a command finds, opens what was scanned behind it; on an empty one confirms the verdict.
#[post("/cases/{key}/materials/command")]
pub(in crate::console) async fn enter(path: Path<CasePath>, form: Form<Command>) -> Result<HttpResponse, Problem> {
    let (visitor, Command { command, version, also }) = (form.visitor, form.sent);
    let command = command + &also;
    let at = visitor.service.case(&visitor.caller, path.into_inner().key).await?;
    visitor.service.may_record_materials(&visitor.caller, &at.case)?;
    let details = visitor.service.details(&at, &visitor.caller)?;
    let read = match read(&command, details.definition.case_type, &details.sheets, &at.case.checks) {
        Ok(read) => read,
        Err(faults) => {
            let gap = |fault: &Fault| visitor.messages.of(&fault.words).to_owned();
            let faults: Vec<String> = faults.iter().map(gap).collect();
            let why = faults.join(visitor.messages.t("list.between_reasons"));
            let told = visitor.messages.with("sheet.refused", &[("command", &command), ("fault", &why)]);
            let told = vec![Told::plain(told)];
            return again(&visitor, &at, Typed { command, rows: None }, told).await;
        }
    };
    let confirming = details.offers.iter().find(|offer| offer.blocked_by.is_empty() && confirms_verdict(offer.action));
    let action = confirming.filter(|_| read.confirms).map(|offer| offer.action.code.clone());
    if let Some(action) = action {
        return confirm(&visitor, &at, &action, version).await;
    }
    let next = read.scanned.map(|number| search(&number));
    save(&visitor, at, read.record, version, Typed { command, rows: None }, next).await
}

/// Records what the controls of the rows say, and opens what was scanned into one of them.
#[post("/cases/{key}/materials")]
pub(in crate::console) async fn record(path: Path<CasePath>, form: Form<Fields>) -> Result<HttpResponse, Problem> {
    let (visitor, mut fields) = (form.visitor, form.sent);
    let at = visitor.service.case(&visitor.caller, path.into_inner().key).await?;
    visitor.service.may_record_materials(&visitor.caller, &at.case)?;
    let version = fields.get("version").and_then(|version| version.parse().ok()).unwrap_or(0);
    let page = CheckSheetPage::of(&visitor, &at)?;
    let scanned = page.rows.iter().fold(None, |found, row| row.without_scan(&mut fields).or(found));
    let (mut drafts, mut told) = (Vec::new(), Vec::new());
    for row in &page.rows {
        match row.changed_by(visitor.messages, &fields) {
            Ok(draft) => drafts.extend(draft),
            Err(fault) => told.push(fault),
        }
    }
    let typed = Typed { rows: Some(fields), ..Typed::default() };
    if !told.is_empty() {
        return again(&visitor, &at, typed, told).await;
    }
    save(&visitor, at, drafts, version, typed, scanned.map(|number| search(&number))).await
}

/// Where what was scanned is found.
fn search(number: &str) -> String {
    format!("/console/search?q={number}")
}

/// What was typed, on the command line or into the rows.
#[derive(Default)]
struct Typed {
    command: String,
    rows: Option<Fields>,
}

/// Records rows; of those that somebody else checked since the page was shown, asks which to keep.
async fn save(
    visitor: &Visitor,
    at: CaseAt,
    drafts: Vec<MaterialDraft>,
    seen: i64,
    mut typed: Typed,
    next: Option<String>,
) -> Result<HttpResponse, Problem> {
    let here = format!("/console/cases/{}/materials", at.case.acceptance_number);
    let is_changed = |draft: &MaterialDraft| at.case.sheet_versions.get(&draft.material).is_some_and(|it| *it > seen);
    let (disputed, free): (Vec<_>, Vec<_>) = drafts.into_iter().partition(is_changed);
    let rows: Vec<String> = free.iter().map(|draft| draft.material.clone()).collect();
    let (key, expected) = (CaseKey::Id(at.case.id), Expected::Rows { rows: rows.clone(), seen });
    let saved = match free.is_empty() {
        true => Ok(at.clone()),
        false => visitor.service.record_materials(&visitor.caller, key.clone(), free, expected).await,
    };
    match saved {
        Ok(now) if !disputed.is_empty() => {
            let page = CheckSheetPage::of(visitor, &now)?;
            let (_, events) = visitor.service.timeline(&visitor.caller, key).await?;
            let told = disputed.iter().filter_map(|draft| page.asks_which(visitor, &events, draft)).collect();
            let fields = disputed.iter().flat_map(controls_of).collect();
            typed = Typed { command: String::new(), rows: Some(typed.rows.unwrap_or(fields)) };
            again(visitor, &now, typed, told).await
        }
        Ok(_) if next.is_none() && !rows.is_empty() => Ok(see(&address(&here, &[("saved", rows.len().to_string())]))),
        Ok(_) => Ok(see(&next.unwrap_or(here))),
        Err(ServiceError::Stale { .. }) => {
            let now = visitor.service.case(&visitor.caller, key).await?;
            again(visitor, &now, typed, vec![Told::plain(visitor.messages.t("form.stale"))]).await
        }
        Err(error) => match error.into_faults() {
            Ok(faults) => {
                let page = CheckSheetPage::of(visitor, &at)?;
                let told = faults.iter().map(|fault| at_row(visitor, &page.rows, &rows, fault)).collect();
                again(visitor, &at, typed, told).await
            }
            Err(refused) => again(visitor, &at, typed, visitor.told(refused, [])?).await,
        },
    }
}

impl CheckSheetPage {
    /// That a colleague found something else on a row meanwhile: who, when and what, and how either is kept.
    fn asks_which(&self, visitor: &Visitor, events: &[Recorded<Event>], draft: &MaterialDraft) -> Option<Told> {
        let row = self.rows.iter().find(|row| row.code == draft.material)?;
        let checks = |event: &Event| matches!(event, Event::MaterialRecorded { material, .. } if *material == row.code);
        let last = events.iter().rfind(|recorded| checks(&recorded.event)).filter(|_| row.is_checked);
        let gaps: [(&str, &dyn std::fmt::Display); 5] = [
            ("number", &row.number),
            ("document", &row.name),
            ("name", &last.map(|last| last.actor_name.as_str()).unwrap_or_default()),
            ("at", &last.map(|last| visitor.dates().moment(last.at)).unwrap_or_default()),
            ("found", &row.found(visitor.messages, &self.reasons)),
        ];
        let key = if last.is_some() { "sheet.disputed" } else { "sheet.voided" };
        Some(Told { at: format!("received-{}", row.code), text: visitor.messages.with(key, &gaps) })
    }
}

/// Takes the action that the verdict on the screen comes to.
async fn confirm(visitor: &Visitor, at: &CaseAt, action: &str, seen: i64) -> Result<HttpResponse, Problem> {
    let (key, input) = (CaseKey::Id(at.case.id), ActionInput::default());
    let taken = visitor.service.act(&visitor.caller, key.clone(), action, input, Expected::Case(seen), None).await;
    let Err(refused) = taken else { return Ok(see(&after(&at.case.acceptance_number, action))) };
    let now = visitor.service.case(&visitor.caller, key).await?;
    again(visitor, &now, Typed::default(), visitor.told(refused, [])?).await
}

fn plain(visitor: &Visitor, words: &Words) -> Told {
    Told::plain(visitor.messages.of(words))
}

/// A fault of the rows that were sent, at its control.
fn at_row(visitor: &Visitor, rows: &[Row], sent: &[String], fault: &Fault) -> Told {
    let mut parts = fault.pointer.trim_start_matches("/materials/").split('/');
    let code = parts.next().and_then(|index| sent.get(index.parse::<usize>().ok()?));
    let Some(row) = code.and_then(|code| rows.iter().find(|row| row.code == *code)) else {
        return plain(visitor, &fault.words);
    };
    let control = match parts.next() {
        Some("copies_stamped") => "sealed",
        Some("original_sighted") => "sighted",
        Some(control @ ("reason" | "remark")) => control,
        _ => "received",
    };
    let about = [("number", &row.number as &dyn std::fmt::Display), ("fault", &visitor.messages.of(&fault.words))];
    Told { at: format!("{control}-{}", row.code), text: visitor.messages.with("sheet.fault", &about) }
}

/// The sheet once more, with what was typed and why it wasn't done.
async fn again(visitor: &Visitor, at: &CaseAt, typed: Typed, told: Vec<Told>) -> Result<HttpResponse, Problem> {
    let mut page = CheckSheetPage::shown(visitor, at).await?;
    page.told = told;
    page.rows.iter_mut().for_each(|row| typed.rows.iter().for_each(|fields| row.retyped(fields)));
    page.refused = typed.command;
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

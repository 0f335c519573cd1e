//! The check sheet: what the clerk finds while the applicant stands opposite, by a command box or by controls in every row.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use actix_web::{HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;

use super::case::{CasePath, Identity};
use super::sheet_row::{Fields, Reason, Row};
use crate::console::page::answer::{rendered, see};
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words::{Fault, Words};
use crate::domain::cases::actions::confirms_verdict;
use crate::domain::cases::input::{ActionInput, MaterialDraft};
use crate::domain::cases::materials::checklist::verdict;
use crate::domain::cases::materials::sheet_command::read;
use crate::http::problem::Problem;
use crate::service::base::error::ServiceError;
use crate::service::cases::case::{CaseAt, CaseKey, Expected};

#[derive(Template)]
#[template(path = "cases/check_sheet.html", config = "src/console/askama.toml")]
struct CheckSheetPage {
    layout: Layout,
    identity: Identity,
    version: i64,
    rows: Vec<Row>,
    reasons: Vec<Reason>,
    verdict: String,
    is_complete: bool,
    /// Whether the reader checks anything here, or only reads.
    may_check: bool,
    /// What Enter does on an empty command box, and why not where nothing.
    confirms: Option<String>,
    command: String,
    told: Vec<Told>,
}

impl CheckSheetPage {
    fn of(visitor: &Visitor, at: &CaseAt) -> Result<Self, Problem> {
        let (messages, details) = (visitor.messages, visitor.service.details(at, &visitor.caller)?);
        let identity = Identity::of(visitor, &details);
        let row = |sheet| Row::of(messages, sheet, at.case.checks.get(&sheet.code));
        let reasons = details.definition.case_type.defect_reasons.iter().enumerate();
        let confirming =
            details.offers.iter().find(|offer| offer.blocked_by.is_empty() && confirms_verdict(offer.action));
        Ok(Self {
            layout: Layout::of(
                visitor,
                messages.fill("sheet.title", "organization", &identity.organization),
                Place::Elsewhere,
            ),
            version: at.case.version,
            rows: details.sheets.iter().map(row).collect(),
            reasons: reasons
                .map(|(at, reason)| Reason {
                    number: at + 1,
                    code: reason.code.clone(),
                    name: messages.of(&reason.words).to_owned(),
                })
                .collect(),
            verdict: messages.of(&details.verdict.words()).to_owned(),
            is_complete: details.verdict.is_complete(),
            may_check: visitor.service.may_record_materials(&visitor.caller, &at.case).is_ok(),
            confirms: confirming.map(|offer| messages.of(&offer.action.words).to_owned()),
            command: String::new(),
            told: Vec::new(),
            identity,
        })
    }
}

/// The sheet.
#[get("/cases/{key}/materials")]
pub(in crate::console) async fn show(visitor: Visitor, path: Path<CasePath>) -> Result<HttpResponse, Problem> {
    let at = visitor.service.case(&visitor.caller, path.into_inner().key).await?;
    Ok(rendered(StatusCode::OK, &CheckSheetPage::of(&visitor, &at)?))
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
    Ok(HttpResponse::Ok().json(serde_json::json!({ "text": text, "is_complete": said.is_complete() })))
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
            let told = faults.iter().map(|fault| plain(&visitor, &fault.words)).collect();
            return again(&visitor, &at, Typed { command, rows: None }, told);
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
        return again(&visitor, &at, typed, told);
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

/// Records rows, unless somebody else changed one of them since the page was shown; then asks which to keep.
async fn save(
    visitor: &Visitor,
    at: CaseAt,
    drafts: Vec<MaterialDraft>,
    seen: i64,
    typed: Typed,
    next: Option<String>,
) -> Result<HttpResponse, Problem> {
    let here = format!("/console/cases/{}/materials", at.case.acceptance_number);
    if drafts.is_empty() {
        return Ok(see(&next.unwrap_or(here)));
    }
    let rows: Vec<String> = drafts.iter().map(|draft| draft.material.clone()).collect();
    let (key, expected) = (CaseKey::Id(at.case.id), Expected::Rows { rows: rows.clone(), seen });
    match visitor.service.record_materials(&visitor.caller, key.clone(), drafts, expected).await {
        Ok(_) => Ok(see(&next.unwrap_or(here))),
        Err(ServiceError::Stale { .. }) => {
            let now = visitor.service.case(&visitor.caller, key).await?;
            let changed = Words::new(
                "同一项刚被他人核验过。您填写的内容仍在；要用您的，请再提交一次；要保留他人的，请重新打开本页。",
                "Somebody else has just checked the same row. What you typed is still here: send it again to use yours, or open the page anew to keep theirs.",
            );
            again(visitor, &now, typed, vec![plain(visitor, &changed)])
        }
        Err(error) => match error.into_faults() {
            Ok(faults) => {
                let page = CheckSheetPage::of(visitor, &at)?;
                let told = faults.iter().map(|fault| at_row(visitor, &page.rows, &rows, fault)).collect();
                again(visitor, &at, typed, told)
            }
            Err(refused) => again(visitor, &at, typed, visitor.told(refused, [])?),
        },
    }
}

/// Takes the action that the verdict on the screen comes to.
async fn confirm(visitor: &Visitor, at: &CaseAt, action: &str, seen: i64) -> Result<HttpResponse, Problem> {
    let (key, input) = (CaseKey::Id(at.case.id), ActionInput::default());
    let taken = visitor.service.act(&visitor.caller, key.clone(), action, input, Expected::Case(seen), None).await;
    let Err(refused) = taken else { return Ok(see(&format!("/console/cases/{}", at.case.acceptance_number))) };
    let now = visitor.service.case(&visitor.caller, key).await?;
    again(visitor, &now, Typed::default(), visitor.told(refused, [])?)
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
fn again(visitor: &Visitor, at: &CaseAt, typed: Typed, told: Vec<Told>) -> Result<HttpResponse, Problem> {
    let mut page = CheckSheetPage::of(visitor, at)?;
    page.told = told;
    page.rows.iter_mut().for_each(|row| typed.rows.iter().for_each(|fields| row.retyped(fields)));
    page.command = typed.command;
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

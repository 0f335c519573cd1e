//! The check sheet: what the clerk finds while the applicant stands opposite, by a command box or by controls in every row.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use super::entry::{Entry, Meant, at_row};
use super::help::{Reason, accepted, help, others, was_resubmitted};
use super::row::{Fields, Row};
use crate::console::cases::case::{CasePath, Identity, after};
use crate::console::cases::done::SavedBefore;
use crate::console::cases::foreseen::changed_on_held;
use crate::console::cases::steps::{Step, confirming, own_page, steps};
use crate::console::cases::timeline::told_of_case;
use crate::console::page::address::address;
use crate::console::page::answer::{rendered, see};
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::base::recorded::Recorded;
use crate::domain::cases::actions::{Offer, confirms_verdict, follows_from_verdict, records_checks};
use crate::domain::cases::event::Event;
use crate::domain::cases::input::{ActionInput, MaterialDraft};
use crate::domain::cases::materials::checklist::{Verdict, verdict};
use crate::domain::cases::refusal::RefusalKind;
use crate::http::problem::Problem;
use crate::service::cases::case::{CaseAt, CaseKey, Expected};
use crate::service::cases::colleagues::Look;
use crate::service::cases::details::CaseDetails;

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
    /// What is changed on the certificate held, against which the papers are checked.
    changes: Vec<String>,
    verdict: String,
    is_complete: bool,
    /// Whether nothing was found lacking, and something is yet to be checked.
    is_open: bool,
    /// Whether the reader checks anything here, or only reads; and why so.
    may_check: bool,
    only_read: &'static str,
    /// That the papers were found in order, when and by whom, of a sheet on which that is confirmed already.
    accepted: Option<String>,
    /// Who else has it open, each with where and since when.
    others: Vec<String>,
    /// What Enter does on an empty command box, and whether it confirms: what only saves has a button beside it then.
    enters: String,
    confirms: bool,
    /// What can be typed into it, by the numbers of rows that are there.
    help: String,
    /// What was typed on the command line and not done: the line itself is empty again, as the next scan goes there.
    refused: String,
    /// What stands on the line: what was typed there before a session ended, and so was neither read nor refused.
    command: String,
    told: Vec<Told>,
    /// Since when the verdict stands there, in milliseconds, where what was just sent made it: an Enter that follows at once was pressed
    /// before anybody could read it.
    shown_at: Option<i64>,
}

impl CheckSheetPage {
    /// As it is shown to somebody, with how far the case is and who else looks at it.
    async fn shown(visitor: &Visitor, at: &CaseAt) -> Result<Self, Problem> {
        let (_, events) = visitor.service.timeline(&visitor.caller, CaseKey::Id(at.case.id)).await?;
        Ok(Self::of(visitor, at, &visitor.service.details(at, &visitor.caller)?, &events))
    }

    fn of(visitor: &Visitor, at: &CaseAt, details: &CaseDetails<'_>, events: &[Recorded<Event>]) -> Self {
        let (messages, identity) = (visitor.messages, Identity::of(visitor, details));
        let title = messages.fill("sheet.title", "organization", &identity.organization);
        let is_permitted = visitor.service.may_record_materials(&visitor.caller, &at.case).is_ok();
        let takes_checks = takes_checks(details);
        Self {
            layout: Layout::of(visitor, title, Place::Check),
            steps: steps(visitor, details, events),
            version: at.case.version,
            rows: rows(visitor, details),
            reasons: Reason::all(messages, details.definition.case_type),
            changes: changed_on_held(visitor, details, events),
            verdict: messages.whole(&details.verdict.words()),
            is_complete: details.verdict.is_complete(),
            is_open: is_open(&details.verdict),
            may_check: is_permitted && takes_checks,
            only_read: match (at.case.closed_at, takes_checks) {
                (Some(_), _) => "sheet.ended",
                (None, false) => "sheet.not_now",
                (None, true) => "sheet.to_read",
            },
            accepted: accepted(visitor, details, events),
            others: others(visitor, &at.case, Look::Opened),
            enters: enters(visitor, details, true),
            confirms: confirming(details).is_some(),
            help: help(messages, &details.sheets, &details.case.checks),
            refused: String::new(),
            command: String::new(),
            told: Vec::new(),
            shown_at: None,
            identity,
        }
    }

    /// Asks of the rows that a colleague checked meanwhile which finding to keep: who found what, and when.
    fn ask(&mut self, visitor: &Visitor, events: &[Recorded<Event>], fields: &Fields) {
        for row in self.rows.iter_mut().filter(|row| row.is_disputed(fields)) {
            let checks =
                |event: &Event| matches!(event, Event::MaterialRecorded { material, .. } if *material == row.code);
            let last = events.iter().rfind(|recorded| checks(&recorded.event)).filter(|_| row.is_checked);
            let gaps: [(&str, &dyn std::fmt::Display); 5] = [
                ("number", &row.number),
                ("document", &row.name),
                ("name", &last.map(|last| last.actor_name.as_str()).unwrap_or_default()),
                ("at", &last.map(|last| visitor.dates().moment(last.at)).unwrap_or_default()),
                ("found", &row.said(visitor.messages, &self.reasons)),
            ];
            let (told, question) = match last {
                Some(_) => ("sheet.disputed", "sheet.disputed_by"),
                None => ("sheet.voided", "sheet.voided_row"),
            };
            let question = visitor.messages.with(question, &gaps);
            self.told.push(Told { at: format!("keep-{}", row.code), text: visitor.messages.with(told, &gaps) });
            row.question = question;
        }
        // While it is asked, Enter confirms nothing.
        if self.rows.iter().any(|row| !row.question.is_empty()) {
            self.enters = visitor.messages.t("sheet.enter").to_owned();
            self.confirms = false;
        }
    }
}

/// The rows as they are now.
fn rows(visitor: &Visitor, details: &CaseDetails<'_>) -> Vec<Row> {
    let (messages, case) = (visitor.messages, details.case);
    let row =
        |sheet| Row::of(messages, sheet, case.checks.get(&sheet.code)).of_persons(messages, sheet, &case.application);
    details.sheets.iter().map(row).collect()
}

/// Whether nothing is known to lack, though not everything was looked at.
fn is_open(verdict: &Verdict) -> bool {
    !verdict.is_complete() && verdict.lacking().next().is_none()
}

/// Whether checks can be recorded where the case stands.
fn takes_checks(details: &CaseDetails<'_>) -> bool {
    let mut offers = details.offers.iter().filter(|offer| records_checks(offer.action));
    offers.any(|offer| offer.blocked_by.iter().all(|refusal| refusal.kind() != RefusalKind::Conflict))
}

/// What Enter does: confirms, goes on to what does more, or saves.
fn enters(visitor: &Visitor, details: &CaseDetails<'_>, confirms: bool) -> String {
    match confirming(details).filter(|_| confirms) {
        Some(offer) => {
            let key = if confirms_verdict(offer.action) { "sheet.confirm" } else { "sheet.goes_on" };
            visitor.messages.fill(key, "action", visitor.messages.of(&offer.action.words))
        }
        None => visitor.messages.t("sheet.enter").to_owned(),
    }
}

/// The sheet.
pub(in crate::console) async fn show(
    visitor: Visitor,
    path: Path<CasePath>,
    query: Query<Saved>,
) -> Result<HttpResponse, Problem> {
    let at = visitor.service.case(&visitor.caller, path.into_inner().key).await?;
    let mut page = CheckSheetPage::shown(&visitor, &at).await?;
    page.shown_at = query.saved.map(|_| visitor.service.now().timestamp_millis());
    page.layout.saved = query.saved.map(|rows| match rows {
        0 => visitor.messages.t("sheet.nothing").to_owned(),
        rows => visitor.messages.fill("sheet.saved", "rows", rows),
    });
    Ok(rendered(StatusCode::OK, &page))
}

/// How many rows were just recorded.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct Saved {
    saved: Option<usize>,
}

/// The version of the case and, below it, who else has the sheet open: an open page asks for it.
pub(in crate::console) async fn version(visitor: Visitor, path: Path<CasePath>) -> Result<String, Problem> {
    let at = visitor.service.case(&visitor.caller, path.into_inner().key).await?;
    let lines = [vec![at.case.version.to_string()], others(&visitor, &at.case, Look::Asked)].concat();
    Ok(lines.join("\n"))
}

/// What the verdict would be once rows and command are recorded, and what Enter does now: the script asks while the clerk types.
pub(in crate::console) async fn preview(path: Path<CasePath>, form: Form<Fields>) -> Result<HttpResponse, Problem> {
    let visitor = form.visitor;
    let at = visitor.service.case(&visitor.caller, path.into_inner().key).await?;
    let details = visitor.service.details(&at, &visitor.caller)?;
    let entry = Entry::sent(&visitor, &at.case, &rows(&visitor, &details), form.sent).await?;
    Ok(HttpResponse::Ok().json(previewed(&visitor, &details, &entry)))
}

fn previewed(visitor: &Visitor, details: &CaseDetails<'_>, entry: &Entry) -> serde_json::Value {
    let read = entry.previewed(details);
    let case = details.case;
    let said = verdict(details.definition.case_type, &case.application, &read.over(&case.checks));
    let confirms = entry.confirms(&read);
    let (words, enters) = (visitor.messages.whole(&said.words()), enters(visitor, details, confirms));
    // What can't be is refused while it is typed; the half of a command isn't yet.
    let refused = entry.impossible(visitor, details);
    // What will be taken for a scan is said before it leads away.
    let scanned = read.scanned.as_deref().map(|scanned| Entry::opens(visitor, scanned));
    let (text, enters) = match (&refused, scanned) {
        (Some(why), _) => (why.clone(), visitor.messages.t("sheet.enter").to_owned()),
        (None, Some(opens)) => (opens, visitor.messages.t("sheet.enter_scan").to_owned()),
        (None, None) => (words, enters),
    };
    let (is_complete, is_open, confirms) = (
        said.is_complete() && refused.is_none() && read.scanned.is_none(),
        (is_open(&said) && refused.is_none()) || read.scanned.is_some(),
        confirms && confirming(details).is_some(),
    );
    serde_json::json!({
        "text": text, "is_complete": is_complete, "is_open": is_open, "enters": enters, "confirms": confirms
    })
}

/// Records what rows and command find, opens what was scanned behind them; where nothing was typed, confirms the verdict.
pub(in crate::console) async fn enter(path: Path<CasePath>, form: Form<Fields>) -> Result<HttpResponse, Problem> {
    let visitor = form.visitor;
    let at = visitor.service.case(&visitor.caller, path.into_inner().key).await?;
    visitor.service.may_record_materials(&visitor.caller, &at.case)?;
    let details = visitor.service.details(&at, &visitor.caller)?;
    let mut entry = Entry::sent(&visitor, &at.case, &rows(&visitor, &details), form.sent).await?;
    match entry.read(&visitor, &details) {
        Ok(Meant::Confirms) if entry.is_too_soon(visitor.service.now()) => {
            let told = vec![Told::plain(visitor.messages.t("sheet.read_first").to_owned())];
            again(&visitor, &at, Entry::default(), told).await
        }
        Ok(Meant::Confirms) => confirm(&visitor, &details, entry.version()).await,
        Ok(Meant::Records(found, scanned)) => save(&visitor, &at, entry, found, scanned).await,
        Err(told) => again(&visitor, &at, entry, told).await,
    }
}

/// That what was taken for a scan is nothing that there is: it may have been commands, so that it stays on the line.
async fn unknown(visitor: &Visitor, scanned: Option<&str>) -> Result<Option<Told>, Problem> {
    let Some(scanned) = scanned else { return Ok(None) };
    let found = visitor.service.find(&visitor.caller, scanned).await?;
    let told = || Told::plain(visitor.messages.fill("sheet.unknown_scan", "read", scanned));
    Ok((!found.is_hit).then(told))
}

/// Records rows; of those of which a colleague found something else since the page was shown, asks which to keep.
async fn save(
    visitor: &Visitor,
    at: &CaseAt,
    entry: Entry,
    found: Vec<MaterialDraft>,
    scanned: Option<String>,
) -> Result<HttpResponse, Problem> {
    let shown = rows(visitor, &visitor.service.details(at, &visitor.caller)?);
    let [disputed, free] = entry.parted(&at.case, &shown, found);
    let recorded: Vec<String> = free.iter().map(|draft| draft.material.clone()).collect();
    let (key, expected) = (CaseKey::Id(at.case.id), Expected::Rows { rows: recorded.clone(), seen: entry.version() });
    let saved = match free.is_empty() {
        true => Ok(at.clone()),
        false => visitor.service.record_materials(&visitor.caller, key.clone(), free, expected).await,
    };
    match saved {
        Ok(now) if !disputed.is_empty() => {
            let asking = Entry::asking(&disputed, scanned);
            let saved = visitor.messages.fill("sheet.saved", "rows", recorded.len());
            let saved = Some(Told::plain(saved)).filter(|_| !recorded.is_empty());
            let told = saved.into_iter().chain(asking.waiting(visitor)).collect();
            again(visitor, &now, asking, told).await
        }
        Ok(now) => match unknown(visitor, scanned.as_deref()).await? {
            None => Ok(see(&saved_at(at, recorded.len(), scanned.as_deref()))),
            Some(unknown) => {
                let saved = visitor.messages.fill("sheet.saved", "rows", recorded.len());
                let saved = Some(Told::plain(saved)).filter(|_| !recorded.is_empty());
                let entry = Entry::asking(&[], scanned);
                again(visitor, &now, entry, saved.into_iter().chain([unknown]).collect()).await
            }
        },
        Err(error) => {
            let mut told = match error.into_faults() {
                Ok(faults) => faults.iter().map(|fault| at_row(visitor, &shown, &recorded, fault)).collect(),
                Err(refused) => visitor.told(refused, [])?,
            };
            told.extend(entry.waiting(visitor));
            again(visitor, &visitor.service.case(&visitor.caller, key).await?, entry, told).await
        }
    }
}

/// Where it goes on once rows are saved: the sheet, or what was scanned.
fn saved_at(at: &CaseAt, rows: usize, scanned: Option<&str>) -> String {
    match scanned {
        None => address(&page_of(at), &[("saved", rows.to_string())]),
        Some(number) => {
            let saved = SavedBefore::of(&at.case, rows);
            address("/console/search", &[("q", number), ("saved", saved.text())])
        }
    }
}

fn page_of(at: &CaseAt) -> String {
    format!("/console/cases/{}/materials", at.case.acceptance_number)
}

/// Takes the action that the verdict on the page comes to; where it comes to none, says why.
async fn confirm(visitor: &Visitor, details: &CaseDetails<'_>, seen: i64) -> Result<HttpResponse, Problem> {
    let at = CaseKey::Id(details.case.id);
    let Some(offer) = confirming(details) else {
        if visitor.was_done().await? {
            return Ok(see(&format!("/console/cases/{}", details.case.acceptance_number)));
        }
        let (_, events) = visitor.service.timeline(&visitor.caller, at.clone()).await?;
        let told =
            vec![Told::plain(visitor.messages.fill("sheet.unconfirmed", "why", why_not(visitor, details, &events)))];
        return again(visitor, &visitor.service.case(&visitor.caller, at).await?, Entry::default(), told).await;
    };
    if let Some(page) = own_page(details, offer) {
        return Ok(see(&page));
    }
    let (action, input) = (offer.action.code.as_str(), ActionInput::default());
    let taken =
        visitor.service.act(&visitor.caller, at.clone(), action, input, Expected::Case(seen), visitor.once()).await;
    let Err(refused) = taken else {
        visitor.service.left_sheet(&visitor.caller, details.case.id);
        return Ok(see(&after(&details.case.acceptance_number, action)));
    };
    let now = visitor.service.case(&visitor.caller, at.clone()).await?;
    again(visitor, &now, Entry::default(), told_of_case(visitor, at, seen, refused, []).await?).await
}

/// Why the verdict can't be confirmed: that it was; where something is missing, what is to be done first; else that it is over.
fn why_not(visitor: &Visitor, details: &CaseDetails<'_>, events: &[Recorded<Event>]) -> String {
    if let Some(accepted) = accepted(visitor, details, events) {
        return accepted;
    }
    if !details.case.checks.is_empty() && !details.case.checked_in_this_state() {
        let is_back = was_resubmitted(details, events);
        return visitor.messages.t(if is_back { "sheet.not_looked" } else { "sheet.not_looked_here" }).to_owned();
    }
    let mut offers = details.offers.iter().filter(|offer| follows_from_verdict(offer.action));
    let is_unmet = |offer: &&Offer<'_>| offer.blocked_by.iter().all(|refusal| refusal.kind() == RefusalKind::Unmet);
    let unmet = offers.clone().find(is_unmet).filter(|_| !details.verdict.is_complete());
    let offer = unmet.or_else(|| offers.next());
    let why = offer
        .iter()
        .flat_map(|offer| &offer.blocked_by)
        .map(|refusal| visitor.messages.of(&refusal.words()).to_owned());
    why.collect::<Vec<_>>().join(visitor.messages.t("list.between_reasons"))
}

/// The sheet once more, with what was typed and why it wasn't done.
async fn again(visitor: &Visitor, at: &CaseAt, entry: Entry, told: Vec<Told>) -> Result<HttpResponse, Problem> {
    let (_, events) = visitor.service.timeline(&visitor.caller, CaseKey::Id(at.case.id)).await?;
    let mut page = CheckSheetPage::of(visitor, at, &visitor.service.details(at, &visitor.caller)?, &events);
    page.ask(visitor, &events, &entry.fields);
    page.rows.iter_mut().for_each(|row| row.retyped(&entry.fields));
    page.told.extend(told);
    let command = entry.command.trim().to_owned();
    (page.command, page.refused) =
        if visitor.is_of_before { (command, String::new()) } else { (String::new(), command) };
    // What was typed and not saved was typed before a page of that version: a colleague's later finding isn't overwritten by it.
    page.version = entry.seen.unwrap_or(page.version);
    page.shown_at = Some(visitor.service.now().timestamp_millis());
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

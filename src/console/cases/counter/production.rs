//! The production queue: what is to be made, by due date; a case, its serial and its medium are scanned one after the other.
//!
//! Guarantees: the boxes at the top are filled by scans alone: each Enter that leaves one empty comes back with the next one in
//! focus; what was recorded is said, row by row. A case of which nothing is to be made is refused at its own scan; what was refused
//! is said with what was read, and the boxes at the top are empty for the next scan. All of it is one form: what is done to one row takes
//! nothing away that was typed into another.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use super::production_rows::{
    Group, MOST_NAMED, Outcome, chosen, draft, elsewhere, groups, made, made_today, with_outcomes,
};
use super::production_tasks::{claiming, making, may_make, not_to_make, record, where_taken};
use super::scanned::{case_in, case_of};
use crate::console::page::address::{self, Paging};
use crate::console::page::answer::{rendered, see};
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::cases::intake::scan::case_number;
use crate::domain::cases::worklist::WorkList;
use crate::http::keys::case_key;
use crate::http::problem::{Problem, kinds};
use crate::http::query::{cursor, cursor_text};
use crate::service::base::error::ServiceError;
use crate::service::cases::batches::Row;
use crate::service::cases::worklists::{Among, Selection};

/// Rows of a page.
const ROWS: i64 = 50;
/// The names of the boxes at the top; in rows they bear the number of the case.
const BOXES: [&str; 3] = ["scanned", "serial", "medium"];

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
    /// How many wait there.
    count: String,
    /// How many were made today, and where they are listed.
    made_today: (String, String),
    /// What is chosen and typed in rows of other pages.
    elsewhere: Vec<(String, String)>,
    /// From where on it shows the queue, and where the pages before began.
    here: [String; 2],
    paging: Paging,
}

/// What was just made, and from where on.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct ProductionQuery {
    #[serde(default)]
    made: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    before: String,
}

/// The queue.
pub(in crate::console) async fn show(visitor: Visitor, query: Query<ProductionQuery>) -> Result<HttpResponse, Problem> {
    let mut outcomes = Vec::new();
    for key in query.made.split(',').take(MOST_NAMED).filter_map(case_key) {
        match visitor.service.case(&visitor.caller, key).await {
            Ok(at) => outcomes.push(made(&visitor, &at, "production.made")),
            Err(ServiceError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let page = ProductionPage::of(&visitor, &Typed::default(), outcomes, &query).await?;
    Ok(rendered(StatusCode::OK, &page))
}

/// Records as made: one, when all three were scanned; or takes on or records those that are ticked; or turns to another page of the
/// queue. Enter in a row goes to what is empty there.
pub(in crate::console) async fn send(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, mut typed) = (form.visitor, form.sent);
    take_up(&visitor, &mut typed).await?;
    if let Some(next) = taken_up_in_row(&visitor, &mut typed).await? {
        return at_next_row(&visitor, &typed, Some(next)).await;
    }
    if let Some(to) = typed.given("turn") {
        return turned(&visitor, typed, &to).await;
    }
    if typed.has("claim") || typed.has("record") {
        return done(&visitor, typed).await;
    }
    scanned(&visitor, typed).await
}

/// The one case whose number, serial and medium were scanned; or what of them is still to be scanned.
async fn scanned(visitor: &Visitor, mut typed: Typed) -> Result<HttpResponse, Problem> {
    let number = typed.one("scanned").to_owned();
    // One label that was read twice; where a medium bears the number of its certificate, the row of the case takes it.
    if !typed.one("medium").is_empty() && typed.one("medium") == typed.one("serial") {
        let why = visitor.messages.fill("production.read_twice", "serial", typed.one("serial"));
        typed.clear("medium");
        let page = ProductionPage::of(visitor, &typed, Vec::new(), &query(&typed)).await?;
        return Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &ProductionPage { fault: Some(why), ..page }));
    }
    match [&number, typed.one("serial"), typed.one("medium")].contains(&"") {
        true => awaited(visitor, &typed, &number).await,
        false => made_of(visitor, typed, number).await,
    }
}

/// Another page of the queue, with what is chosen and typed; where nothing is, its address says it.
async fn turned(visitor: &Visitor, typed: Typed, to: &str) -> Result<HttpResponse, Problem> {
    let asked = serde_urlencoded::from_str(to.split_once('?').map_or("", |(_, asked)| asked));
    let at: ProductionQuery = asked.map_err(|_| Problem::of(&kinds::NOT_FOUND))?;
    if !is_begun(&typed) {
        let here = [("after", at.after), ("before", at.before)];
        return Ok(see(&address::address(Place::Production.address(), &here)));
    }
    let page = ProductionPage::of(visitor, &typed, Vec::new(), &at).await?;
    Ok(rendered(StatusCode::OK, &page))
}

/// Whether anything was scanned, typed or chosen.
fn is_begun(typed: &Typed) -> bool {
    ["scanned", "serial", "medium", "case"].into_iter().any(|prefix| typed.names(prefix).next().is_some())
}

/// The page at what is still to be scanned; of a case of which nothing is to be made, why.
async fn awaited(visitor: &Visitor, typed: &Typed, number: &str) -> Result<HttpResponse, Problem> {
    if BOXES.iter().all(|name| typed.one(name).is_empty()) && !chosen(typed).is_empty() {
        return at_next_row(visitor, typed, None).await;
    }
    match not_to_make(visitor, number).await? {
        Some(why) => refused(visitor, typed, &why).await,
        None => Ok(rendered(StatusCode::OK, &ProductionPage::of(visitor, typed, Vec::new(), &query(typed)).await?)),
    }
}

/// Takes up the case whose number was scanned, in whichever box: the next one may come before the one before is complete.
async fn take_up(visitor: &Visitor, typed: &mut Typed) -> Result<(), Problem> {
    let boxes = typed.fields().filter(|(name, _)| ["serial", "medium"].contains(name));
    if let Some((_, next)) = case_in(visitor, boxes).await? {
        BOXES.into_iter().for_each(|name| typed.clear(name));
        typed.fill("scanned", &next.acceptance_number);
    }
    if let Some(number) = case_number(typed.one("scanned")) {
        typed.set("scanned", number.as_str());
    }
    Ok(())
}

/// The same of a row, which is ticked then.
async fn taken_up_in_row(visitor: &Visitor, typed: &mut Typed) -> Result<Option<String>, Problem> {
    let boxes = typed.fields().filter(|(name, _)| name.starts_with("serial.") || name.starts_with("medium."));
    let Some((field, next)) = case_in(visitor, boxes).await? else { return Ok(None) };
    typed.clear(&field);
    typed.add("case", &next.acceptance_number);
    Ok(Some(next.acceptance_number))
}

async fn made_of(visitor: &Visitor, mut typed: Typed, number: String) -> Result<HttpResponse, Problem> {
    let certificate = draft(typed.one("serial"), typed.one("medium"));
    let row = match making(visitor, &number, certificate).await? {
        Ok(row) => row,
        Err(why) => return refused(visitor, &typed, &why).await,
    };
    match record(visitor, vec![(number, row)]).await?.pop() {
        Some(outcome) if !outcome.is_done => {
            let taken = where_taken(visitor, &typed).await?;
            let why: Vec<String> = std::iter::once(outcome.text).chain(taken).collect();
            refused(visitor, &typed, &why.join(visitor.messages.t("list.between_reasons"))).await
        }
        outcome => {
            BOXES.into_iter().for_each(|name| typed.clear(name));
            went_well(visitor, typed, Vec::from_iter(outcome)).await
        }
    }
}

/// The queue with what was done, and with what else was typed into its boxes; where nothing was, its address says it.
async fn went_well(visitor: &Visitor, mut typed: Typed, outcomes: Vec<Outcome>) -> Result<HttpResponse, Problem> {
    // Of what was taken on, what is typed is still to be recorded.
    let is_recorded = !typed.has("claim");
    for Outcome { number, .. } in &outcomes {
        typed.remove("case", number);
        ["serial", "medium"].iter().filter(|_| is_recorded).for_each(|part| typed.clear(&format!("{part}.{number}")));
    }
    if !is_begun(&typed) {
        return Ok(see(&with_outcomes(&outcomes)));
    }
    let page = ProductionPage::of(&visitor.after_change().await?, &typed, outcomes, &query(&typed)).await?;
    Ok(rendered(StatusCode::OK, &page))
}

/// The queue with why something wasn't done, and with what was read. The boxes at the top are empty for the next scan, but of what was read
/// before a session ended.
async fn refused(visitor: &Visitor, typed: &Typed, why: &str) -> Result<HttpResponse, Problem> {
    let read = BOXES.map(|name| typed.one(name)).into_iter().filter(|read| !read.is_empty());
    let read = read.collect::<Vec<_>>().join(" · ");
    let mut kept = typed.clone();
    BOXES.into_iter().filter(|_| !visitor.is_of_before).for_each(|name| kept.clear(name));
    let mut page = ProductionPage::of(visitor, &kept, Vec::new(), &query(typed)).await?;
    page.fault = Some(visitor.messages.with("production.refused", &[("read", &read), ("why", &why)]));
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

async fn at_next_row(visitor: &Visitor, typed: &Typed, next: Option<String>) -> Result<HttpResponse, Problem> {
    let mut page = ProductionPage::of(visitor, typed, Vec::new(), &query(typed)).await?.at_next_row();
    if let Some(next) = next {
        page.fault = not_to_make(visitor, &next).await?;
    }
    Ok(rendered(StatusCode::OK, &page))
}

/// Does to the chosen cases what was asked for, and says of each what came of it.
async fn done(visitor: &Visitor, typed: Typed) -> Result<HttpResponse, Problem> {
    let (mut rows, mut outcomes) = (Vec::new(), Vec::new());
    for number in chosen(&typed) {
        match row_of(visitor, &typed, &number).await? {
            Ok(row) => rows.push((number, row)),
            Err(text) => {
                outcomes.push(Outcome { number, organization: String::new(), text, is_done: false, mends: None })
            }
        }
    }
    outcomes.extend(record(visitor, rows).await?);
    for outcome in outcomes.iter_mut().filter(|outcome| outcome.organization.is_empty()) {
        let case = case_of(visitor, &outcome.number).await?;
        outcome.organization = case.map_or_else(String::new, |case| case.application.organization.name);
    }
    if !outcomes.is_empty() && outcomes.iter().all(|outcome| outcome.is_done) {
        return went_well(visitor, typed, outcomes).await;
    }
    let none = outcomes.is_empty().then(|| visitor.messages.t("production.none_chosen").to_owned());
    let mut page = ProductionPage::of(&visitor.after_change().await?, &typed, outcomes, &query(&typed)).await?;
    page.fault = none;
    page.waits = "";
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// What is to be done to a case, or why nothing can be.
async fn row_of(visitor: &Visitor, typed: &Typed, number: &str) -> Result<Result<Row, String>, Problem> {
    if typed.given("claim").is_some() {
        return Ok(claiming(number).ok_or_else(|| visitor.messages.t("production.no_case").to_owned()));
    }
    let [serial, medium] = ["serial", "medium"].map(|part| format!("{part}.{number}"));
    making(visitor, number, draft(typed.one(&serial), typed.one(&medium))).await
}

/// From where on the page showed the queue that somebody sends.
fn query(typed: &Typed) -> ProductionQuery {
    let [after, before] = ["after", "before"].map(|name| typed.one(name).to_owned());
    ProductionQuery { made: String::new(), after, before }
}

impl ProductionPage {
    async fn of(
        visitor: &Visitor,
        typed: &Typed,
        outcomes: Vec<Outcome>,
        at: &ProductionQuery,
    ) -> Result<Self, Problem> {
        let after = cursor(Some(at.after.as_str()).filter(|after| !after.is_empty()));
        let after = after.map_err(|_| Problem::of(&kinds::NOT_FOUND))?;
        let found = visitor.service.work_list(&visitor.caller, WorkList::ToMake, None, after, ROWS).await?;
        let (messages, rows) = (visitor.messages, found.cases.len());
        let waits_there = visitor.waits.iter().find(|(list, _)| *list == WorkList::ToMake);
        let count = waits_there.map_or_else(|| rows.to_string(), |(_, counted)| counted.text());
        let counted = match found.next {
            Some(_) => Some(
                visitor.service.how_many(&visitor.caller, Among::List(WorkList::ToMake), Selection::default()).await?,
            ),
            None => None,
        };
        let here = [at.after.as_str(), &at.before];
        let paging = Paging::of::<&str>(Place::Production.address(), &[], here, found.next.map(cursor_text))
            .cases(messages, rows, ROWS, counted);
        let [case, serial, medium] = BOXES.map(|name| typed.one(name).to_owned());
        let boxes = [("case", &case), ("serial", &serial), ("medium", &medium)];
        let waits = boxes.into_iter().find(|(_, typed)| typed.is_empty()).map_or("case", |(name, _)| name);
        let lacking = visitor.service.lacking_of(&found.cases).await?;
        let groups = groups(visitor, found.cases, &lacking, typed, &outcomes);
        let made_today = made_today(visitor).await?;
        Ok(Self {
            layout: Layout::of(visitor, messages.t("production.title").to_owned(), Place::Production)
                .found_at(address::address(Place::Production.address(), &[("after", here[0]), ("before", here[1])])),
            elsewhere: elsewhere(typed, &groups, &outcomes),
            groups,
            waits,
            fault: None,
            may_make: may_make(visitor).is_ok(),
            outcomes,
            case,
            serial,
            medium,
            count,
            made_today,
            here: here.map(str::to_owned),
            paging,
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

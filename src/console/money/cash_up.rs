//! The cash-up: what was taken, cancelled, given back and waived on a day, by window and way of paying, and entry by entry;
//! printed and signed as it stands.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use crate::console::page::answer::rendered;
use crate::console::page::dates::Dates;
use crate::console::page::forms::day::day;
use crate::console::page::forms::field::Choice;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::base::table::{Cell, ColumnKind};
use crate::domain::money::yuan::yuan;
use crate::domain::reports::query::{QueryDraft, ReportName};
use crate::domain::reports::report::Noted;
use crate::http::problem::{Problem, kinds};
use crate::service::base::error::ServiceError;
use crate::service::reports::report::{Report, ReportPage};

/// What a sheet shows of the sums, of the columns that the report has.
const SUMS: &[&str] = &[
    "outlet_name",
    "window",
    "method_name",
    "taken",
    "payments",
    "cancelled",
    "refunded",
    "net",
    "first_receipt",
    "last_receipt",
    "waived",
];
/// The same of the entries.
const ENTRIES: &[&str] =
    &["receipt", "kind", "at", "window", "name", "method", "amount", "waived", "acceptance_number", "reason"];

/// A cell as it is shown.
struct ShownCell {
    text: String,
    is_number: bool,
    /// The case that it names; empty where it names none.
    case: String,
}

/// A table as it is shown.
struct Shown {
    title: String,
    heads: Vec<(String, bool)>,
    rows: Vec<Vec<ShownCell>>,
    notes: Vec<String>,
}

#[derive(Template)]
#[template(path = "money/cash_up.html", config = "src/console/askama.toml")]
struct CashUpPage {
    layout: Layout,
    day: String,
    day_in_words: String,
    /// The day before and the day after.
    near: [Option<NaiveDate>; 2],
    at: String,
    is_open: bool,
    /// Whether only the reader's own money is counted.
    is_own: bool,
    /// The windows of the day, the reader's own chosen.
    windows: Vec<Choice>,
    /// Whether entries may be read, and so a sheet made of them.
    has_sheet: bool,
    tables: Vec<Shown>,
    told: Vec<Told>,
}

/// Which day; today where none is named.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct CashUpQuery {
    day: Option<String>,
}

/// The sheet of a day.
pub(in crate::console) async fn show(visitor: Visitor, query: Query<CashUpQuery>) -> Result<HttpResponse, Problem> {
    visitor.service.may_read_report(&visitor.caller, ReportName::CashUp)?;
    let (day, told) = match day(query.day.as_deref().unwrap_or_default(), "/day") {
        Ok(day) => (day, Vec::new()),
        Err(fault) => (None, visitor.told_faults(&[fault], [])),
    };
    let day = day.unwrap_or_else(|| visitor.dates().today());
    let sums = read(&visitor, ReportName::CashUp, day, None).await?;
    let mut tables = vec![shown(&visitor.dates(), &sums.table, SUMS)];
    // Whoever sees sums only sees no entries: they name cases.
    if visitor.service.may_read_report(&visitor.caller, ReportName::CashUpEntries).is_ok() {
        let entries = read(&visitor, ReportName::CashUpEntries, day, None).await?;
        tables.push(Shown { notes: Vec::new(), ..shown(&visitor.dates(), &entries.table, ENTRIES) });
    }
    let status = if told.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(rendered(status, &CashUpPage { told, ..CashUpPage::of(&visitor, day, &sums, tables) }))
}

/// The day that an address names; today where it names none.
///
/// # Errors
/// It is no day.
pub(super) fn day_named(visitor: &Visitor, named: Option<&str>) -> Result<NaiveDate, Problem> {
    let asked = day(named.unwrap_or_default(), "/day").map_err(|_| Problem::of(&kinds::NOT_FOUND))?;
    Ok(asked.unwrap_or_else(|| visitor.dates().today()))
}

/// A report of a day, at one window or at all.
pub(super) async fn read(
    visitor: &Visitor,
    name: ReportName,
    day: NaiveDate,
    window: Option<String>,
) -> Result<Report, Problem> {
    visitor.service.may_read_report(&visitor.caller, name)?;
    let draft = QueryDraft { from: Some(day), to: Some(day), window, ..QueryDraft::default() };
    let query = visitor.service.check_report(name, draft).map_err(ServiceError::Invalid)?;
    let page = ReportPage { after: None, limit: 1 };
    Ok(visitor.service.read_report(&visitor.caller, name, query, page).await?)
}

fn shown(dates: &Dates, noted: &Noted, wanted: &[&str]) -> Shown {
    let (messages, table) = (dates.messages, &noted.table);
    let columns: Vec<usize> =
        wanted.iter().filter_map(|code| table.columns.iter().position(|c| c.code == *code)).collect();
    let is_number = |at: &usize| {
        table.columns.get(*at).is_some_and(|column| matches!(column.kind, ColumnKind::Integer | ColumnKind::Money))
    };
    let head =
        |at: &usize| (table.columns.get(*at).map_or("", |column| messages.of(&column.words)).to_owned(), is_number(at));
    let is_case = |at: &usize| table.columns.get(*at).is_some_and(|column| column.code == "acceptance_number");
    let cell = |row: &Vec<Cell>, at: &usize| {
        let text = text(dates, row.get(*at));
        let case = if is_case(at) { text.clone() } else { String::new() };
        ShownCell { text, is_number: is_number(at), case }
    };
    let cells = |row: &Vec<Cell>| columns.iter().map(|at| cell(row, at)).collect();
    Shown {
        title: messages.of(&table.title).to_owned(),
        heads: columns.iter().map(head).collect(),
        rows: table.rows.iter().map(cells).collect(),
        notes: noted.notes.iter().map(|note| messages.of(note).to_owned()).collect(),
    }
}

/// A cell as it is read.
pub(super) fn text(dates: &Dates, cell: Option<&Cell>) -> String {
    match cell {
        Some(Cell::Text(text)) => text.clone(),
        Some(Cell::Words(words)) => dates.messages.line(words),
        Some(Cell::Integer(number)) => number.to_string(),
        Some(Cell::Fen(fen)) => yuan(*fen),
        Some(Cell::Date(day)) => dates.day(*day),
        Some(Cell::Instant(at)) => at.with_timezone(&dates.zone).format("%H:%M").to_string(),
        _ => String::new(),
    }
}

/// The windows at which money moved.
fn windows(visitor: &Visitor, sums: &Report) -> Vec<Choice> {
    let (table, own) = (&sums.table.table, visitor.window.name());
    let at = table.columns.iter().position(|column| column.code == "window");
    let named = |row: &Vec<Cell>| match row.get(at?) {
        Some(Cell::Text(name)) => Some(name.clone()),
        _ => None,
    };
    let names: BTreeSet<String> = table.rows.iter().filter_map(named).collect();
    names.into_iter().map(|name| Choice { is_chosen: own == Some(&name), value: name.clone(), name }).collect()
}

impl CashUpPage {
    fn of(visitor: &Visitor, day: NaiveDate, sums: &Report, tables: Vec<Shown>) -> Self {
        let (messages, dates) = (visitor.messages, visitor.dates());
        Self {
            layout: Layout::of(visitor, messages.t("cash_up.title").to_owned(), Place::CashUp),
            day: day.to_string(),
            day_in_words: dates.day(day),
            near: [day.pred_opt(), day.succ_opt().filter(|next| *next <= dates.today())],
            at: dates.moment(dates.now),
            is_open: sums.is_open(),
            is_own: sums.query.person.as_ref() == Some(&visitor.caller.actor.id),
            windows: windows(visitor, sums),
            has_sheet: tables.len() > 1,
            tables,
            told: Vec::new(),
        }
    }
}

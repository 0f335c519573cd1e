//! Reports: which there are, one as a table with its filters, and the same as a file.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use super::table::Table;
use crate::console::page::address::{Paging, query as query_text};
use crate::console::page::answer::Page;
use crate::console::page::forms::day::day;
use crate::console::page::forms::field::{Choice, Field};
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::messages::Messages;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words::{Fault, Words};
use crate::domain::reports::query::{By, QueryDraft, ReportName};
use crate::formats::table::{TableError, TableFile};
use crate::http::problem::{Problem, kinds};
use crate::http::query::{cursor, cursor_text};
use crate::service::base::error::ServiceError;
use crate::service::reports::report::{Report, ReportPage};

/// Cases on a page of a report that lists them.
const ROWS: i64 = 50;
/// Cases in a file, as in the API's.
const MOST_ROWS: i64 = 1000;

/// What is asked of a report; a field that was left empty asks nothing.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::console) struct ReportQuery {
    from: String,
    to: String,
    outlet: String,
    case_type: String,
    window: String,
    by: String,
    after: String,
    before: String,
}

/// A report that can be opened.
struct Line {
    address: String,
    name: &'static str,
    about: &'static str,
}

#[derive(Template)]
#[template(path = "reports/index.html", config = "src/console/askama.toml")]
struct IndexPage {
    layout: Layout,
    /// Whether they are of the reader's own work only.
    is_own: bool,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "reports/report.html", config = "src/console/askama.toml")]
struct ReportPageShown {
    layout: Layout,
    name: &'static str,
    code: &'static str,
    has_period: bool,
    has_window: bool,
    query: ReportQuery,
    outlets: Vec<Choice>,
    case_types: Vec<Choice>,
    groups: Vec<Choice>,
    /// Whether it can be asked for without a group.
    is_whole: bool,
    told: Vec<Told>,
    /// Whose work alone it is of, where the reader sees no other.
    whose: Option<String>,
    notes: Vec<String>,
    as_of: String,
    table: Option<Table>,
    files: String,
    paging: Paging,
}

/// The reports that the reader may see.
pub(in crate::console) async fn index(visitor: Visitor) -> Result<Page<impl Template>, Problem> {
    let open = |name: &ReportName| visitor.service.may_read_report(&visitor.caller, *name).is_ok();
    let line = |report: ReportName| {
        let (name, about) = words(visitor.messages, report);
        Line { address: format!("/console/reports/{}", report.code()), name, about }
    };
    let lines: Vec<Line> = ReportName::ALL.into_iter().filter(open).map(line).collect();
    if lines.is_empty() {
        visitor.service.may_read_report(&visitor.caller, ReportName::Throughput)?;
    }
    let layout = Layout::of(&visitor, visitor.messages.t("place.reports").to_owned(), Place::Reports);
    let is_own = visitor.service.reads_own_work(&visitor.caller, ReportName::Throughput);
    Ok(Page(IndexPage { layout, is_own, lines }))
}

/// A report, or what is wrong with what was asked of it.
pub(in crate::console) async fn show(
    visitor: Visitor,
    name: Path<String>,
    query: Query<ReportQuery>,
) -> Result<Page<impl Template>, Problem> {
    let (name, query) = (named(&name)?, query.into_inner());
    visitor.service.may_read_report(&visitor.caller, name)?;
    let found = match read(&visitor, name, &query, ROWS).await {
        Ok(report) => Ok(report),
        Err(error) => Err(told(&visitor, error)?),
    };
    Ok(Page(ReportPageShown::of(&visitor, name, query, found)))
}

/// A report as a file, which the audit trail notes.
pub(in crate::console) async fn file(
    visitor: Visitor,
    path: Path<(String, String)>,
    query: Query<ReportQuery>,
) -> Result<HttpResponse, Problem> {
    let (name, kind) = (named(&path.0)?, TableFile::from_code(&path.1).ok_or_else(not_found)?);
    let report = read(&visitor, name, &query, MOST_ROWS).await?;
    visitor.service.record_report_file(&visitor.caller, &report, kind.code()).await?;
    let zone = visitor.service.hall().hours.zone;
    let written = kind.written(&report.table.table, visitor.messages.0, zone, report.now).map_err(unwritable)?;
    let period = report.query.period;
    let name = format!("{}-{}-{}.{}", name.code(), period.from, period.to, kind.code());
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind.media_type()))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(written))
}

async fn read(visitor: &Visitor, name: ReportName, asked: &ReportQuery, limit: i64) -> Result<Report, ServiceError> {
    let service = &visitor.service;
    service.may_read_report(&visitor.caller, name)?;
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let mut faults = Vec::new();
    let mut read_day = |at: &str, text: &str| {
        day(text, at).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        })
    };
    let (from, to) = (read_day("/from", &asked.from), read_day("/to", &asked.to));
    let draft = QueryDraft {
        from,
        to,
        outlet: given(&asked.outlet),
        case_type: given(&asked.case_type),
        person: None,
        window: given(&asked.window),
        by: by(name, &asked.by, &mut faults),
    };
    let after = cursor(given(&asked.after).as_deref()).map_err(|fault| ServiceError::Invalid(vec![fault]))?;
    // What can't be read is told together with what the rules say of the rest.
    let query = service.check_report(name, draft).map_err(|found| faults.extend(found)).ok();
    match query {
        Some(query) if faults.is_empty() => {
            service.read_report(&visitor.caller, name, query, ReportPage { after, limit }).await
        }
        _ => Err(ServiceError::Invalid(faults)),
    }
}

/// How to group; what the report doesn't know is a fault.
fn by(name: ReportName, code: &str, faults: &mut Vec<Fault>) -> Vec<By> {
    let known = By::from_code(code).filter(|by| name.groups().contains(by));
    if known.is_none() && !code.is_empty() {
        let words = Words::new("该报表不能这样分组", "this report can't be grouped so");
        faults.push(Fault::new("/by", "not_one_of", words));
    }
    known.into_iter().collect()
}

/// What is wrong with what was asked, each with the name of its field.
fn told(visitor: &Visitor, error: ServiceError) -> Result<Vec<Told>, Problem> {
    let field = |name: &str| Field::text(name, visitor.messages.t(&format!("report.{name}")), &Typed::default());
    let mut fields = ["from", "to", "outlet", "case_type", "window", "by"].map(field);
    let told = visitor.told(error, &mut fields)?;
    Ok(told.into_iter().map(|one| Told::plain(one.text)).collect())
}

fn named(name: &str) -> Result<ReportName, Problem> {
    ReportName::from_code(name).ok_or_else(not_found)
}

/// There is no such page.
pub(in crate::console) fn not_found() -> Problem {
    Problem::of(&kinds::NOT_FOUND)
}

fn unwritable(error: TableError) -> Problem {
    match error {
        TableError::TooLarge { .. } => Problem::of(&kinds::INVALID_QUERY),
        error => Problem::internal(error),
    }
}

impl ReportPageShown {
    fn of(visitor: &Visitor, name: ReportName, query: ReportQuery, found: Result<Report, Vec<Told>>) -> Self {
        let (messages, service) = (visitor.messages, &visitor.service);
        let choice = |code: &str, words: String, chosen: &str| Choice {
            is_chosen: code == chosen,
            value: code.to_owned(),
            name: words,
        };
        let outlets = service.hall().outlets.iter();
        let case_types = service.catalog().current();
        let (shown, about) = words(messages, name);
        let usual = name.usual_group().map_or("", By::code);
        let group = if query.by.is_empty() { usual } else { query.by.as_str() };
        let layout = Layout::of(visitor, shown.to_owned(), Place::Reports);
        let mut page = Self {
            layout,
            name: shown,
            code: name.code(),
            has_period: !name.lists_cases(),
            has_window: name.is_of_money(),
            outlets: match visitor.caller.actor.outlet {
                Some(_) => Vec::new(),
                None => outlets
                    .map(|outlet| choice(&outlet.code, messages.of(&outlet.words).to_owned(), &query.outlet))
                    .collect(),
            },
            case_types: case_types
                .map(|known| choice(&known.code, messages.of(&known.words).to_owned(), &query.case_type))
                .collect(),
            groups: name
                .groups()
                .iter()
                .map(|by| choice(by.code(), grouped(messages, *by).to_owned(), group))
                .collect(),
            is_whole: usual.is_empty(),
            told: Vec::new(),
            whose: service.reads_own_work(&visitor.caller, name).then(|| visitor.caller.actor.name.clone()),
            notes: vec![about.to_owned()],
            as_of: String::new(),
            table: None,
            files: query_text(&query.asked()),
            paging: Paging::default(),
            query,
        };
        match found {
            Err(told) => page.told = told,
            Ok(report) => page.fill(visitor, &report),
        }
        page
    }

    fn fill(&mut self, visitor: &Visitor, report: &Report) {
        let (messages, dates) = (visitor.messages, visitor.dates());
        self.notes.extend(report.table.notes.iter().map(|note| messages.of(note).to_owned()));
        self.as_of = messages.fill("report.as_of", "at", dates.moment(report.now));
        let period = report.query.period;
        if self.has_period {
            (self.query.from, self.query.to) = (period.from.to_string(), period.to.to_string());
        }
        let here = [self.query.after.as_str(), &self.query.before];
        let page = format!("/console/reports/{}", self.code);
        self.paging = Paging::of(&page, &self.query.asked(), here, report.next.map(cursor_text));
        self.table = Some(Table::of(visitor, &report.table));
    }
}

impl ReportQuery {
    /// What was asked, as an address has it.
    fn asked(&self) -> [(&'static str, &String); 6] {
        [
            ("from", &self.from),
            ("to", &self.to),
            ("outlet", &self.outlet),
            ("case_type", &self.case_type),
            ("window", &self.window),
            ("by", &self.by),
        ]
    }
}

/// What a report is called, and what it is about.
fn words(messages: Messages, name: ReportName) -> (&'static str, &'static str) {
    let (name, about) = match name {
        ReportName::Throughput => ("report.throughput", "report.throughput_about"),
        ReportName::CycleTimes => ("report.cycle_times", "report.cycle_times_about"),
        ReportName::Ageing => ("report.ageing", "report.ageing_about"),
        ReportName::Overdue => ("report.overdue", "report.overdue_about"),
        ReportName::Quality => ("report.quality", "report.quality_about"),
        ReportName::Defects => ("report.defects", "report.defects_about"),
        ReportName::Uncollected => ("report.uncollected", "report.uncollected_about"),
        ReportName::People => ("report.people", "report.people_about"),
        ReportName::CashUp => ("report.cash_up", "report.cash_up_about"),
        ReportName::CashUpEntries => ("report.cash_up_entries", "report.cash_up_entries_about"),
    };
    (messages.t(name), messages.t(about))
}

fn grouped(messages: Messages, by: By) -> &'static str {
    messages.t(match by {
        By::Day => "report.by_day",
        By::Week => "report.by_week",
        By::Month => "report.by_month",
        By::Period => "report.by_period",
        By::Outlet => "report.by_outlet",
        By::CaseType => "report.by_case_type",
        By::Person => "report.by_person",
    })
}

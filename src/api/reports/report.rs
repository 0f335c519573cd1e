//! Routes of reports: as JSON, as CSV that spreadsheet programs open correctly, and as XLSX.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::rows::AnyReport;
use crate::api::accounts::rights::{May, Right};
use crate::api::closed::TableColumnKind;
use crate::domain::accounts::role::Role;
use crate::domain::base::table::{Column, ColumnKind};
use crate::domain::base::words::{Fault, Language, Words};
use crate::domain::reports::query::{By, QueryDraft, ReportName};
use crate::domain::reports::report::Noted;
use crate::formats::table::{TableError, TableFile, to_json};
use crate::http::answers::{Forbidden, NotFound};
use crate::http::problem::Problem;
use crate::http::problem::kinds;
use crate::http::query::{Query, cursor_of, cursor_text_of};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::reports::report::{Report, ReportPage};

/// Most cases of a page.
const MOST_CASES: u32 = 1000;

/// The parameters of a report.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// The first day in the hall's zone; by default 29 days before `to`, for reports about money `to` itself.
    pub from: Option<NaiveDate>,
    /// The last day; by default today.
    pub to: Option<NaiveDate>,
    /// Only this outlet.
    #[param(max_length = 64)]
    pub outlet: Option<String>,
    /// Only this case type.
    #[param(max_length = 64)]
    pub case_type: Option<String>,
    /// Only this person, by account id: the actor, or for open cases the assignee.
    #[param(max_length = 64)]
    pub person: Option<String>,
    /// Only this window, in reports about money.
    #[param(max_length = 20)]
    pub window: Option<String>,
    /// Grouping of rows: one unit of time, and one of outlet, case_type and person.
    #[serde(default)]
    #[param(inline, max_items = 2)]
    pub by: Vec<ByParameter>,
    /// Output format.
    #[serde(default)]
    #[param(inline)]
    pub format: Option<Format>,
    /// Continue after this case, as `next` of the page before says, of the same report.
    #[param(max_length = 80)]
    pub after: Option<String>,
    /// Maximum number of cases, in reports that list cases.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
}

/// What a row is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the variants are those of By
pub enum ByParameter {
    Day,
    Week,
    Month,
    Period,
    Outlet,
    CaseType,
    Person,
}

impl From<ByParameter> for By {
    fn from(by: ByParameter) -> Self {
        match by {
            ByParameter::Day => Self::Day,
            ByParameter::Week => Self::Week,
            ByParameter::Month => Self::Month,
            ByParameter::Period => Self::Period,
            ByParameter::Outlet => Self::Outlet,
            ByParameter::CaseType => Self::CaseType,
            ByParameter::Person => Self::Person,
        }
    }
}

/// The output format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// With its columns described.
    Json,
    /// Text for spreadsheet programs.
    Csv,
    /// A spreadsheet.
    Xlsx,
}

impl Format {
    /// What kind of file it is; none: it is an answer like any other.
    fn of_file(self) -> Option<TableFile> {
        match self {
            Self::Json => None,
            Self::Csv => Some(TableFile::Csv),
            Self::Xlsx => Some(TableFile::Xlsx),
        }
    }
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// Its name.
    #[schema(value_type = ReportName)]
    pub report: &'static str,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The last day isn't over, or the report shows the current situation: a later request may differ.
    pub open: bool,
    /// When it was made.
    pub as_of: DateTime<Utc>,
    /// The outlet it is of; none: the whole hall.
    #[schema(required = true)]
    pub outlet: Option<String>,
    /// The case type it is of.
    #[schema(required = true)]
    pub case_type: Option<String>,
    /// The person it is of.
    #[schema(required = true)]
    pub person: Option<String>,
    /// The window it is of, where money is reported.
    #[schema(required = true)]
    pub window: Option<String>,
    /// The numbers.
    #[schema(value_type = Object)]
    pub table: TableView,
    /// `after` of the next page; none: this is the last.
    #[schema(required = true)]
    pub next: Option<String>,
}

/// A table.
#[derive(Debug, Serialize, ToSchema)]
pub struct TableView {
    /// What it is called.
    pub title: String,
    /// Notes for the reader, for example that dates are provisional.
    pub notes: Vec<String>,
    /// What its columns hold, in order.
    pub columns: Vec<ColumnView>,
    /// Its rows: a member for each column, null where there is nothing.
    #[schema(value_type = Vec<Object>)]
    pub rows: Vec<Value>,
}

/// A column.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColumnView {
    /// The name of the member in rows.
    pub code: String,
    /// Its heading.
    pub name: String,
    /// text, integer, decimal, share (from 0 to 1), fen, date, instant or seconds.
    #[schema(value_type = TableColumnKind)]
    pub kind: &'static str,
}

pub(in crate::api) fn table_view(noted: &Noted, language: Language) -> TableView {
    let column = |column: &Column| ColumnView {
        code: column.code.clone(),
        name: column.words.text(language).to_owned(),
        kind: kind(column.kind),
    };
    TableView {
        title: noted.table.title.text(language).to_owned(),
        notes: noted.notes.iter().map(|note| note.text(language).to_owned()).collect(),
        columns: noted.table.columns.iter().map(column).collect(),
        rows: to_json(&noted.table, language),
    }
}

/// What the values of a column are in JSON.
fn kind(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text => "text",
        ColumnKind::Integer => "integer",
        ColumnKind::Decimal => "decimal",
        ColumnKind::Percent => "share",
        ColumnKind::Money => "fen",
        ColumnKind::Date => "date",
        ColumnKind::Instant => "instant",
        ColumnKind::Duration => "seconds",
    }
}

/// What the hall did in a period, what waits and what is late. For supervisors, auditors and administrators;
/// clerks and producers see their own work.
#[utoipa::path(
    tag = "reports",
    params(
        May<ReadReport>, ("name" = inline(ReportName), Path, description = "The report"),
        ReportQuery,
    ),
    responses(
        (status = 200, description = "The report.", content(
            (AnyReport = "application/json"),
            (String = "text/csv; charset=utf-8"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        Forbidden,
        NotFound,
    )
)]
#[get("/reports/{name}")]
pub(in crate::api) async fn read_report(
    May { service, caller, language, .. }: May<ReadReport>,
    name: web::Path<String>,
    query: Query<ReportQuery>,
) -> Result<HttpResponse, Problem> {
    let name = known(&name)?;
    let stranger = match &query.0.person {
        Some(person) if name.knows_persons() => !service.is_somebody(person).await?,
        _ => false,
    };
    let (query, page, format) = query.checked(|query| checked(&service, name, query, stranger))?;
    let report = service.read_report(&caller, name, query, page).await?;
    if let Some(kind) = format.of_file() {
        service.record_report_file(&caller, &report, kind.code()).await?;
    }
    sent(&service, &report, format, language)
}

/// Read the report that the path names.
#[derive(Debug)]
pub enum ReadReport {}

impl Right for ReadReport {
    const ROLES: &'static [Role] = &[Role::Clerk, Role::Producer, Role::Supervisor, Role::Auditor, Role::Administrator];

    fn granted(service: &Service, caller: &Caller, request: &HttpRequest) -> Result<(), Problem> {
        let name = known(request.match_info().query("name"))?;
        Ok(service.may_read_report(caller, name)?)
    }
}

fn known(name: &str) -> Result<ReportName, Problem> {
    ReportName::from_code(name).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))
}

fn checked(
    service: &Service,
    name: ReportName,
    query: ReportQuery,
    stranger: bool,
) -> Result<(crate::domain::reports::query::Query, ReportPage, Format), Vec<Fault>> {
    let mut faults = Vec::new();
    for (at, given) in [("/after", query.after.is_some()), ("/limit", query.limit.is_some())] {
        if given && !name.lists_cases() {
            let words = Words::new("该报表不分页", "this report has no pages");
            faults.push(Fault::new(at, "unexpected_field", words));
        }
    }
    if stranger {
        let words = Words::new("没有此账号", "there is no account with this id");
        faults.push(Fault::new("/person", "not_one_of", words));
    }
    let after = cursor_of(name.code(), query.after.as_deref()).unwrap_or_else(|fault| {
        faults.push(fault);
        None
    });
    let draft = QueryDraft {
        from: query.from,
        to: query.to,
        outlet: query.outlet,
        case_type: query.case_type,
        person: query.person,
        window: query.window,
        by: query.by.into_iter().map(By::from).collect(),
    };
    let page = ReportPage { after, limit: i64::from(query.limit.unwrap_or(MOST_CASES)) };
    match service.check_report(name, draft) {
        Ok(checked) if faults.is_empty() => Ok((checked, page, query.format.unwrap_or(Format::Json))),
        Ok(_) => Err(faults),
        Err(others) => Err(faults.into_iter().chain(others).collect()),
    }
}

fn sent(service: &Service, report: &Report, format: Format, language: Language) -> Result<HttpResponse, Problem> {
    let Some(kind) = format.of_file() else { return Ok(HttpResponse::Ok().json(view(report, language))) };
    let written = kind.written(&report.table.table, language, service.hall().hours.zone, report.now);
    let period = report.query.period;
    let name = format!("{}-{}-{}.{}", report.name.code(), period.from, period.to, kind.code());
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind.media_type()))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(written.map_err(unwritable)?))
}

fn unwritable(error: TableError) -> Problem {
    match error {
        TableError::TooLarge { .. } => Problem::of(&kinds::INVALID_QUERY).detail(Words::new(
            "行数超过电子表格的上限：请缩短统计期或按周、月汇总。",
            "Too many rows for a spreadsheet: choose a shorter period, or group by week or month.",
        )),
        error => Problem::internal(error),
    }
}

fn view(report: &Report, language: Language) -> ReportView {
    let query = &report.query;
    ReportView {
        report: report.name.code(),
        from: query.period.from,
        to: query.period.to,
        open: report.is_open(),
        as_of: report.now,
        outlet: query.outlet.clone(),
        case_type: query.case_type.clone(),
        person: query.person.clone(),
        window: query.window.clone(),
        table: table_view(&report.table, language),
        next: report.next.map(|next| cursor_text_of(report.name.code(), next)),
    }
}

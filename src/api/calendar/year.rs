//! The calendar of working days over HTTP: what is known and where from, and a year's import with a dry run.
//!
//! Cast: staff read years; an administrator puts one in force, in any of the forms that [`super::body`] reads, and
//! is told which open cases' dates move, from when to when. Administrators see no cases, so the answer has acceptance
//! numbers and outlets, and nobody's name.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, put, web};
use utoipa::IntoParams;

use super::body::{self, CalendarYearRequest, Form};
use super::view::{CalendarChangeView, CalendarView, CalendarYearView};
use crate::api::accounts::auth::Authenticated;
use crate::api::http::conditional::{IfNoneMatch, MaybeIfMatch, etag};
use crate::api::http::language::AcceptedLanguage;
use crate::api::http::problem::{Problem, ProblemView};
use crate::api::http::problem_kinds;
use crate::api::http::query::Query;
use crate::domain::base::words::Words;
use crate::domain::calendar::working_days::Notice;
use crate::service::Service;
use crate::service::calendar::change::SeenYear;

/// How a year is imported.
#[derive(Debug, Default, serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Only say what would move.
    pub dry_run: Option<bool>,
    /// Where the notice is published; for CSV and iCalendar, whose files can't say.
    #[param(max_length = 2000)]
    pub notice_address: Option<String>,
    /// What is known of a notice without an address.
    #[param(max_length = 500)]
    pub notice_source: Option<String>,
    /// Anything worth knowing about the notice, such as its number.
    #[param(max_length = 500)]
    pub notice_note: Option<String>,
    /// The notice changes days that an earlier one had named: the year keeps its earlier notices beside it.
    pub amendment: Option<bool>,
}

impl ImportQuery {
    /// The notice that the parameters describe; none where they say nothing of one.
    fn notice(&self) -> Option<Notice> {
        let notice = Notice {
            address: self.notice_address.clone(),
            source: self.notice_source.clone(),
            amendment: self.amendment.unwrap_or_default(),
            note: self.notice_note.clone(),
        };
        (notice != Notice::default()).then_some(notice)
    }
}

/// Every year that has a notice, and whether one is missing.
#[utoipa::path(
    tag = "calendar",
    responses((status = 200, description = "The years that are known.", body = CalendarView)),
    security(("bearer" = []))
)]
#[get("/calendar")]
pub(in crate::api) async fn list_years(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
) -> Result<HttpResponse, Problem> {
    let (edition, years) = service.calendar_years(&caller).await?;
    let warning = service.calendar_warning(service.now());
    let warning = warning.map(|words| words.text(language.0).to_owned());
    Ok(HttpResponse::Ok().json(CalendarView { edition, warning, years: years.iter().map(Into::into).collect() }))
}

/// A year of the calendar with everything that its notices name.
#[utoipa::path(
    tag = "calendar",
    params(("year" = i32, Path, description = "The year, such as 2026")),
    responses(
        (status = 200, description = "The year; the ETag is its edition.", body = CalendarYearView),
        (status = 404, description = "No notice of this year is known; its dates are provisional.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[get("/calendar/{year}")]
pub(in crate::api) async fn read_year(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    seen: IfNoneMatch,
    year: web::Path<i32>,
) -> Result<HttpResponse, Problem> {
    match service.calendar_year(&caller, *year).await? {
        Some(kept) => Ok(seen.answer(kept.edition, &CalendarYearView::from(&kept))),
        None => Err(unpublished(*year)),
    }
}

fn unpublished(year: i32) -> Problem {
    Problem::of(&problem_kinds::NOT_FOUND).detail(Words::new(
        format!("{year}年的放假安排通知尚未导入，涉及该年的日期均为暂定。"),
        format!("No notice for {year} is imported; dates that reach into it are provisional."),
    ))
}

/// Puts a year in force and recomputes every open case in one transaction; with `dry_run=true` it only says what would
/// move. Days come as JSON, as the project's own TOML, as CSV (date, kind, name) or as iCalendar. A year that is known is
/// replaced as a whole, by whoever has seen its edition; sending the same year again changes nothing.
#[utoipa::path(
    tag = "calendar",
    request_body(content(
        (CalendarYearRequest = "application/json"),
        (String = "application/toml"),
        (String = "text/csv"),
        (String = "text/calendar"),
    )),
    params(
        ("year" = i32, Path, description = "The year, such as 2027"),
        ImportQuery,
        ("If-Match" = Option<String>, Header, description = "The edition of the year that was seen; needed where it is known."),
        ("If-None-Match" = Option<String>, Header, description = "`*`: only if the year isn't known yet."),
    ),
    responses(
        (status = 200, description = "What changed and moved, or would.", body = CalendarChangeView),
        (status = 403, description = "Not an administrator.", body = ProblemView),
        (status = 412, description = "The year has another edition than the one seen.", body = ProblemView),
        (status = 422, description = "Faults of the days, each with its pointer or line.", body = ProblemView),
        (status = 428, description = "The year is known, and If-Match is missing.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[put("/calendar/{year}")]
#[allow(clippy::too_many_arguments)] // an extractor for each part of the request
pub(in crate::api) async fn put_year(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    year: web::Path<i32>,
    if_match: MaybeIfMatch,
    if_none_match: IfNoneMatch,
    query: Query<ImportQuery>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    service.may_import(&caller)?;
    let (query, seen, form) = (query.into_value()?, seen(if_match, &if_none_match), Form::of(&request)?);
    let notices = match query.notice() {
        Some(notice) if !form.names_notices() => service.notices_to_import(&caller, *year, notice).await?,
        given => given.into_iter().collect(),
    };
    let imported = body::receive(form, &request, payload, *year, notices).await?;
    let dry_run = query.dry_run.unwrap_or_default();
    let outcome = service.import_year(&caller, imported.year, seen, dry_run).await?;
    let view = CalendarChangeView::new(*year, &outcome, &imported.ignored, dry_run);
    let mut response = HttpResponse::Ok();
    if !dry_run {
        response.insert_header((header::ETAG, etag(outcome.edition)));
    }
    Ok(response.json(view))
}

fn seen(if_match: MaybeIfMatch, if_none_match: &IfNoneMatch) -> SeenYear {
    match if_match.0 {
        Some(edition) => SeenYear::Edition(edition),
        None if if_none_match.is_any() => SeenYear::Nothing,
        None => SeenYear::Unsaid,
    }
}

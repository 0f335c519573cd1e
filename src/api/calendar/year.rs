//! Routes of the working-day calendar: the imported years with their sources, and the import of a year with a dry run.
//!
//! Cast: staff read years; an administrator puts one in force, in any of the forms that [`super::body`] reads, and
//! is told which open cases' dates move, from when to when. Administrators see no cases, so the answer has acceptance
//! numbers and outlets, and nobody's name.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, put, web};
use utoipa::IntoParams;

use super::body::{self, CalendarYearRequest, Form};
use super::view::{CalendarChangeView, CalendarView, CalendarYearView};
use crate::api::accounts::rights::{ActAsStaff, ImportCalendars, May};
use crate::api::closed::CalendarFile;
use crate::domain::base::words::Words;
use crate::domain::calendar::working_days::Notice;
use crate::formats::calendar::ImportedYear;
use crate::http::answers::{Forbidden, Revalidated, Shown, Unseen, Versioned};
use crate::http::conditional::{IfNoneMatch, MaybeIfMatch, etag};
use crate::http::problem::kinds;
use crate::http::problem::{Problem, ProblemView};
use crate::http::query::Query;
use crate::service::calendar::change::{RequiredKinds, SeenYear};

/// How a year is imported.
#[derive(Debug, Default, serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Only report what would move.
    pub dry_run: Option<bool>,
    /// Address of the holiday notice; for CSV and iCalendar, whose files can't contain it.
    #[param(max_length = 2000)]
    pub notice_address: Option<String>,
    /// The source of a holiday notice without an address.
    #[param(max_length = 500)]
    pub notice_source: Option<String>,
    /// A remark about the holiday notice, such as its number.
    #[param(max_length = 500)]
    pub notice_note: Option<String>,
    /// The notice changes days that an earlier one had named: the year keeps its earlier notices beside it.
    pub amendment: Option<bool>,
    /// Take a year without holidays or without make-up working days. Otherwise it is refused as half a calendar.
    pub allow_incomplete: Option<bool>,
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

    fn required_kinds(&self, imported: &ImportedYear) -> RequiredKinds {
        let allowed = imported.allow_incomplete || self.allow_incomplete.unwrap_or_default();
        if allowed { RequiredKinds::Any } else { RequiredKinds::Both }
    }
}

/// Every year with a holiday notice, and a warning if one is missing.
#[utoipa::path(operation_id = "list_calendar_years", tag = "calendar", params(May<ActAsStaff>), responses(Shown<CalendarView>))]
#[get("/calendar")]
pub(in crate::api) async fn list_years(may: May<ActAsStaff>) -> Result<Shown<CalendarView>, Problem> {
    let (edition, years) = may.service.calendar_years(&may.caller).await?;
    let warning = may.service.calendar_warning(may.service.now());
    let warning = warning.map(|words| words.text(may.language).to_owned());
    Ok(Shown(CalendarView { edition, warning, items: years.iter().map(Into::into).collect() }))
}

/// A year of the calendar with its holiday notices and their days.
#[utoipa::path(
    operation_id = "read_calendar_year",
    tag = "calendar",
    params(May<ActAsStaff>, ("year" = i32, Path, description = "The year, such as 2026", minimum = 1, maximum = 9999), IfNoneMatch),
    responses(
        Revalidated<CalendarYearView>,
        (status = 404, description = "No holiday notice of this year is imported; its dates are provisional.", body = ProblemView),
    )
)]
#[get("/calendar/{year}")]
pub(in crate::api) async fn read_year(
    may: May<ActAsStaff>,
    year: web::Path<i32>,
) -> Result<Revalidated<CalendarYearView>, Problem> {
    match may.service.calendar_year(&may.caller, *year).await? {
        Some(kept) => Ok(Revalidated { version: kept.edition, view: CalendarYearView::from(&kept) }),
        None => Err(unpublished(*year)),
    }
}

fn unpublished(year: i32) -> Problem {
    Problem::of(&kinds::NOT_FOUND).detail(Words::new(
        format!("{year}年的放假安排通知尚未导入，涉及该年的日期均为暂定。"),
        format!("No holiday notice for {year} is imported; dates that reach into it are provisional."),
    ))
}

/// Puts a year in force and recomputes every open case in one transaction; `dry_run=true` only reports what would
/// move. Days are sent as JSON, TOML, CSV (date, kind, name) or iCalendar. A year that was imported before is
/// replaced as a whole, with its edition in If-Match; sending identical content changes nothing. A year without
/// holidays, without make-up working days or without one of 1 January, 1 May and 1 October is refused as half a
/// calendar, unless `allow_incomplete=true`.
#[utoipa::path(
    operation_id = "import_calendar_year",
    tag = "calendar",
    request_body(content(
        (CalendarYearRequest = "application/json"),
        (CalendarFile = "application/toml"),
        (CalendarFile = "text/csv"),
        (CalendarFile = "text/calendar"),
    )),
    params(
        May<ImportCalendars>, ("year" = i32, Path, description = "The year, such as 2027", minimum = 1, maximum = 9999),
        ImportQuery,
        MaybeIfMatch,
        IfNoneMatch,
    ),
    responses(
        Versioned<CalendarChangeView>,
        Forbidden,
        Unseen,
        (status = 422, description = "Faults of the days, each with its pointer or line; or half a calendar.", body = ProblemView),
    )
)]
#[put("/calendar/{year}")]
#[allow(clippy::too_many_arguments)] // an extractor for each part of the request
pub(in crate::api) async fn put_year(
    May { service, caller, .. }: May<ImportCalendars>,
    year: web::Path<i32>,
    if_match: MaybeIfMatch,
    if_none_match: IfNoneMatch,
    query: Query<ImportQuery>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (query, seen, form) = (query.0, seen(if_match, if_none_match), Form::of(&request)?);
    let notices = match query.notice() {
        Some(notice) if !form.names_notices() => service.notices_to_import(&caller, *year, notice).await?,
        given => given.into_iter().collect(),
    };
    let imported = body::receive(form, &request, payload, *year, notices).await?;
    let dry_run = query.dry_run.unwrap_or_default();
    let required = query.required_kinds(&imported);
    let outcome = service.import_year(&caller, imported.year, required, seen, dry_run).await?;
    let view = CalendarChangeView::new(*year, &outcome, &imported.ignored, dry_run);
    let mut response = HttpResponse::Ok();
    if !dry_run {
        response.insert_header((header::ETAG, etag(outcome.edition)));
    }
    Ok(response.json(view))
}

fn seen(if_match: MaybeIfMatch, if_none_match: IfNoneMatch) -> SeenYear {
    match if_match.0 {
        Some(edition) => SeenYear::Edition(edition),
        None if if_none_match.is_any() => SeenYear::Nothing,
        None => SeenYear::Unsaid,
    }
}

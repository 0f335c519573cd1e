//! Request bodies with a year of the calendar: JSON, TOML, CSV or iCalendar.
//!
//! Guarantees: as for every body, limits, 415 for anything else, and all faults at once; those of JSON each point at a
//! member, those of files name a line.

use actix_web::HttpRequest;
use actix_web::web::{self, Bytes};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::base::words::{Fault, Words};
use crate::domain::calendar::faults::CalendarFault;
use crate::domain::calendar::working_days::{CalendarDay, CalendarYear, CalendarYearDraft, DayKind, MOST_DAYS, Notice};
use crate::formats::calendar::{CalendarFormat, FileFault, Ignored, ImportedYear, MOST_BYTES, read};
use crate::http::body::{self, BodyLimits, MediaType};
use crate::http::problem::Problem;
use crate::http::problem::kinds;
use crate::http::schema::RequestSchema;
use crate::http::schema::json;

const MOST_NOTICES: usize = 20;

/// A year of the calendar, as `GET` shows it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "year": 2027,
    "notices": [{ "source": "国务院办公厅关于2027年部分节假日安排的通知" }],
    "days": [
        { "date": "2027-01-01", "kind": "holiday", "name": { "zh": "元旦", "en": "New Year's Day" } },
        { "date": "2027-01-02", "kind": "make_up_workday", "name": { "zh": "元旦", "en": "New Year's Day" } },
        { "date": "2027-05-01", "kind": "holiday", "name": { "zh": "劳动节", "en": "Labour Day" } },
        { "date": "2027-10-01", "kind": "holiday", "name": { "zh": "国庆节", "en": "National Day" } },
    ],
}))]
pub struct CalendarYearRequest {
    /// The year, the same as in the path.
    #[schema(minimum = 1, maximum = 9999)]
    pub year: i32,
    /// The holiday notices of the year, oldest first; at least one.
    #[schema(max_items = 20)] // MOST_NOTICES
    pub notices: Vec<NoticeRequest>,
    /// The days that the notices name, in any order.
    #[schema(max_items = 366)] // MOST_DAYS
    pub days: Vec<DayRequest>,
}

/// A holiday notice: its address, or a source if it has none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CalendarNoticeRequest)]
pub struct NoticeRequest {
    /// Where it is published, `http` or `https`.
    #[schema(max_length = 2000, nullable = false)]
    pub address: Option<String>,
    /// What is known of a notice without an address.
    #[schema(max_length = 500, nullable = false)]
    pub source: Option<String>,
    /// It changes days that an earlier one had named.
    #[serde(default)]
    pub amendment: bool,
    /// Anything worth knowing, such as its number.
    #[schema(max_length = 500, nullable = false)]
    pub note: Option<String>,
}

/// A day that a notice names.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CalendarDayRequest)]
pub struct DayRequest {
    /// The day.
    pub date: NaiveDate,
    /// A holiday, or a make-up working day.
    pub kind: DayKindRequest,
    /// The holiday it belongs to or makes up for.
    pub name: NameRequest,
}

/// What a notice makes of a day.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CalendarDayKind)]
pub enum DayKindRequest {
    /// Free (放假).
    Holiday,
    /// A Saturday or Sunday that is worked (调休上班).
    MakeUpWorkday,
}

/// A holiday's name in both languages.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CalendarDayName)]
pub struct NameRequest {
    /// Chinese.
    #[schema(max_length = 60, example = "春节")]
    pub zh: String,
    /// English.
    #[schema(max_length = 120, example = "Spring Festival")]
    pub en: String,
}

/// In which form a body comes.
#[derive(Debug, Clone, Copy)]
pub(in crate::api) enum Form {
    /// As `GET` shows it.
    Json,
    /// A file.
    File(CalendarFormat),
}

impl Form {
    /// The form that a request says its body has.
    ///
    /// # Errors
    /// 415 for any other.
    pub(in crate::api) fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let given = MediaType::of(request).essence;
        let formats = [CalendarFormat::Toml, CalendarFormat::Csv, CalendarFormat::ICalendar];
        match formats.into_iter().find(|format| format.media_type() == given) {
            Some(format) => Ok(Self::File(format)),
            None if body::is_json(request) => Ok(Self::Json),
            None => {
                let known = formats.map(CalendarFormat::media_type).join(", ");
                Err(Problem::of(&kinds::UNSUPPORTED_MEDIA_TYPE).detail(Words::new(
                    format!("Content-Type 须为 application/json、{} 之一。", known.replace(", ", "、")),
                    format!("The Content-Type must be one of application/json, {known}."),
                )))
            }
        }
    }

    /// Whether a body in this form can say what orders its days.
    pub(in crate::api) fn names_notices(self) -> bool {
        matches!(self, Self::Json | Self::File(CalendarFormat::Toml))
    }
}

/// Reads the year from a request's body; `notices` are added to those that the body names.
///
/// # Errors
/// 415, 413, 408 and 400 as for every body; 422 with every fault.
pub(in crate::api) async fn receive(
    form: Form,
    request: &HttpRequest,
    payload: web::Payload,
    year: i32,
    notices: Vec<Notice>,
) -> Result<ImportedYear, Problem> {
    let limits = request.app_data::<BodyLimits>().copied().unwrap_or_default();
    let limits = BodyLimits { bytes: limits.bytes.max(MOST_BYTES), ..limits };
    body::check_encoding_and_length(request, limits)?;
    let raw = body::receive(payload, limits).await?;
    match form {
        Form::Json => from_json(&raw, year, notices),
        Form::File(format) => read(format, year, &raw, notices).map_err(|faults| {
            let faults = faults.iter().map(in_request).collect();
            Problem::of(&kinds::INVALID_REQUEST).faults(faults)
        }),
    }
}

fn from_json(raw: &Bytes, year: i32, notices: Vec<Notice>) -> Result<ImportedYear, Problem> {
    let kind = &kinds::INVALID_REQUEST;
    let schema = RequestSchema::of_body::<CalendarYearRequest>()?;
    let mut body = json::parse(raw)?;
    for (list, most) in [("notices", MOST_NOTICES), ("days", MOST_DAYS)] {
        // One too many is enough to refuse it: nobody reads the faults of a million days.
        if let Some(items) = body.get_mut(list).and_then(Value::as_array_mut) {
            items.truncate(most + 1);
        }
    }
    let request = schema.read(body, Vec::new(), kind)?;
    let year = checked(request, year, notices).map_err(|faults| Problem::of(kind).faults(faults))?;
    Ok(ImportedYear { year, ignored: Ignored::default(), allow_incomplete: false })
}

fn checked(request: CalendarYearRequest, year: i32, added: Vec<Notice>) -> Result<CalendarYear, Vec<Fault>> {
    let mut draft = CalendarYearDraft {
        year: request.year,
        notices: request.notices.into_iter().map(Into::into).collect(),
        days: request.days.into_iter().map(Into::into).collect(),
    };
    for notice in added {
        if !draft.notices.contains(&notice) {
            draft.notices.push(notice);
        }
    }
    let mut faults: Vec<Fault> = draft.faults().iter().map(CalendarFault::in_request).collect();
    if draft.year != year {
        let words = Words::new(format!("应与路径中的年份{year}一致"), format!("must be the path's year, {year}"));
        faults.push(Fault::new("/year", "other_year", words));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    CalendarYear::try_from(draft).map_err(|found| found.0.iter().map(CalendarFault::in_request).collect())
}

fn in_request(fault: &FileFault) -> Fault {
    Fault { line: fault.line, ..fault.in_request() }
}

impl From<NoticeRequest> for Notice {
    fn from(request: NoticeRequest) -> Self {
        let NoticeRequest { address, source, amendment, note } = request;
        Self { address, source, amendment, note }
    }
}

impl From<DayRequest> for CalendarDay {
    fn from(request: DayRequest) -> Self {
        let kind = match request.kind {
            DayKindRequest::Holiday => DayKind::Holiday,
            DayKindRequest::MakeUpWorkday => DayKind::MakeUpWorkday,
        };
        Self { date: request.date, kind, name: Words::new(request.name.zh, request.name.en) }
    }
}

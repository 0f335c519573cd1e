//! Response types of the calendar. A year has the form in which it can be sent back.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::cases::view::DueDateView;
use crate::domain::calendar::deadline::Deadlines;
use crate::domain::calendar::working_days::DayKind;
use crate::domain::calendar::working_days::{CalendarDay, Notice};
use crate::formats::calendar::Ignored;
use crate::http::language::{NamedView, WordsView};
use crate::service::calendar::calendars::KeptYear;
use crate::service::calendar::change::{ImportOutcome, Move};

/// How many moves an answer lists.
const MOST_MOVES: usize = 1000;

/// The calendar.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarView {
    /// Its edition: grows with every change of any year.
    pub edition: i64,
    /// A warning that a holiday notice is missing, in the requested language.
    #[schema(required = true)]
    pub warning: Option<String>,
    /// Every year that has a notice.
    pub items: Vec<YearSummaryView>,
}

/// A year in brief.
#[derive(Debug, Serialize, ToSchema)]
pub struct YearSummaryView {
    /// The year.
    pub year: i32,
    /// The edition of the calendar that last changed this year; the year's ETag.
    pub edition: i64,
    /// files: came with the program or its directory of files; import: an administrator.
    pub source: &'static str,
    /// Its holiday notices.
    pub notices: Vec<YearNoticeView>,
    /// How many days its notices name.
    #[schema(format = Int64)]
    pub days: usize,
    /// When this edition of it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: NamedView,
}

/// A year with everything that its notices name.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarYearView {
    /// The year.
    pub year: i32,
    /// The edition of the calendar that last changed this year; the ETag.
    pub edition: i64,
    /// files: came with the program or its directory of files; import: an administrator.
    pub source: &'static str,
    /// When this edition of it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: NamedView,
    /// Its holiday notices, oldest first.
    pub notices: Vec<YearNoticeView>,
    /// The named days in order; any other day is worked from Monday to Friday.
    pub days: Vec<NamedDayView>,
}

/// A holiday notice of the State Council.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CalendarNotice)]
pub struct YearNoticeView {
    /// Where it is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What is known of one without an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// It changes days that an earlier one had named.
    pub amendment: bool,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A day that a notice names.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CalendarDay)]
pub struct NamedDayView {
    /// The day in the hall's zone.
    pub date: NaiveDate,
    /// holiday or make_up_workday.
    #[schema(value_type = DayKind)]
    pub kind: &'static str,
    /// The holiday it belongs to or makes up for.
    pub name: WordsView,
}

/// What an import changed, or on a dry run would change.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarChangeView {
    /// The year.
    pub year: i32,
    /// Its edition after the import; the ETag.
    pub edition: i64,
    /// It was a dry run: nothing was changed.
    pub dry_run: bool,
    /// Whether anything of the year changes.
    pub changed: bool,
    /// The number of open cases whose dates move or are no longer provisional.
    #[schema(format = Int64)]
    pub moved: usize,
    /// Of these, cases whose dates are no longer provisional.
    #[schema(format = Int64)]
    pub becoming_sure: usize,
    /// The moves, oldest case first, at most 1,000.
    pub moves: Vec<MoveView>,
    /// Content of the file that is not part of the year.
    pub ignored: IgnoredView,
}

/// A case whose dates move.
#[derive(Debug, Serialize, ToSchema)]
pub struct MoveView {
    /// Its number.
    pub acceptance_number: String,
    /// Its outlet.
    pub outlet: String,
    /// The dates before.
    pub before: MovedDatesView,
    /// The dates after.
    pub after: MovedDatesView,
}

/// Both dates of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedDatesView {
    /// From when the certificate should be ready.
    pub ready_from: DueDateView,
    /// The limit.
    pub limit: DueDateView,
}

/// What an iCalendar file holds beside the days of the year; empty for other formats.
#[derive(Debug, Serialize, ToSchema)]
pub struct IgnoredView {
    /// Days of other years: how many of each.
    #[schema(value_type = BTreeMap<String, u32>)]
    pub other_years: BTreeMap<String, usize>,
    /// Lines of events that were cancelled.
    #[schema(value_type = Vec<u32>)]
    pub cancelled_lines: Vec<usize>,
    /// Lines of observances without days off.
    #[schema(value_type = Vec<u32>)]
    pub observance_lines: Vec<usize>,
}

impl From<&KeptYear> for YearSummaryView {
    fn from(kept: &KeptYear) -> Self {
        Self {
            year: kept.year.year(),
            edition: kept.edition,
            source: kept.source.code(),
            notices: kept.year.notices().iter().map(notice_view).collect(),
            days: kept.year.days().count(),
            recorded_at: kept.recorded_at,
            recorded_by: recorder(kept),
        }
    }
}

impl From<&KeptYear> for CalendarYearView {
    fn from(kept: &KeptYear) -> Self {
        Self {
            year: kept.year.year(),
            edition: kept.edition,
            source: kept.source.code(),
            recorded_at: kept.recorded_at,
            recorded_by: recorder(kept),
            notices: kept.year.notices().iter().map(notice_view).collect(),
            days: kept.year.days().map(day_view).collect(),
        }
    }
}

fn recorder(kept: &KeptYear) -> NamedView {
    NamedView { code: kept.recorded_by.clone(), name: kept.recorded_by_name.clone() }
}

fn notice_view(notice: &Notice) -> YearNoticeView {
    let Notice { address, source, amendment, note } = notice.clone();
    YearNoticeView { address, source, amendment, note }
}

fn day_view(day: &CalendarDay) -> NamedDayView {
    NamedDayView { date: day.date, kind: day.kind.code(), name: WordsView::from(&day.name) }
}

impl CalendarChangeView {
    /// What an import did.
    pub fn new(year: i32, outcome: &ImportOutcome, ignored: &Ignored, dry_run: bool) -> Self {
        Self {
            year,
            edition: outcome.edition,
            dry_run,
            changed: outcome.changed,
            moved: outcome.moves.len(),
            becoming_sure: outcome.becoming_sure(),
            moves: outcome.moves.iter().take(MOST_MOVES).map(move_view).collect(),
            ignored: IgnoredView {
                other_years: ignored.other_years.iter().map(|(year, days)| (year.to_string(), *days)).collect(),
                cancelled_lines: ignored.cancelled.clone(),
                observance_lines: ignored.observances.clone(),
            },
        }
    }
}

fn move_view(moved: &Move) -> MoveView {
    let (acceptance_number, outlet) = (moved.acceptance_number.clone(), moved.outlet.clone());
    MoveView { acceptance_number, outlet, before: dates_view(&moved.before), after: dates_view(&moved.after) }
}

fn dates_view(dates: &Deadlines) -> MovedDatesView {
    MovedDatesView { ready_from: (&dates.ready_from).into(), limit: (&dates.limit).into() }
}

//! What a change of the calendar does to dates that still run.
//!
//! Cast: a [`CalendarChange`] is the calendar before and after; [`CalendarChange::affects`] says by a stored limit whether a
//! case can be concerned at all, so that not every case has to be read, and [`CalendarChange::redated`] what becomes of it.
//!
//! Guarantee: a case that `affects` leaves out has the same dates by both calendars. A count only ever looks at the days up
//! to the limit, so a limit before the first day that differs can't move; of a deadline that stands still no limit is stored,
//! and it is always looked at.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};

use super::deadline::{Deadlines, OfficeHours};
use super::working_days::{Calendar, CalendarYear};
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::Case;
use crate::domain::cases::deadlines::dates::dates;
use crate::domain::cases::deadlines::reckoning::{CalendarInForce, Reckoning};

/// Days by which more is looked at than the days alone would ask for: stored limits may have been counted by other hours of
/// business or in another zone than the hall's settings name now.
const MARGIN_DAYS: u64 = 2;

/// A calendar, and what comes in its place.
#[derive(Debug, Clone)]
pub struct CalendarChange {
    before: CalendarInForce,
    after: CalendarInForce,
    first_day: Option<NaiveDate>,
}

impl CalendarChange {
    /// The change that some years bring: each is new, or comes in the place of another.
    pub fn new(before: CalendarInForce, years: &[CalendarYear]) -> Self {
        let mut after = CalendarInForce { edition: before.edition + 1, calendar: before.calendar.clone() };
        for year in years {
            after.calendar.insert(year.clone());
        }
        let first_day = years.iter().filter_map(|year| first_difference(&before.calendar, year)).min();
        Self { before, after, first_day }
    }

    /// What was in force.
    pub fn before(&self) -> &CalendarInForce {
        &self.before
    }

    /// What is in force then.
    pub fn after(&self) -> &CalendarInForce {
        &self.after
    }

    /// From which stored limit on a case can be affected; `None` where no day changes, but notices or nothing.
    pub fn limit_from(&self, hours: &OfficeHours) -> Option<DateTime<Utc>> {
        let from = self.first_day?;
        Some(hours.start_of_business(from.checked_sub_days(Days::new(MARGIN_DAYS)).unwrap_or(from)))
    }

    /// Whether the dates of a case may change, by its stored limit; none is stored where the deadline stands still.
    pub fn affects(&self, hours: &OfficeHours, limit_at: Option<DateTime<Utc>>) -> bool {
        self.limit_from(hours).is_some_and(|from| limit_at.is_none_or(|limit_at| from <= limit_at))
    }

    /// The dates of a case before and after; `None` where it has none, or they stay.
    pub fn redated(
        &self,
        definition: Definition<'_>,
        case: &Case,
        hours: &OfficeHours,
        now: DateTime<Utc>,
    ) -> Option<(Deadlines, Deadlines)> {
        let by = |calendar| dates(definition, case, Reckoning { calendar, hours }, now);
        let (before, after) = (by(&self.before)?, by(&self.after)?);
        (before != after).then_some((before, after))
    }
}

/// The first day of a year about which a calendar says something else; its first day where the year is new.
fn first_difference(before: &Calendar, year: &CalendarYear) -> Option<NaiveDate> {
    let Some(known) = before.year(year.year()) else { return NaiveDate::from_ymd_opt(year.year(), 1, 1) };
    let differing = |one: &CalendarYear, other: &CalendarYear| {
        let said_alike = |day: &NaiveDate| one.day(*day) == other.day(*day);
        one.days().map(|day| day.date).find(|day| !said_alike(day))
    };
    let (removed, added) = (differing(known, year), differing(year, known));
    removed.into_iter().chain(added).min().filter(|day| day.year() == year.year())
}

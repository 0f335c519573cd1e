//! A span of time, as lists are asked for it.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::deadline::OfficeHours;

/// From an instant on, and before another; without one of them it has no end on that side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// This instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Earlier than this one.
    pub before: Option<DateTime<Utc>>,
}

impl Span {
    /// All of time.
    pub const ALWAYS: Self = Self { from: None, before: None };

    /// From an instant on.
    pub fn since(from: Option<DateTime<Utc>>) -> Self {
        Self { from, before: None }
    }

    /// The days from one to another in the hall's zone, both included.
    pub fn of_days(hours: &OfficeHours, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Self {
        // What comes after the last year of four digits no database orders behind the others; nothing is there.
        let after = to.and_then(|day| day.succ_opt()).filter(|day| day.year() <= 9999);
        let start = |day| hours.start_of_day(day);
        Self { from: from.map(start), before: after.map(start) }
    }
}

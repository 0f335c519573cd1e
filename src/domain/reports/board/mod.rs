//! The supervisor's board: the instants that separate overdue, due today, due soon and later; bars by age; what happened behind a mark.

pub mod ageing;
pub mod happened;

use chrono::{DateTime, Utc};

use crate::domain::calendar::deadline::OfficeHours;
use crate::domain::calendar::working_days::Calendar;

/// The instants that part what is overdue, due today, due soon and later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueEdges {
    /// Limits before it have passed.
    pub now: DateTime<Utc>,
    /// The close of business today.
    pub today: DateTime<Utc>,
    /// The close of business so many working days from today.
    pub soon: DateTime<Utc>,
}

impl DueEdges {
    /// Those of an instant; soon is within so many working days after today.
    pub fn at(now: DateTime<Utc>, calendar: &Calendar, hours: &OfficeHours, soon: u32) -> Self {
        let today = hours.local_date(now);
        let mut last = today;
        let mut left = soon;
        // Ten times as many days as asked for, and two weeks, is more than any holiday makes necessary.
        for day in today.iter_days().skip(1).take(soon as usize * 10 + 14) {
            if left == 0 {
                break;
            }
            left -= u32::from(calendar.is_working_day(day));
            last = day;
        }
        Self { now, today: hours.close_of_business(today), soon: hours.close_of_business(last) }
    }
}

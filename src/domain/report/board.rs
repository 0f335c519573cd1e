//! The supervisor's board: what is due, what waits, how the last weeks went, and what must be seen to.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::domain::calendar::Calendar;
use crate::domain::deadline::OfficeHours;
use crate::domain::words::Words;

/// The month from which on the next year's notice is missed; the State Council publishes it in October or November.
const NOTICE_MONTH: u32 = 11;

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

/// Something that must be seen to, with a stable code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The code.
    pub code: &'static str,
    /// The words.
    pub words: Words,
}

/// What is wrong with the calendar: this year's notice is missing, or, from November on, next year's.
pub fn calendar_warnings(calendar: &Calendar, today: NaiveDate) -> Vec<Warning> {
    let next = (today.month() >= NOTICE_MONTH).then(|| today.year().saturating_add(1));
    let missing = [Some(today.year()), next].into_iter().flatten().filter(|year| !calendar.is_published(*year));
    let warning = |year: i32| Warning {
        code: "calendar_year_missing",
        words: Words::new(
            format!("{year}年的放假安排尚未录入：所涉日期均为暂定，请录入国务院办公厅的通知"),
            format!("The notice on holidays of {year} is not imported: dates that reach into it are provisional"),
        ),
    };
    missing.map(warning).collect()
}

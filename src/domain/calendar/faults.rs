//! The faults of a year's data.
//!
//! Cast: [`CalendarFault`] names the part of the draft it is about, so that a file's loader can point at a line and a
//! request's answer at a field.

use std::fmt;

use chrono::{Datelike, NaiveDate, Weekday};

use super::working_days::MOST_DAYS;
use crate::domain::base::words::{Fault, Words};

/// What a fault says that may be overruled, to whoever sends a year by the API; a page says what is ticked there instead.
pub const ALLOW_ZH: &str = "以allow_incomplete=true导入";
/// The same in English.
pub const ALLOW_EN: &str = "import it with allow_incomplete=true";

/// One thing wrong with a year's data. `notice`, `day` and `first` are positions in the draft, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarFault {
    /// Before the People's Republic, or not of four digits.
    #[error("year {year} is out of range, expected 1949 to 9999")]
    YearOutOfRange {
        /// As given.
        year: i32,
    },
    /// More days than any year has: what they are isn't looked at.
    #[error("a year has at most {MOST_DAYS} days")]
    TooManyDays,
    /// Days without provenance are never believed.
    #[error("a year needs at least one holiday notice")]
    NoNotice,
    /// Neither address nor source.
    #[error("a holiday notice needs an address or a source")]
    NoSource {
        /// Which notice.
        notice: usize,
    },
    /// Addresses become links, so nothing but the web is let through.
    #[error("the address of a holiday notice must start with http:// or https://")]
    BadAddress {
        /// Which notice.
        notice: usize,
    },
    /// The day belongs to another year's data.
    #[error("{date} is not a day of {year}")]
    OutsideYear {
        /// Which day.
        day: usize,
        /// Its date.
        date: NaiveDate,
        /// The year it was given for.
        year: i32,
    },
    /// A weekday is worked anyway, so the date or the kind must be wrong.
    #[error("{date} is a {}, but only a Saturday or Sunday can be a make-up working day", weekday_name(*date))]
    MakeUpOnWeekday {
        /// Which day.
        day: usize,
        /// Its date.
        date: NaiveDate,
    },
    /// Explanations need a name in both languages.
    #[error("{date} needs the name of its holiday in Chinese and English")]
    NoName {
        /// Which day.
        day: usize,
        /// Its date.
        date: NaiveDate,
    },
    /// The same date again, even if it says the same.
    #[error("{date} is named twice")]
    NamedTwice {
        /// The later one.
        day: usize,
        /// The date of both.
        date: NaiveDate,
        /// The earlier one.
        first: usize,
    },
    /// Only the other half of the calendar is there: nobody makes up for days that aren't off.
    #[error("{year} has no holidays: half a calendar? If it really has none, {ALLOW_EN}")]
    NoHolidays {
        /// The year.
        year: i32,
    },
    /// Only a part of the year is there: New Year's Day, Labour Day and National Day are days off in every year.
    #[error("{date} is no holiday: half a calendar? If the year really has none then, {ALLOW_EN}")]
    FixedHolidayMissing {
        /// The day that is off in every year.
        date: NaiveDate,
    },
    /// Only the other half of the calendar is there: every notice since 2004 has ordered make-up working days.
    #[error("{year} has no make-up working days: half a calendar? If it really has none, {ALLOW_EN}")]
    NoMakeUpWorkdays {
        /// The year.
        year: i32,
    },
}

impl CalendarFault {
    /// As a fault of a request whose body is a [`CalendarYearDraft`](super::working_days::CalendarYearDraft).
    pub fn in_request(&self) -> Fault {
        let english = self.to_string();
        let (pointer, code, chinese) = match self {
            Self::YearOutOfRange { year } => {
                ("/year".to_owned(), "year_out_of_range", format!("年份{year}超出范围，应为1949至9999"))
            }
            Self::TooManyDays => ("/days".to_owned(), "too_many_days", format!("一年最多{MOST_DAYS}天")),
            Self::NoNotice => ("/notices".to_owned(), "notice_missing", "每个年度至少应有一份放假安排通知".to_owned()),
            Self::NoSource { notice } => (
                format!("/notices/{notice}"),
                "notice_without_source",
                "通知应有网址；没有网址的，应注明出处".to_owned(),
            ),
            Self::BadAddress { notice } => (
                format!("/notices/{notice}/address"),
                "notice_address_invalid",
                "通知网址应以http://或https://开头".to_owned(),
            ),
            Self::OutsideYear { day, date, year } => {
                (format!("/days/{day}/date"), "day_outside_year", format!("{date}不在{year}年内"))
            }
            Self::MakeUpOnWeekday { day, date } => (
                format!("/days/{day}/date"),
                "make_up_workday_on_weekday",
                format!("{date}不是周六或周日，不能作为调休上班日"),
            ),
            Self::NoName { day, date } => {
                (format!("/days/{day}/name"), "day_without_name", format!("{date}应注明节日的中英文名称"))
            }
            Self::NamedTwice { day, date, .. } => {
                (format!("/days/{day}/date"), "day_named_twice", format!("{date}重复出现"))
            }
            Self::NoHolidays { year } => (
                "/days".to_owned(),
                "holidays_missing",
                format!("{year}年没有节假日，日历可能不完整；如确无节假日，请{ALLOW_ZH}"),
            ),
            Self::FixedHolidayMissing { date } => (
                "/days".to_owned(),
                "fixed_holiday_missing",
                format!("{date}未列为节假日，日历可能不完整；如当日确不放假，请{ALLOW_ZH}"),
            ),
            Self::NoMakeUpWorkdays { year } => (
                "/days".to_owned(),
                "make_up_workdays_missing",
                format!("{year}年没有调休上班日，日历可能不完整；如确无调休上班日，请{ALLOW_ZH}"),
            ),
        };
        Fault::new(pointer, code, Words::new(chinese, english))
    }
}

/// Every fault of a year's data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct CalendarFaults(pub Vec<CalendarFault>);

impl fmt::Display for CalendarFaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, fault) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str("; ")?;
            }
            fault.fmt(formatter)?;
        }
        Ok(())
    }
}

fn weekday_name(date: NaiveDate) -> &'static str {
    match date.weekday() {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

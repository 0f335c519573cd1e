//! The working-day calendar: which dates count, and by which notice.
//!
//! Cast: a [`Calendar`] is a set of [`CalendarYear`]s; a year holds the [`Notice`]s that order it and every
//! [`CalendarDay`] they name, as a holiday or as a working day made up at a weekend (调休). [`Calendar::day`] says of any
//! date whether it counts and why. A year without a notice is *unpublished*: only weekends are assumed free there, and
//! whoever relies on it must say so (see [`super::deadline`]).
//!
//! Guarantees: a [`CalendarYear`] only exists checked, whether it came from a file, a request or the store; a check
//! reports every fault at once; no date makes anything here panic.
//!
//! Source: the General Office of the State Council's yearly notice on holidays (国务院办公厅关于部分节假日安排的通知), which
//! carries out the Regulation on Public Holidays (全国年节及纪念日放假办法). The notice for a year may also name the last days
//! of the December before; they stand in the year they fall in, and that year then cites both notices.

use std::collections::BTreeMap;
use std::ops::Bound;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use super::faults::{CalendarFault, CalendarFaults};
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::Words;

/// All years known to the hall.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<CalendarYear>", into = "Vec<CalendarYear>")]
pub struct Calendar(BTreeMap<i32, CalendarYear>);

impl Calendar {
    /// Adds a year, or replaces the one that stood there and returns it.
    pub fn insert(&mut self, year: CalendarYear) -> Option<CalendarYear> {
        self.0.insert(year.year, year)
    }

    /// One published year.
    pub fn year(&self, year: i32) -> Option<&CalendarYear> {
        self.0.get(&year)
    }

    /// The published years in order.
    pub fn years(&self) -> impl Iterator<Item = &CalendarYear> {
        self.0.values()
    }

    /// Whether a notice for this year is known. If not, answers about its days are assumptions.
    pub fn is_published(&self, year: i32) -> bool {
        self.0.contains_key(&year)
    }

    /// Whether the hall works on this date; in an unpublished year, whether it is assumed to.
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        self.day(date).is_working_day()
    }

    /// Whether a date counts, and why.
    pub fn day(&self, date: NaiveDate) -> DayStatus<'_> {
        let named = self.0.get(&date.year()).and_then(|year| year.days.get(&date));
        match named {
            Some(day) if day.kind == DayKind::Holiday => DayStatus::Holiday(&day.name),
            Some(day) => DayStatus::MakeUpWorkday(&day.name),
            None if is_weekend(date) => DayStatus::Weekend,
            None => DayStatus::Weekday,
        }
    }

    /// Working days after `from` up to and including `to`; negative when `to` lies before `from`, 0 when they are one.
    ///
    /// With a due date as `to`, 3 means that three working days are left and −2 that it is overdue by two. The cost
    /// grows with the named days in between, not with the distance.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        if to < from {
            return -self.working_days_between(to, from);
        }
        let mut count = weekdays_until(to) - weekdays_until(from);
        for year in self.0.range(from.year()..=to.year()).map(|(_, year)| year) {
            for day in year.days.range((Bound::Excluded(from), Bound::Included(to))).map(|(_, day)| day) {
                count += match day.kind {
                    DayKind::MakeUpWorkday => 1,
                    DayKind::Holiday if is_weekend(day.date) => 0,
                    DayKind::Holiday => -1,
                };
            }
        }
        count
    }
}

impl From<Vec<CalendarYear>> for Calendar {
    fn from(years: Vec<CalendarYear>) -> Self {
        Self(years.into_iter().map(|year| (year.year, year)).collect())
    }
}

impl From<Calendar> for Vec<CalendarYear> {
    fn from(calendar: Calendar) -> Self {
        calendar.0.into_values().collect()
    }
}

/// Whether a date counts, and why: what [`Calendar::day`] answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayStatus<'a> {
    /// Monday to Friday, not named by a notice: counts.
    Weekday,
    /// Saturday or Sunday, not named by a notice: doesn't count.
    Weekend,
    /// A holiday by a notice, with its name: doesn't count.
    Holiday(&'a Words),
    /// A weekend day worked to make up for a holiday (调休), with that holiday's name: counts.
    MakeUpWorkday(&'a Words),
}

impl DayStatus<'_> {
    /// Whether the day counts as a working day.
    pub fn is_working_day(self) -> bool {
        matches!(self, Self::Weekday | Self::MakeUpWorkday(_))
    }
}

vocabulary! {
    /// What a notice makes of a day.
    pub enum DayKind {
        /// Free (放假). A weekend day within a holiday may be named too.
        Holiday = "holiday";
        /// A Saturday or Sunday that is worked (调休上班).
        MakeUpWorkday = "make_up_workday";
    }
}

/// One day that a notice names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarDay {
    /// The date in the hall's zone.
    pub date: NaiveDate,
    /// Free or worked.
    pub kind: DayKind,
    /// The holiday it belongs to, such as 清明节; a made-up working day carries the holiday it makes up for.
    pub name: Words,
}

/// Where a year's days come from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Where the notice is published, `http` or `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What is known of a notice without an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whether it changes days that an earlier notice had named, as in 2015, 2019 and 2020.
    #[serde(default)]
    pub amendment: bool,
    /// Anything worth knowing, such as the notice's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Notice {
    /// Where it stands: its address, or else what is known of it.
    pub fn reference(&self) -> Option<&str> {
        self.address.as_deref().or(self.source.as_deref())
    }
}

/// A published year, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CalendarYearDraft", into = "CalendarYearDraft")]
pub struct CalendarYear {
    year: i32,
    notices: Vec<Notice>,
    days: BTreeMap<NaiveDate, CalendarDay>,
}

impl CalendarYear {
    /// The year.
    pub fn year(&self) -> i32 {
        self.year
    }

    /// What orders the year; at least one.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The named days in order.
    pub fn days(&self) -> impl Iterator<Item = &CalendarDay> {
        self.days.values()
    }

    /// What the notices say about a date of the year, where they name it.
    pub fn day(&self, date: NaiveDate) -> Option<&CalendarDay> {
        self.days.get(&date)
    }

    /// What a whole year has and this one lacks, each as a fault: a kind of days, or a holiday that has the same date in every
    /// year. Some public calendars have the holidays only, others the make-up working days only or a few months, and dates
    /// counted by half of a year are wrong.
    ///
    /// No fault of a [`CalendarYear`] as such, since a notice may one day order so; none since 2004 did.
    pub fn missing_kinds(&self) -> Vec<CalendarFault> {
        let year = self.year;
        let lacks = |kind| !self.days().any(|day| day.kind == kind);
        let mut missing = Vec::new();
        if lacks(DayKind::Holiday) {
            missing.push(CalendarFault::NoHolidays { year });
        } else {
            let free = |date: &NaiveDate| self.day(*date).is_some_and(|day| day.kind == DayKind::Holiday);
            let fixed = FIXED_HOLIDAYS.iter().filter_map(|(month, day)| NaiveDate::from_ymd_opt(year, *month, *day));
            missing.extend(fixed.filter(|date| !free(date)).map(|date| CalendarFault::FixedHolidayMissing { date }));
        }
        if lacks(DayKind::MakeUpWorkday) {
            missing.push(CalendarFault::NoMakeUpWorkdays { year });
        }
        missing
    }
}

/// Month and day of the holidays that every year since 1949 has had on the same date: New Year's Day, Labour Day and National
/// Day (Regulation on Public Holidays, Article 2). The others follow the moon or the sun.
const FIXED_HOLIDAYS: [(u32, u32); 3] = [(1, 1), (5, 1), (10, 1)];

impl TryFrom<CalendarYearDraft> for CalendarYear {
    type Error = CalendarFaults;

    fn try_from(draft: CalendarYearDraft) -> Result<Self, CalendarFaults> {
        let faults = draft.faults();
        if !faults.is_empty() {
            return Err(CalendarFaults(faults));
        }
        let days = draft.days.into_iter().map(|day| (day.date, day)).collect();
        Ok(Self { year: draft.year, notices: draft.notices, days })
    }
}

/// As many days as a year can name.
pub const MOST_DAYS: usize = 366;

/// A year as it comes from outside, not checked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarYearDraft {
    /// The year.
    pub year: i32,
    /// What orders it.
    pub notices: Vec<Notice>,
    /// The named days in any order.
    pub days: Vec<CalendarDay>,
}

impl CalendarYearDraft {
    /// Everything wrong with it, in the order of its parts; empty when it can become a [`CalendarYear`].
    pub fn faults(&self) -> Vec<CalendarFault> {
        let mut faults = Vec::new();
        if !(1949..=9999).contains(&self.year) {
            faults.push(CalendarFault::YearOutOfRange { year: self.year });
        }
        if self.notices.is_empty() {
            faults.push(CalendarFault::NoNotice);
        }
        for (notice, given) in self.notices.iter().enumerate() {
            match (&given.address, &given.source) {
                (Some(address), _) if !is_web_address(address) => faults.push(CalendarFault::BadAddress { notice }),
                (Some(_), _) => {}
                (None, Some(source)) if !source.trim().is_empty() => {}
                (None, _) => faults.push(CalendarFault::NoSource { notice }),
            }
        }
        if self.days.len() > MOST_DAYS {
            // At least one of them is wrong, and whoever sent a million needn't be told about each.
            faults.push(CalendarFault::TooManyDays);
            return faults;
        }
        let mut seen = BTreeMap::new();
        for (day, given) in self.days.iter().enumerate() {
            let date = given.date;
            if date.year() != self.year {
                faults.push(CalendarFault::OutsideYear { day, date, year: self.year });
            }
            if given.kind == DayKind::MakeUpWorkday && !is_weekend(date) {
                faults.push(CalendarFault::MakeUpOnWeekday { day, date });
            }
            if given.name.zh.trim().is_empty() || given.name.en.trim().is_empty() {
                faults.push(CalendarFault::NoName { day, date });
            }
            if let Some(first) = seen.get(&date) {
                faults.push(CalendarFault::NamedTwice { day, date, first: *first });
            } else {
                seen.insert(date, day);
            }
        }
        faults
    }
}

impl From<CalendarYear> for CalendarYearDraft {
    fn from(year: CalendarYear) -> Self {
        Self { year: year.year, notices: year.notices, days: year.days.into_values().collect() }
    }
}

/// The names notices use every year. Later notices write 劳动节 and 国庆节 where early ones wrote “五一” and “十一”.
const HOLIDAY_NAMES: [(&str, &str); 10] = [
    ("元旦", "New Year's Day"),
    ("春节", "Spring Festival"),
    ("清明节", "Qingming Festival"),
    ("劳动节", "Labour Day"),
    ("端午节", "Dragon Boat Festival"),
    ("中秋节", "Mid-Autumn Festival"),
    ("国庆节", "National Day"),
    ("“五一”", "Labour Day"),
    ("“五一”国际劳动节", "International Labour Day"),
    ("“十一”", "National Day"),
];

/// A holiday's name in both languages from its Chinese one; for two that fall together (国庆节、中秋节) both.
///
/// `None` for a name that isn't among the yearly ones: its English must be given with the data.
pub fn holiday_name(chinese: &str) -> Option<Words> {
    let english: Option<Vec<&str>> = chinese
        .split('、')
        .map(|part| HOLIDAY_NAMES.iter().find(|(zh, _)| *zh == part).map(|(_, english)| *english))
        .collect();
    Some(Words::new(chinese, english?.join(" and ")))
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

fn is_web_address(address: &str) -> bool {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(|c: char| c.is_whitespace() || c.is_control()))
}

/// Days from Monday to Friday up to and including a date, counted from 0001-01-01, a Monday.
fn weekdays_until(date: NaiveDate) -> i64 {
    let days = i64::from(date.num_days_from_ce());
    5 * days.div_euclid(7) + days.rem_euclid(7).min(5)
}

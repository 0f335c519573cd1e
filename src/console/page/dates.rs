//! Dates as people read them: `6月12日 周五 17:30`, and `今天 17:30` on the day itself.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;

use super::messages::{Messages, begun};
use crate::domain::base::words::Language;

/// Writes dates of the hall's zone, seen from an instant.
#[derive(Debug, Clone, Copy)]
pub struct Dates {
    /// The zone in which days begin and end.
    pub zone: Tz,
    /// The instant at which they are read.
    pub now: DateTime<Utc>,
    /// The reader's language.
    pub messages: Messages,
}

impl Dates {
    /// `6月12日 周五`; with the year where it isn't this one.
    pub fn day(&self, date: NaiveDate) -> String {
        let this_year = self.today().year() == date.year();
        match self.messages.0 {
            Language::Chinese => {
                let weekday = ["一", "二", "三", "四", "五", "六", "日"]
                    .get(date.weekday().num_days_from_monday() as usize)
                    .unwrap_or(&"");
                let year = if this_year { String::new() } else { format!("{}年", date.year()) };
                format!("{year}{}月{}日 周{weekday}", date.month(), date.day())
            }
            Language::English if this_year => date.format("%a %-d %B").to_string(),
            Language::English => date.format("%a %-d %B %Y").to_string(),
        }
    }

    /// `6月12日`, where there is little room, as in pictures.
    pub fn brief(&self, date: NaiveDate) -> String {
        match self.messages.0 {
            Language::Chinese => format!("{}月{}日", date.month(), date.day()),
            Language::English => date.format("%-d %b").to_string(),
        }
    }

    /// `昨天`, `今天`, `明天`, or the day.
    pub fn near(&self, date: NaiveDate) -> String {
        match (date - self.today()).num_days() {
            -1 => self.messages.t("date.yesterday").to_owned(),
            0 => self.messages.t("date.today").to_owned(),
            1 => self.messages.t("date.tomorrow").to_owned(),
            _ => self.day(date),
        }
    }

    /// The day of an instant and its time: `今天 17:30`.
    pub fn moment(&self, at: DateTime<Utc>) -> String {
        format!("{} {}", self.near(self.date(at)), self.time(at))
    }

    /// The same where it begins a line or fills a cell: in English with a capital.
    pub fn cell(&self, at: DateTime<Utc>) -> String {
        begun(&self.moment(at))
    }

    /// From one instant to another, in one short line: `今天 10:10–10:30`, or `11月27日–11月30日`.
    pub fn span(&self, since: DateTime<Utc>, until: DateTime<Utc>) -> String {
        let (first, last) = (self.date(since), self.date(until));
        match first == last {
            true => format!("{}–{}", self.cell(since), self.time(until)),
            false => format!("{}–{}", self.brief(first), self.brief(last)),
        }
    }

    /// The time of an instant of the day itself: `17:30`.
    pub fn time(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%H:%M").to_string()
    }

    /// The day of an instant in the hall's zone.
    pub fn date(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// The day on which they are read.
    pub fn today(&self) -> NaiveDate {
        self.date(self.now)
    }
}

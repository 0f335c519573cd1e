//! A year as twelve months of weeks, each day with what it is.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::console::page::dates::Dates;
use crate::domain::base::words::Language;
use crate::domain::calendar::working_days::{Calendar, DayStatus};

/// A month.
pub(super) struct MonthGrid {
    pub(super) name: String,
    pub(super) weeks: Vec<Vec<Cell>>,
}

/// A day, or a place in a week that isn't of the month.
pub(super) struct Cell {
    pub(super) day: Option<u32>,
    /// The classes of its look.
    pub(super) class: String,
    /// What stands below the number: 休 or 班.
    pub(super) mark: &'static str,
    /// The holiday that it belongs to.
    pub(super) name: String,
}

/// A holiday, or the days that are worked for it.
pub(super) struct Stretch {
    pub(super) name: String,
    pub(super) free: String,
    pub(super) worked: String,
}

/// The months of a year.
pub(super) fn months(calendar: &Calendar, year: i32, dates: &Dates) -> Vec<MonthGrid> {
    let first = |month| NaiveDate::from_ymd_opt(year, month, 1);
    (1..=12).filter_map(first).map(|first| month(calendar, first, dates)).collect()
}

fn month(calendar: &Calendar, first: NaiveDate, dates: &Dates) -> MonthGrid {
    let name = match dates.messages.0 {
        Language::Chinese => format!("{}月", first.month()),
        Language::English => first.format("%B").to_string(),
    };
    let last = first.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(first);
    let blank = || Cell { day: None, class: String::new(), mark: "", name: String::new() };
    let before = first.weekday().num_days_from_monday();
    let mut cells: Vec<Cell> = (0..before).map(|_| blank()).collect();
    cells.extend(first.iter_days().take_while(|day| *day <= last).map(|day| cell(calendar, day, dates)));
    cells.resize_with(cells.len().next_multiple_of(7), blank);
    let mut weeks = Vec::new();
    while !cells.is_empty() {
        let rest = cells.split_off(7.min(cells.len()));
        weeks.push(std::mem::replace(&mut cells, rest));
    }
    MonthGrid { name, weeks }
}

fn cell(calendar: &Calendar, date: NaiveDate, dates: &Dates) -> Cell {
    let messages = dates.messages;
    let (class, mark, name) = match calendar.day(date) {
        DayStatus::Weekday => ("", "", ""),
        DayStatus::Weekend => ("off", "", ""),
        DayStatus::Holiday(name) => ("holiday", messages.t("calendar.free"), messages.of(name)),
        DayStatus::MakeUpWorkday(name) => ("worked", messages.t("calendar.worked"), messages.of(name)),
    };
    let today = if date == dates.today() { " today" } else { "" };
    Cell { day: Some(date.day()), class: format!("{class}{today}"), mark, name: name.to_owned() }
}

/// The holidays of a year in order, each with its free days and those worked for it.
pub(super) fn stretches(calendar: &Calendar, year: i32, dates: &Dates) -> Vec<Stretch> {
    let Some(known) = calendar.year(year) else { return Vec::new() };
    let mut found: Vec<(String, Vec<NaiveDate>, Vec<NaiveDate>)> = Vec::new();
    for day in known.days() {
        let name = dates.messages.of(&day.name);
        let at = found.iter().position(|(known, ..)| known == name).unwrap_or_else(|| {
            found.push((name.to_owned(), Vec::new(), Vec::new()));
            found.len() - 1
        });
        let Some((_, free, worked)) = found.get_mut(at) else { continue };
        if calendar.day(day.date).is_working_day() { worked.push(day.date) } else { free.push(day.date) }
    }
    // Days worked for a holiday may lie before the one before it.
    found.sort_by_key(|(_, free, worked)| free.first().or(worked.first()).copied());
    let between = dates.messages.t("list.between");
    let shown = |days: &[NaiveDate]| runs(days).iter().map(|run| span(run, dates)).collect::<Vec<_>>().join(between);
    found
        .iter()
        .map(|(name, free, worked)| Stretch { name: name.clone(), free: shown(free), worked: shown(worked) })
        .collect()
}

/// First and last day of days that follow one another.
fn runs(days: &[NaiveDate]) -> Vec<(NaiveDate, NaiveDate)> {
    let mut runs: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add_days(Days::new(1)) == Some(*day) => *last = *day,
            _ => runs.push((*day, *day)),
        }
    }
    runs
}

fn span((first, last): &(NaiveDate, NaiveDate), dates: &Dates) -> String {
    if first == last { dates.day(*first) } else { format!("{} – {}", dates.day(*first), dates.day(*last)) }
}

/// The heads of a week's days.
pub(super) fn weekdays(language: Language) -> [&'static str; 7] {
    match language {
        Language::Chinese => ["一", "二", "三", "四", "五", "六", "日"],
        Language::English => ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"],
    }
}

//! Reads `config/calendar/<year>.toml` into the domain's [`Calendar`].
//!
//! Cast: [`load_calendar`] reads every year's file; `Fields` takes a table's values one by one and notes what is
//! missing, of the wrong type or unknown, with its place. A file says:
//! ```toml
//! year = 2026
//! notices = [{ address = "https://…", amendment = true, note = "…" }] # `source` where there is no address
//! days = [{ date = 2026-01-01, kind = "holiday", name = "元旦" }]       # or "make_up_workday"
//! [names]                                                             # English of names that aren't yearly ones
//! "…" = "…"
//! ```
//! `[[notices]]` and `[[days]]` mean the same. All faults of all files come back at once, each with file and line.

use std::ops::Range;

use chrono::NaiveDate;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConfigFault, ConfigFile, ConfigFiles};
use crate::domain::calendar::{
    Calendar, CalendarDay, CalendarFault, CalendarYear, CalendarYearDraft, DayKind, Notice, holiday_name,
};
use crate::domain::words::Words;

/// The calendar of every year that has a file.
///
/// # Errors
/// Every fault of every file.
pub fn load_calendar(files: &ConfigFiles) -> Result<Calendar, Vec<ConfigFault>> {
    let mut years = Vec::new();
    let mut faults = Vec::new();
    for file in files.under("calendar") {
        match load_year(file) {
            Ok(year) => years.push(year),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(Calendar::from(years)) } else { Err(faults) }
}

fn load_year(file: &ConfigFile) -> Result<CalendarYear, Vec<ConfigFault>> {
    let (document, errors) = DeTable::parse_recoverable(&file.text);
    if !errors.is_empty() {
        // What could be read of a broken document would only give more faults that aren't there.
        return Err(errors.iter().map(|error| file.toml_fault(error)).collect());
    }
    let mut faults = Vec::new();
    let mut fields = Fields::new(file, document.span(), document.get_ref(), &mut faults);
    let year = fields.year();
    let notices = fields.tables("notices", |fields| {
        let faults_before = fields.faults.len();
        let notice = Notice {
            address: fields.optional_text("address"),
            source: fields.optional_text("source"),
            amendment: fields.optional("amendment", "true or false", DeValue::as_bool).unwrap_or_default(),
            note: fields.optional_text("note"),
        };
        (notice, fields.faults.len() > faults_before)
    });
    let names = fields.names();
    let days = fields.tables("days", |fields| {
        let date = fields.required("date", "a date such as 2026-01-01", date_of);
        let kind = fields.required("kind", "\"holiday\" or \"make_up_workday\"", kind_of);
        let name = fields.required("name", "a holiday's Chinese name", |value| {
            let chinese = value.as_str()?;
            let own = names.iter().find(|(zh, _)| zh == chinese);
            // Without English the day is kept, so that its other faults are found too.
            Some(own.map(|(zh, en)| Words::new(zh, en)).or_else(|| holiday_name(chinese)).ok_or(chinese.to_owned()))
        });
        Some((date?, kind?, name?))
    });
    fields.refuse_unknown();

    let mut day_spans = Vec::new();
    let mut read_days = Vec::new();
    for (span, day) in days.unwrap_or_default() {
        let Some((date, kind, name)) = day else { continue };
        let name = name.unwrap_or_else(|chinese| {
            let message = format!("\"{chinese}\" has no English name: add it to [names]");
            faults.push(file.fault_at(span.start, message));
            Words::new(&chinese, &chinese)
        });
        day_spans.push(span);
        read_days.push(CalendarDay { date, kind, name });
    }
    let mut misread_notices = Vec::new();
    let mut notice_spans = Vec::new();
    let mut read_notices = Vec::new();
    let notices_given = notices.is_some();
    for (span, (notice, misread)) in notices.unwrap_or_default() {
        notice_spans.push(span);
        read_notices.push(notice);
        misread_notices.push(misread);
    }
    if let Some((span, year)) = &year {
        check_file_name(file, span, *year, &mut faults);
    }
    // Without a readable year the file's name tells which one the days must belong to.
    if let Some((span, year)) = year.or_else(|| Some((0..0, year_in_name(file)?))) {
        let draft = CalendarYearDraft { year, notices: read_notices, days: read_days };
        for fault in draft.faults() {
            let place = match &fault {
                CalendarFault::YearOutOfRange { .. } => Some(&span),
                // Already said.
                CalendarFault::NoNotice if !notices_given => continue,
                CalendarFault::NoSource { notice } if misread_notices.get(*notice) == Some(&true) => continue,
                CalendarFault::NoNotice => None,
                CalendarFault::NoSource { notice } | CalendarFault::BadAddress { notice } => notice_spans.get(*notice),
                CalendarFault::OutsideYear { day, .. }
                | CalendarFault::MakeUpOnWeekday { day, .. }
                | CalendarFault::NoName { day, .. }
                | CalendarFault::NamedTwice { day, .. } => day_spans.get(*day),
            };
            faults.push(match place {
                Some(span) => file.fault_at(span.start, fault.to_string()),
                None => file.fault(fault.to_string()),
            });
        }
        if faults.is_empty() {
            return CalendarYear::try_from(draft).map_err(|found| vec![file.fault(found.to_string())]);
        }
    }
    faults.sort();
    Err(faults)
}

/// A file replaces the built-in one of the same name, so the name must say which year it is.
fn check_file_name(file: &ConfigFile, span: &Range<usize>, year: i32, faults: &mut Vec<ConfigFault>) {
    let expected = format!("calendar/{year}.toml");
    if file.name != expected {
        faults.push(file.fault_at(span.start, format!("the file of {year} must be named {expected}")));
    }
}

fn year_in_name(file: &ConfigFile) -> Option<i32> {
    file.name.strip_prefix("calendar/")?.strip_suffix(".toml")?.parse().ok()
}

fn date_of(value: &DeValue<'_>) -> Option<NaiveDate> {
    let given = value.as_datetime().filter(|given| given.time.is_none() && given.offset.is_none())?;
    let date = given.date?;
    NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())
}

fn kind_of(value: &DeValue<'_>) -> Option<DayKind> {
    match value.as_str()? {
        "holiday" => Some(DayKind::Holiday),
        "make_up_workday" => Some(DayKind::MakeUpWorkday),
        _ => None,
    }
}

/// One table being read.
struct Fields<'a, 'f> {
    file: &'a ConfigFile,
    span: Range<usize>,
    table: &'a DeTable<'a>,
    known: Vec<&'static str>,
    faults: &'f mut Vec<ConfigFault>,
}

impl<'a, 'f> Fields<'a, 'f> {
    fn new(file: &'a ConfigFile, span: Range<usize>, table: &'a DeTable<'a>, faults: &'f mut Vec<ConfigFault>) -> Self {
        Self { file, span, table, known: Vec::new(), faults }
    }

    fn value(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.push(key);
        self.table.get(key)
    }

    fn optional<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        read: impl Fn(&DeValue<'a>) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(key)?;
        let found = read(value.get_ref());
        if found.is_none() {
            self.faults.push(self.file.fault_at(value.span().start, format!("{key} must be {expected}")));
        }
        found
    }

    fn required<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        read: impl Fn(&DeValue<'a>) -> Option<T>,
    ) -> Option<T> {
        if !self.table.contains_key(key) {
            self.known.push(key);
            self.faults.push(self.file.fault_at(self.span.start, format!("{key} is missing, expected {expected}")));
            return None;
        }
        self.optional(key, expected, read)
    }

    fn optional_text(&mut self, key: &'static str) -> Option<String> {
        self.optional(key, "text", |value| value.as_str().map(str::to_owned))
    }

    fn year(&mut self) -> Option<(Range<usize>, i32)> {
        let span = self.table.get("year").map(Spanned::span).unwrap_or_default();
        let year = self.required("year", "a year such as 2026", |value| {
            let given = value.as_integer()?;
            i32::from_str_radix(given.as_str(), given.radix()).ok()
        })?;
        Some((span, year))
    }

    /// The `[names]` table, Chinese to English.
    fn names(&mut self) -> Vec<(String, String)> {
        let Some(value) = self.value("names") else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.faults.push(self.file.fault_at(value.span().start, "names must be a table, Chinese = English"));
            return Vec::new();
        };
        let mut names = Vec::new();
        for (chinese, english) in table {
            match english.get_ref().as_str().filter(|english| !english.trim().is_empty()) {
                Some(english) => names.push((chinese.get_ref().to_string(), english.to_owned())),
                None => {
                    let message = format!("the English name of \"{}\" must be text", chinese.get_ref());
                    self.faults.push(self.file.fault_at(english.span().start, message));
                }
            }
        }
        names
    }

    /// An array of tables, each read by `read`; none if it isn't there or isn't one.
    fn tables<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Fields<'a, '_>) -> T,
    ) -> Option<Vec<(Range<usize>, T)>> {
        let expected = "an array of tables";
        if !self.table.contains_key(key) {
            self.known.push(key);
            self.faults.push(self.file.fault(format!("{key} is missing, expected {expected}")));
            return None;
        }
        let value = self.value(key)?;
        let Some(items) = value.get_ref().as_array() else {
            self.faults.push(self.file.fault_at(value.span().start, format!("{key} must be {expected}")));
            return None;
        };
        let mut found = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_table() {
                Some(table) => {
                    let mut fields = Fields::new(self.file, item.span(), table, self.faults);
                    let entry = read(&mut fields);
                    fields.refuse_unknown();
                    found.push((item.span(), entry));
                }
                None => {
                    let message = format!("{key} must be {expected}");
                    self.faults.push(self.file.fault_at(item.span().start, message));
                }
            }
        }
        Some(found)
    }

    fn refuse_unknown(&mut self) {
        for key in self.table.keys().filter(|key| !self.known.contains(&key.get_ref().as_ref())) {
            let message = format!("unknown key \"{}\", expected one of: {}", key.get_ref(), self.known.join(", "));
            self.faults.push(self.file.fault_at(key.span().start, message));
        }
    }
}

//! A year's days from the files that people have, and back.
//!
//! Cast: [`read`] turns bytes in a [`CalendarFormat`] into an [`ImportedYear`], or into every [`FileFault`] at once, each
//! with its line; the checks of [`CalendarYearDraft::faults`] are among them. [`read_toml`] is the one reader of the
//! project's own format, for imports and for the files under `config/calendar` alike; [`write_toml`] writes that format,
//! so that an exported year can be put there.
//!
//! Guarantees: an imported year is checked; reading what was written gives the same year; a file's order of days
//! doesn't matter; no bytes make a reader panic or work longer than their length warrants.

mod day_name;
mod fault;
mod from_csv;
mod from_icalendar;
mod from_toml;
mod icalendar_event;
mod icalendar_lines;
mod text;
mod to_toml;
mod toml_fields;

use std::collections::BTreeMap;

use crate::domain::calendar::faults::CalendarFault;
use crate::domain::calendar::working_days::{CalendarDay, CalendarYear, CalendarYearDraft, Notice};

pub use crate::formats::calendar::fault::FileFault;
pub use crate::formats::calendar::from_toml::{TomlYear, read_toml};
pub use crate::formats::calendar::to_toml::write_toml;

/// A format that a year can be imported from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarFormat {
    /// The project's own, as under `config/calendar`.
    Toml,
    /// A table with the columns date, kind, name and, where needed, name_en; UTF-8 or GB18030 (RFC 4180).
    Csv,
    /// A calendar of events (RFC 5545), as calendar programs exchange and subscribe to them.
    ICalendar,
}

impl CalendarFormat {
    /// Every code, for messages.
    pub const CODES: &'static [&'static str] = &["toml", "csv", "ics"];

    /// The format with this code, which is also the ending of its files.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "toml" => Some(Self::Toml),
            "csv" => Some(Self::Csv),
            "ics" => Some(Self::ICalendar),
            _ => None,
        }
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Toml => "toml",
            Self::Csv => "csv",
            Self::ICalendar => "ics",
        }
    }

    /// Its media type, without parameters.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Toml => "application/toml",
            Self::Csv => "text/csv",
            Self::ICalendar => "text/calendar",
        }
    }
}

/// A year read from a file, checked, and what of the file it doesn't hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedYear {
    /// The year that was asked for.
    pub year: CalendarYear,
    /// What was left out, to be told to whoever imports.
    pub ignored: Ignored,
}

/// What an iCalendar file holds beside the days of the year that was asked for. Empty for the other formats.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ignored {
    /// Days of other years, and how many of each.
    pub other_years: BTreeMap<i32, usize>,
    /// Lines of events that were cancelled (`STATUS:CANCELLED`).
    pub cancelled: Vec<usize>,
    /// Lines of observances without days off, in a file that marks days off with `X-APPLE-SPECIAL-DAY`.
    pub observances: Vec<usize>,
}

/// Reads one year from a file's bytes. `notices` say what orders it; those that a TOML file names itself come first.
///
/// # Errors
/// Everything wrong with the file, in the order of its lines; faults without a line, such as a missing notice, first.
pub fn read(
    format: CalendarFormat,
    year: i32,
    bytes: &[u8],
    notices: Vec<Notice>,
) -> Result<ImportedYear, Vec<FileFault>> {
    match format {
        CalendarFormat::Toml => from_toml::import(year, bytes, notices),
        CalendarFormat::Csv => from_csv::import(year, bytes, notices),
        CalendarFormat::ICalendar => from_icalendar::import(year, bytes, notices),
    }
}

/// Days found in a file, with the line of each.
#[derive(Default)]
struct FoundDays {
    days: Vec<CalendarDay>,
    lines: Vec<usize>,
}

impl FoundDays {
    fn push(&mut self, line: usize, day: CalendarDay) {
        self.lines.push(line);
        self.days.push(day);
    }

    /// The checked year, or the reader's faults and those of the days together.
    fn into_year(
        self,
        year: i32,
        notices: Vec<Notice>,
        mut faults: Vec<FileFault>,
    ) -> Result<CalendarYear, Vec<FileFault>> {
        if self.days.is_empty() && faults.is_empty() {
            faults.push(FileFault::of_file(
                "no_days",
                format!("文件中没有{year}年的日期"),
                format!("the file has no days of {year}"),
            ));
        }
        let draft = CalendarYearDraft { year, notices, days: self.days };
        faults.extend(draft.faults().iter().map(|fault| {
            let line = day_of(fault).and_then(|day| self.lines.get(day)).copied();
            let found = fault.in_request();
            FileFault { line, code: found.code, words: found.words }
        }));
        checked(draft, faults)
    }
}

/// The year if nothing is wrong with it; else the faults in order.
fn checked(draft: CalendarYearDraft, mut faults: Vec<FileFault>) -> Result<CalendarYear, Vec<FileFault>> {
    if faults.is_empty() {
        // The draft's faults are among `faults`, so this succeeds.
        return CalendarYear::try_from(draft).map_err(|found| {
            let fault = |fault: &CalendarFault| {
                let found = fault.in_request();
                FileFault { line: None, code: found.code, words: found.words }
            };
            found.0.iter().map(fault).collect()
        });
    }
    faults.sort();
    Err(faults)
}

/// The day that a fault is about, as its position in the draft.
fn day_of(fault: &CalendarFault) -> Option<usize> {
    match fault {
        CalendarFault::OutsideYear { day, .. }
        | CalendarFault::MakeUpOnWeekday { day, .. }
        | CalendarFault::NoName { day, .. }
        | CalendarFault::NamedTwice { day, .. } => Some(*day),
        CalendarFault::YearOutOfRange { .. }
        | CalendarFault::NoNotice
        | CalendarFault::NoSource { .. }
        | CalendarFault::BadAddress { .. } => None,
    }
}

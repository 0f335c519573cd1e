//! A year's days from the files that people have, and back.
//!
//! Cast: [`read`] turns bytes in a [`CalendarFormat`] into an [`ImportedYear`], or into every [`FileFault`] at once, each
//! with its line; the checks of [`CalendarYearDraft::faults`](crate::domain::calendar::working_days::CalendarYearDraft::faults) are among them. [`read_toml`] is the one reader of the
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
mod icalendar_summary;
mod imported_year;
mod text;
mod to_toml;
mod toml_fields;

use crate::domain::calendar::working_days::Notice;

pub use crate::formats::calendar::fault::FileFault;
pub use crate::formats::calendar::from_toml::{TomlYear, read_toml};
pub use crate::formats::calendar::imported_year::{Ignored, ImportedYear};
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

/// The largest file that is read, in bytes: calendar programs write files with many years in them, long descriptions and all.
pub const MOST_BYTES: usize = 1024 * 1024;

/// The text of a file, to be looked at and sent once more, however it was written.
///
/// # Errors
/// It is no text: with the line where that shows.
pub fn text(bytes: &[u8]) -> Result<String, FileFault> {
    text::spreadsheet(bytes).map(|text| text.into_owned())
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

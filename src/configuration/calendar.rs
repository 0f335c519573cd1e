//! Reads `config/calendar/<year>.toml` into the domain's [`Calendar`].
//!
//! The format and its reader are [`crate::formats::calendar`]'s, so that what can be imported can also stand here. All
//! faults of all files come back at once, each with file and line.

use crate::configuration::{ConfigFault, ConfigFile, ConfigFiles};
use crate::domain::calendar::faults::CalendarFault;
use crate::domain::calendar::working_days::{Calendar, CalendarYear};
use crate::formats::calendar::read_toml;

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
    let fault = |line, message| ConfigFault { file: file.name.clone(), line, message };
    // Without a readable year the file's name tells which one the days must belong to.
    let read = read_toml(&file.text, year_in_name(file), Vec::new());
    // A file replaces the built-in one of the same name, so the name must say which year it is.
    let misnamed = read.named.map(|(line, year)| (line, year, format!("calendar/{year}.toml")));
    let misnamed = misnamed
        .filter(|(_, _, expected)| file.name != *expected)
        .map(|(line, year, expected)| fault(Some(line), format!("the file of {year} must be named {expected}")));
    match (read.year, misnamed) {
        (Ok(year), None) => {
            let missing = year.missing_kinds();
            if read.allow_incomplete || missing.is_empty() {
                return Ok(year);
            }
            let message =
                |missing: &CalendarFault| format!("{missing}; in a file that is the line `allow_incomplete = true`");
            Err(missing.iter().map(|missing| fault(None, message(missing))).collect())
        }
        (found, misnamed) => {
            let found = found.err().unwrap_or_default();
            let mut faults: Vec<_> = found.into_iter().map(|found| fault(found.line, found.words.en)).collect();
            faults.extend(misnamed);
            faults.sort();
            Err(faults)
        }
    }
}

fn year_in_name(file: &ConfigFile) -> Option<i32> {
    file.name.strip_prefix("calendar/")?.strip_suffix(".toml")?.parse().ok()
}

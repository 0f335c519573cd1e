//! A year read from a file, and the checks common to all formats.

use std::collections::BTreeMap;

use super::fault::FileFault;
use crate::domain::calendar::faults::CalendarFault;
use crate::domain::calendar::working_days::{CalendarDay, CalendarYear, CalendarYearDraft, Notice};

/// A year read from a file, checked, and what of the file it doesn't hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedYear {
    /// The year that was asked for.
    pub year: CalendarYear,
    /// What was left out, to be told to whoever imports.
    pub ignored: Ignored,
    /// The file says that the year is whole although it lacks what every year has.
    pub allow_incomplete: bool,
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

/// Days found in a file, with the line of each.
#[derive(Default)]
pub(super) struct FoundDays {
    pub(super) days: Vec<CalendarDay>,
    pub(super) lines: Vec<usize>,
}

impl FoundDays {
    pub(super) fn push(&mut self, line: usize, day: CalendarDay) {
        self.lines.push(line);
        self.days.push(day);
    }

    /// The checked year, or the reader's faults and those of the days together.
    pub(super) fn into_year(
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
            in_file(line, fault)
        }));
        checked(draft, faults)
    }
}

/// The year if nothing is wrong with it; else the faults in order.
pub(super) fn checked(draft: CalendarYearDraft, mut faults: Vec<FileFault>) -> Result<CalendarYear, Vec<FileFault>> {
    if faults.is_empty() {
        // The draft's faults are among `faults`, so this succeeds.
        return CalendarYear::try_from(draft)
            .map_err(|found| found.0.iter().map(|fault| in_file(None, fault)).collect());
    }
    faults.sort();
    Err(faults)
}

/// The line from which on a file has more days than a year; what follows isn't read.
pub(super) fn too_many_days(line: usize) -> FileFault {
    in_file(Some(line), &CalendarFault::TooManyDays)
}

fn in_file(line: Option<usize>, fault: &CalendarFault) -> FileFault {
    let found = fault.in_request();
    FileFault { line, code: found.code, words: found.words }
}

/// The day that a fault is about, as its position in the draft.
pub(super) fn day_of(fault: &CalendarFault) -> Option<usize> {
    match fault {
        CalendarFault::OutsideYear { day, .. }
        | CalendarFault::MakeUpOnWeekday { day, .. }
        | CalendarFault::NoName { day, .. }
        | CalendarFault::NamedTwice { day, .. } => Some(*day),
        CalendarFault::YearOutOfRange { .. }
        | CalendarFault::TooManyDays
        | CalendarFault::NoHolidays { .. }
        | CalendarFault::FixedHolidayMissing { .. }
        | CalendarFault::NoMakeUpWorkdays { .. }
        | CalendarFault::NoNotice
        | CalendarFault::NoSource { .. }
        | CalendarFault::BadAddress { .. } => None,
    }
}

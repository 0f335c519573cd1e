//! Reads a year from an iCalendar file (RFC 5545), such as the public feeds of China's days off.
//!
//! Only what events say is taken (see [`super::icalendar_event`]). Days of other years are left out and counted.
//! Recurring events are refused: days off are ordered year by year, none recurs. In a file that marks its days off with
//! `X-APPLE-SPECIAL-DAY`, as Apple's calendar does, events without any mark are observances and left out; in others
//! they are faults, because then nothing says that they aren't meant.

use chrono::{Datelike, NaiveDate};

use super::fault::FileFault;
use super::icalendar_event::{Meaning, meaning, span, special_day};
use super::icalendar_lines::{Event, events};
use super::imported_year::{FoundDays, Ignored, ImportedYear, too_many_days};
use super::text::shortened;
use crate::domain::calendar::working_days::{CalendarDay, MOST_DAYS, Notice};

pub(super) fn import(year: i32, bytes: &[u8], notices: Vec<Notice>) -> Result<ImportedYear, Vec<FileFault>> {
    let (events, mut faults) = events(bytes);
    let marks_days_off = events.iter().any(|event| special_day(event).is_some());
    let mut ignored = Ignored::default();
    let mut found = FoundDays::default();
    for event in &events {
        if event.property("STATUS").is_some_and(|status| status.value.trim().eq_ignore_ascii_case("CANCELLED")) {
            ignored.cancelled.push(event.line);
            continue;
        }
        let meaning = meaning(event);
        if marks_days_off && matches!(meaning, Ok(Meaning::Unmarked)) {
            ignored.observances.push(event.line);
            continue;
        }
        if let Some(recurs) = recurrence(event) {
            faults.push(recurs);
            continue;
        }
        let (first, last) = match span(event) {
            Ok(days) => days,
            Err(fault) => {
                faults.push(fault);
                faults.extend(meaning.err());
                continue;
            }
        };
        let mut days = Vec::new();
        for date in first.iter_days().take_while(|date| *date <= last) {
            if date.year() == year {
                days.push(date);
            } else {
                *ignored.other_years.entry(date.year()).or_default() += 1;
            }
        }
        if found.days.len() + days.len() > MOST_DAYS {
            faults.push(too_many_days(event.line));
            break;
        }
        if !days.is_empty() {
            take(event, &days, meaning, &mut found, &mut faults);
        }
    }
    let year = found.into_year(year, notices, faults)?;
    Ok(ImportedYear { year, ignored, allow_incomplete: false })
}

/// The days of an event that lie in the year.
fn take(
    event: &Event,
    days: &[NaiveDate],
    meaning: Result<Meaning, FileFault>,
    found: &mut FoundDays,
    faults: &mut Vec<FileFault>,
) {
    let line = event.property("DTSTART").map_or(event.line, |start| start.line);
    match meaning {
        Ok(Meaning::Day(kind, name)) => {
            for date in days {
                found.push(line, CalendarDay { date: *date, kind, name: name.clone() });
            }
        }
        Ok(Meaning::Unmarked) => {
            let summary = event.property("SUMMARY");
            let shown = shortened(summary.map_or("", |summary| summary.value.as_str()));
            faults.push(FileFault::at(
                summary.map_or(event.line, |summary| summary.line),
                "kind_unknown",
                format!("无法判断“{shown}”是休还是班，应为“春节（休）”或“春节（班）”这样的形式"),
                format!("\"{shown}\" doesn't say whether its days are free or worked, expected such as 春节（休） or 春节（班）"),
            ));
        }
        Err(fault) => faults.push(fault),
    }
}

fn recurrence(event: &Event) -> Option<FileFault> {
    let rules = ["RRULE", "RDATE", "EXRULE", "EXDATE", "RECURRENCE-ID"];
    let property = rules.iter().find_map(|name| event.property(name))?;
    let name = &property.name;
    Some(FileFault::at(
        property.line,
        "event_recurs",
        format!("不接受重复事件（{name}）：放假安排应逐年逐日列出"),
        format!("recurring events ({name}) are refused: days off are ordered year by year"),
    ))
}

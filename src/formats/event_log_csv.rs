//! The event log as CSV, a part at a time: one row an event, under the same names as in [XES](crate::formats::xes).
//!
//! Cast: [`header`], then [`rows`] for every part. What is of the case has `case:` before its name, as process mining
//! tools expect. RFC 4180, with a byte order mark for spreadsheet programs.
//!
//! Guarantee: no field becomes a formula in anybody's spreadsheet program.

use std::io;

use chrono::SecondsFormat;
use chrono_tz::Tz;
use csv::{Terminator, Writer, WriterBuilder};

use crate::domain::reports::event_log::{LoggedAction, LoggedCase};
use crate::formats::table::guarded;

const COLUMNS: [&str; 13] = [
    "case:concept:name",
    "case:case_type",
    "case:case_type_edition",
    "case:workflow",
    "case:workflow_edition",
    "case:outlet",
    "concept:name",
    "lifecycle:transition",
    "time:timestamp",
    "org:resource",
    "moves",
    "from_state",
    "to_state",
];

/// The byte order mark and the names of the columns.
///
/// # Errors
/// None that is known: what writes into memory doesn't fail.
pub fn header() -> io::Result<Vec<u8>> {
    let mut rows = writer("\u{feff}".as_bytes().to_vec());
    rows.write_record(COLUMNS)?;
    bytes(rows)
}

/// The events of cases, with instants in the hall's zone.
///
/// # Errors
/// As [`header`].
pub fn rows(cases: &[LoggedCase], zone: Tz) -> io::Result<Vec<u8>> {
    let mut rows = writer(Vec::new());
    for case in cases {
        for action in &case.actions {
            rows.write_record(row(case, action, zone))?;
        }
    }
    bytes(rows)
}

fn row(case: &LoggedCase, action: &LoggedAction, zone: Tz) -> [String; COLUMNS.len()] {
    let (from, to) = match &action.movement {
        Some(movement) => (movement.from.as_deref().unwrap_or_default(), movement.to.as_str()),
        None => ("", ""),
    };
    let at = action.at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Millis, false);
    let text = |text: &str| guarded(text.to_owned());
    [
        text(&case.acceptance_number),
        text(&case.case_type.code),
        case.case_type.edition.to_string(),
        text(&case.workflow.code),
        case.workflow.edition.to_string(),
        text(&case.outlet),
        text(&action.action),
        "complete".to_owned(),
        at,
        text(&action.actor_id),
        action.movement.is_some().to_string(),
        text(from),
        text(to),
    ]
}

fn writer(start: Vec<u8>) -> Writer<Vec<u8>> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(start)
}

fn bytes(rows: Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    rows.into_inner().map_err(|error| error.into_error())
}

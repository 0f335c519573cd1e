//! The audit trail as CSV and as JSON Lines, a part at a time.
//!
//! Cast: [`csv_header`], then [`csv_rows`] for every part; or [`json_lines`] for every part. CSV by RFC 4180, with a byte order
//! mark for spreadsheet programs; JSON Lines as jsonlines.org has it, one object an entry.
//!
//! Guarantee: no field becomes a formula in anybody's spreadsheet program.

use std::io;

use chrono::SecondsFormat;
use chrono_tz::Tz;
use csv::{Terminator, Writer, WriterBuilder};
use serde_json::json;

use crate::domain::accounts::audit::RecordedEntry;
use crate::formats::table::guarded;

const COLUMNS: [&str; 10] = [
    "number",
    "at",
    "kind",
    "actor_id",
    "actor_name",
    "address",
    "system_user",
    "subject_kind",
    "subject_id",
    "details",
];

/// The byte order mark and the names of the columns.
///
/// # Errors
/// None that is known: what writes into memory doesn't fail.
pub fn csv_header() -> io::Result<Vec<u8>> {
    let mut rows = writer("\u{feff}".as_bytes().to_vec());
    rows.write_record(COLUMNS)?;
    bytes(rows)
}

/// Entries as rows, with instants in the hall's zone.
///
/// # Errors
/// As [`csv_header`].
pub fn csv_rows(entries: &[RecordedEntry], zone: Tz) -> io::Result<Vec<u8>> {
    let mut rows = writer(Vec::new());
    for entry in entries {
        let text = |text: &str| guarded(text.to_owned());
        let optional = |text: &Option<String>| guarded(text.clone().unwrap_or_default());
        let (subject_kind, subject_id) = entry.about.clone().unwrap_or_default();
        rows.write_record([
            entry.number.to_string(),
            entry.at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Millis, false),
            text(&entry.kind),
            text(&entry.by.id),
            text(&entry.by.name),
            optional(&entry.by.address),
            optional(&entry.by.system_user),
            text(&subject_kind),
            text(&subject_id),
            json!(entry.details).to_string(),
        ])?;
    }
    bytes(rows)
}

/// Entries as lines, with instants in UTC.
pub fn json_lines(entries: &[RecordedEntry]) -> Vec<u8> {
    let line = |entry: &RecordedEntry| {
        let object = json!({
            "number": entry.number,
            "at": entry.at.to_rfc3339_opts(SecondsFormat::Micros, true),
            "kind": entry.kind,
            "actor_id": entry.by.id,
            "actor_name": entry.by.name,
            "address": entry.by.address,
            "system_user": entry.by.system_user,
            "subject_kind": entry.about.as_ref().map(|about| &about.0),
            "subject_id": entry.about.as_ref().map(|about| &about.1),
            "details": entry.details,
        });
        format!("{object}\n")
    };
    entries.iter().map(line).collect::<String>().into_bytes()
}

fn writer(start: Vec<u8>) -> Writer<Vec<u8>> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(start)
}

fn bytes(rows: Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    rows.into_inner().map_err(|error| error.into_error())
}

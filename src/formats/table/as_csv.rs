//! Tables as CSV that spreadsheet programs open correctly.
//!
//! RFC 4180: CRLF, quotes where needed; with a byte order mark, without which Excel takes UTF-8 for the system's encoding and
//! shows Chinese as nonsense.
//!
//! **Formula injection.** A text that begins with `=`, `+`, `-` or `@`, also in full width or small, or behind what isn't
//! seen, or with a tab or line end, would be computed by a spreadsheet program, and an applicant writes many of these texts. Such a text gets an
//! apostrophe before it; negative numbers stay as they are.
//!
//! CSV says nothing of types: a spreadsheet program that opens it takes a long row of digits for a number and rounds it beyond
//! 15 digits. Who needs such texts in a spreadsheet program takes XLSX.

use chrono_tz::Tz;

use super::shown::{heading, shown};
use crate::domain::base::table::{Cell, Table};
use crate::domain::base::text::first_seen;
use crate::domain::base::words::Language;

/// The table with its header, as bytes.
pub fn to_csv(table: &Table, language: Language, zone: Tz) -> Vec<u8> {
    let mut text = String::from('\u{feff}');
    let headings: Vec<String> = table.columns.iter().map(|column| guarded(heading(column, language))).collect();
    push_record(&mut text, &headings);
    for row in &table.rows {
        let fields: Vec<String> = (0..table.columns.len())
            .map(|at| match row.get(at) {
                Some(cell) if is_number(cell) => shown(cell, language, zone),
                Some(cell) => guarded(shown(cell, language, zone)),
                None => String::new(),
            })
            .collect();
        push_record(&mut text, &fields);
    }
    text.into_bytes()
}

/// Whether a minus sign before it is its own.
fn is_number(cell: &Cell) -> bool {
    matches!(cell, Cell::Integer(_) | Cell::Decimal { .. } | Cell::Percent(_) | Cell::Fen(_) | Cell::Duration(_))
}

/// The text, made harmless if a spreadsheet program would compute it.
pub(in crate::formats) fn guarded(text: String) -> String {
    let computes = first_seen(&text).is_some_and(|first| matches!(first, '=' | '+' | '-' | '@' | '\u{2212}'));
    if computes || text.starts_with(['\t', '\r', '\n']) { format!("'{text}") } else { text }
}

fn push_record(text: &mut String, fields: &[String]) {
    // An only field that is empty would make an empty line, which readers skip.
    let alone = fields.len() == 1;
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        if field.contains(['"', ',', '\r', '\n']) || (alone && field.is_empty()) {
            text.push('"');
            text.push_str(&field.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(field);
        }
    }
    text.push_str("\r\n");
}

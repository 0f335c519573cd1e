//! Cells as text for people.

use chrono::{DateTime, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use crate::domain::base::table::{Cell, Column};
use crate::domain::base::words::Language;

/// A cell as text: dates as in ISO 8601, instants in the zone to the second, money in yuan, durations in hours.
pub fn shown(cell: &Cell, language: Language, zone: Tz) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Words(words) => words.text(language).to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Decimal { units, digits } => decimal(*units, usize::from(*digits)),
        Cell::Percent(hundredths) => format!("{}%", decimal(*hundredths, 2)),
        Cell::Fen(fen) => decimal(*fen, 2),
        Cell::Date(date) => date.to_string(),
        Cell::Instant(instant) => local(*instant, zone)
            .map_or_else(|| instant.to_rfc3339(), |local| local.format("%Y-%m-%d %H:%M:%S").to_string()),
        Cell::Duration(seconds) => decimal(tenths_of_hours(*seconds), 1),
        Cell::Empty => String::new(),
    }
}

/// An instant's date and time in a zone; none at the ends of what can be represented, where the zone leads beyond.
pub(super) fn local(instant: DateTime<Utc>, zone: Tz) -> Option<NaiveDateTime> {
    let instant = instant.naive_utc();
    instant.checked_add_offset(zone.offset_from_utc_datetime(&instant).fix())
}

/// A column's name, with its unit.
pub fn heading(column: &Column, language: Language) -> String {
    let name = column.words.text(language);
    match (column.kind.unit(), language) {
        (None, _) => name.to_owned(),
        (Some(unit), Language::Chinese) => format!("{name}（{}）", unit.zh),
        (Some(unit), Language::English) => format!("{name} ({})", unit.en),
    }
}

/// Units of the last digit as a number with a point.
pub(super) fn decimal(units: i64, digits: usize) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let all = format!("{:0>width$}", units.unsigned_abs(), width = digits + 1);
    match all.split_at_checked(all.len() - digits) {
        Some((whole, fraction)) if digits > 0 => format!("{sign}{whole}.{fraction}"),
        _ => format!("{sign}{all}"),
    }
}

/// Rounded to the nearest, halves away from 0.
fn tenths_of_hours(seconds: i64) -> i64 {
    let rounded = (seconds.unsigned_abs() / 360).saturating_add(u64::from(seconds.unsigned_abs() % 360 >= 180));
    let rounded = i64::try_from(rounded).unwrap_or(i64::MAX);
    if seconds < 0 { -rounded } else { rounded }
}

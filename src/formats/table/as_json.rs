//! Tables for programs.

use chrono::SecondsFormat;
use serde_json::{Map, Value};

use super::shown::decimal;
use crate::domain::base::table::{Cell, Column, Table};
use crate::domain::base::words::Language;

/// The rows as objects whose members are named by the columns' codes; every row has every column.
///
/// Counts, fen and seconds are integers; a share is a fraction (0.1234 for 12.34 %); dates are `2026-01-01`, instants RFC 3339 in
/// UTC to the microsecond at most; texts in two languages are in the one asked for; what is empty is `null`.
pub fn to_json(table: &Table, language: Language) -> Vec<Value> {
    let row = |row: &Vec<Cell>| {
        let member = |(at, column): (usize, &Column)| {
            (column.code.clone(), row.get(at).map_or(Value::Null, |cell| value(cell, language)))
        };
        Value::Object(table.columns.iter().enumerate().map(member).collect::<Map<_, _>>())
    };
    table.rows.iter().map(row).collect()
}

fn value(cell: &Cell, language: Language) -> Value {
    match cell {
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Words(words) => Value::from(words.text(language)),
        Cell::Integer(number) | Cell::Fen(number) | Cell::Duration(number) => Value::from(*number),
        Cell::Decimal { units, digits } => fraction(*units, usize::from(*digits)),
        Cell::Percent(hundredths) => fraction(*hundredths, 4),
        Cell::Date(date) => Value::from(date.to_string()),
        Cell::Instant(instant) => Value::from(instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        Cell::Empty => Value::Null,
    }
}

/// The number nearest to what is meant: read from its digits, not divided.
fn fraction(units: i64, digits: usize) -> Value {
    decimal(units, digits).parse::<f64>().map_or(Value::Null, Value::from)
}

//! A report's table: columns with a meaning, rows of typed cells. How it is shown is for [`crate::formats::table`].
//!
//! Nothing in a cell is a floating-point number: what is counted is an integer, and fractions are kept as whole units of
//! their last digit, so that the same report is the same to the last byte.

use chrono::{DateTime, NaiveDate, Utc};

use super::words::Words;

/// A table with a title. The row at a position has a cell for each column; cells that it lacks are empty, and cells
/// beyond the last column aren't shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What the table is about.
    pub title: Words,
    /// What its columns mean, from the left.
    pub columns: Vec<Column>,
    /// Its rows, from the top.
    pub rows: Vec<Vec<Cell>>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name of its values for programs, in snake_case, once in a table.
    pub code: String,
    /// The name for people, without a unit: [`ColumnKind::unit`] is added to it where values are shown in one.
    pub words: Words,
    /// What its cells hold.
    pub kind: ColumnKind,
    /// Whether they are codes of what the column behind it names: for programs, as people read the name.
    pub is_code: bool,
}

impl Column {
    /// A column.
    pub fn new(code: impl Into<String>, words: Words, kind: ColumnKind) -> Self {
        Self { code: code.into(), words, kind, is_code: false }
    }

    /// The same of codes, which the column behind it names.
    #[must_use]
    pub fn of_codes(self) -> Self {
        Self { is_code: true, ..self }
    }
}

/// What a column's cells hold, besides [`Cell::Empty`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// [`Cell::Text`] or [`Cell::Words`].
    Text,
    /// [`Cell::Integer`].
    Integer,
    /// [`Cell::Decimal`].
    Decimal,
    /// [`Cell::Percent`].
    Percent,
    /// [`Cell::Fen`].
    Money,
    /// [`Cell::Date`].
    Date,
    /// [`Cell::Instant`].
    Instant,
    /// [`Cell::Duration`].
    Duration,
}

impl ColumnKind {
    /// The unit that people see values in, where a bare number would leave it open.
    pub fn unit(self) -> Option<Words> {
        match self {
            Self::Money => Some(Words::new("元", "yuan")),
            Self::Duration => Some(Words::new("小时", "hours")),
            _ => None,
        }
    }
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A text that is the same in every language, such as a person's name or an acceptance number.
    Text(String),
    /// A text in both languages.
    Words(Words),
    /// A count.
    Integer(i64),
    /// A number with fixed digits after the point: `units` of its last digit, so that 12.50 is 1250 with 2 digits.
    Decimal {
        /// Units of the last digit.
        units: i64,
        /// Digits after the point.
        digits: u8,
    },
    /// A share in hundredths of a percent: 1234 is 12.34 %.
    Percent(i64),
    /// Money in fen; shown in yuan (1 yuan = 100 fen).
    Fen(i64),
    /// A date in the hall's zone.
    Date(NaiveDate),
    /// An instant; shown in the hall's zone, to the second.
    Instant(DateTime<Utc>),
    /// A time that something took, in seconds; shown in hours with one digit.
    Duration(i64),
    /// Nothing: what doesn't apply or isn't known. Not the same as 0.
    Empty,
}

impl Cell {
    /// The share that a part is of a whole, rounded to hundredths of a percent, halves up; empty of a whole of 0.
    pub fn share(part: u64, whole: u64) -> Self {
        if whole == 0 {
            return Self::Empty;
        }
        let (part, whole) = (u128::from(part), u128::from(whole));
        let hundredths = (part * 20_000 + whole) / (2 * whole);
        i64::try_from(hundredths).map_or(Self::Empty, Self::Percent)
    }

    /// A text, or nothing.
    pub fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }
}

//! Reading a report's table by the codes of its columns.

use chrono::NaiveDate;

use crate::domain::base::table::{Cell, Table};
use crate::domain::base::words::Words;

/// A row of a report.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table,
    cells: &'a [Cell],
}

/// The rows of a report, from the top.
pub fn rows(table: &Table) -> impl Iterator<Item = Row<'_>> {
    table.rows.iter().map(move |cells| Row { table, cells })
}

impl<'a> Row<'a> {
    fn cell(&self, code: &str) -> Option<&'a Cell> {
        let at = self.table.columns.iter().position(|column| column.code == code)?;
        self.cells.get(at)
    }

    /// A count or a number of days; 0 where there is none.
    pub fn integer(&self, code: &str) -> i64 {
        if let Some(Cell::Integer(number)) = self.cell(code) { *number } else { 0 }
    }

    /// A share in whole percent; none of nothing.
    pub fn percent(&self, code: &str) -> Option<i64> {
        if let Some(Cell::Percent(hundredths)) = self.cell(code) { Some((hundredths + 50) / 100) } else { None }
    }

    /// A day.
    pub fn date(&self, code: &str) -> Option<NaiveDate> {
        if let Some(Cell::Date(date)) = self.cell(code) { Some(*date) } else { None }
    }

    /// A text in both languages; empty where there is none.
    pub fn words(&self, code: &str) -> Words {
        match self.cell(code) {
            Some(Cell::Words(words)) => words.clone(),
            Some(Cell::Text(text)) => Words::new(text.clone(), text.clone()),
            _ => Words::new("", ""),
        }
    }
}

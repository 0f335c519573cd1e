//! A report's table as a page shows it.

use chrono::NaiveDate;

use crate::console::page::visitor::Visitor;
use crate::domain::base::table::{self, ColumnKind};
use crate::domain::reports::report::Noted;
use crate::formats::table::{heading, shown};

/// A table on a page.
#[derive(Debug, Default)]
pub struct Table {
    /// What it is about.
    pub caption: String,
    /// The names of its columns.
    pub heads: Vec<Head>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

/// The head of a column.
#[derive(Debug)]
pub struct Head {
    /// Its name.
    pub name: String,
    /// It holds numbers.
    pub is_number: bool,
}

/// A cell.
#[derive(Debug)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// It is a number.
    pub is_number: bool,
    /// It is a day or a moment.
    pub is_date: bool,
    /// Where it leads; empty: nowhere.
    pub address: String,
}

impl Cell {
    /// Whether it stays on one line: a date, or the number of a receipt, a case or a certificate.
    pub fn is_whole(&self) -> bool {
        self.is_date || self.is_code()
    }

    fn is_code(&self) -> bool {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        self.text.contains(|letter: char| letter.is_ascii_digit()) && self.text.chars().all(is_part)
    }
}

impl Table {
    /// A table of texts and numbers; the first column isn't a number.
    pub fn of_numbers(caption: String, heads: &[&str], rows: impl Iterator<Item = (String, Vec<String>)>) -> Self {
        let cell = |text: String, is_number| Cell { text, is_number, is_date: false, address: String::new() };
        let row = |(name, values): (String, Vec<String>)| {
            let values = values.into_iter().map(|value| cell(value, true));
            std::iter::once(cell(name, false)).chain(values).collect()
        };
        let heads = heads.iter().enumerate();
        Self {
            caption,
            heads: heads.map(|(at, name)| Head { name: (*name).to_owned(), is_number: at > 0 }).collect(),
            rows: rows.map(row).collect(),
        }
    }

    /// The table of a report, with dates as people read them, each day once: a case's number leads to the case, and what has a name is called by it. Its files have the codes, too,
    /// which are for machines.
    pub fn of(visitor: &Visitor, noted: &Noted) -> Self {
        let (language, zone, table) = (visitor.messages.0, visitor.service.hall().hours.zone, &noted.table);
        let is_a_day = |cells: &Vec<table::Cell>| matches!(&cells[..], [from, to, ..] if from == to);
        let of_days = table.columns.get(1).is_some_and(|column| column.code == "to") && table.rows.iter().all(is_a_day);
        let head = |column: &table::Column| {
            let name = if of_days && column.code == "from" {
                visitor.messages.t("board.day").to_owned()
            } else {
                heading(column, language)
            };
            Head { name, is_number: is_number(column.kind) }
        };
        let dates = visitor.dates();
        let cell = |days: &[NaiveDate], column: &table::Column, cell: &table::Cell| {
            let text = match cell {
                table::Cell::Date(date) => dates.day(*date),
                // Where a row says the day already, its time is enough.
                table::Cell::Instant(at) if days.contains(&dates.date(*at)) => dates.time(*at),
                table::Cell::Instant(at) => dates.cell(*at),
                table::Cell::Words(words) => visitor.messages.line(words),
                _ => shown(cell, language, zone),
            };
            let is_case = column.code == "acceptance_number" && !text.is_empty();
            let address = if is_case { format!("/console/cases/{text}") } else { String::new() };
            let is_date = matches!(cell, table::Cell::Date(_) | table::Cell::Instant(_));
            Cell { text, is_number: is_number(column.kind), is_date, address }
        };
        let is_left_out = |column: &table::Column| column.is_code || of_days && column.code == "to";
        let is_read = |column: &&table::Column| !is_left_out(column);
        let read = |cells: &Vec<table::Cell>| {
            let both = || table.columns.iter().zip(cells).filter(|(column, _)| is_read(column));
            let day = |cell: &table::Cell| if let table::Cell::Date(date) = cell { Some(*date) } else { None };
            let days: Vec<NaiveDate> = both().filter_map(|(_, cell)| day(cell)).collect();
            both().map(|(column, found)| cell(&days, column, found)).collect()
        };
        Self {
            caption: visitor.messages.of(&table.title).to_owned(),
            heads: table.columns.iter().filter(is_read).map(head).collect(),
            rows: table.rows.iter().map(read).collect(),
        }
    }
}

fn is_number(kind: ColumnKind) -> bool {
    use ColumnKind::{Decimal, Duration, Integer, Money, Percent};
    matches!(kind, Integer | Decimal | Percent | Money | Duration)
}

//! Reports of a period and of open cases. docs/reports.md defines each number.
//!
//! Cast: a [`Query`](super::query::Query) says what is asked, checked all at once; the store reads counts for it; a module for each report
//! makes a [`Noted`] table of them, with the [`Names`] that people know things by.
//!
//! Guarantees: pure; what counts [report facts](super::facts) never changes for past days.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::query::Dimension;
use crate::domain::base::table::{Cell, Column, ColumnKind, Table};
use crate::domain::base::words::Words;
use crate::domain::case_types::catalog::Catalog;
use crate::domain::case_types::codes::Queue;
use crate::domain::case_types::workflow::state_words;
use crate::domain::hall::Hall;

/// A report's table, with notes for the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// The table.
    pub table: Table,
    /// What must be known, such as that dates are provisional.
    pub notes: Vec<Words>,
}

impl Noted {
    pub(in crate::domain::reports) fn new(
        zh: &str,
        en: &str,
        columns: Vec<Column>,
        rows: Vec<Vec<Cell>>,
        notes: Vec<Words>,
    ) -> Self {
        Self { table: Table { title: Words::new(zh, en), columns, rows }, notes }
    }
}

/// What people call outlets, case types, states and one another.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Knows the outlets.
    pub hall: &'a Hall,
    /// Knows case types and workflows.
    pub catalog: &'a Catalog,
    /// Names of people and systems by their id.
    pub people: &'a BTreeMap<String, String>,
}

impl Names<'_> {
    /// An outlet; its code where the hall has closed it.
    pub fn outlet(&self, code: &str) -> Cell {
        self.hall.outlet(code).map_or_else(|| text(code), |outlet| Cell::Words(outlet.words.clone()))
    }

    /// A case type.
    pub fn case_type(&self, code: &str) -> Cell {
        let known = self.catalog.current_case_type(code);
        known.map_or_else(|| text(code), |known| Cell::Words(known.words.clone()))
    }

    /// A workflow.
    pub fn workflow(&self, code: &str) -> Cell {
        let known = self.catalog.current_workflow(code);
        known.map_or_else(|| text(code), |known| Cell::Words(known.words.clone()))
    }

    /// A state of a workflow.
    pub fn state(&self, workflow: &str, code: &str) -> Cell {
        let known = self.catalog.current_workflow(workflow);
        known.map_or_else(|| text(code), |known| Cell::Words(state_words(known, code)))
    }

    /// A document of a case type.
    pub fn document(&self, case_type: &str, code: &str) -> Cell {
        let materials = self.catalog.current_case_type(case_type).map(|known| &known.materials);
        let known = materials.and_then(|known| known.iter().find(|material| material.code == code));
        known.map_or_else(|| text(code), |known| Cell::Words(known.words.clone()))
    }

    /// A person or a system.
    pub fn person(&self, id: &str) -> Cell {
        self.people.get(id).map_or_else(|| text(id), |name| text(name))
    }

    fn of(&self, dimension: Dimension, key: &str) -> Cell {
        match dimension {
            Dimension::Outlet => self.outlet(key),
            Dimension::CaseType => self.case_type(key),
            Dimension::Person => self.person(key),
        }
    }
}

/// Whom a work list waits for.
pub fn waits_for(queue: Queue) -> Words {
    match queue {
        Queue::ToCheck => Words::new("窗口核验", "clerk, to check"),
        Queue::ToMake => Words::new("制证人员", "producer"),
        Queue::ToHandOver => Words::new("申请人领取", "applicant, to collect"),
        Queue::WaitingForCorrection => Words::new("申请人补正", "applicant, to correct"),
    }
}

/// Every work list, in the order of the main line.
pub const QUEUES: [Queue; 4] = [Queue::ToCheck, Queue::WaitingForCorrection, Queue::ToMake, Queue::ToHandOver];

pub(in crate::domain::reports) fn column(code: &'static str, kind: ColumnKind, zh: &str, en: &str) -> Column {
    Column::new(code, Words::new(zh, en), kind)
}

/// A column of codes, which the one behind it names.
pub(in crate::domain::reports) fn codes(code: &'static str, zh: &str, en: &str) -> Column {
    column(code, ColumnKind::Text, zh, en).of_codes()
}

pub(in crate::domain::reports) fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

pub(in crate::domain::reports) fn date(date: NaiveDate) -> Cell {
    Cell::Date(date)
}

/// A part of a whole; nothing of nothing is no share.
pub(in crate::domain::reports) fn share(part: i64, whole: i64) -> Cell {
    Cell::share(u64::try_from(part).unwrap_or(0), u64::try_from(whole).unwrap_or(0))
}

/// Words where something is only provisional, and nothing where it is sure.
pub(in crate::domain::reports) fn provisional(provisional: bool) -> Cell {
    if provisional { Cell::Words(Words::new("暂定", "provisional")) } else { Cell::Empty }
}

/// The columns and cells that name the group of a row.
pub(in crate::domain::reports) fn group_columns(of: Option<Dimension>) -> Vec<Column> {
    let of = of.map(|dimension| match dimension {
        Dimension::Outlet => ("outlet", "网点代码", "Outlet code", "网点", "Outlet"),
        Dimension::CaseType => ("case_type", "事项代码", "Case type code", "事项", "Case type"),
        Dimension::Person => ("person", "人员标识", "Person's id", "人员", "Person"),
    });
    let columns = of.map(|(code, zh, en, name_zh, name_en)| {
        [codes(code, zh, en), column("name", ColumnKind::Text, name_zh, name_en)]
    });
    columns.into_iter().flatten().collect()
}

pub(in crate::domain::reports) fn group_cells(of: Option<Dimension>, key: &str, names: &Names<'_>) -> Vec<Cell> {
    of.map(|dimension| [text(key), names.of(dimension, key)]).into_iter().flatten().collect()
}

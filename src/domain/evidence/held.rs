//! Rows that decide what the hall does, held against what the audit trail says of them: imports, editions of case types and
//! workflows, years of the calendar, webhooks.
//!
//! Guarantee: a row of which no entry says anything isn't said to differ. Of a row that is told, each column is: whoever reads rows that
//! an older version told in part leaves the others out.

use std::collections::BTreeMap;

use crate::domain::accounts::audit::{AuditEntry, AuditSubjectKind};

/// Columns of a row by their names, as an entry tells them; none: the entry has no such detail.
pub type Columns = BTreeMap<&'static str, Option<String>>;

/// What the trail says of the rows of a table: details by the id of the row.
pub type Told = BTreeMap<String, BTreeMap<String, String>>;

/// A row, and what the trail says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What it is.
    pub kind: AuditSubjectKind,
    /// Which.
    pub id: String,
    /// What stands in the table; none: nothing.
    pub row: Option<Columns>,
    /// What the trail says; none: nothing.
    pub said: Option<BTreeMap<String, String>>,
}

impl Held {
    /// Rows by their ids, each with what is told of it, and what is told of rows that aren't there.
    pub fn all(kind: AuditSubjectKind, rows: BTreeMap<String, Columns>, mut told: Told) -> Vec<Self> {
        let there = rows.into_iter().map(|(id, row)| (id, Some(row)));
        let mut all: Vec<Self> = there.map(|(id, row)| Self { kind, said: told.remove(&id), id, row }).collect();
        all.extend(told.into_iter().map(|(id, said)| Self { kind, id, row: None, said: Some(said) }));
        all
    }

    /// Leaves columns out of which the entries of a row say nothing: an older version told less. Not for columns that may hold nothing.
    pub fn leave_untold(&mut self) {
        if let (Some(row), Some(said)) = (&mut self.row, &self.said) {
            row.retain(|name, _| said.contains_key(*name));
        }
    }

    /// Whether it is there, told, and as it is told; where rows weren't `held` yet, one of which nothing is told is no other one.
    pub fn is_as_told(&self, are_held: bool) -> bool {
        self.row.is_some() && (self.said.is_some() || !are_held) && self.differing().is_empty()
    }

    /// The columns that aren't what the trail says, where it says anything of the row.
    pub fn differing(&self) -> Vec<&'static str> {
        let (Some(row), Some(said)) = (&self.row, &self.said) else { return Vec::new() };
        row.iter().filter(|(name, value)| said.get(**name) != value.as_ref()).map(|(name, _)| *name).collect()
    }
}

/// An entry that tells the columns of a row.
#[must_use]
pub fn telling(entry: AuditEntry, columns: Columns) -> AuditEntry {
    let told = columns.into_iter().filter_map(|(name, value)| Some((name, value?)));
    told.fold(entry, |entry, (name, value)| entry.with(name, value))
}

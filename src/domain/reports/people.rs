//! People: what each person did in the period, how much was late, and what is assigned now.

use std::collections::BTreeMap;

use super::report::{Names, Noted, codes, column, share, text};
use super::tally::{DayTally, Tally};
use crate::domain::base::table::{Cell, Column, ColumnKind};

/// Open cases that are somebody's, now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Load {
    /// Account id.
    pub person: String,
    /// Open cases.
    pub open: i64,
    /// Of these, with a limit that has passed.
    pub overdue: i64,
}

/// What its columns hold.
pub fn columns() -> Vec<Column> {
    use ColumnKind::{Integer, Percent, Text};
    vec![
        codes("person", "人员标识", "Person's id"),
        column("name", Text, "人员", "Person"),
        column("opened", Integer, "收件", "Opened"),
        column("accepted", Integer, "核验通过", "Materials accepted"),
        column("notices", Integer, "一次性告知", "One-time notices"),
        column("made", Integer, "制成", "Made"),
        column("made_late", Integer, "其中逾期", "Made late"),
        column("late_share", Percent, "逾期占比", "Late share"),
        column("issued", Integer, "发放", "Issued"),
        column("activated", Integer, "激活", "Activated"),
        column("ended", Integer, "办结", "Ended"),
        column("assigned_open_now", Integer, "当前在手", "Assigned and open now"),
        column("assigned_overdue_now", Integer, "当前在手逾期", "Assigned and overdue now"),
    ]
}

/// The table of a period; the tallies must be grouped by person.
pub fn table(days: &[DayTally], loads: &[Load], names: &Names<'_>) -> Noted {
    let columns = columns();
    let mut people: BTreeMap<&str, (Tally, i64, i64)> = BTreeMap::new();
    for day in days {
        people.entry(&day.key).or_default().0.add(day);
    }
    for load in loads {
        let person = people.entry(&load.person).or_default();
        (person.1, person.2) = (load.open, load.overdue);
    }
    let row = |(person, (tally, open, overdue)): (&str, (Tally, i64, i64))| {
        let late = tally.promised - tally.in_time;
        vec![
            text(person),
            names.person(person),
            Cell::Integer(tally.opened),
            Cell::Integer(tally.accepted),
            Cell::Integer(tally.notices),
            Cell::Integer(tally.made),
            Cell::Integer(late),
            share(late, tally.promised),
            Cell::Integer(tally.issued),
            Cell::Integer(tally.activated),
            Cell::Integer(tally.closed),
            Cell::Integer(open),
            Cell::Integer(overdue),
        ]
    };
    let rows = people.into_iter().map(row).collect();
    Noted::new("人员工作量", "People", columns, rows, super::throughput::notes(days))
}

//! Certificates that were made and wait to be collected now, the oldest first.

use chrono::{DateTime, Utc};

use super::report::{Names, Noted, column, text};
use crate::domain::base::table::{Cell, Column, ColumnKind};
use crate::domain::base::words::Words;

/// A case whose certificate waits.
#[derive(Debug, Clone)]
pub struct UncollectedCase {
    /// Its number.
    pub acceptance_number: String,
    /// The organization.
    pub organization_name: String,
    /// Code of its outlet.
    pub outlet: String,
    /// Code of its case type.
    pub case_type: String,
    /// Serial of the certificate.
    pub certificate_serial: Option<String>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Days since then, by the hall's dates.
    pub days: i64,
    /// Working days since then.
    pub working_days: i64,
    /// It has waited as long as the hall announces.
    pub long: bool,
}

/// What its columns hold.
pub fn columns() -> Vec<Column> {
    use ColumnKind::{Instant, Integer, Text};
    vec![
        column("acceptance_number", Text, "受理编号", "Acceptance number"),
        column("organization_name", Text, "单位", "Organization"),
        column("outlet", Text, "网点", "Outlet"),
        column("case_type", Text, "事项", "Case type"),
        column("certificate_serial", Text, "证书序列号", "Certificate serial"),
        column("made_at", Instant, "制成时间", "Made"),
        column("days", Integer, "已过天数", "Days"),
        column("working_days", Integer, "已过工作日", "Working days"),
        column("long", Text, "长期未领取", "Waiting for a long time"),
    ]
}

/// The table of a page of cases.
pub fn table(cases: &[UncollectedCase], names: &Names<'_>) -> Noted {
    let columns = columns();
    let row = |case: &UncollectedCase| {
        vec![
            text(&case.acceptance_number),
            text(&case.organization_name),
            names.outlet(&case.outlet),
            names.case_type(&case.case_type),
            case.certificate_serial.as_deref().map_or(Cell::Empty, text),
            Cell::Instant(case.made_at),
            Cell::Integer(case.days),
            Cell::Integer(case.working_days),
            if case.long { Cell::Words(Words::new("是", "yes")) } else { Cell::Empty },
        ]
    };
    let rows = cases.iter().map(row).collect();
    Noted::new("待领取证书", "Uncollected certificates", columns, rows, Vec::new())
}

//! The one-time notice (一次性告知): everything missing is told at once, in writing.
//!
//! Source: Administrative Licensing Law (行政许可法) art. 32: whoever doesn't tell everything at once has, with the next
//! notice, a defect of their own. So a notice remembers what it passed as in order, and a later one that names such a row
//! needs a supervisor's reason and is counted. A row that a notice named may be named again: new papers came for it. A
//! row whose check was voided, because the application was corrected, was never passed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::checklist::{Missing, Verdict, checklist};
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::Case;

/// A one-time notice: everything missing, frozen as it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Counts the notices of a case, from 1.
    pub number: u32,
    /// When it was given.
    pub at: DateTime<Utc>,
    /// Everything missing.
    pub missing: Vec<Missing>,
    /// What the clerk added.
    pub remark: Option<String>,
    /// Rows that were found in order.
    pub passed: Vec<String>,
    /// Rows it names that an earlier notice had passed.
    pub overlooked: Vec<String>,
    /// Why it names them only now, in a supervisor's words.
    pub reason: Option<String>,
}

/// The next notice of a case, which names what is missing and promised by nobody.
pub fn next(
    definition: Definition<'_>,
    case: &Case,
    verdict: &Verdict,
    missing: Vec<Missing>,
    now: DateTime<Utc>,
    remark: Option<String>,
    reason: Option<String>,
) -> Notice {
    // What is promised isn't named, but isn't in order either.
    let named: BTreeSet<&str> = verdict.missing.iter().map(|missing| missing.material.as_str()).collect();
    let rows = checklist(definition.case_type, &case.application).into_iter().map(|sheet| sheet.code);
    let passed = rows.filter(|row| !named.contains(row.as_str())).collect();
    let mut overlooked: Vec<String> = overlooked(case, &missing).into_iter().map(|missing| missing.material).collect();
    overlooked.dedup();
    let number = case.notices.last().map_or(0, |notice| notice.number) + 1;
    Notice { number, at: now, missing, remark, passed, overlooked, reason }
}

/// What is missing now on rows that an earlier notice had passed.
pub fn overlooked(case: &Case, missing: &[Missing]) -> Vec<Missing> {
    missing.iter().filter(|missing| case.passed.contains(&missing.material)).cloned().collect()
}

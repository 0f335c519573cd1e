//! The one-time notice (一次性告知): everything missing is told at once, in writing.
//!
//! Source: Administrative Licensing Law (行政许可法) art. 32: whoever doesn't tell everything at once has, with the next
//! notice, a defect of their own. So a notice remembers what it passed as in order, and a later one that names such a row
//! needs a supervisor's reason and is counted. A row that a notice named may be named again: new papers came for it. A
//! row whose check was voided, because the application was corrected, was never passed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::checklist::Missing;

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

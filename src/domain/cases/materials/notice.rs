//! The one-time notice (一次性告知): everything missing is told at once, in writing.
//!
//! Source: Administrative Licensing Law (行政许可法) art. 32: if a hall doesn't tell everything at once, the next notice is
//! the hall's own fault. So a notice records the rows it accepted as in order, and a later one that names such a row
//! needs a supervisor's reason and is counted. A row that a notice named may be named again: new papers came for it. A
//! row whose check was voided, because the application was corrected, counts as never accepted.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::checklist::Missing;

/// A one-time notice: everything missing, frozen as it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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
    /// Rows it names although an earlier notice accepted them.
    pub overlooked: Vec<String>,
    /// The supervisor's reason for naming them only now.
    pub reason: Option<String>,
}

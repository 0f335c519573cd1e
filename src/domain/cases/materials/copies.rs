//! Where the copies of a row went (一式三份), recorded when the case delivers what was applied for.

use serde::{Deserialize, Serialize};

/// Where the copies of one row went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DistributedCopies {
    /// Code of the row.
    pub material: String,
    /// Codes of the places: of the first copy, the second, and so on.
    pub went_to: Vec<String>,
    /// So many were over, and were given back.
    pub given_back: u32,
}

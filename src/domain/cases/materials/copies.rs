//! The destinations of a row's copies (一式三份), recorded on delivery.

use serde::{Deserialize, Serialize};

/// Where the copies of one row went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DistributedCopies {
    /// Code of the row.
    pub material: String,
    /// Codes of the destinations: of the first copy, the second, and so on.
    pub went_to: Vec<String>,
    /// So many were over, and were given back.
    pub given_back: u32,
}

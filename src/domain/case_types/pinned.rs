//! The edition of a definition that a case keeps.

use serde::{Deserialize, Serialize};

/// A case type or workflow in the edition a case keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Pinned {
    /// Its code.
    pub code: String,
    /// Its edition.
    pub edition: u32,
}

//! A definition in the edition that a case keeps.

use serde::{Deserialize, Serialize};

/// A case type or workflow in the edition a case keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// Its code.
    pub code: String,
    /// Its edition.
    pub edition: u32,
}

//! A hold (暂缓删除): for a dispute or an audit, a case is kept from the erasure of its persons until the hold is lifted.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The most holds that stand on a case at once.
pub const MOST_HOLDS: usize = 20;

/// A hold on a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Hold {
    /// Counts the holds of the case, from 1.
    pub number: u32,
    /// Why it was placed.
    pub reason: String,
    /// When.
    pub placed_at: DateTime<Utc>,
    /// When it was lifted; none: it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lifted_at: Option<DateTime<Utc>>,
}

impl Hold {
    /// Whether it keeps the case from erasure.
    pub fn stands(&self) -> bool {
        self.lifted_at.is_none()
    }
}

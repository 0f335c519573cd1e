//! An event on the record: what happened, with who, when and by which action.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An event with who, when and by which action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded<E> {
    /// Counts the events of a case, or of a certificate, from 1; the last one is its version.
    pub sequence: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Account id of who did it.
    pub actor_id: String,
    /// Their name.
    pub actor_name: String,
    /// The action that caused it.
    pub action: String,
    /// What happened.
    pub event: E,
}

//! The registration of a certificate that entered the register without a case: it waits for a second person.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::pending_correction::Asker;

/// A registration that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRegistration {
    /// Who entered it.
    pub entered_by: Asker,
    /// When.
    pub entered_at: DateTime<Utc>,
}

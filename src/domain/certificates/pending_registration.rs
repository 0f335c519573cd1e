//! The registration of a certificate that entered the register without a case: it waits for a second person.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::pending_correction::Asker;

/// A registration that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRegistration {
    /// Who entered it.
    pub entered_by: Asker,
    /// When.
    pub entered_at: DateTime<Utc>,
}

/// How a second person approves a certificate that entered without a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Approval {
    /// With the others of this import; none: by itself.
    pub import: Option<Uuid>,
}

//! A correction of a certificate that waits for a second person.

use crate::domain::certificates::particulars::Particulars;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Somebody, as they were when they did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// Account id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// A correction that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingCorrection {
    /// As it is recorded.
    pub before: Particulars,
    /// As it should be.
    pub after: Particulars,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub asked_by: Asker,
    /// When.
    pub asked_at: DateTime<Utc>,
}

impl PendingCorrection {
    /// What it changes: the field's name in the API, what is recorded, and what should be.
    pub fn changes(&self) -> Vec<(&'static str, Option<&str>, Option<&str>)> {
        let (old, new) = (&self.before, &self.after);
        let all = [
            ("serial", Some(old.serial.as_str()), Some(new.serial.as_str())),
            ("medium_number", Some(&old.medium_number), Some(&new.medium_number)),
            ("organization_name", Some(&old.organization_name), Some(&new.organization_name)),
            ("unified_social_credit_code", old.unified_code.as_deref(), new.unified_code.as_deref()),
            ("organization_code", Some(&old.organization_code), Some(&new.organization_code)),
            ("handler", old.handler.as_deref(), new.handler.as_deref()),
        ];
        all.into_iter().filter(|(_, before, after)| before != after).collect()
    }

    /// Whether it touches what others find the certificate by, so that no open case may name it meanwhile.
    pub fn touches_identity(&self) -> bool {
        let key = |particulars: &Particulars| {
            let Particulars { serial, medium_number, organization_code, .. } = particulars.clone();
            (serial, medium_number, organization_code)
        };
        key(&self.before) != key(&self.after)
    }
}

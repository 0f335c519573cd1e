//! A pending correction of a certificate.

use crate::domain::certificates::particulars::{Difference, Particulars};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// Somebody, as they were when they did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Asker {
    /// Account id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// From when until when a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Validity {
    /// From when.
    pub valid_from: DateTime<Utc>,
    /// Until when, this instant excluded.
    pub valid_until: DateTime<Utc>,
}

/// A validity that was recorded wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ValidityCorrection {
    /// As it is recorded.
    pub before: Validity,
    /// As it should be.
    pub after: Validity,
}

/// A correction that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PendingCorrection {
    /// As it is recorded.
    pub before: Particulars,
    /// As it should be.
    pub after: Particulars,
    /// Its validity, where that is corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub validity: Option<ValidityCorrection>,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub asked_by: Asker,
    /// When.
    pub asked_at: DateTime<Utc>,
}

impl PendingCorrection {
    /// What it changes: the field's name in the API, what is recorded, and what should be.
    pub fn changes(&self) -> Vec<Difference> {
        let instant = |at: DateTime<Utc>| Some(at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        let validity = self.validity.iter().flat_map(|ValidityCorrection { before, after }| {
            [
                ("valid_from", instant(before.valid_from), instant(after.valid_from)),
                ("valid_until", instant(before.valid_until), instant(after.valid_until)),
            ]
        });
        let moved = validity.filter(|(_, before, after)| before != after);
        self.before.differences(&self.after).into_iter().chain(moved).collect()
    }

    /// Whether it touches what cases rely on, so that no open case may name the certificate meanwhile: what others find it by,
    /// and how long it lives.
    pub fn touches_cases(&self) -> bool {
        let key = |particulars: &Particulars| {
            let Particulars { serial, medium_number, organization_code, .. } = particulars.clone();
            (serial, medium_number, organization_code)
        };
        self.validity.is_some() || key(&self.before) != key(&self.after)
    }
}

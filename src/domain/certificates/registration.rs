//! Registering a certificate that was issued before Casehall: as one person typed it, and as a second one approves it.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::certificate::Certificate;
use super::event::CertificateEvent;
use super::pending_registration::PendingRegistration;
use super::refusal::CertificateRefusal;
use super::verb::{Outcome, Verb};
use crate::domain::base::organization::OrganizationDraft;

/// A certificate issued before Casehall, as somebody typed it.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegistrationRequest, example = json!({
    "serial": "GZ2013-004711",
    "medium_number": "KEY-0004711",
    "organization": { "name": "广州市汇诚工程造价咨询有限公司", "organization_code": "PDY47483-X" },
    "valid_from": "2025-01-01T00:00:00+08:00",
    "valid_until": "2028-01-01T00:00:00+08:00",
    "applications": ["urban-construction"],
}))]
pub struct RegistrationDraft {
    /// Serial number.
    #[schema(min_length = 4, max_length = 64, example = "GZ2013-004711")]
    pub serial: String,
    /// Number of the medium.
    #[schema(min_length = 4, max_length = 64, example = "KEY-0004711")]
    pub medium_number: String,
    /// Its holder.
    pub organization: OrganizationDraft,
    /// From when it is valid.
    pub valid_from: DateTime<Utc>,
    /// End of validity, exclusive.
    pub valid_until: DateTime<Utc>,
    /// Start of the lock, if it is locked.
    #[schema(nullable = false)]
    pub locked_at: Option<DateTime<Utc>>,
    /// Name of the person who handles it.
    #[schema(nullable = false, min_length = 1, max_length = 120, example = "刘少芬")]
    pub handler: Option<String>,
    /// Codes of the login applications open on it.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub applications: Vec<String>,
    /// The e-seal is open on it.
    #[serde(default)]
    pub e_seal: bool,
}

/// The verbs of a registration. Those of an import are approved and rejected with it, as a whole.
///
/// # Errors
/// Of each: why the certificate stays as it is.
impl Certificate {
    /// Approves it: somebody else than who entered it, by account id.
    pub fn approve_registration(&self, import: Option<Uuid>, approved_by: &str, now: DateTime<Utc>) -> Outcome {
        let waits = self.waits(Verb::ApproveRegistration, import, now)?;
        if waits.entered_by.id == approved_by {
            return Err(CertificateRefusal::SecondPersonNeeded);
        }
        Ok(CertificateEvent::RegistrationApproved)
    }

    /// Rejects it, or takes it back: it leaves the register, and its numbers are free again.
    pub fn reject_registration(&self, import: Option<Uuid>, reason: String, now: DateTime<Utc>) -> Outcome {
        self.waits(Verb::RejectRegistration, import, now)?;
        Ok(CertificateEvent::RegistrationRejected { reason })
    }

    fn waits(
        &self,
        verb: Verb,
        import: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<&PendingRegistration, CertificateRefusal> {
        self.permits(verb, now)?;
        match self.import {
            Some(id) if import != self.import => Err(CertificateRefusal::PartOfImport { id }),
            _ => self.registration.as_ref().ok_or(CertificateRefusal::NoRegistration),
        }
    }
}

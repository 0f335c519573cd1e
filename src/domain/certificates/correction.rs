//! Correction after the fact: wrong data of a certificate is corrected by one person's request and another's
//! approval.
//!
//! Guarantees: nothing is overwritten silently: who asked, why, who approved, what stood there before and after are events;
//! an approval is of what was asked for, and fails when the certificate has become another meanwhile. A change of what is
//! true (another name, another handler) is a case, not a correction.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;

use super::certificate::Certificate;
use super::event::CertificateEvent;
use super::refusal::CertificateRefusal;
use super::verb::{Outcome, Verb};
use crate::domain::base::form::{Form, NAME_CHARACTERS, REMARK_CHARACTERS};
use crate::domain::base::organization_code::{OrganizationCode, UnifiedSocialCreditCode};
use crate::domain::base::words::Fault;
use crate::domain::certificates::particulars::Particulars;
use crate::domain::certificates::pending_correction::{Asker, PendingCorrection, Validity, ValidityCorrection};

/// The correct values; absent fields don't change.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CorrectionOfCertificateRequest, example = json!({ "serial": "GZ2013-004712", "reason": "登记时序列号末位录错，与介质标签核对" }))]
pub struct CertificateCorrectionDraft {
    /// Serial number.
    #[schema(min_length = 4, max_length = 64, nullable = false)]
    pub serial: Option<String>,
    /// Number of the medium.
    #[schema(min_length = 4, max_length = 64, nullable = false)]
    pub medium_number: Option<String>,
    /// Name of its holder.
    #[schema(min_length = 1, max_length = 120, nullable = false)]
    pub organization_name: Option<String>,
    /// Unified social credit code of its holder; the organization code follows from it.
    #[schema(max_length = 40, nullable = false)]
    pub unified_social_credit_code: Option<String>,
    /// Organization code of its holder.
    #[schema(max_length = 40, nullable = false)]
    pub organization_code: Option<String>,
    /// Name of the person who handles it.
    #[schema(min_length = 1, max_length = 120, nullable = false)]
    pub handler: Option<String>,
    /// From when it is valid.
    #[schema(nullable = false)]
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when it is valid, excluded.
    #[schema(nullable = false)]
    pub valid_until: Option<DateTime<Utc>>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

impl CertificateCorrectionDraft {
    /// The data by itself, whatever certificate it is about.
    ///
    /// # Errors
    /// Every fault.
    pub fn checked(&self) -> Result<CheckedCorrection, Vec<Fault>> {
        let mut form = Form::default();
        let serial = self.serial.as_ref().map(|text| form.serial("/serial", text));
        let medium_number = self.medium_number.as_ref().map(|text| form.serial("/medium_number", text));
        let line = |form: &mut Form, at: &str, text: &Option<String>| {
            text.as_ref().map(|text| form.line(at, text, NAME_CHARACTERS))
        };
        let organization_name = line(&mut form, "/organization_name", &self.organization_name);
        let handler = self.handler.as_ref().map(|name| form.person_name("/handler", name));
        let unified = self.unified_social_credit_code.as_ref().map(|code| {
            let parsed = UnifiedSocialCreditCode::parse(code);
            form.identifier("/unified_social_credit_code", parsed)
        });
        let code = self
            .organization_code
            .as_ref()
            .map(|code| form.identifier("/organization_code", OrganizationCode::parse(code)));
        let reason = form.text("/reason", &self.reason, REMARK_CHARACTERS);
        let given = [&serial, &medium_number, &organization_name, &handler].iter().any(|part| part.is_some());
        let validity = (self.valid_from, self.valid_until);
        if !given && unified.is_none() && code.is_none() && validity == (None, None) {
            form.fault("", "nothing_changed", "须填写要更正的内容", "name at least one field to correct");
        }
        let checked = reason.map(|reason| CheckedCorrection {
            serial: serial.flatten(),
            medium_number: medium_number.flatten(),
            organization_name: organization_name.flatten(),
            unified_code: unified.flatten(),
            organization_code: code.flatten(),
            handler: handler.flatten(),
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            reason,
        });
        form.finish(checked)
    }
}

/// A requested correction whose fields are valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedCorrection {
    serial: Option<String>,
    medium_number: Option<String>,
    organization_name: Option<String>,
    unified_code: Option<UnifiedSocialCreditCode>,
    organization_code: Option<OrganizationCode>,
    handler: Option<String>,
    valid_from: Option<DateTime<Utc>>,
    valid_until: Option<DateTime<Utc>>,
    reason: String,
}

impl CheckedCorrection {
    /// The correction of a certificate.
    ///
    /// # Errors
    /// The faults that show only beside what is recorded: two codes of different organizations, a validity that can't be true.
    pub fn of(
        &self,
        certificate: &Certificate,
        asked_by: Asker,
        now: DateTime<Utc>,
    ) -> Result<PendingCorrection, Vec<Fault>> {
        let before = certificate.particulars();
        let inner = self.unified_code.as_ref().map(UnifiedSocialCreditCode::organization_code);
        let typed = self.organization_code.as_ref().map(|code| code.as_str().to_owned());
        let organization_code = typed
            .or_else(|| inner.map(|code| code.as_str().to_owned()))
            .unwrap_or_else(|| before.organization_code.clone());
        let unified_code =
            self.unified_code.as_ref().map(|code| code.as_str().to_owned()).or(before.unified_code.clone());
        let mut form = Form::default();
        // The organization code is characters 9 to 17 of the unified code.
        if unified_code.as_ref().is_some_and(|unified| unified.get(8..17) != Some(organization_code.as_str())) {
            let en = "must be characters 9-17 of the unified social credit code";
            form.fault("/organization_code", "codes_differ", "与统一社会信用代码第9至17位不一致", en);
        }
        let after = Particulars {
            serial: self.serial.clone().unwrap_or_else(|| before.serial.clone()),
            medium_number: self.medium_number.clone().unwrap_or_else(|| before.medium_number.clone()),
            organization_code,
            unified_code,
            organization_name: self.organization_name.clone().unwrap_or_else(|| before.organization_name.clone()),
            handler: self.handler.clone().or_else(|| before.handler.clone()),
            seal: before.seal.clone(),
        };
        let validity = self.validity(certificate, now, &mut form);
        let reason = self.reason.clone();
        form.finish(Some(PendingCorrection { before, after, validity, reason, asked_by, asked_at: now }))
    }

    fn validity(&self, certificate: &Certificate, now: DateTime<Utc>, form: &mut Form) -> Option<ValidityCorrection> {
        if (self.valid_from, self.valid_until) == (None, None) {
            return None;
        }
        let before = certificate.validity();
        let typed = (self.valid_from.unwrap_or(before.valid_from), self.valid_until.unwrap_or(before.valid_until));
        let (valid_from, valid_until) = form.validity(typed, now);
        let after = Validity { valid_from, valid_until };
        (before != after).then_some(ValidityCorrection { before, after })
    }
}

/// The verbs of a correction. What was recorded wrongly is wrong in every state, so none forbids them.
///
/// # Errors
/// Of each: why the certificate stays as it is.
impl Certificate {
    /// Asks for a correction; one at a time waits.
    pub fn ask_correction(&self, correction: PendingCorrection, now: DateTime<Utc>) -> Outcome {
        self.permits(Verb::Correct, now)?;
        self.is_kept()?;
        if self.correction.is_some() {
            return Err(CertificateRefusal::CorrectionPending);
        }
        if correction.before == correction.after && correction.validity.is_none() {
            return Err(CertificateRefusal::NothingChanged);
        }
        Ok(CertificateEvent::CorrectionAsked { correction: Box::new(correction) })
    }

    /// Approves the correction that waits: somebody else than who asked, by account id.
    pub fn approve_correction(&self, approved_by: &str, now: DateTime<Utc>) -> Outcome {
        self.permits(Verb::Correct, now)?;
        let PendingCorrection { before, after, validity, reason, asked_by, .. } =
            self.correction.clone().ok_or(CertificateRefusal::NoCorrection)?;
        if asked_by.id == approved_by {
            return Err(CertificateRefusal::SecondPersonNeeded);
        }
        let other_validity = validity.is_some_and(|validity| validity.before != self.validity());
        if before != self.particulars() || other_validity {
            return Err(CertificateRefusal::CorrectionOutdated);
        }
        let (before, after) = (Box::new(before), Box::new(after));
        Ok(CertificateEvent::Corrected { before, after, validity, reason, asked_by })
    }

    /// Declines the correction that waits, or takes it back.
    pub fn decline_correction(&self, reason: String, now: DateTime<Utc>) -> Outcome {
        self.permits(Verb::Correct, now)?;
        let correction = Box::new(self.correction.clone().ok_or(CertificateRefusal::NoCorrection)?);
        Ok(CertificateEvent::CorrectionDeclined { correction, reason })
    }
}

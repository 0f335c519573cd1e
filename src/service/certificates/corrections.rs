//! Corrections of certificates: requested by one person, approved or declined by another.
//!
//! Guarantees: an approval is of the certificate as its approver saw it; what others find the certificate by, and
//! how long it lives, isn't corrected while an open case names it; a serial or medium that is another one's is refused when it is asked for, and
//! again when it is approved.

use super::certificate::CertificateAt;
use super::register;
use super::register::at_register::AT_THE_WINDOW;
use crate::domain::accounts::role::Role;
use crate::domain::base::words::Fault;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::correction::{CertificateCorrectionDraft, CheckedCorrection};
use crate::domain::certificates::event::CertificateEvent;
use crate::domain::certificates::pending_correction::PendingCorrection;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::IdempotentRequest;
use crate::store::{Tx, certificates};

impl Service {
    /// Refuses whoever may not ask for corrections.
    ///
    /// # Errors
    /// The role that is missing.
    pub fn may_ask_corrections(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require_role(AT_THE_WINDOW)
    }

    /// Refuses whoever may not approve corrections.
    ///
    /// # Errors
    /// The role that is missing.
    pub fn may_approve_corrections(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require_role(&[Role::Supervisor])
    }

    /// Checks what is to be put right, by itself.
    ///
    /// # Errors
    /// Every fault.
    pub fn correction(&self, draft: &CertificateCorrectionDraft) -> Result<CheckedCorrection, Vec<Fault>> {
        draft.checked()
    }

    /// Asks for a correction, which then waits for a second person.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; the role that is missing; faults; a case that names the certificate; a number that is
    /// another one's.
    pub async fn ask_correction(
        &self,
        caller: &Caller,
        serial: &str,
        wanted: CheckedCorrection,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CertificateAt, ServiceError> {
        self.may_ask_corrections(caller)?;
        let (service, asker) = (self.clone(), caller.clone());
        let verb = move |tx: &mut Tx<'_>, certificate: &Certificate| {
            let now = service.now();
            let correction =
                wanted.of(certificate, super::imports::asker(&asker), now).map_err(ServiceError::Invalid)?;
            service.may_be_corrected(tx, &asker, certificate, &correction)?;
            Ok(certificate.ask_correction(correction, now).map_err(Refusal::from)?)
        };
        self.at_register(caller, serial, "ask_correction", None, idempotency, verb).await
    }

    /// Approves the correction that waits, of the certificate in this version.
    ///
    /// # Errors
    /// As [`Service::ask_correction`]; [`ServiceError::Stale`]; that a second person is needed.
    pub async fn approve_correction(
        &self,
        caller: &Caller,
        serial: &str,
        version: i64,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CertificateAt, ServiceError> {
        self.may_approve_corrections(caller)?;
        let (service, approver) = (self.clone(), caller.clone());
        let verb = move |tx: &mut Tx<'_>, certificate: &Certificate| {
            let event = certificate.approve_correction(&approver.actor.id, service.now()).map_err(Refusal::from)?;
            if let Some(correction) = &certificate.correction {
                service.may_be_corrected(tx, &approver, certificate, correction)?;
            }
            Ok(event)
        };
        self.at_register(caller, serial, "approve_correction", Some(version), idempotency, verb).await
    }

    /// Declines the correction that waits: supervisors, or whoever asked for it.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; the role that is missing; that none waits.
    pub async fn decline_correction(
        &self,
        caller: &Caller,
        serial: &str,
        reason: String,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CertificateAt, ServiceError> {
        self.may_ask_corrections(caller)?;
        let (service, decliner) = (self.clone(), caller.clone());
        let verb = move |_: &mut Tx<'_>, certificate: &Certificate| -> Result<CertificateEvent, ServiceError> {
            if let Some(correction) = &certificate.correction {
                service.may_decline_correction(&decliner, correction)?;
            }
            Ok(certificate.decline_correction(reason.clone(), service.now()).map_err(Refusal::from)?)
        };
        self.at_register(caller, serial, "decline_correction", None, idempotency, verb).await
    }

    /// Refuses whoever may decline no such correction: it is for supervisors, and for whoever asked for it.
    ///
    /// # Errors
    /// [`Refusal::RoleMissing`].
    pub fn may_decline_correction(&self, caller: &Caller, correction: &PendingCorrection) -> Result<(), ServiceError> {
        self.may_ask_corrections(caller)?;
        let is_own = correction.asked_by.id == caller.actor.id;
        let missing = Refusal::unless_role(&caller.actor, &[Role::Supervisor]).filter(|_| !is_own);
        Ok(missing.map_or(Ok(()), Err)?)
    }

    /// Nothing else stands in the way: no open case that names it, and no other certificate with its numbers.
    fn may_be_corrected(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        certificate: &Certificate,
        correction: &PendingCorrection,
    ) -> Result<(), ServiceError> {
        if !correction.touches_cases() {
            return Ok(());
        }
        register::refuse_if_named(tx, self.reader(caller), &certificate.serial)?;
        let (before, after) = (&correction.before, &correction.after);
        let serials: &[&str] = if before.serial == after.serial { &[] } else { &[&after.serial] };
        let media: &[&str] = if before.medium_number == after.medium_number { &[] } else { &[&after.medium_number] };
        match certificates::taken(tx, serials, media)?.first() {
            None => Ok(()),
            Some((serial, _)) if serials.contains(&serial.as_str()) => Err(Refusal::SerialTaken.into()),
            Some(_) => Err(Refusal::MediumTaken.into()),
        }
    }
}

//! Registrations of certificates from before Casehall: entered by one supervisor, approved by another.
//!
//! Guarantees: until then such a certificate has no effect but that its numbers are taken and its organization waits; so nothing can
//! stand in the way of its approval. A rejected one leaves nothing behind but its events.

use super::certificate::CertificateAt;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::Certificate;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::IdempotentRequest;
use crate::store::Tx;

impl Service {
    /// Approves a registration, of the certificate in this version.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::Stale`]; the role that is missing; that none waits, that it belongs to an
    /// import, or that a second person is needed.
    pub async fn approve_registration(
        &self,
        caller: &Caller,
        serial: &str,
        version: i64,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CertificateAt, ServiceError> {
        self.may_register(caller)?;
        let (service, by) = (self.clone(), caller.actor.id.clone());
        let verb = move |_: &mut Tx<'_>, certificate: &Certificate| {
            Ok(certificate.approve_registration(None, &by, service.now()).map_err(Refusal::from)?)
        };
        self.at_register(caller, serial, "approve_registration", Some(version), idempotency, verb).await
    }

    /// Rejects a registration, or takes it back; answers the certificate as it left the register.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; the role that is missing; that none waits, or that it belongs to an import.
    pub async fn reject_registration(
        &self,
        caller: &Caller,
        serial: &str,
        reason: String,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CertificateAt, ServiceError> {
        self.may_register(caller)?;
        let service = self.clone();
        let verb = move |_: &mut Tx<'_>, certificate: &Certificate| {
            Ok(certificate.reject_registration(None, reason.clone(), service.now()).map_err(Refusal::from)?)
        };
        self.at_register(caller, serial, "reject_registration", None, idempotency, verb).await
    }
}

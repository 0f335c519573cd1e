//! A change of one certificate at the register, outside any case: load, compare the version, decide, write.

use super::book::{Book, By};
use crate::domain::accounts::role::Role;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::event::CertificateEvent;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::IdempotentRequest;
use crate::service::certificates::certificate::CertificateAt;
use crate::store::{Tx, certificates};

/// Who may report at the window.
pub(in crate::service) const AT_THE_WINDOW: &[Role] = &[Role::Clerk, Role::Supervisor];

impl Service {
    /// Does something to a certificate at the register, as [`Service::at_register`], that no person has a part in: what locks, suspends or
    /// closes must work however it stands with those.
    pub(in crate::service) async fn at_register_without_persons(
        &self,
        caller: &Caller,
        serial: &str,
        action: &'static str,
        idempotency: Option<IdempotentRequest>,
        verb: impl Fn(&mut Tx<'_>, &Certificate) -> Result<CertificateEvent, ServiceError> + Send + Sync + 'static,
    ) -> Result<CertificateAt, ServiceError> {
        let serial = crate::domain::base::text::serial(serial).ok_or(ServiceError::NotFound)?;
        let (service, caller) = (self.clone(), caller.clone());
        self.db
            .write(action, move |tx| {
                tx.leave_persons();
                let mut done =
                    service.done_at_register(tx, &caller, &serial, action, None, idempotency.as_ref(), &verb)?;
                if tx.end_with_reading() {
                    let as_stored = certificates::load_by_id(tx, done.certificate.id)?;
                    done.certificate = as_stored.ok_or(ServiceError::NotFound)?;
                }
                Ok(done)
            })
            .await
    }

    /// Does something to a certificate at the register: what `verb` decides of the certificate as it is then, in the version
    /// that the caller saw, where one is given.
    pub(in crate::service) async fn at_register(
        &self,
        caller: &Caller,
        serial: &str,
        action: &'static str,
        version: Option<i64>,
        idempotency: Option<IdempotentRequest>,
        verb: impl Fn(&mut Tx<'_>, &Certificate) -> Result<CertificateEvent, ServiceError> + Send + Sync + 'static,
    ) -> Result<CertificateAt, ServiceError> {
        let serial = crate::domain::base::text::serial(serial).ok_or(ServiceError::NotFound)?;
        let (service, caller) = (self.clone(), caller.clone());
        self.db
            .write(action, move |tx| {
                service.done_at_register(tx, &caller, &serial, action, version, idempotency.as_ref(), &verb)
            })
            .await
    }

    #[allow(clippy::too_many_arguments)] // the two above are its only callers
    fn done_at_register(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        serial: &str,
        action: &'static str,
        version: Option<i64>,
        idempotency: Option<&IdempotentRequest>,
        verb: &impl Fn(&mut Tx<'_>, &Certificate) -> Result<CertificateEvent, ServiceError>,
    ) -> Result<CertificateAt, ServiceError> {
        self.idempotent(tx, caller, idempotency, |tx| {
            let now = self.now();
            let certificate = certificates::load(tx, serial)?.ok_or(ServiceError::NotFound)?;
            if version.is_some_and(|version| version != certificate.version) {
                return Err(ServiceError::Stale { current_version: certificate.version });
            }
            let event = verb(tx, &certificate)?;
            let mut book = Book::at(self.reader(caller), Some(certificate));
            book.change(tx, serial, By::caller(caller, action, now), |_| Ok(event))?;
            let certificate = book.close(tx)?.ok_or(ServiceError::NotFound)?;
            Ok(CertificateAt { certificate, now })
        })
    }
}

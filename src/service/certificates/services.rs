//! The e-seal and the applications on a certificate, each by itself: suspended, restored, closed and opened again at the
//! register, with its own record. What opens one for the first time is a case; with the certificate's end, all end.

use super::certificate::CertificateAt;
use super::register;
use super::register::at_register::AT_THE_WINDOW;
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::base::recorded::Recorded;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::{Certificate, E_SEAL_CODE, OpenedService, ServiceKind};
use crate::domain::certificates::event::{CertificateEvent, RegisterEntry};
use crate::domain::certificates::services::concerns;
use crate::domain::certificates::state::ServiceStatus;
use crate::domain::certificates::verb::Verb;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::IdempotentRequest;
use crate::store::certificates::claims::{self, Claim};
use crate::store::engine::events::{self, Subject};
use crate::store::{Tx, certificates};

/// What can be done to a service at the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceAct {
    /// Hold it up.
    Suspend,
    /// Let it be used again.
    Restore,
    /// Close it.
    Close,
    /// Open it again after it was closed.
    Open,
}

impl ServiceAct {
    /// The action on the history, for a code in a path.
    pub fn action(self) -> &'static str {
        match self {
            Self::Suspend => "suspend_service",
            Self::Restore => "restore_service",
            Self::Close => "close_service",
            Self::Open => "open_service",
        }
    }

    const ALL: [Self; 4] = [Self::Suspend, Self::Restore, Self::Close, Self::Open];

    /// What can be done with a service that stands like this.
    pub fn possible(status: ServiceStatus) -> &'static [Self] {
        match status {
            ServiceStatus::Open => &[Self::Suspend, Self::Close],
            ServiceStatus::Suspended => &[Self::Restore, Self::Close],
            ServiceStatus::Closed => &[Self::Open],
        }
    }

    /// Its name in an address.
    pub fn code(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Restore => "restore",
            Self::Close => "close",
            Self::Open => "open",
        }
    }

    /// The act of a name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.code() == code)
    }

    /// What it does with the certificate.
    pub fn verb(self) -> Verb {
        match self {
            Self::Suspend => Verb::SuspendService,
            Self::Restore => Verb::RestoreService,
            Self::Close => Verb::CloseService,
            Self::Open => Verb::OpenService,
        }
    }

    /// Who may: the window holds up at once, a supervisor decides the rest.
    fn roles(self) -> &'static [Role] {
        match self {
            Self::Suspend => AT_THE_WINDOW,
            Self::Restore | Self::Close | Self::Open => &[Role::Supervisor],
        }
    }
}

/// A service on a certificate, with its record.
#[derive(Debug, Clone)]
pub struct ServiceAt {
    /// The certificate, and the instant.
    pub at: CertificateAt,
    /// The service.
    pub service: OpenedService,
    /// What happened to it, oldest first.
    pub record: Vec<Recorded<RegisterEntry>>,
}

impl Service {
    /// A service on a certificate: the e-seal or an application, by its code.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] where there is no such certificate, or the service was never opened on it.
    pub async fn certificate_service(
        &self,
        caller: &Caller,
        serial: &str,
        code: &str,
    ) -> Result<ServiceAt, ServiceError> {
        caller.require(Scope::CertificatesRead)?;
        let serial = crate::domain::base::text::serial(serial).ok_or(ServiceError::NotFound)?;
        let (service, kind, code) = (self.clone(), kind_of(code), code.to_owned());
        let read = self.db.read_snapshot("certificate_service", move |tx| {
            let certificate = certificates::load(tx, &serial)?.ok_or(ServiceError::NotFound)?;
            let opened = certificate.service(kind, &code).cloned().ok_or(ServiceError::NotFound)?;
            let mut record = events::list(tx, Subject::Certificate(certificate.id), i64::MAX)?;
            record.retain(|recorded: &Recorded<RegisterEntry>| concerns(&recorded.event.event, kind, &code));
            Ok(ServiceAt { at: CertificateAt { certificate, now: service.now() }, service: opened, record })
        });
        read.await
    }

    /// Refuses whoever may not do this to a service, before anything is asked of them.
    ///
    /// # Errors
    /// The role that is missing.
    pub fn may_act_on_service(&self, caller: &Caller, act: ServiceAct) -> Result<(), ServiceError> {
        caller.require_role(act.roles())
    }

    /// Suspends, restores, closes a service or opens it again, for the reason given, which was checked. A suspension counts as one of a certificate does.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::TooManyReports`]; the role that is missing; why the service stays as it is.
    pub async fn act_on_service(
        &self,
        caller: &Caller,
        serial: &str,
        code: &str,
        act: ServiceAct,
        reason: String,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CertificateAt, ServiceError> {
        self.may_act_on_service(caller, act)?;
        let (service, asker, code) = (self.clone(), caller.clone(), code.to_owned());
        let verb = move |tx: &mut Tx<'_>, certificate: &Certificate| {
            let event = service.service_event(tx, &asker, certificate, &code, act, &reason)?;
            if act == ServiceAct::Suspend {
                service.within_report_limit(tx, &asker, service.now())?;
            }
            Ok(event)
        };
        self.at_register_without_persons(caller, serial, act.action(), idempotency, verb).await
    }

    fn service_event(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        certificate: &Certificate,
        code: &str,
        act: ServiceAct,
        reason: &str,
    ) -> Result<CertificateEvent, ServiceError> {
        let (now, kind, reason) = (self.now(), kind_of(code), Some(reason.to_owned()));
        let done = match act {
            ServiceAct::Suspend => certificate.suspend_service(kind, code, reason, now),
            ServiceAct::Restore => certificate.restore_service(kind, code, reason, now),
            ServiceAct::Close => certificate.close_service(kind, code, reason, now),
            ServiceAct::Open => {
                // A case that is about to open it would find it open.
                let claim = Claim::Addition { serial: certificate.serial.clone(), application: code.to_owned() };
                if let Some(holder) = claims::find(tx, &claim)? {
                    return Err(register::refusal(tx, self.reader(caller), &claim, holder, now)?.into());
                }
                let delay = chrono::Duration::hours(i64::from(self.hall.authorization_delay_hours));
                certificate.reopen_service(kind, code, now + delay, reason, now)
            }
        };
        Ok(done.map_err(Refusal::from)?)
    }
}

fn kind_of(code: &str) -> ServiceKind {
    if code == E_SEAL_CODE { ServiceKind::ESeal } else { ServiceKind::Application }
}

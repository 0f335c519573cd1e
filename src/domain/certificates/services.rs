//! The services on a certificate: the verbs that open, hold up and close one, when their use begins, and which events are their record.

use chrono::{DateTime, Utc};

use super::authorization::{NotUsable, authorization};
use super::certificate::{Certificate, OpenedService, ServiceKind};
use super::event::CertificateEvent;
use super::refusal::CertificateRefusal;
use super::verb::{Outcome, Verb};

/// When the use of a service that was opened begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BeginOfUse {
    /// Now, which is an event.
    Now(CertificateEvent),
    /// At an instant; none: as soon as somebody ends what holds it up.
    Later(Option<DateTime<Utc>>),
    /// It was closed, or its certificate has ended.
    Never,
}

/// The verbs of one service, by itself.
///
/// # Errors
/// Of each: why the service stays as it is.
impl Certificate {
    /// Opens a service, for the first time or again after it was closed.
    pub fn open_service(
        &self,
        service: ServiceKind,
        code: &str,
        usable_from: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Outcome {
        self.permits(Verb::OpenService, now)?;
        let code = code.to_owned();
        if self.has_open(service, &code) {
            return Err(CertificateRefusal::ServiceAlreadyOpen { service, code });
        }
        Ok(CertificateEvent::ServiceOpened { service, code, usable_from, reason: None })
    }

    /// Opens a service again that was closed by itself.
    pub fn reopen_service(
        &self,
        service: ServiceKind,
        code: &str,
        usable_from: DateTime<Utc>,
        reason: Option<String>,
        now: DateTime<Utc>,
    ) -> Outcome {
        self.permits(Verb::OpenService, now)?;
        if self.service(service, code).is_none() {
            return Err(CertificateRefusal::ServiceNeverOpened { service, code: code.to_owned() });
        }
        if self.has_open(service, code) {
            return Err(CertificateRefusal::ServiceAlreadyOpen { service, code: code.to_owned() });
        }
        Ok(CertificateEvent::ServiceOpened { service, code: code.to_owned(), usable_from, reason })
    }

    /// Suspends one service.
    pub fn suspend_service(
        &self,
        service: ServiceKind,
        code: &str,
        reason: Option<String>,
        now: DateTime<Utc>,
    ) -> Outcome {
        self.permits(Verb::SuspendService, now)?;
        let code = code.to_owned();
        if self.is_held_up(service, &code)? {
            return Err(CertificateRefusal::ServiceSuspended { service, code });
        }
        Ok(CertificateEvent::ServiceSuspended { service, code, reason })
    }

    /// Lifts the suspension of one service.
    pub fn restore_service(
        &self,
        service: ServiceKind,
        code: &str,
        reason: Option<String>,
        now: DateTime<Utc>,
    ) -> Outcome {
        self.permits(Verb::RestoreService, now)?;
        let code = code.to_owned();
        if !self.is_held_up(service, &code)? {
            return Err(CertificateRefusal::ServiceNotSuspended { service, code });
        }
        Ok(CertificateEvent::ServiceRestored { service, code, reason })
    }

    /// Closes one service.
    pub fn close_service(
        &self,
        service: ServiceKind,
        code: &str,
        reason: Option<String>,
        now: DateTime<Utc>,
    ) -> Outcome {
        self.permits(Verb::CloseService, now)?;
        let code = code.to_owned();
        self.is_held_up(service, &code)?;
        Ok(CertificateEvent::ServiceClosed { service, code, reason })
    }

    /// When the use of a service begins that hasn't begun.
    pub fn begin_use(&self, service: ServiceKind, code: &str, now: DateTime<Utc>) -> BeginOfUse {
        let answer = authorization(self, service, code, now);
        match answer.reason {
            None => BeginOfUse::Now(CertificateEvent::ServiceUsable { service, code: code.to_owned() }),
            Some(NotUsable::Waiting | NotUsable::NotYetValid) => BeginOfUse::Later(answer.changes_at),
            Some(
                NotUsable::Locked
                | NotUsable::Suspended
                | NotUsable::ApplicationSuspended
                | NotUsable::NotActivated
                | NotUsable::NotApproved
                | NotUsable::Expired,
            ) => BeginOfUse::Later(None),
            Some(NotUsable::Revoked | NotUsable::ApplicationNotOpen | NotUsable::UnknownCertificate) => {
                BeginOfUse::Never
            }
        }
    }

    /// The services of which what happened decided when their use begins: those that can be used and couldn't as the certificate was before, and
    /// those that were closed.
    pub fn decided_since<'a>(
        &'a self,
        before: &'a Self,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = &'a OpenedService> {
        self.services.iter().filter(move |service| {
            let (kind, code) = (service.kind, service.code.as_str());
            let begins =
                || authorization(self, kind, code, now).usable && !authorization(before, kind, code, now).usable;
            let ends = service.closed_at.is_some() && before.has_open(kind, code);
            ends || begins()
        })
    }

    /// Whether an open service is suspended.
    fn is_held_up(&self, service: ServiceKind, code: &str) -> Result<bool, CertificateRefusal> {
        let found = self.service(service, code).filter(|found| found.closed_at.is_none());
        let missing = || CertificateRefusal::ServiceNotOpen { service, code: code.to_owned() };
        Ok(found.ok_or_else(missing)?.suspended_at.is_some())
    }
}

/// Whether an event belongs to the record of a service: its own, its entry with the certificate, and the certificate's end.
pub fn concerns(event: &CertificateEvent, kind: ServiceKind, code: &str) -> bool {
    match event {
        CertificateEvent::Registered { certificate } | CertificateEvent::Made { certificate } => {
            certificate.services.iter().any(|entered| entered.service == kind && entered.code == code)
        }
        CertificateEvent::ServiceOpened { service, code: of, .. }
        | CertificateEvent::ServiceSuspended { service, code: of, .. }
        | CertificateEvent::ServiceRestored { service, code: of, .. }
        | CertificateEvent::ServiceUsable { service, code: of }
        | CertificateEvent::ServiceClosed { service, code: of, .. } => *service == kind && of == code,
        CertificateEvent::Revoked { .. } => true,
        _ => false,
    }
}

//! Lock reports, loss reports and restorations at the register, outside any case.
//!
//! Guarantees: a loss suspends in the transaction of its report, before any papers; a report is done once however often it
//! is sent with the same key; no PIN is taken, so none can be kept.

use chrono::{DateTime, Utc};

use super::certificate::CertificateAt;
use crate::domain::accounts::actor::HALL_ID;
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::base::form::{Form, NAME_CHARACTERS, REMARK_CHARACTERS};
use crate::domain::base::words::Fault;
use crate::domain::cases::held::unless_own_loss;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::{Certificate, Lock, LockSource, Suspension, SuspensionCause};
use crate::domain::certificates::event::CertificateEvent;
use crate::domain::certificates::refusal::CertificateRefusal;
use crate::domain::certificates::validity::before_validity;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::hourly::{HOUR, seconds_until_next};
use crate::service::base::idempotency::IdempotentRequest;
use crate::service::certificates::register::at_register::AT_THE_WINDOW;
use crate::store::Tx;
use crate::store::certificates::lock_reports;

/// Something reported at the register, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// Five wrong PINs locked the certificate (guide, section 4.2).
    Lock {
        /// Since when; none: since now.
        at: Option<DateTime<Utc>>,
        /// By which the reporter finds it again.
        reference: Option<String>,
    },
    /// It was lost or stolen (挂失).
    Loss {
        /// In the words of whoever reports it.
        reason: String,
    },
    /// The suspension is lifted.
    Restoration {
        /// Why.
        reason: String,
    },
}

impl Service {
    /// Refuses whoever may not report locks, before anything is asked of them: clerks, supervisors, and systems with the
    /// scope.
    ///
    /// # Errors
    /// The role or scope that is missing.
    pub fn may_report_locks(&self, caller: &Caller) -> Result<(), ServiceError> {
        if caller.client_id().is_some() {
            return caller.require(Scope::CertificatesReport);
        }
        caller.require_role(AT_THE_WINDOW)
    }

    /// Refuses whoever may not report losses.
    ///
    /// # Errors
    /// The role that is missing.
    pub fn may_report_losses(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require_role(AT_THE_WINDOW)
    }

    /// Refuses whoever may not lift suspensions.
    ///
    /// # Errors
    /// The role that is missing.
    pub fn may_restore(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require_role(&[Role::Supervisor])
    }

    /// Checks a report of a lock; its time must not be in the future.
    ///
    /// # Errors
    /// Every fault.
    pub fn lock_report(&self, at: Option<DateTime<Utc>>, reference: Option<&str>) -> Result<Report, Vec<Fault>> {
        let mut form = Form::default();
        let at = at.map(|at| form.past("/locked_at", at, self.now()));
        let reference = reference.and_then(|text| form.line("/reference", text, NAME_CHARACTERS));
        form.finish(Some(Report::Lock { at, reference }))
    }

    /// Checks a report of a loss.
    ///
    /// # Errors
    /// Every fault.
    pub fn loss_report(&self, reason: &str) -> Result<Report, Vec<Fault>> {
        reasoned(reason).map(|reason| Report::Loss { reason })
    }

    /// Checks a request to lift a suspension.
    ///
    /// # Errors
    /// Every fault.
    pub fn restoration(&self, reason: &str) -> Result<Report, Vec<Fault>> {
        reasoned(reason).map(|reason| Report::Restoration { reason })
    }

    /// Checks a reason for something done at the register.
    ///
    /// # Errors
    /// Every fault.
    pub fn register_reason(&self, reason: &str) -> Result<String, Vec<Fault>> {
        reasoned(reason)
    }

    /// Enters a report in the register. Another system, and an account, enters so many in an hour, on whatever instance: a lock keeps an organization
    /// from its work, so one that was taken over must not lock them all.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::TooManyReports`]; the role or scope that is missing; why the certificate stays as it is.
    pub async fn enter_report(
        &self,
        caller: &Caller,
        serial: &str,
        report: Report,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CertificateAt, ServiceError> {
        match &report {
            Report::Lock { .. } => self.may_report_locks(caller)?,
            Report::Loss { .. } => self.may_report_losses(caller)?,
            Report::Restoration { .. } => self.may_restore(caller)?,
        }
        let (service, reporter, action) = (self.clone(), caller.clone(), report.action());
        let verb = move |tx: &mut Tx<'_>, certificate: &Certificate| {
            let now = service.now();
            let event = report.verb(certificate, &reporter, now).map_err(Refusal::from)?;
            if let Report::Lock { at: Some(at), .. } = &report
                && let Some(fault) = before_validity(*at, certificate.valid_from)
            {
                return Err(ServiceError::Invalid(vec![fault]));
            }
            let restores = matches!(report, Report::Restoration { .. });
            if let Some(refusal) = unless_own_loss(&service.hall, certificate, &reporter.actor).filter(|_| restores) {
                return Err(refusal.into());
            }
            if !restores {
                service.within_report_limit(tx, &reporter, now)?;
            }
            Ok(event)
        };
        self.at_register_without_persons(caller, serial, action, idempotency, verb).await
    }
}

impl Service {
    /// Refuses whoever has locked, suspended and revoked as many certificates and services within the hour as they may. The hall itself may always.
    pub(in crate::service) fn within_report_limit(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        let (reporter, limits) = (caller.actor.id.as_str(), self.hall.lock_reports);
        let most = match caller.client_id() {
            Some(_) => limits.per_system,
            None if reporter == HALL_ID => return Ok(()),
            None => limits.per_account,
        };
        lock_reports::wait_for_turn(tx, reporter, caller.client_id().is_some())?;
        let wait = seconds_until_next(lock_reports::nth_newest(tx, reporter, now - HOUR, most)?, now);
        wait.map_or(Ok(()), |retry_after_seconds| Err(ServiceError::TooManyReports { retry_after_seconds }))
    }
}

impl Report {
    /// The action on the certificate's history.
    fn action(&self) -> &'static str {
        match self {
            Self::Lock { .. } => "report_lock",
            Self::Loss { .. } => "report_loss",
            Self::Restoration { .. } => "restore",
        }
    }

    fn verb(
        &self,
        certificate: &Certificate,
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<CertificateEvent, CertificateRefusal> {
        match self {
            Self::Lock { at, reference } => {
                let source = if caller.client_id().is_some() { LockSource::Client } else { LockSource::Window };
                let (at, reported_by, reference) = (at.unwrap_or(now), caller.actor.id.clone(), reference.clone());
                certificate.report_lock(Lock { at, source, reported_by, reference }, now)
            }
            Self::Loss { reason } => {
                let (reason, reported_by) = (reason.clone(), Some(caller.actor.id.clone()));
                certificate.suspend(Suspension { since: now, cause: SuspensionCause::Loss, reason, reported_by }, now)
            }
            Self::Restoration { reason } => certificate.restore(Some(reason.clone()), now),
        }
    }
}

fn reasoned(reason: &str) -> Result<String, Vec<Fault>> {
    let mut form = Form::default();
    let reason = form.text("/reason", reason, REMARK_CHARACTERS);
    form.finish(reason)
}

//! Holds: for a dispute or an audit, a case is kept from the erasure of its persons.
//!
//! Guarantee: who placed and lifted a hold, and why, are events of the case and entries of the audit trail.

use crate::domain::accounts::audit::{AuditEntry, AuditKind, AuditSubject};
use crate::domain::accounts::role::Role;
use crate::domain::cases::decide::holds::{lift_hold, place_hold};
use crate::domain::cases::event::Event;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::IdempotentRequest;
use crate::service::cases::case::{CaseAt, CaseKey, Expected};
use crate::store::Tx;
use crate::store::accounts::audit;

/// What is asked about the holds of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldRequest {
    /// Place one.
    Place,
    /// Lift the one of this number.
    Lift(u32),
}

impl Service {
    /// Refuses whoever may place and lift no holds: supervisors may.
    ///
    /// # Errors
    /// The role that is missing.
    pub fn may_hold(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require_staff()?;
        caller.require_role(&[Role::Supervisor])
    }

    /// Places or lifts a hold on a case that the caller sees.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]: no such case, or no such hold; the role that is missing; why not.
    pub async fn change_holds(
        &self,
        caller: &Caller,
        key: CaseKey,
        asked: HoldRequest,
        reason: String,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CaseAt, ServiceError> {
        self.may_hold(caller)?;
        let (service, caller) = (self.clone(), caller.clone());
        let done = self
            .db
            .write("change_holds", move |tx| {
                service.idempotent(tx, &caller, idempotency.as_ref(), |tx| {
                    service.change_holds_in(tx, &caller, &key, asked, &reason)
                })
            })
            .await?;
        self.remember_calendar(&done.calendar);
        Ok(done)
    }

    fn change_holds_in(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        key: &CaseKey,
        asked: HoldRequest,
        reason: &str,
    ) -> Result<CaseAt, ServiceError> {
        let before = self.to_change(tx, caller, key, &Expected::Any, |_, _| Ok(()))?;
        let (now, case) = (before.now, &before.case);
        let (kind, action, event) = match asked {
            HoldRequest::Place => (AuditKind::HoldPlaced, "place_hold", place_hold(case, reason, now)?),
            HoldRequest::Lift(number) => {
                let lifted = lift_hold(case, number, reason).ok_or(ServiceError::NotFound)??;
                (AuditKind::HoldLifted, "lift_hold", lifted)
            }
        };
        let entry = AuditEntry::new(kind, now, caller.audit_actor()).about(AuditSubject::case(case.id));
        let entry = entry.with("acceptance_number", case.acceptance_number.as_str());
        let entry = match &event {
            Event::HoldPlaced { hold } => entry.with("hold", hold.number.to_string()).with("reason", &hold.reason),
            Event::HoldLifted { number, reason } => entry.with("hold", number.to_string()).with("reason", reason),
            _ => entry,
        };
        let after = self.decided_in(tx, caller, before, action, |_, _, _| Ok(vec![event]))?;
        audit::append(tx, &entry)?;
        Ok(after)
    }
}

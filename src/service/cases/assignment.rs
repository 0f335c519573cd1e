//! Assignment: claim, release, assign; and the staff to whom cases can be assigned.

use super::case::{CaseAt, CaseKey, Expected};
use crate::domain::accounts::role::Role;
use crate::domain::base::words::{Fault, Words};
use crate::domain::cases::assignment::{self, Assignment, AssignmentAction, GIVERS, WORKERS};
use crate::domain::cases::case::Case;
use crate::domain::cases::event::Assignee;
use crate::domain::cases::refusal::Refusal;
use crate::service::Service;
use crate::service::accounts::account::normalized;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::IdempotentRequest;
use crate::store::Tx;
use crate::store::accounts::{self, UserAccount};

/// What is asked about whose a case is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The caller takes it.
    Claim,
    /// It becomes nobody's.
    Release,
    /// It becomes the work of the person with this name to sign in with, or this account id.
    Assign(String),
}

impl Wanted {
    /// Which way it is.
    pub fn action(&self) -> AssignmentAction {
        match self {
            Self::Claim => AssignmentAction::Claim,
            Self::Release => AssignmentAction::Release,
            Self::Assign(_) => AssignmentAction::Assign,
        }
    }
}

/// A member of staff whose work cases can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// Account id.
    pub id: String,
    /// Name to sign in with.
    pub username: String,
    /// Name on the timeline.
    pub name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// The outlet they act in; none: the whole hall.
    pub outlet: Option<String>,
}

impl Service {
    /// Changes whose a case is.
    ///
    /// # Errors
    /// Every reason why not.
    pub async fn assign(
        &self,
        caller: &Caller,
        key: CaseKey,
        wanted: Wanted,
        reason: Option<String>,
        expected: Expected,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CaseAt, ServiceError> {
        caller.require_case_staff()?;
        let (service, caller) = (self.clone(), caller.clone());
        let done = self
            .db
            .write("assign", move |tx| {
                service.idempotent(tx, &caller, idempotency.as_ref(), |tx| {
                    let before =
                        service.to_change(tx, &caller, &key, &expected, |_, case| may(&caller, case, &wanted))?;
                    service.assign_in(tx, &caller, before, &wanted, reason.as_deref())
                })
            })
            .await?;
        self.remember_calendar(&done.calendar);
        Ok(done)
    }

    /// Refuses whoever works on no cases, and so takes and gives none.
    ///
    /// # Errors
    /// The role that is missing; another system.
    pub fn may_work(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require_case_staff()?;
        caller.require_role(WORKERS)
    }

    /// Refuses whoever gives out no cases.
    ///
    /// # Errors
    /// The role that is missing.
    pub fn may_assign(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require_role(GIVERS)
    }

    pub(in crate::service) fn assign_in(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        before: CaseAt,
        wanted: &Wanted,
        reason: Option<&str>,
    ) -> Result<CaseAt, ServiceError> {
        let assignment = match assignment_of(tx, &before.case, wanted) {
            Ok(assignment) => assignment,
            // Whose it should be is no question where it can't be anybody's.
            Err(ServiceError::Invalid(faults)) => {
                let blockers = assignment::blockers(&before.case, wanted.action(), &caller.actor);
                return Err(if blockers.is_empty() { ServiceError::Invalid(faults) } else { blockers.into() });
            }
            Err(error) => return Err(error),
        };
        self.decided_in(tx, caller, before, wanted.action().code(), |_, case, _| {
            Ok(assignment::decide(case, &assignment, reason, &caller.actor)?.into_iter().collect())
        })
    }

    /// The staff whose work cases of an outlet can be, by name; of the whole hall where the caller belongs to none.
    ///
    /// # Errors
    /// The caller is another system, or doesn't work on cases.
    pub async fn colleagues(&self, caller: &Caller, outlet: Option<String>) -> Result<Vec<Colleague>, ServiceError> {
        self.may_work(caller)?;
        let outlet = caller.own_outlet(outlet)?;
        let colleague = |user: UserAccount| Colleague {
            id: user.id,
            username: user.username,
            name: user.display_name,
            roles: user.roles,
            outlet: user.outlet,
        };
        let users = self.db.read_long("colleagues", |tx| Ok::<_, ServiceError>(accounts::all_users(tx)?)).await?;
        let of_outlet = |user: &UserAccount| match (&outlet, &user.outlet) {
            (Some(asked), Some(own)) => asked == own,
            _ => true,
        };
        Ok(users.into_iter().filter(|user| is_worker(user) && of_outlet(user)).map(colleague).collect())
    }
}

fn is_worker(user: &UserAccount) -> bool {
    user.active && user.roles.iter().any(|role| WORKERS.contains(role))
}

fn assignment_of(tx: &mut Tx<'_>, case: &Case, wanted: &Wanted) -> Result<Assignment, ServiceError> {
    let name = match wanted {
        Wanted::Claim => return Ok(Assignment::Claim),
        Wanted::Release => return Ok(Assignment::Release),
        Wanted::Assign(name) => name,
    };
    let by_name = accounts::user_by_name(tx, &normalized(name))?;
    let found = match by_name {
        Some(user) => Some(user),
        None => accounts::user(tx, name)?,
    };
    let sees = |user: &UserAccount| user.outlet.as_ref().is_none_or(|outlet| *outlet == case.application.outlet);
    let user = found.filter(|user| is_worker(user) && sees(user)).ok_or_else(|| {
        let (zh, en) =
            ("须为本网点在岗的办理人员", "must be a member of the outlet's staff with a role that works on cases");
        ServiceError::Invalid(vec![Fault::new("/assignee", "not_assignable", Words::new(zh, en))])
    })?;
    Ok(Assignment::Assign(Assignee { id: user.id, name: user.display_name }))
}

/// Refuses whoever hasn't the role for it, whatever else stands in its way.
fn may(caller: &Caller, case: &Case, wanted: &Wanted) -> Result<(), ServiceError> {
    let blockers = assignment::blockers(case, wanted.action(), &caller.actor);
    let is_role = |refusal: &Refusal| matches!(refusal, Refusal::RoleMissing { .. });
    if blockers.iter().any(is_role) { Err(blockers.into()) } else { Ok(()) }
}

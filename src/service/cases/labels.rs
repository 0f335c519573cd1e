//! The labels of a case: its reference and its metadata.
//!
//! Guarantee: they are changed by the system that opened the case, and by the staff who correct applications; by nobody else.

use super::case::{CaseAt, CaseKey, Expected};
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::case_types::codes::InputPart;
use crate::domain::case_types::workflow::Workflow;
use crate::domain::cases::decide::labels::relabel;
use crate::domain::cases::intake::labels::LabelsDraft;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;

/// The action by which timelines name it.
pub const LABEL_ACTION: &str = "label";

impl Service {
    /// Puts labels in the place of those that a case has in the version that was seen.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] also where it may not be seen; the scope or the role that is missing; the faults of the labels.
    pub async fn label(
        &self,
        caller: &Caller,
        key: CaseKey,
        labels: LabelsDraft,
        seen: i64,
    ) -> Result<CaseAt, ServiceError> {
        caller.require(Scope::CasesWrite)?;
        let (service, caller) = (self.clone(), caller.clone());
        let done = self
            .db
            .write("label", move |tx| {
                let before = service
                    .to_change(tx, &caller, &key, &Expected::Case(seen), |workflow, _| may_label(&caller, workflow))?;
                may_label(&caller, service.definition(&before.case)?.workflow)?;
                service.decided_in(tx, &caller, before, LABEL_ACTION, |_, case, _| Ok(relabel(case, &labels)?))
            })
            .await?;
        self.remember_calendar(&done.calendar);
        Ok(done)
    }
}

/// Other systems see no case but their own.
fn may_label(caller: &Caller, workflow: &Workflow) -> Result<(), ServiceError> {
    if caller.client_id().is_some() {
        return Ok(());
    }
    let correcting = workflow.actions.iter().filter(|action| action.takes.contains(&InputPart::Correction));
    let roles: Vec<Role> = correcting.flat_map(|action| action.roles.clone()).collect();
    caller.require_role(&roles)
}

//! The same done to many cases: each in a transaction of its own, with a result of its own.
//!
//! Guarantee: a batch that is sent again does nothing twice: what is so already is left unchanged and said to be so. So
//! only that may be done in batches of which this is true: whose a case is, and the recording of a certificate made.

use futures_util::{StreamExt, stream};

use crate::domain::assignment::AssignmentAction;
use crate::domain::case::Case;
use crate::domain::command::{ActionInput, CertificateDraft};
use crate::domain::form::serial;
use crate::domain::refusal::Refusal;
use crate::domain::role::Scope;
use crate::domain::workflow::{Action, Effect};

use super::Service;
use super::acting::Expected;
use super::assignment::Wanted;
use super::caller::Caller;
use super::cases::{CaseAt, CaseKey};
use super::error::ServiceError;

/// Most cases of a batch.
pub const MOST_ROWS: usize = 200;
/// So many transactions of a batch run at a time, so that others get their turn.
const AT_A_TIME: usize = 8;

/// What can be done in batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchAction {
    /// Changing whose a case is.
    Assignment(AssignmentAction),
    /// The action of this code, by which workflows have the certificate made recorded.
    Make(String),
}

/// What is to be done to one case.
#[derive(Debug, Clone)]
pub struct Row {
    /// The case.
    pub key: CaseKey,
    /// What is to be done.
    pub task: Task,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Task {
    /// Whose it is to be.
    Assignment {
        /// Who.
        wanted: Wanted,
        /// Why.
        reason: Option<String>,
    },
    /// The certificate that was made.
    Make {
        /// Code of the workflow's action.
        action: String,
        /// Its serial and medium.
        certificate: CertificateDraft,
    },
}

/// How it went with one case.
#[derive(Debug)]
pub enum RowResult {
    /// It was done.
    Done(Box<CaseAt>),
    /// It was so already.
    Unchanged(Box<CaseAt>),
    /// It couldn't be done.
    Refused(ServiceError),
}

impl Service {
    /// What a batch of this name does; none where there is no such batch.
    pub fn batch_action(&self, code: &str) -> Option<BatchAction> {
        let makes = || self.catalog.workflows().any(|workflow| workflow.action(code).is_some_and(is_making));
        match AssignmentAction::from_code(code) {
            Some(action) => Some(BatchAction::Assignment(action)),
            None => makes().then(|| BatchAction::Make(code.to_owned())),
        }
    }

    /// Does the rows, and answers how it went with each, in their order.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`] for other systems.
    pub async fn batch(&self, caller: &Caller, rows: Vec<Row>) -> Result<Vec<RowResult>, ServiceError> {
        caller.require_staff()?;
        caller.require(Scope::CasesWrite)?;
        let rows = rows.into_iter().map(|row| self.row(caller, row));
        Ok(stream::iter(rows).buffered(AT_A_TIME).collect().await)
    }

    async fn row(&self, caller: &Caller, row: Row) -> RowResult {
        let (service, caller) = (self.clone(), caller.clone());
        let done = self.db.write("batch_row", move |tx| {
            let before = service.to_change(tx, &caller, &row.key, &Expected::Any)?;
            let version = before.case.version;
            let after = match &row.task {
                Task::Assignment { wanted, reason } => {
                    service.assign_in(tx, &caller, before, wanted, reason.as_deref())?
                }
                Task::Make { certificate, .. } if was_made(&before.case, certificate) => before,
                Task::Make { action, certificate } => {
                    let known = service.definition(&before.case)?.workflow.action(action);
                    if !known.is_some_and(is_making) {
                        return Err(Refusal::UnknownAction { action: action.clone() }.into());
                    }
                    let input = ActionInput { certificate: Some(certificate.clone()), ..ActionInput::default() };
                    service.act_in(tx, &caller, before, action, &input)?
                }
            };
            Ok::<_, ServiceError>((after.case.version != version, after))
        });
        match done.await {
            Ok((true, after)) => {
                self.remember_calendar(&after.calendar);
                RowResult::Done(Box::new(after))
            }
            Ok((false, after)) => RowResult::Unchanged(Box::new(after)),
            Err(error) => RowResult::Refused(error),
        }
    }
}

fn is_making(action: &Action) -> bool {
    action.effects.contains(&Effect::MakeCertificate)
}

/// Whether this certificate was recorded in the case already.
fn was_made(case: &Case, draft: &CertificateDraft) -> bool {
    case.certificate.as_ref().is_some_and(|made| {
        serial(&draft.serial).as_deref() == Some(made.serial.as_str())
            && serial(&draft.medium_number).as_deref() == Some(made.medium_number.as_str())
    })
}

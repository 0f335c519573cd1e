//! Batches: one action on many cases, each in its own transaction with its own result.
//!
//! Guarantee: a batch that is sent again does nothing twice: what is so already is left unchanged and said to be so. So
//! only that may be done in batches of which this is true: whose a case is, the recording of a certificate made, and the
//! box that a medium is put in.

use futures_util::{StreamExt, stream};

use super::assignment::Wanted;
use super::case::{CaseAt, CaseKey, Expected};
use crate::domain::base::text::serial;
use crate::domain::case_types::codes::Effect;
use crate::domain::case_types::workflow::Action;
use crate::domain::cases::case::Case;
use crate::domain::cases::input::{ActionInput, CertificateDraft};
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::custody::box_number;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::calendar::years::for_dates;

/// Most cases of a batch.
pub const MOST_ROWS: usize = 200;
/// So many transactions of a batch run at a time, so that others get their turn.
const AT_A_TIME: usize = 8;

/// What actions of workflows can be done in batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchAction {
    /// The action of this code, by which workflows have the certificate made recorded.
    Make(String),
    /// The action of this code, by which workflows have a medium put in a box.
    Box(String),
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
    /// The box that its medium is put in.
    Box {
        /// Code of the workflow's action.
        action: String,
        /// The box.
        box_number: String,
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
    /// What a batch of this action does; none where there is no such batch.
    pub fn batch_action(&self, code: &str) -> Option<BatchAction> {
        let has = |effect| self.catalog().workflows().any(|workflow| does(workflow.action(code), effect));
        if has(Effect::MakeCertificate) {
            Some(BatchAction::Make(code.to_owned()))
        } else {
            has(Effect::BoxMedium).then(|| BatchAction::Box(code.to_owned()))
        }
    }

    /// Does the rows, and answers how it went with each, in their order.
    ///
    /// # Errors
    /// The caller is another system, or works on no cases.
    pub async fn batch(&self, caller: &Caller, rows: Vec<Row>) -> Result<Vec<RowResult>, ServiceError> {
        self.may_work(caller)?;
        let rows = rows.into_iter().map(|row| self.row(caller, row));
        Ok(stream::iter(rows).buffered(AT_A_TIME).collect().await)
    }

    async fn row(&self, caller: &Caller, row: Row) -> RowResult {
        // Whoever was switched off while the rows before took their time does nothing more.
        let known = self.known_now(caller).await.and_then(|known| self.may_work(&known).map(|()| known));
        let caller = match known {
            Ok(caller) => caller,
            Err(error) => return RowResult::Refused(error),
        };
        let service = self.clone();
        let done = self.db.write_with("batch_row", for_dates(), move |tx| {
            let before = service.to_change(tx, &caller, &row.key, &Expected::Any, |_, _| Ok(()))?;
            let version = before.case.version;
            let after = match &row.task {
                Task::Assignment { wanted, reason } => {
                    service.assign_in(tx, &caller, before, wanted, reason.as_deref())?
                }
                Task::Make { certificate, .. } if was_made(&before.case, certificate) => before,
                Task::Box { box_number, .. } if is_boxed(&before.case, box_number) => before,
                Task::Box { action, box_number } => {
                    service.unless_other(&before.case, action, Effect::BoxMedium)?;
                    let input = ActionInput { box_number: Some(box_number.clone()), ..ActionInput::default() };
                    service.act_in(tx, &caller, before, action, &input)?
                }
                Task::Make { action, certificate } => {
                    service.unless_other(&before.case, action, Effect::MakeCertificate)?;
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

    /// Refuses where the case's workflow has another action of this code, or none.
    fn unless_other(&self, case: &Case, code: &str, effect: Effect) -> Result<(), ServiceError> {
        if does(self.definition(case)?.workflow.action(code), effect) {
            return Ok(());
        }
        Err(Refusal::UnknownAction { action: code.to_owned() }.into())
    }
}

fn does(action: Option<&Action>, effect: Effect) -> bool {
    action.is_some_and(|action| action.effects.contains(&effect))
}

/// Whether the case's medium is in this box already, at the outlet where it is collected.
fn is_boxed(case: &Case, typed: &str) -> bool {
    case.stay_to_box().is_some_and(|(_, stay)| {
        stay.place.outlet == case.application.outlet
            && stay.place.box_number.is_some()
            && stay.place.box_number == box_number(typed)
    })
}

/// Whether this certificate was recorded in the case already.
fn was_made(case: &Case, draft: &CertificateDraft) -> bool {
    case.certificate.as_ref().is_some_and(|made| {
        serial(&draft.serial).as_deref() == Some(made.serial.as_str())
            && serial(&draft.medium_number).as_deref() == Some(made.medium_number.as_str())
    })
}

//! What somebody sees at a glance: how many wait for them, in the frame of every page, and how far the cases of a list are.

use std::collections::BTreeMap;

use chrono::DateTime;
use uuid::Uuid;

use crate::domain::case_types::codes::{Effect, Guard, Queue};
use crate::domain::cases::materials::checklist::verdict;
use crate::domain::cases::materials::outstanding::uncovered;
use crate::domain::cases::worklist::WorkList;
use crate::store::cases::worklists::{self, Waiting};
use crate::store::cases::{CaseSummary, counts, load_several};

pub use crate::store::cases::worklists::Progress;

use super::worklists::Counted;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;

/// More than so many are just many: no page waits for an exact number.
pub const MOST_AT_A_GLANCE: i64 = 99;

impl Service {
    /// How many wait on some lists at the caller's outlet; nothing of lists that they don't work on.
    ///
    /// # Errors
    /// The database's.
    pub async fn at_a_glance(
        &self,
        caller: &Caller,
        lists: &[WorkList],
    ) -> Result<Vec<(WorkList, Counted)>, ServiceError> {
        let now = self.now();
        let waiting = |list: &WorkList| {
            let waiting = match list {
                WorkList::ToCheck => Waiting::On(Queue::ToCheck),
                WorkList::ToMake => Waiting::On(Queue::ToMake),
                WorkList::ToHandOver => Waiting::On(Queue::ToHandOver),
                WorkList::Overdue => Waiting::Limits(DateTime::UNIX_EPOCH, now),
                _ => return None,
            };
            caller.actor.has_any(list.roles()).then_some((*list, waiting))
        };
        let wanted: Vec<(WorkList, Waiting)> = lists.iter().filter_map(waiting).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let outlet = caller.own_outlet(None)?;
        let count = self.db.read("at_a_glance", move |tx| {
            let counted = wanted.iter().map(|(list, waiting)| {
                let count = counts::count(tx, waiting, outlet.as_deref(), MOST_AT_A_GLANCE + 1)?;
                Ok((*list, Counted { count: count.min(MOST_AT_A_GLANCE), more: count > MOST_AT_A_GLANCE }))
            });
            counted.collect::<Result<Vec<_>, ServiceError>>()
        });
        count.await
    }

    /// How far the checking of cases in a list is: of those whose papers are being checked or corrected.
    ///
    /// # Errors
    /// The database's.
    pub async fn progress_of(&self, cases: &[CaseSummary]) -> Result<BTreeMap<Uuid, Progress>, ServiceError> {
        let is_at_papers = |case: &&CaseSummary| {
            let workflow = self.catalog().workflow(&case.workflow.0, case.workflow.1);
            let state = workflow.and_then(|workflow| workflow.state(&case.state));
            let queue = state.and_then(|state| state.queue);
            // Of one that nothing happened to since it was opened, there is nothing to tell.
            case.version > 1 && matches!(queue, Some(Queue::ToCheck | Queue::WaitingForCorrection))
        };
        let ids: Vec<Uuid> = cases.iter().filter(is_at_papers).map(|case| case.id).collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        self.db.read("progress_of", move |tx| Ok(worklists::progress(tx, &ids)?)).await
    }

    /// How much the papers lack of those cases of a list whose certificate may not be made before they are in order.
    ///
    /// # Errors
    /// The database's.
    pub async fn lacking_of(&self, cases: &[CaseSummary]) -> Result<BTreeMap<Uuid, usize>, ServiceError> {
        let waits_for_papers = |case: &&CaseSummary| {
            let workflow = self.catalog().workflow(&case.workflow.0, case.workflow.1);
            let mut actions = workflow.into_iter().flat_map(|workflow| &workflow.actions);
            let needs_papers = |guard: &Guard| matches!(guard, Guard::MaterialsAcceptable | Guard::MaterialsComplete);
            actions.any(|action| {
                action.effects.contains(&Effect::MakeCertificate) && action.guards.iter().any(needs_papers)
            })
        };
        let ids: Vec<Uuid> = cases.iter().filter(waits_for_papers).map(|case| case.id).collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let service = self.clone();
        self.db
            .read("lacking_of", move |tx| {
                let mut lacking = BTreeMap::new();
                for case in load_several(tx, &ids)? {
                    let verdict = verdict(service.definition(&case)?.case_type, &case.application, &case.checks);
                    let missing = uncovered(&case, &verdict, &service.hall.hours, service.now()).count();
                    lacking.extend((missing > 0).then_some((case.id, missing)));
                }
                Ok(lacking)
            })
            .await
    }
}

//! Case actions: load → decide → evolve → save, in one transaction.
//!
//! Guarantees: an answer is given only after the commit; a decision based on a case that changed in the meantime is
//! made again; events, register, report facts and the case are saved together or not at all.

use super::case::{CaseAt, CaseKey, Expected};
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::base::recorded::Recorded;
use crate::domain::case_types::codes::InputPart;
use crate::domain::case_types::definition::Definition;
use crate::domain::case_types::workflow::{Action, Workflow};
use crate::domain::cases::actions::records_checks;
use crate::domain::cases::case::{Case, evolve};
use crate::domain::cases::context::Context;
use crate::domain::cases::custody::handing_over::{HandingOverDraft, plan, unless_may};
use crate::domain::cases::deadlines::reckoning::Reckoning;
use crate::domain::cases::decide;
use crate::domain::cases::event::Event;
use crate::domain::cases::input::{ActionInput, MaterialDraft};
use crate::domain::cases::materials::checklist::checklist;
use crate::domain::cases::materials::patch::MaterialPatch;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::event::CertificateEvent;
use crate::domain::reports::facts::{self, Standing};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::IdempotentRequest;
use crate::service::certificates::register;
use crate::service::money::cash_journal;
use crate::store::calendar::years::for_dates;
use crate::store::engine::events::{self, Subject};
use crate::store::{Tx, cases};

impl Service {
    /// Takes an action of the case's workflow.
    ///
    /// # Errors
    /// Every reason why it can't be taken.
    pub async fn act(
        &self,
        caller: &Caller,
        key: CaseKey,
        action: &str,
        input: ActionInput,
        expected: Expected,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CaseAt, ServiceError> {
        let (actor, code, taken) = (caller.actor.clone(), action.to_owned(), vec![(action.to_owned(), input)]);
        let may = move |workflow: &Workflow, _: &Case| {
            let roles = workflow.actions.iter().find(|action| action.code == code).map(|action| &action.roles);
            Ok(roles.and_then(|roles| Refusal::unless_role(&actor, roles)).map_or(Ok(()), Err)?)
        };
        self.act_by(caller, key, may, move |_, _| Ok(taken.clone()), expected, idempotency).await
    }

    /// Hands over what the case is about, in one visit: who collects, the issue, the activation, all of it or nothing.
    ///
    /// # Errors
    /// As [`Self::act`] of each of them; the medium on the counter isn't the case's; nobody was chosen who collects.
    pub async fn hand_over(
        &self,
        caller: &Caller,
        key: CaseKey,
        draft: HandingOverDraft,
        expected: Expected,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CaseAt, ServiceError> {
        let actor = caller.actor.clone();
        let may = move |workflow: &Workflow, _: &Case| Ok(unless_may(workflow, &actor).map_or(Ok(()), Err)?);
        let may_too = may.clone();
        let planned = move |workflow: &Workflow, case: &Case| {
            may_too(workflow, case)?;
            Ok(plan(workflow, case, &draft)?)
        };
        self.act_by(caller, key, may, planned, expected, idempotency).await
    }

    /// Records what was found on rows of the check sheet, by the action with which the case's workflow has that done.
    ///
    /// # Errors
    /// As [`Self::act`]; [`Refusal::UnknownAction`] where the workflow has no such action.
    pub async fn record_materials(
        &self,
        caller: &Caller,
        key: CaseKey,
        rows: Vec<MaterialDraft>,
        expected: Expected,
    ) -> Result<CaseAt, ServiceError> {
        self.record_rows(caller, key, move |_| Ok(Some(rows.clone())), expected).await
    }

    /// Records on a row of the check sheet what is given of it; the rest stays as it was found. Of nothing given nothing is recorded.
    ///
    /// # Errors
    /// As [`Self::record_materials`]; [`ServiceError::Stale`] where the row was checked since it was `seen`.
    pub async fn patch_material(
        &self,
        caller: &Caller,
        key: CaseKey,
        material: String,
        patch: MaterialPatch,
        seen: i64,
    ) -> Result<CaseAt, ServiceError> {
        let expected = Expected::Sheet(material.clone(), seen);
        let merged = move |case: &Case| {
            let row = patch.is_given().then(|| patch.merged(&material, case.checks.get(&material))).transpose();
            Ok(row.map_err(ServiceError::Invalid)?.map(|row| vec![row]))
        };
        self.record_rows(caller, key, merged, expected).await
    }

    async fn record_rows(
        &self,
        caller: &Caller,
        key: CaseKey,
        rows: impl Fn(&Case) -> Result<Option<Vec<MaterialDraft>>, ServiceError> + Send + Sync + 'static,
        expected: Expected,
    ) -> Result<CaseAt, ServiceError> {
        let actor = caller.actor.clone();
        let may = move |workflow: &Workflow, case: &Case| {
            let action = action_that_records_materials(workflow, case)?;
            Ok(Refusal::unless_role(&actor, &action.roles).map_or(Ok(()), Err)?)
        };
        let may_too = may.clone();
        let records = move |workflow: &Workflow, case: &Case| {
            may_too(workflow, case)?;
            let action = action_that_records_materials(workflow, case)?;
            let input = |rows| ActionInput { materials: Some(rows), ..ActionInput::default() };
            Ok(rows(case)?.map(|rows| (action.code.clone(), input(rows))).into_iter().collect())
        };
        self.act_by(caller, key, may, records, expected, None).await
    }

    /// Refuses whoever may record nothing on the check sheet of a case, whatever state it is in.
    ///
    /// # Errors
    /// [`Refusal::RoleMissing`]; [`Refusal::UnknownAction`] where the workflow has no such action.
    pub fn may_record_materials(&self, caller: &Caller, case: &Case) -> Result<(), ServiceError> {
        let action = action_that_records_materials(self.definition(case)?.workflow, case)?;
        caller.require_role(&action.roles)
    }

    /// Refuses whoever takes no action that a part of the input goes with, whatever the case: who makes no certificates, who takes no money.
    ///
    /// # Errors
    /// [`Refusal::RoleMissing`].
    pub fn may_give(&self, caller: &Caller, part: InputPart) -> Result<(), ServiceError> {
        let definitions = self.catalog().current().filter_map(|case_type| self.catalog().opening(&case_type.code));
        let actions = definitions.flat_map(|definition| &definition.workflow.actions);
        let mut roles: Vec<Role> =
            actions.filter(|action| action.takes.contains(&part)).flat_map(|action| action.roles.clone()).collect();
        roles.sort_unstable();
        roles.dedup();
        caller.require_role(&roles)
    }

    /// Takes actions of one case, one after the other, in one transaction.
    async fn act_by(
        &self,
        caller: &Caller,
        key: CaseKey,
        may: impl Fn(&Workflow, &Case) -> Result<(), ServiceError> + Send + Sync + 'static,
        actions: impl Fn(&Workflow, &Case) -> Result<Vec<(String, ActionInput)>, ServiceError> + Send + Sync + 'static,
        expected: Expected,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CaseAt, ServiceError> {
        // Staff are asked for the action's role by the workflow; a system needs its scope besides.
        caller.require(Scope::CasesWrite)?;
        let (service, caller) = (self.clone(), caller.clone());
        let done = self
            .db
            .write_with("act", for_dates(), move |tx| {
                service.idempotent(tx, &caller, idempotency.as_ref(), |tx| {
                    let before = service.to_change(tx, &caller, &key, &expected, &may)?;
                    let actions = actions(service.definition(&before.case)?.workflow, &before.case)?;
                    let take =
                        |at, (action, input): &(String, ActionInput)| service.act_in(tx, &caller, at, action, input);
                    actions.iter().try_fold(before, take)
                })
            })
            .await?;
        self.remember_calendar(&done.calendar);
        Ok(done)
    }

    /// A case that the caller may see, as they expect it to be. Where it isn't, whoever may not change it is told that instead: reading it again won't
    /// help them.
    pub(in crate::service) fn to_change(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        key: &CaseKey,
        expected: &Expected,
        may: impl FnOnce(&Workflow, &Case) -> Result<(), ServiceError>,
    ) -> Result<CaseAt, ServiceError> {
        let (case, held) = self.visible(tx, caller, key)?;
        let definition = self.definition(&case)?;
        if let Err(stale) = check_row(definition, &case, expected).and_then(|()| check_expected(&case, expected)) {
            may(definition.workflow, &case)?;
            return Err(stale);
        }
        Ok(CaseAt { case, held, now: self.now(), calendar: self.calendar() })
    }

    /// Takes an action on a case that was loaded in this transaction, by the calendar that is in force then.
    pub(in crate::service) fn act_in(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        before: CaseAt,
        action: &str,
        input: &ActionInput,
    ) -> Result<CaseAt, ServiceError> {
        self.decided_in(tx, caller, before, action, |definition, case, context| {
            Ok(decide::act(definition, case, action, input, context)?)
        })
    }

    /// Decides on a case loaded in this transaction and saves the events; saves nothing if there are none.
    pub(in crate::service) fn decided_in(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        before: CaseAt,
        action: &str,
        decide: impl FnOnce(Definition<'_>, &Case, &Context<'_>) -> Result<Vec<Event>, ServiceError>,
    ) -> Result<CaseAt, ServiceError> {
        let now = before.now;
        let calendar = self.calendar_for_dates(tx)?;
        let definition = self.definition(&before.case)?;
        let (loaded, standing) = (before.case.version, Standing::of(&before.case));
        // What fell due before this action and was not announced by a sweep yet.
        let mut recorded = self.announced(definition, &before.case, &calendar, now);
        let case = recorded.iter().fold(before.case.clone(), evolve);
        let context = self.context(caller, now, &calendar, before.held.as_ref());
        let events = decide(definition, &case, &context)?;
        if events.is_empty() {
            return Ok(before);
        }
        if events.iter().any(|event| ends_held(event, before.held.as_ref())) {
            self.within_report_limit(tx, caller, now)?;
        }
        let events = cash_journal::counted(tx, events)?;
        let held = before.held;
        let sequences = (case.version + 1)..;
        let done: Vec<Recorded<Event>> = sequences
            .zip(events)
            .map(|(sequence, event)| self.recorded(caller, now, action, sequence, event))
            .collect();
        let case = done.iter().fold(case, evolve);
        recorded.extend(done);
        // An edition move may have changed the definition.
        let definition = self.definition(&case)?;
        // The case first: whoever was faster holds its row, and what that one entered in the register must not be
        // taken for somebody else's. Saving waits for it, notices, and all is decided again.
        cases::save(tx, &case, loaded, self.due(definition, &case, &calendar, now))?;
        cases::rename(tx, case.id, &before.case.application, &case.application)?;
        register::apply(tx, self.reader(caller), definition, &case, &recorded, held, now)?;
        events::append(tx, Subject::Case(case.id), &recorded)?;
        let reckoning = Reckoning { calendar: &calendar, hours: &self.hall.hours };
        let reached = facts::facts_of(definition, Some(standing), &recorded, &case, reckoning);
        crate::store::reports::facts::append(tx, case.id, &reached)?;
        cash_journal::keep(tx, &recorded, &case)?;
        let held = self.held(tx, &case)?;
        let calendar = case.settled.map_or(Ok(calendar), |settled| self.calendar_of(tx, settled.calendar))?;
        Ok(CaseAt { case, held, now, calendar })
    }
}

/// Whether it revokes the certificate that the case is about.
fn ends_held(event: &Event, held: Option<&Certificate>) -> bool {
    let Event::Certificate { id, event, .. } = event else { return false };
    held.is_some_and(|held| held.id == *id) && matches!(**event, CertificateEvent::Revoked { .. })
}

/// Not found, if the checklist of the case has no such row.
fn check_row(definition: Definition<'_>, case: &Case, expected: &Expected) -> Result<(), ServiceError> {
    let Expected::Sheet(row, _) = expected else { return Ok(()) };
    let sheets = checklist(definition.case_type, &case.application);
    if sheets.iter().any(|sheet| sheet.code == *row) { Ok(()) } else { Err(ServiceError::NotFound) }
}

fn check_expected(case: &Case, expected: &Expected) -> Result<(), ServiceError> {
    let version = |sheet: &String| case.sheet_versions.get(sheet).copied().unwrap_or(0);
    let (wanted, current_version) = match expected {
        Expected::Any => return Ok(()),
        Expected::Rows { rows, seen } => match rows.iter().map(version).max() {
            Some(current_version) if current_version > *seen => return Err(ServiceError::Stale { current_version }),
            _ => return Ok(()),
        },
        Expected::Case(version) => (*version, case.version),
        Expected::Sheet(sheet, seen) => (*seen, version(sheet)),
    };
    if wanted == current_version { Ok(()) } else { Err(ServiceError::Stale { current_version }) }
}

/// The action that takes checks of documents and needs nothing else; of several the one that the case's state has.
fn action_that_records_materials<'a>(workflow: &'a Workflow, case: &Case) -> Result<&'a Action, ServiceError> {
    let mut fitting = workflow.actions.iter().filter(|action| records_checks(action));
    let here = fitting.clone().find(|action| action.from.contains(&case.state)).or_else(|| fitting.next());
    let unknown = || Refusal::UnknownAction { action: InputPart::Materials.code().to_owned() };
    here.ok_or_else(|| unknown().into())
}

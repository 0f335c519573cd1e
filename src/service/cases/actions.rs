//! Acting on cases: load → decide → evolve → save, in one transaction, whatever is decided.
//!
//! Guarantees: an answer is given only after the commit; what was decided by a case that somebody changed meanwhile is
//! decided again; events, register, milestones and the case itself are saved together or not at all.

use super::case::{CaseAt, CaseKey, Expected};
use crate::domain::accounts::role::Scope;
use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::Fault;
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::{Case, evolve};
use crate::domain::cases::context::Context;
use crate::domain::cases::deadlines::reckoning::Reckoning;
use crate::domain::cases::decide;
use crate::domain::cases::event::Event;
use crate::domain::cases::input::ActionInput;
use crate::domain::cases::materials::checklist::checklist;
use crate::domain::reports::facts::{self, Standing};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::Once;
use crate::service::certificates::register;
use crate::service::money::cash_journal;
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
        once: Option<Once>,
    ) -> Result<CaseAt, ServiceError> {
        // Staff are asked for the action's role by the workflow; a system needs its scope besides.
        caller.require(Scope::CasesWrite)?;
        let (service, caller, action) = (self.clone(), caller.clone(), action.to_owned());
        let done = self
            .db
            .write("act", move |tx| {
                service.once(tx, &caller, once.as_ref(), |tx| {
                    let before = service.to_change(tx, &caller, &key, &expected)?;
                    service.act_in(tx, &caller, before, &action, &input)
                })
            })
            .await?;
        self.remember_calendar(&done.calendar);
        Ok(done)
    }

    /// Holds data that has faults already against the case, so that a skin can show all faults together.
    ///
    /// # Errors
    /// Why the action can't be taken whatever the data.
    pub async fn check_action(
        &self,
        caller: &Caller,
        key: &CaseKey,
        action: &str,
        input: ActionInput,
        expected: &Expected,
    ) -> Result<Vec<Fault>, ServiceError> {
        caller.require(Scope::CasesWrite)?;
        let (service, caller, key, action) = (self.clone(), caller.clone(), key.clone(), action.to_owned());
        let expected = expected.clone();
        self.db
            .read("check_action", move |tx| {
                let CaseAt { case, held, now, calendar } = service.load_visible(tx, &caller, &key)?;
                let definition = service.definition(&case)?;
                check_row(definition, &case, &expected)?;
                let context = service.context(&caller, now, &calendar, held.as_ref());
                match decide::act(definition, &case, &action, &input, &context) {
                    Ok(_) => Ok(Vec::new()),
                    Err(refusals) => ServiceError::from(refusals).into_faults(),
                }
            })
            .await
    }

    /// A case that the caller may see, as they expect it to be.
    pub(in crate::service) fn to_change(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        key: &CaseKey,
        expected: &Expected,
    ) -> Result<CaseAt, ServiceError> {
        let (case, held) = self.visible(tx, caller, key)?;
        check_row(self.definition(&case)?, &case, expected)?;
        check_expected(&case, expected)?;
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

    /// Saves what is decided about a case that was loaded in this transaction; nothing, where nothing is to happen.
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
        // What fell due before, and no sweep came by: afterwards nobody could tell.
        let mut recorded = self.announced(definition, &before.case, &calendar, now);
        let case = recorded.iter().fold(before.case.clone(), evolve);
        let context = self.context(caller, now, &calendar, before.held.as_ref());
        let events = decide(definition, &case, &context)?;
        if events.is_empty() {
            return Ok(before);
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
        // It may be on another edition now.
        let definition = self.definition(&case)?;
        // The case first: whoever was faster holds its row, and what that one entered in the register must not be
        // taken for somebody else's. Saving waits for it, notices, and all is decided again.
        cases::save(tx, &case, loaded, self.due(definition, &case, &calendar, now))?;
        register::apply(tx, &self.catalog, definition, &case, &recorded, held, now)?;
        events::append(tx, Subject::Case(case.id), &recorded)?;
        let reckoning = Reckoning { calendar: &calendar, hours: &self.hall.hours };
        let reached = facts::milestones(definition, Some(standing), &recorded, &case, reckoning);
        crate::store::reports::facts::append(tx, case.id, &reached)?;
        cash_journal::keep(tx, &recorded, &case)?;
        let held = self.held(tx, &case)?;
        let calendar = case.settled.map_or(Ok(calendar), |settled| self.calendar_of(tx, settled.calendar))?;
        Ok(CaseAt { case, held, now, calendar })
    }
}

/// A row of the checklist that the case hasn't isn't found.
fn check_row(definition: Definition<'_>, case: &Case, expected: &Expected) -> Result<(), ServiceError> {
    let Expected::Sheet(row, _) = expected else { return Ok(()) };
    let sheets = checklist(definition.case_type, &case.application);
    if sheets.iter().any(|sheet| sheet.code == *row) { Ok(()) } else { Err(ServiceError::NotFound) }
}

fn check_expected(case: &Case, expected: &Expected) -> Result<(), ServiceError> {
    let (wanted, current_version) = match expected {
        Expected::Any => return Ok(()),
        Expected::Case(version) => (*version, case.version),
        Expected::Sheet(sheet, version) => (*version, case.sheet_versions.get(sheet).copied().unwrap_or(0)),
    };
    if wanted == current_version { Ok(()) } else { Err(ServiceError::Stale { current_version }) }
}

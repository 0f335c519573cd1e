//! Sweeps: find the cases with due announcements and record them.
//!
//! Guarantees: truth is computed from time, so a late sweep makes nothing wrong; what is announced is recorded in the
//! transaction that changes the case, so it is announced once, by however many instances; a case that fails is put off
//! and doesn't hold up the others; the cost grows with what is due, since only an index of what is due is read.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::case::CaseAt;
use crate::domain::accounts::actor::{HALL_ID, HALL_NAME};
use crate::domain::base::recorded::Recorded;
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::{Case, evolve};
use crate::domain::cases::deadlines::plan::{Plan, own_reason, plan};
use crate::domain::cases::deadlines::reckoning::{CalendarInForce, Reckoning};
use crate::domain::cases::event::Event;
use crate::domain::cases::input::ActionInput;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::engine::events::{self, Subject};
use crate::store::{Tx, cases};

/// The action by which the timeline names an announcement.
pub const ANNOUNCE_ACTION: &str = "announce";

/// How many cases are looked at side by side; on SQLite they share commits.
const SIDE_BY_SIDE: usize = 32;
/// How many cases are looked up at a time.
const AT_A_TIME: i64 = 256;
/// For how long a case that fails is put off.
const PUT_OFF_MINUTES: i64 = 10;

/// What a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sweep {
    /// Cases that were looked at.
    pub looked_at: usize,
    /// What was announced.
    pub announced: usize,
    /// Cases that failed and were put off.
    pub failed: usize,
}

impl Service {
    /// Announces everything that is due now.
    ///
    /// # Errors
    /// The database can't be asked at all. A case that fails is logged, put off and counted.
    pub async fn sweep(&self) -> Result<Sweep, ServiceError> {
        self.refresh_calendar().await?;
        self.refresh_editions().await?;
        let mut sweep = Sweep::default();
        // Each round leaves what it found with a later time, so the rounds come to an end; the bound is for the case
        // that the clock is moved meanwhile.
        for _ in 0..100_000 {
            let now = self.now();
            let found = self.db.read_long("cases_to_look_at", move |tx| cases::to_look_at(tx, now, AT_A_TIME)).await?;
            if found.is_empty() {
                break;
            }
            let mut waiting = found.into_iter();
            let mut looking = JoinSet::new();
            loop {
                while looking.len() < SIDE_BY_SIDE
                    && let Some(id) = waiting.next()
                {
                    let service = self.clone();
                    looking.spawn(async move { (id, service.look_at(id).await) });
                }
                let Some(looked) = looking.join_next().await else { break };
                sweep.looked_at += 1;
                match looked {
                    Ok((_, Ok(announced))) => sweep.announced += announced,
                    Ok((id, Err(error))) => {
                        sweep.failed += 1;
                        tracing::error!(case = %id, %error, "a case couldn't be swept; it is put off");
                        self.put_off(id).await?;
                    }
                    // The task was cancelled: the program is stopping.
                    Err(_) => return Ok(sweep),
                }
            }
        }
        Ok(sweep)
    }

    async fn put_off(&self, id: Uuid) -> Result<(), ServiceError> {
        let later = self.now() + TimeDelta::minutes(PUT_OFF_MINUTES);
        Ok(self.db.write("look_later", move |tx| cases::look_later(tx, id, later)).await?)
    }

    async fn look_at(&self, id: Uuid) -> Result<usize, ServiceError> {
        let service = self.clone();
        self.db.write("announce", move |tx| service.look_in(tx, id)).await
    }

    fn look_in(&self, tx: &mut Tx<'_>, id: Uuid) -> Result<usize, ServiceError> {
        // What is due is announced, also where persons can't be read.
        tx.leave_persons();
        // First the calendar: after a change of it was waited for, the case is read as it is then.
        let calendar = self.calendar_for_dates(tx)?;
        let (Some(case), now) = (cases::load(tx, id)?, self.now()) else { return Ok(0) };
        let definition = self.definition(&case)?;
        let Plan { due, action, .. } = self.plan(definition, &case, &calendar, now);
        if let Some(action) = action {
            let held = self.held(tx, &case)?;
            let wanted = definition.workflow.action(&action);
            let caller = Caller::hall_with(wanted.map(|action| action.roles.clone()).unwrap_or_default());
            let takes_reason = wanted
                .is_some_and(|action| action.takes.contains(&crate::domain::case_types::codes::InputPart::Reason));
            let reason = takes_reason.then(|| own_reason().zh);
            let input = ActionInput { reason, ..ActionInput::default() };
            self.act_in(tx, &caller, CaseAt { case, held, now, calendar }, &action, &input)?;
            return Ok(due.len());
        }
        let recorded = self.announced(definition, &case, &calendar, now);
        let loaded = case.version;
        let case = recorded.iter().fold(case, evolve);
        if recorded.is_empty() {
            let look_at = self.plan(definition, &case, &calendar, now).next;
            cases::set_look_at(tx, id, loaded, look_at)?;
        } else {
            cases::save(tx, &case, loaded, self.due(definition, &case, &calendar, now))?;
            events::append(tx, Subject::Case(id), &recorded)?;
        }
        Ok(recorded.len())
    }

    pub(in crate::service) fn plan(
        &self,
        definition: Definition<'_>,
        case: &Case,
        calendar: &CalendarInForce,
        now: DateTime<Utc>,
    ) -> Plan {
        let reckoning = Reckoning { calendar, hours: &self.hall.hours };
        plan(definition, case, reckoning, self.hall.announcements, now)
    }

    /// What is due about a case, as its next events.
    pub(in crate::service) fn announced(
        &self,
        definition: Definition<'_>,
        case: &Case,
        calendar: &CalendarInForce,
        now: DateTime<Utc>,
    ) -> Vec<Recorded<Event>> {
        let due = self.plan(definition, case, calendar, now).due;
        let recorded = |(sequence, announcement)| Recorded {
            sequence,
            at: now,
            actor_id: HALL_ID.to_owned(),
            actor_name: HALL_NAME.to_owned(),
            action: ANNOUNCE_ACTION.to_owned(),
            event: Event::Announced { announcement },
        };
        ((case.version + 1)..).zip(due).map(recorded).collect()
    }
}

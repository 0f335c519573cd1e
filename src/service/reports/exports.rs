//! Exports in bulk for other programs: the event log for process mining.
//!
//! Who may: supervisors, administrators and auditors; whoever belongs to an outlet gets that outlet's cases. Other systems
//! may not. An administrator, who sees no case, may: the log shows how the hall works and has nothing of a case's data but
//! its number.
//!
//! Guarantees: an export holds one chunk in memory, whatever the size of the log, and no connection between chunks, so a
//! slow reader keeps nobody waiting. Each chunk is of one moment; a case that goes on while the log is read may be newer in
//! the log than the one before it, but is never half in it.

use chrono::NaiveDate;

use crate::domain::accounts::audit::{AuditEntry, AuditKind};
use crate::domain::accounts::role::Role;
use crate::domain::base::words::Fault;
use crate::domain::reports::event_log::LoggedCase;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::reports::event_log::{self, EventLogFilter, Position};

/// Who may take the event log.
const EXPORT_ROLES: &[Role] = &[Role::Supervisor, Role::Administrator, Role::Auditor];
/// The right's name in refusals.
const RIGHT: &str = "exports:read";
/// Cases of a chunk: some hundred kilobytes as text.
const CASES_OF_A_CHUNK: usize = 200;
/// After so many cases the program's log says how far it is.
const TOLD_EVERY: u64 = 100_000;

/// Which part of the event log is asked for; every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventLogQuery {
    /// Cases opened on this day of the hall's calendar or later.
    pub opened_from: Option<NaiveDate>,
    /// Cases opened on this day or earlier.
    pub opened_to: Option<NaiveDate>,
    /// Of this case type.
    pub case_type: Option<String>,
    /// Of this outlet.
    pub outlet: Option<String>,
}

/// The event log, to be read to its end by [`EventLog::next`].
pub struct EventLog {
    service: Service,
    caller: Caller,
    filter: EventLogFilter,
    position: Option<Position>,
    ended: bool,
    cases: u64,
}

impl Service {
    /// The query, when its days are in order and the hall knows what it names.
    ///
    /// # Errors
    /// Every fault, such as one at `opened_to` where that comes before `opened_from`.
    pub fn event_log_query(&self, asked: EventLogQuery) -> Result<EventLogQuery, Vec<Fault>> {
        let mut faults = self.days("opened", asked.opened_from, asked.opened_to).err().unwrap_or_default();
        faults.extend(self.known_case_type(asked.case_type.as_deref()).err().into_iter().flatten());
        faults.extend(self.known_outlet(asked.outlet.as_deref()).err().into_iter().flatten());
        if faults.is_empty() { Ok(asked) } else { Err(faults) }
    }

    /// Refuses whoever may take no log at all, before anything is asked of them.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`] for other systems and for who has none of the roles.
    pub fn may_export(&self, caller: &Caller) -> Result<(), ServiceError> {
        let may = caller.client_id().is_none() && caller.actor.has_any(EXPORT_ROLES);
        if may { Ok(()) } else { Err(ServiceError::NotPermitted(RIGHT)) }
    }

    /// The event log, from its start; nothing is read yet. That it is exported stands in the audit trail first.
    ///
    /// # Errors
    /// As [`Service::may_export`]; [`ServiceError::NotFound`] for somebody else's outlet.
    pub async fn event_log(&self, caller: &Caller, query: EventLogQuery) -> Result<EventLog, ServiceError> {
        self.may_export(caller)?;
        let EventLogQuery { opened_from, opened_to, case_type, outlet } = query;
        let outlet = match &caller.actor.outlet {
            // Of another outlet nothing is shown, as in the forecast.
            Some(own) if outlet.as_ref().is_some_and(|asked| asked != own) => return Err(ServiceError::NotFound),
            Some(own) => Some(own.clone()),
            None => outlet,
        };
        let filter = EventLogFilter { opened_from, opened_to, outlet, case_type };
        let entry = AuditEntry::new(AuditKind::EventLogExported, self.now(), caller.audit_actor());
        let asked = [
            ("opened_from", filter.opened_from.map(|day| day.to_string())),
            ("opened_to", filter.opened_to.map(|day| day.to_string())),
            ("outlet", filter.outlet.clone()),
            ("case_type", filter.case_type.clone()),
        ];
        let asked = asked.into_iter().filter_map(|(name, value)| Some((name, value?)));
        self.record(asked.fold(entry, |entry, (name, value)| entry.with(name, value))).await?;
        Ok(EventLog { service: self.clone(), caller: caller.clone(), filter, position: None, ended: false, cases: 0 })
    }
}

impl EventLog {
    /// The next cases; none: that was all.
    ///
    /// # Errors
    /// Whoever takes it may no longer, or sees another outlet now; the database's. The next call tries the same chunk again.
    pub async fn next(&mut self) -> Result<Option<Vec<LoggedCase>>, ServiceError> {
        while !self.ended {
            let now = self.service.known_now(&self.caller).await?;
            self.service.may_export(&now)?;
            if now.actor.outlet != self.caller.actor.outlet {
                return Err(ServiceError::NotFound);
            }
            let (filter, position) = (self.filter.clone(), self.position);
            let read = self.service.db.read_long("event_log", move |tx| {
                Ok::<_, ServiceError>(event_log::read(tx, &filter, position, CASES_OF_A_CHUNK)?)
            });
            let chunk = read.await?;
            self.position = chunk.next;
            self.ended = chunk.next.is_none();
            if !chunk.cases.is_empty() {
                let before = self.cases;
                self.cases += chunk.cases.len() as u64;
                if self.cases / TOLD_EVERY > before / TOLD_EVERY {
                    let up_to = chunk.next.map(|next| next.day().to_string());
                    tracing::info!(
                        account = self.caller.actor.id,
                        cases = self.cases,
                        up_to,
                        "the event log is being exported"
                    );
                }
                return Ok(Some(chunk.cases));
            }
        }
        Ok(None)
    }
}

/// Who took how much stands in the log of the program, also when the reader went away in the middle.
impl Drop for EventLog {
    fn drop(&mut self) {
        tracing::info!(account = self.caller.actor.id, cases = self.cases, whole = self.ended, "event log exported");
    }
}

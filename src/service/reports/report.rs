//! Reports of a period and of the current situation.
//!
//! Who sees what: supervisors, auditors and administrators see every report that shows no single case, supervisors and
//! auditors those that do; whoever belongs to an outlet sees that outlet. Clerks and producers see what they did
//! themselves. Other systems see nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};

use crate::domain::accounts::audit::{AuditKind, AuditSubject, AuditSubjectKind};
use crate::domain::accounts::role::Role;
use crate::domain::base::words::{Fault, Words};
use crate::domain::case_types::codes::Queue;
use crate::domain::case_types::workflow::state_words;
use crate::domain::cases::deadlines::reckoning::CalendarInForce;
use crate::domain::reports::board::ageing;
use crate::domain::reports::board::ageing::{Bars, Edges};
use crate::domain::reports::facts::FactKind;
use crate::domain::reports::overdue::{self, OverdueCase, Stay};
use crate::domain::reports::query::{Dimension, Period, Query, QueryDraft, ReportName, Unit};
use crate::domain::reports::report::{Names, Noted};
use crate::domain::reports::uncollected::{self, UncollectedCase};
use crate::domain::reports::{cash_up, cycle_times, people, quality, throughput};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::cases::worklists::{Cursor, cut};
use crate::store::Tx;
use crate::store::calendar::years;
use crate::store::cases::CaseSummary;
use crate::store::cases::worklists::{self, Selection, Waiting};
use crate::store::money::cash_journal;
use crate::store::reports::{counts, standing};

/// Roles that see the work of others, summed.
pub(in crate::service) const OVERSEERS: &[Role] = &[Role::Supervisor, Role::Auditor, Role::Administrator];
/// Roles that see single cases of others; administrators run the system and see no case.
const CASE_OVERSEERS: &[Role] = &[Role::Supervisor, Role::Auditor];
/// Roles that see what they did themselves.
const WORKERS: &[Role] = &[Role::Clerk, Role::Producer];
/// The reports of one's own work.
const OWN_REPORTS: &[ReportName] = &[
    ReportName::Throughput,
    ReportName::CycleTimes,
    ReportName::Quality,
    ReportName::People,
    ReportName::CashUp,
    ReportName::CashUpEntries,
];
/// The right's name in refusals.
pub(in crate::service) const RIGHT: &str = "reports:read";

/// What tallies are of.
pub(in crate::service) const TALLIED: &[FactKind] = &[
    FactKind::Opened,
    FactKind::Accepted,
    FactKind::Notice,
    FactKind::Made,
    FactKind::Voided,
    FactKind::Issued,
    FactKind::Activated,
    FactKind::Closed,
];

/// Which page of a report that lists cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportPage {
    /// After this case.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: i64,
}

/// A report as it was at an instant.
#[derive(Debug, Clone)]
pub struct Report {
    /// Which.
    pub name: ReportName,
    /// What was asked, with what the caller may see.
    pub query: Query,
    /// Its numbers.
    pub table: Noted,
    /// The hall's day.
    pub today: NaiveDate,
    /// The instant.
    pub now: DateTime<Utc>,
    /// Where the next page goes on.
    pub next: Option<Cursor>,
}

impl Report {
    /// Whether its last day isn't over, so that numbers may still grow.
    pub fn is_open(&self) -> bool {
        self.query.period.to >= self.today
    }
}

/// How open cases are parted by age on a day.
pub(super) struct BarsOfDay {
    pub(super) edges: Edges,
    pub(super) cuts: Vec<DateTime<Utc>>,
    end: DateTime<Utc>,
    is_provisional: bool,
}

impl Service {
    /// Refuses whoever may see nothing of a report, before its parameters are read.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`].
    pub fn may_read_report(&self, caller: &Caller, name: ReportName) -> Result<(), ServiceError> {
        let actor = &caller.actor;
        let overseers = if name.names_cases() { CASE_OVERSEERS } else { OVERSEERS };
        let own = OWN_REPORTS.contains(&name) && actor.has_any(WORKERS);
        let may = caller.scopes.is_none() && (actor.has_any(overseers) || own);
        if may { Ok(()) } else { Err(ServiceError::NotPermitted(RIGHT)) }
    }

    /// Whether somebody sees only their own work in a report.
    pub fn reads_own_work(&self, caller: &Caller, name: ReportName) -> bool {
        !caller.actor.has_any(if name.names_cases() { CASE_OVERSEERS } else { OVERSEERS })
    }

    /// Checks what is asked of a report.
    ///
    /// # Errors
    /// Every fault.
    pub fn check_report(&self, name: ReportName, draft: QueryDraft) -> Result<Query, Vec<Fault>> {
        let outlets: Vec<&str> = self.hall.outlets.iter().map(|outlet| outlet.code.as_str()).collect();
        Query::checked(name, draft, self.today(), &outlets, &self.case_type_codes())
    }

    /// A report.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for another outlet than the caller's, [`ServiceError::NotPermitted`] for the work of others
    /// where the caller sees only their own.
    pub async fn read_report(
        &self,
        caller: &Caller,
        name: ReportName,
        query: Query,
        page: ReportPage,
    ) -> Result<Report, ServiceError> {
        self.may_read_report(caller, name)?;
        let query = self.within_reach(caller, name, query)?;
        let service = self.clone();
        self.db.read_long("report", move |tx| service.report_in(tx, name, query, page)).await
    }

    /// Enters in the audit trail that a report is taken away as a file.
    ///
    /// # Errors
    /// The database's: then it must not be sent.
    pub async fn record_report_file(&self, caller: &Caller, report: &Report, kind: &str) -> Result<(), ServiceError> {
        let about = AuditSubject::new(AuditSubjectKind::Report, report.name.code());
        let entry = self.entry_by(caller, AuditKind::ReportTaken, about).with("format", kind);
        let period = report.query.period;
        let entry = entry.with("from", period.from.to_string()).with("to", period.to.to_string());
        let outlet = report.query.outlet.clone();
        self.record(outlet.into_iter().fold(entry, |entry, outlet| entry.with("outlet", outlet))).await
    }

    pub(crate) fn today(&self) -> NaiveDate {
        self.hall.hours.local_date(self.now())
    }

    fn within_reach(&self, caller: &Caller, name: ReportName, mut query: Query) -> Result<Query, ServiceError> {
        query.outlet = caller.own_outlet(query.outlet)?;
        if self.reads_own_work(caller, name) {
            let own = &caller.actor.id;
            if query.person.as_ref().is_some_and(|person| person != own) {
                return Err(ServiceError::NotPermitted(RIGHT));
            }
            query.person = Some(own.clone());
        }
        Ok(query)
    }

    fn report_in(
        &self,
        tx: &mut Tx<'_>,
        name: ReportName,
        query: Query,
        page: ReportPage,
    ) -> Result<Report, ServiceError> {
        let (now, today) = (self.now(), self.today());
        let calendar = self.calendar_now(tx)?;
        let people: BTreeMap<String, String> = standing::names(tx)?.into_iter().collect();
        let names = Names { hall: &self.hall, catalog: self.catalog(), people: &people };
        let mut next = None;
        let table = match name {
            ReportName::Throughput => {
                throughput::table(&query, &counts::tallies(tx, &query, query.of, TALLIED)?, &names)
            }
            ReportName::Quality => {
                let kinds = &[FactKind::Accepted, FactKind::Notice];
                quality::table(&query, &counts::tallies(tx, &query, query.of, kinds)?, &names)
            }
            ReportName::CycleTimes => cycle_times::table(&query, counts::step_times(tx, &query)?, &names),
            ReportName::Defects => quality::defects(&counts::defects(tx, &query)?, &names),
            ReportName::People => {
                let days = counts::tallies(tx, &query, Some(Dimension::Person), TALLIED)?;
                people::table(&days, &standing::loads(tx, &selection(&query), now)?, &names)
            }
            ReportName::CashUp => cash_up::table(&query, &cash_journal::slices(tx, &query)?, &names),
            ReportName::CashUpEntries => cash_up::entries(&cash_journal::list(tx, &query)?, &names),
            ReportName::Ageing => self.ageing(tx, &query, now)?,
            ReportName::Overdue => {
                let waiting = Waiting::Limits(DateTime::UNIX_EPOCH, now);
                let found = worklists::page(tx, &waiting, &selection(&query), page.after, page.limit + 1)?;
                let (found, following) = cut(found, page.limit, &waiting);
                next = following;
                overdue::table(&self.overdue(tx, found, &calendar, now)?, &names, now)
            }
            ReportName::Uncollected => {
                let waiting = Waiting::Uncollected;
                let found = worklists::page(tx, &waiting, &selection(&query), page.after, page.limit + 1)?;
                let (found, following) = cut(found, page.limit, &waiting);
                next = following;
                let cases: Vec<UncollectedCase> =
                    found.into_iter().filter_map(|case| self.uncollected(case, &calendar, today, now)).collect();
                uncollected::table(&cases, &names)
            }
        };
        Ok(Report { name, query, table, today, now, next })
    }

    /// Counted by the calendar that was in force when the day ended, so that it says the same later.
    pub(in crate::service) fn ageing(
        &self,
        tx: &mut Tx<'_>,
        query: &Query,
        now: DateTime<Utc>,
    ) -> Result<Noted, ServiceError> {
        let own = query.case_type.as_deref().and_then(|code| self.catalog().current_case_type(code)?.deadline);
        let edges = ageing::edges(own.or(self.catalog().usual_deadline()));
        let (counts, bars) = self.aged(tx, query, edges, now)?;
        Ok(ageing::table(query, &bars.edges, &counts, bars.is_provisional))
    }

    /// Open cases at the end of a query's last day, by list and age.
    pub(super) fn aged(
        &self,
        tx: &mut Tx<'_>,
        query: &Query,
        edges: Edges,
        now: DateTime<Utc>,
    ) -> Result<(Vec<(Queue, Bars)>, BarsOfDay), ServiceError> {
        let bars = self.bars_of(tx, edges, query.period.to)?;
        let counts = standing::open_cases(tx, &selection(query), &bars.cuts, bars.end, now >= bars.end)?;
        Ok((counts, bars))
    }

    /// The open cases of a bar of today's board, which has one a day; none for what is no bar's youngest age.
    pub(in crate::service) fn bar_of_today(
        &self,
        tx: &mut Tx<'_>,
        youngest: i64,
    ) -> Result<Option<Waiting>, ServiceError> {
        let bars = self.bars_of(tx, ageing::days(self.catalog().usual_deadline()), self.today())?;
        let Some(bar) = bars.edges.iter().position(|edge| *edge == youngest) else { return Ok(None) };
        let from = bars.cuts.get(bar).copied().unwrap_or(DateTime::UNIX_EPOCH);
        let to = bar.checked_sub(1).and_then(|younger| bars.cuts.get(younger)).copied().unwrap_or(bars.end);
        Ok(Some(Waiting::Opened(from, to)))
    }

    /// Bars as they are parted at the end of a day.
    pub(super) fn bars_of(&self, tx: &mut Tx<'_>, edges: Edges, day: NaiveDate) -> Result<BarsOfDay, ServiceError> {
        let (end, calendar) = self.end_of_day(tx, day)?;
        let cuts = ageing::cuts(&edges, &calendar.calendar, &self.hall.hours, day);
        Ok(BarsOfDay { edges, cuts, end, is_provisional: !calendar.calendar.is_published(day.year()) })
    }

    /// When a day ends, and the calendar that is in force then.
    fn end_of_day(
        &self,
        tx: &mut Tx<'_>,
        day: NaiveDate,
    ) -> Result<(DateTime<Utc>, Arc<CalendarInForce>), ServiceError> {
        let hours = &self.hall.hours;
        let end = day.checked_add_days(Days::new(1)).map_or(DateTime::<Utc>::MAX_UTC, |next| hours.start_of_day(next));
        let edition = years::edition_at(tx, end)?;
        Ok((end, self.calendar_of(tx, edition)?))
    }

    fn overdue(
        &self,
        tx: &mut Tx<'_>,
        found: Vec<CaseSummary>,
        calendar: &CalendarInForce,
        now: DateTime<Utc>,
    ) -> Result<Vec<OverdueCase>, ServiceError> {
        let ids: Vec<uuid::Uuid> = found.iter().map(|case| case.id).collect();
        let mut stays: BTreeMap<uuid::Uuid, Vec<Stay>> = BTreeMap::new();
        for (id, stay) in standing::stays(tx, &ids)? {
            stays.entry(id).or_default().push(stay);
        }
        let overdue = |case: CaseSummary| {
            let limit = self.hall.hours.local_date(case.limit_at?);
            let mut stays = stays.remove(&case.id).unwrap_or_default();
            let workflow = self.catalog().workflow(&case.workflow.0, case.workflow.1);
            let queue = workflow.and_then(|workflow| workflow.state(&case.state)).and_then(|state| state.queue);
            let since = stays.last().map_or(case.opened_at, |stay| stay.to);
            stays.extend(queue.map(|queue| Stay { queue, from: since, to: now }));
            let plain = || Words::new(case.state.clone(), case.state.clone());
            Some(OverdueCase {
                state: workflow.map_or_else(plain, |workflow| state_words(workflow, &case.state)),
                acceptance_number: case.acceptance_number,
                organization_name: case.organization_name,
                outlet: case.outlet,
                case_type: case.case_type,
                assignee: case.assignee.map(|assignee| assignee.name),
                opened_at: case.opened_at,
                limit,
                provisional: case.provisional,
                working_days: calendar.calendar.working_days_between(limit, self.hall.hours.local_date(now)),
                stays,
                pauses: case.ledger.pauses,
            })
        };
        Ok(found.into_iter().filter_map(overdue).collect())
    }

    fn uncollected(
        &self,
        case: CaseSummary,
        calendar: &CalendarInForce,
        today: NaiveDate,
        now: DateTime<Utc>,
    ) -> Option<UncollectedCase> {
        let made_at = case.uncollected_since?;
        let made_on = self.hall.hours.local_date(made_at);
        let days = i64::from(self.hall.announcements.uncollected_after_days);
        Some(UncollectedCase {
            acceptance_number: case.acceptance_number,
            organization_name: case.organization_name,
            outlet: case.outlet,
            case_type: case.case_type,
            certificate_serial: case.certificate_serial,
            made_at,
            days: (today - made_on).num_days(),
            working_days: calendar.calendar.working_days_between(made_on, today),
            long: (now - made_at).num_days() >= days,
        })
    }
}

/// A query of some days that narrows by nothing but the outlet.
pub(super) fn query_of(period: Period, outlet: Option<String>, unit: Option<Unit>) -> Query {
    Query { period, outlet, case_type: None, person: None, window: None, unit, of: None }
}

fn selection(query: &Query) -> Selection {
    let Query { outlet, case_type, person, .. } = query.clone();
    Selection { outlet, case_type, person, state: None }
}

//! Work lists of the caller's roles and outlet: counts, and pages in working order.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::accounts::role::Scope;
use crate::domain::case_types::codes::Queue;
use crate::domain::cases::deadlines::reckoning::CalendarInForce;
use crate::domain::cases::refusal::Refusal;
use crate::domain::cases::worklist::WorkList;
use crate::domain::reports::board::DueEdges;
use crate::domain::reports::board::happened::Happening;
use crate::store::Tx;
use crate::store::cases::CaseSummary;
use crate::store::cases::counts;
use crate::store::cases::worklists::{self, Waiting};

pub use crate::store::cases::worklists::{Cursor, Selection};

use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;

/// Counts go no further.
pub const MOST_COUNTED: i64 = 5_000;
/// Beside a list they go no further: who turns its pages wants to know about how many there are.
pub const MOST_BESIDE_A_LIST: i64 = 999;

/// A count that goes no further than it must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// So many.
    pub count: i64,
    /// There are more.
    pub more: bool,
}

impl Counted {
    /// As people read it.
    pub fn text(self) -> String {
        if self.more { format!("{}+", self.count) } else { self.count.to_string() }
    }
}

/// The lists that a caller works on, each with how many wait on it.
#[derive(Debug, Clone)]
pub struct WorkLists {
    /// The instant.
    pub now: DateTime<Utc>,
    /// The outlet; none: the whole hall.
    pub outlet: Option<String>,
    /// The lists.
    pub lists: Vec<(WorkList, Counted)>,
}

impl WorkLists {
    /// How many wait on one, where it is among them.
    pub fn of(&self, list: WorkList) -> Option<Counted> {
        self.lists.iter().find(|(known, _)| *known == list).map(|(_, counted)| *counted)
    }
}

/// Which cases are looked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Among {
    /// Those on a work list.
    List(WorkList),
    /// Those with a running limit on a day or after it, and on another or before it.
    Due(NaiveDate, NaiveDate),
    /// The open ones of a bar of today's board, by its youngest age in working days.
    Aged(i64),
    /// Those to which something happened on some days, ended ones too.
    Happened(Happening),
    /// Those that were on a work list when a day ended; of today those that are.
    StoodAt(Queue, NaiveDate),
    /// All that are open.
    Open,
}

/// A page of a work list.
#[derive(Debug, Clone)]
pub struct WorkListPage {
    /// The instant.
    pub now: DateTime<Utc>,
    /// The cases, in the order in which they are worked on.
    pub cases: Vec<CaseSummary>,
    /// Where the next page goes on.
    pub next: Option<Cursor>,
}

impl Service {
    /// The lists that the caller works on, with counts.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`] for other systems; [`ServiceError::NotFound`] for another outlet than the caller's.
    pub async fn work_lists(&self, caller: &Caller, outlet: Option<String>) -> Result<WorkLists, ServiceError> {
        caller.require_staff()?;
        let outlet = caller.own_outlet(outlet)?;
        let lists: Vec<WorkList> =
            WorkList::ALL.into_iter().filter(|list| caller.actor.has_any(list.roles())).collect();
        let (service, caller) = (self.clone(), caller.clone());
        self.db
            .read_long("work_lists", move |tx| {
                let now = service.now();
                let edges = service.due_edges(&*service.calendar_now(tx)?, now);
                let counted = lists.iter().map(|list| {
                    let waiting = waiting(*list, &edges, &caller.actor.id);
                    Ok((*list, counted(tx, &waiting, outlet.as_deref())?))
                });
                let lists = counted.collect::<Result<_, ServiceError>>()?;
                Ok(WorkLists { now, outlet: outlet.clone(), lists })
            })
            .await
    }

    /// A page of a work list.
    ///
    /// # Errors
    /// As [`Service::work_lists`]; the role that is missing.
    pub async fn work_list(
        &self,
        caller: &Caller,
        list: WorkList,
        outlet: Option<String>,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<WorkListPage, ServiceError> {
        let selection = Selection { outlet, ..Selection::default() };
        self.cases_among(caller, Among::List(list), selection, after, limit).await
    }

    /// A page of cases of some sort; ordered by when they are due, or by when they were received.
    ///
    /// # Errors
    /// As [`Service::work_list`]; [`ServiceError::NotFound`] where there is no such bar.
    pub async fn cases_among(
        &self,
        caller: &Caller,
        among: Among,
        mut selection: Selection,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<WorkListPage, ServiceError> {
        caller.require_staff()?;
        match &among {
            Among::List(list) => {
                if let Some(refusal) = Refusal::unless_role(&caller.actor, list.roles()) {
                    return Err(refusal.into());
                }
            }
            _ => caller.require(Scope::CasesRead)?,
        }
        selection.outlet = caller.own_outlet(selection.outlet)?;
        let (service, caller) = (self.clone(), caller.clone());
        let read = self.db.read_long("work_list", move |tx| {
            let now = service.now();
            // What explains the dates must be what they were counted by.
            let calendar = service.calendar_now(tx)?;
            let waiting = service.waiting_among(tx, among, &calendar, &caller)?;
            let found = worklists::page(tx, &waiting, &selection, after, limit + 1)?;
            let (cases, next) = cut(found, limit, &waiting);
            Ok::<_, ServiceError>((WorkListPage { now, cases, next }, calendar))
        });
        let (page, calendar) = read.await?;
        self.remember_calendar(&calendar);
        Ok(page)
    }

    /// How many cases of some sort there are, counted no further than [`MOST_BESIDE_A_LIST`]; asked of a list that was read.
    ///
    /// # Errors
    /// As [`Service::cases_among`].
    pub async fn how_many(
        &self,
        caller: &Caller,
        among: Among,
        mut selection: Selection,
    ) -> Result<Counted, ServiceError> {
        selection.outlet = caller.own_outlet(selection.outlet)?;
        let (service, caller) = (self.clone(), caller.clone());
        let count = self.db.read("how_many", move |tx| {
            let calendar = service.calendar_now(tx)?;
            let waiting = service.waiting_among(tx, among, &calendar, &caller)?;
            let (count, is_all) = counts::count_selected(tx, &waiting, &selection, MOST_BESIDE_A_LIST)?;
            Ok::<_, ServiceError>(Counted { count, more: !is_all })
        });
        count.await
    }

    fn waiting_among(
        &self,
        tx: &mut Tx<'_>,
        among: Among,
        calendar: &CalendarInForce,
        caller: &Caller,
    ) -> Result<Waiting, ServiceError> {
        let (now, hours) = (self.now(), &self.hall.hours);
        Ok(match among {
            Among::List(list) => waiting(list, &self.due_edges(calendar, now), &caller.actor.id),
            Among::Due(from, to) => Waiting::Limits(hours.day(from).0, hours.day(to).1 + TimeDelta::microseconds(1)),
            Among::Aged(youngest) => self.bar_of_today(tx, youngest)?.ok_or(ServiceError::NotFound)?,
            Among::Happened(happening) => Waiting::Happened(happening),
            Among::StoodAt(queue, day) => Waiting::StoodAt(queue, hours.day(day).1 + TimeDelta::microseconds(1)),
            Among::Open => Waiting::Opened(DateTime::UNIX_EPOCH, now + TimeDelta::days(1)),
        })
    }

    /// What parts overdue from due today, soon and later.
    pub(in crate::service) fn due_edges(&self, calendar: &CalendarInForce, now: DateTime<Utc>) -> DueEdges {
        let soon = self.hall.announcements.due_soon_working_days;
        DueEdges::at(now, &calendar.calendar, &self.hall.hours, soon)
    }
}

/// How many wait, counted no further than [`MOST_COUNTED`].
///
/// # Errors
/// The database's.
pub(in crate::service) fn counted(
    tx: &mut Tx<'_>,
    waiting: &Waiting,
    outlet: Option<&str>,
) -> Result<Counted, ServiceError> {
    let count = counts::count(tx, waiting, outlet, MOST_COUNTED + 1)?;
    Ok(Counted { count: count.min(MOST_COUNTED), more: count > MOST_COUNTED })
}

/// What is on a list for a person at an instant.
pub(in crate::service) fn waiting(list: WorkList, edges: &DueEdges, person: &str) -> Waiting {
    match list {
        WorkList::Mine => Waiting::Of(person.to_owned()),
        WorkList::ToCheck => Waiting::On(Queue::ToCheck),
        WorkList::ToMake => Waiting::On(Queue::ToMake),
        WorkList::ToHandOver => Waiting::On(Queue::ToHandOver),
        WorkList::WaitingForCorrection => Waiting::On(Queue::WaitingForCorrection),
        WorkList::Overdue | WorkList::DueToday | WorkList::DueSoon => {
            let (from, to) = limits_of(list, edges);
            Waiting::Limits(from, to)
        }
        WorkList::Paused => Waiting::Paused,
        WorkList::Uncollected => Waiting::Uncollected,
        WorkList::OverdueCommitments => Waiting::Promised(edges.now),
        WorkList::Unassigned => Waiting::Unassigned,
    }
}

/// Between which instants the limits of a list lie, the latter excluded; of lists that know no limits, never.
pub(in crate::service) fn limits_of(list: WorkList, edges: &DueEdges) -> (DateTime<Utc>, DateTime<Utc>) {
    // The limit itself is still in time.
    let micro = TimeDelta::microseconds(1);
    let after_today = edges.today.max(edges.now) + micro;
    let after_soon = (edges.soon.max(edges.now) + micro).max(after_today);
    match list {
        WorkList::Overdue => (DateTime::UNIX_EPOCH, edges.now),
        WorkList::DueToday => (edges.now, after_today),
        WorkList::DueSoon => (after_today, after_soon),
        _ => (edges.now, edges.now),
    }
}

/// A page of what was found, and where the next one goes on.
pub(in crate::service) fn cut(
    mut found: Vec<CaseSummary>,
    limit: i64,
    waiting: &Waiting,
) -> (Vec<CaseSummary>, Option<Cursor>) {
    let wanted = usize::try_from(limit).unwrap_or(0);
    if found.len() <= wanted {
        return (found, None);
    }
    found.truncate(wanted);
    let next = found.last().map(|last| Cursor { at: waiting.ordered_by(last), id: last.id });
    (found, next)
}

//! The supervisor's board: due and waiting cases, the last weeks, and warnings.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::marks::Marks;
use super::report::{OVERSEERS, RIGHT, TALLIED, query_of};
use crate::domain::base::words::Words;
use crate::domain::cases::worklist::WorkList;
use crate::domain::reports::board::DueEdges;
use crate::domain::reports::query::{Period, Unit};
use crate::domain::reports::report::{Names, Noted};
use crate::domain::reports::{quality, throughput};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::cases::worklists::{Counted, counted, waiting};
use crate::store::Tx;
use crate::store::reports::counts;

/// The days that the board looks back on, today included.
const BOARD_DAYS: u64 = 30;
/// What a supervisor looks at first.
const TILES: &[WorkList] = &[
    WorkList::DueToday,
    WorkList::DueSoon,
    WorkList::Overdue,
    WorkList::Paused,
    WorkList::Uncollected,
    WorkList::Unassigned,
];
/// The steps of the work.
const QUEUES: &[WorkList] =
    &[WorkList::ToCheck, WorkList::WaitingForCorrection, WorkList::ToMake, WorkList::ToHandOver];

/// The instant of a board, and what must be seen to then.
#[derive(Debug, Clone)]
pub struct Situation {
    /// The instant.
    pub now: DateTime<Utc>,
    /// The hall's day.
    pub today: NaiveDate,
    /// The outlet; none: the whole hall.
    pub outlet: Option<String>,
    /// What must be seen to: a stable code, and words.
    pub warnings: Vec<(&'static str, Words)>,
    /// The days that the board looks back on.
    pub period: Period,
    /// What parts overdue from due today, soon and later.
    pub edges: DueEdges,
}

/// The supervisor's board in numbers.
#[derive(Debug, Clone)]
pub struct Board {
    /// The moment, and what must be seen to.
    pub situation: Situation,
    /// How many are on the lists that a supervisor looks at first.
    pub tiles: Vec<(WorkList, Counted)>,
    /// How many are on the lists of the steps of the work.
    pub queues: Vec<(WorkList, Counted)>,
    /// The last days together.
    pub totals: Noted,
    /// The last days one by one.
    pub days: Noted,
    /// First-pass rate and notices by week.
    pub quality: Noted,
    /// Open cases by age.
    pub ageing: Noted,
}

impl Service {
    /// Refuses whoever may not see a board.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`].
    pub fn may_read_board(&self, caller: &Caller) -> Result<(), ServiceError> {
        let may = caller.scopes.is_none() && caller.actor.has_any(OVERSEERS);
        if may { Ok(()) } else { Err(ServiceError::NotPermitted(RIGHT)) }
    }

    /// The board of an outlet, or of the whole hall.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`]; [`ServiceError::NotFound`] for another outlet than the caller's.
    pub async fn board(&self, caller: &Caller, outlet: Option<String>) -> Result<Board, ServiceError> {
        self.may_read_board(caller)?;
        let outlet = caller.own_outlet(outlet)?;
        let service = self.clone();
        self.db.read_long("board", move |tx| service.board_in(tx, outlet)).await
    }

    /// How many cases of the whole hall are on each of the board's lists, for metrics; by stable code.
    ///
    /// # Errors
    /// The database's.
    pub async fn list_counts(&self) -> Result<Vec<(&'static str, i64)>, ServiceError> {
        let service = self.clone();
        let read = self.db.read_long("list_counts", move |tx| {
            let edges = service.due_edges(&*service.calendar_now(tx)?, service.now());
            let lists = TILES.iter().chain(QUEUES);
            let count = |list: &WorkList| Ok((list.code(), counted(tx, &waiting(*list, &edges, ""), None)?.count));
            lists.map(count).collect::<Result<_, ServiceError>>()
        });
        read.await
    }

    /// The moment, and what is behind the board's pictures then.
    ///
    /// # Errors
    /// As [`Service::board`].
    pub async fn overview(&self, caller: &Caller, outlet: Option<String>) -> Result<(Situation, Marks), ServiceError> {
        self.may_read_board(caller)?;
        let outlet = caller.own_outlet(outlet)?;
        let service = self.clone();
        let read = self.db.read_long("overview", move |tx| {
            let situation = service.situation_in(tx, outlet.clone())?;
            let marks = service.marks_in(tx, &situation)?;
            Ok::<_, ServiceError>((situation, marks))
        });
        read.await
    }

    fn situation_in(&self, tx: &mut Tx<'_>, outlet: Option<String>) -> Result<Situation, ServiceError> {
        let (now, today) = (self.now(), self.today());
        let edges = self.due_edges(&*self.calendar_now(tx)?, now);
        let warnings = [
            self.calendar_warning(now).map(|words| ("calendar_year_missing", words)),
            self.price_warning(today).map(|words| ("price_list_ends", words)),
        ];
        Ok(Situation {
            now,
            today,
            warnings: warnings.into_iter().flatten().collect(),
            period: Period::last(BOARD_DAYS, today),
            edges,
            outlet,
        })
    }

    fn board_in(&self, tx: &mut Tx<'_>, outlet: Option<String>) -> Result<Board, ServiceError> {
        let situation = self.situation_in(tx, outlet)?;
        let query = |unit| query_of(situation.period, situation.outlet.clone(), unit);
        let days = counts::tallies(tx, &query(None), None, TALLIED)?;
        let people = BTreeMap::new();
        let names = Names { hall: &self.hall, catalog: self.catalog(), people: &people };
        Ok(Board {
            tiles: on_lists(tx, TILES, &situation.edges, situation.outlet.as_deref())?,
            queues: on_lists(tx, QUEUES, &situation.edges, situation.outlet.as_deref())?,
            totals: throughput::table(&query(Some(Unit::Period)), &days, &names),
            days: throughput::table(&query(Some(Unit::Day)), &days, &names),
            quality: quality::table(&query(Some(Unit::Week)), &days, &names),
            ageing: self.ageing(tx, &query(None), situation.now)?,
            situation,
        })
    }
}

/// How many are on each of some lists; nobody's own list is on the board.
fn on_lists(
    tx: &mut Tx<'_>,
    lists: &[WorkList],
    edges: &DueEdges,
    outlet: Option<&str>,
) -> Result<Vec<(WorkList, Counted)>, ServiceError> {
    lists.iter().map(|list| Ok((*list, counted(tx, &waiting(*list, edges, ""), outlet)?))).collect()
}

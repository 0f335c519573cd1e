//! Cases in an order, a page at a time.
//!
//! Guarantee: whatever is asked for, in whatever order, a page costs a bounded number of rows, and whoever follows the cursors meets
//! each case that doesn't change meanwhile once. Where few cases fit one of the filters, only these are looked at; where many do, the next ones in
//! the order are, until the page is full or so many were looked at that it says where to go on. In the order of receipt they are those that an index
//! has of one of the filters; if that is the only one, all of them fit.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text, Timestamp};
use uuid::Uuid;

use super::{CaseFilter, CaseListing, CasePage, CaseSummary, cases_of};
use crate::domain::calendar::span::Span;
use crate::store::engine::connection::{AnyConnection, on_backend, within};
use crate::store::engine::error::StoreError;
use crate::store::engine::name_parts::{self, Among};
use crate::store::engine::schema::cases;
use crate::store::engine::tx::{Tx, parse_uuid};

/// How much is done for a page.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Fewer cases than this are few: all of them are looked at.
    pub few: i64,
    /// The most that are looked at along the order.
    pub looked_at: i64,
}

/// Some ten milliseconds.
pub(super) const BOUNDS: Bounds = Bounds { few: 2_000, looked_at: 20_000 };

/// How many rows are looked at in one statement, at most.
const AT_ONCE: i64 = 1_000;

/// In which order cases are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CaseOrder {
    /// As they were received, the last one first.
    #[default]
    NewestFirst,
    /// By when they were opened: one that was received later may have been opened by an earlier clock.
    EarliestOpened,
    /// By when they were opened, the last one first.
    LatestOpened,
    /// By their running limit, and behind them as they were received those that have none.
    EarliestLimit,
    /// By when they changed, the last one first.
    LatestChanged,
    /// By when they changed.
    LongestUnchanged,
}

/// Where a page goes on: behind a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseCursor {
    /// What it is ordered by, but for its id.
    pub at: Option<DateTime<Utc>>,
    /// Its id.
    pub id: Uuid,
}

/// What is walked along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Id,
    Opening,
    Change,
    Limit,
}

/// A part of an order: the cases of one index, one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Leg {
    by: By,
    descending: bool,
    /// Only what has no running limit.
    without_limit: bool,
}

/// A place on a leg.
type Place = (Option<NaiveDateTime>, String);

impl CaseOrder {
    /// The legs of an order, one after the other.
    fn legs(self, filter: &CaseFilter) -> Vec<Leg> {
        let leg = |by, descending| Leg { by, descending, without_limit: false };
        // Both are the order of receipt, but for clocks that differ; days of it are a range of the one only.
        let receipt = if filter.opened == Span::ALWAYS || filter.is_searched() { By::Id } else { By::Opening };
        match self {
            Self::NewestFirst => vec![leg(receipt, true)],
            Self::EarliestOpened => vec![leg(By::Opening, false)],
            Self::LatestOpened => vec![leg(By::Opening, true)],
            Self::LatestChanged => vec![leg(By::Change, true)],
            Self::LongestUnchanged => vec![leg(By::Change, false)],
            Self::EarliestLimit => {
                let has_limit = filter.limit != Span::ALWAYS || filter.overdue.is_some_and(|(overdue, _)| overdue);
                let rest = Leg { by: By::Id, descending: false, without_limit: true };
                [leg(By::Limit, false)].into_iter().chain((!has_limit).then_some(rest)).collect()
            }
        }
    }

    /// Whether a page in this order may end there.
    pub fn has_cursor(self, filter: &CaseFilter, cursor: CaseCursor) -> bool {
        self.legs(filter).iter().any(|leg| leg.has(cursor))
    }
}

impl Leg {
    /// Whether a place is on it.
    fn has(self, cursor: CaseCursor) -> bool {
        cursor.at.is_some() != (self.by == By::Id)
    }

    /// The place of a case; none where it isn't on the leg.
    fn place(self, case: &CaseSummary) -> Option<CaseCursor> {
        let at = match self.by {
            By::Id => None,
            By::Opening => Some(case.opened_at),
            By::Change => Some(case.updated_at),
            By::Limit => Some(case.limit_at?),
        };
        let is_on = !(self.without_limit && case.limit_at.is_some());
        is_on.then_some(CaseCursor { at, id: case.id })
    }

    /// How two places follow each other.
    fn compare(self, one: &CaseCursor, other: &CaseCursor) -> Ordering {
        let ascending = (one.at, one.id).cmp(&(other.at, other.id));
        if self.descending { ascending.reverse() } else { ascending }
    }

    /// So many of the next places on the leg. What else the filter says is for another statement, but where the same index says it.
    fn next(
        self,
        tx: &mut Tx<'_>,
        filter: &CaseFilter,
        after: Option<&Place>,
        many: i64,
    ) -> Result<Vec<Place>, StoreError> {
        let sign = if self.descending { "<" } else { ">" };
        macro_rules! along {
            ($connection:ident, $column:expr, $name:literal, $span:expr) => {{
                let mut query = cases::table.filter($column.is_not_null()).into_boxed();
                within!(query, $column, $span);
                // Compared as one value, the two are one range of the index, however many cases share an instant.
                if let Some((Some(at), id)) = after {
                    let beyond = sql::<Bool>(&format!("({}, id) {sign} (", $name)).bind::<Timestamp, _>(*at);
                    query = query.filter(beyond.sql(", ").bind::<Text, _>(id.clone()).sql(")"));
                }
                query = match self.descending {
                    true => query.order(($column.desc(), cases::id.desc())),
                    false => query.order(($column.asc(), cases::id.asc())),
                };
                query.select(($column.nullable(), cases::id)).limit(many).load::<Place>($connection)
            }};
        }
        Ok(on_backend!(tx, |connection| match self.by {
            By::Opening => along!(connection, cases::opened_at, "opened_at", filter.opened),
            By::Change => along!(connection, cases::updated_at, "updated_at", filter.updated),
            By::Limit => along!(connection, cases::limit_at, "limit_at", filter.limit),
            By::Id => {
                let mut query = cases::table.select(cases::id).into_boxed();
                // An index has the ids of each; of more than one, some may be rare together. Without the other columns a planner takes that
                // index, where it may rather walk through all cases if whole rows are asked for.
                let (outlet, state) = (only(&filter.outlets), only(&filter.states));
                let (client, case_type) = (filter.client_id.as_deref(), only(&filter.case_types));
                let is_open = filter.closed == Some(false) || filter.is_overdue();
                query = match (outlet, state, client, case_type) {
                    (Some(outlet), Some(state), ..) => {
                        query.filter(cases::outlet.eq(outlet)).filter(cases::state.eq(state))
                    }
                    (_, Some(state), ..) => query.filter(cases::state.eq(state)),
                    (_, _, Some(client), _) => query.filter(cases::client_id.eq(client)),
                    // Only what hasn't ended has a running limit.
                    _ if is_open => query.filter(cases::closed_at.is_null()),
                    (.., Some(case_type)) => query.filter(cases::case_type.eq(case_type)),
                    (Some(outlet), ..) => query.filter(cases::outlet.eq(outlet)),
                    _ if filter.closed == Some(true) => query.filter(cases::closed_at.is_not_null()),
                    _ => query,
                };
                query = match (self.descending, after) {
                    (true, Some((_, id))) => query.filter(cases::id.lt(id)),
                    (false, Some((_, id))) => query.filter(cases::id.gt(id)),
                    (_, None) => query,
                };
                query = match self.descending {
                    true => query.order(cases::id.desc()),
                    false => query.order(cases::id.asc()),
                };
                let ids = query.limit(many).load::<String>(connection);
                ids.map(|ids| ids.into_iter().map(|id| (None, id)).collect::<Vec<Place>>())
            }
        })?)
    }

    /// The same of some ids, where the order is that of ids.
    fn next_of(self, ids: &[String], after: Option<&Place>, many: i64) -> Vec<Place> {
        let is_behind = |id: &&String| match after {
            Some((_, after)) => (*id > after) != self.descending && *id != after,
            None => true,
        };
        let mut ids: Vec<&String> = ids.iter().filter(is_behind).collect();
        ids.sort_unstable();
        if self.descending {
            ids.reverse();
        }
        ids.truncate(usize::try_from(many).unwrap_or(usize::MAX));
        ids.into_iter().map(|id| (None, id.clone())).collect()
    }

    /// Those of some cases that are on the leg behind a place, in its order.
    fn sorted(self, cases: impl IntoIterator<Item = CaseSummary>, after: Option<CaseCursor>) -> Vec<CaseSummary> {
        let place = |case: CaseSummary| Some((self.place(&case)?, case));
        let is_behind = |place: &CaseCursor| after.is_none_or(|after| self.compare(place, &after).is_gt());
        let mut placed: Vec<_> = cases.into_iter().filter_map(place).filter(|(place, _)| is_behind(place)).collect();
        placed.sort_unstable_by(|(one, _), (other, _)| self.compare(one, other));
        placed.into_iter().map(|(_, case)| case).collect()
    }
}

/// A page of cases in the order that is asked for; of those that are searched for by what they are called, the newest first.
///
/// # Errors
/// The database's.
pub fn list_within(
    tx: &mut Tx<'_>,
    filter: &CaseFilter,
    page: &CasePage,
    bounds: Bounds,
) -> Result<CaseListing, StoreError> {
    // SQLite takes the index that has both what fits and its order, whatever it knows of how much fits.
    let is_sqlite = matches!(tx.connection(), AnyConnection::Sqlite(_));
    let has_one_way = *filter == CaseFilter::default() || (is_sqlite && filter.has_index());
    if filter.is_searched() || (page.order == CaseOrder::NewestFirst && has_one_way) {
        let after = page.after.map(|after| after.id);
        let (cases, next) = name_parts::page(tx, filter, after, page.limit, name_parts::EFFORT)?;
        return Ok(CaseListing { cases, next: next.map(|id| CaseCursor { at: None, id }) });
    }
    let few_ids = few(tx, filter, page.order, bounds)?;
    // In the order of their ids, only those of the page are read.
    let by_ids = page.order.legs(filter).iter().all(|leg| leg.by == By::Id);
    let few = match &few_ids {
        Some(ids) if !by_ids => {
            let many = i64::try_from(ids.len()).unwrap_or(i64::MAX);
            Some(cases_of(tx, filter, Among::Ids(ids), many)?)
        }
        _ => None,
    };
    let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let (mut found, mut after, mut left) = (Vec::new(), page.after, bounds.looked_at);
    for leg in page.order.legs(filter) {
        if after.is_some_and(|after| !leg.has(after)) {
            continue; // it was walked to its end
        }
        let stopped_at = match &few {
            Some(few) => {
                found.extend(leg.sorted(few.iter().cloned(), after));
                None
            }
            None => walk(tx, filter, (leg, after, few_ids.as_deref()), (&mut found, wanted), &mut left)?,
        };
        if found.len() > wanted {
            found.truncate(wanted);
            // What is on the page last may be on the leg before.
            let legs = page.order.legs(filter);
            let next = found.last().and_then(|last| legs.iter().find_map(|leg| leg.place(last)));
            return Ok(CaseListing { cases: found, next });
        }
        if stopped_at.is_some() {
            return Ok(CaseListing { cases: found, next: stopped_at });
        }
        after = None;
    }
    Ok(CaseListing { cases: found, next: None })
}

/// Adds what the filter lets through along a leg, or of some cases that are put in its order, until there is more than is wanted, the leg ends, or enough was looked at: then, where it stopped.
fn walk(
    tx: &mut Tx<'_>,
    filter: &CaseFilter,
    (leg, after, among): (Leg, Option<CaseCursor>, Option<&[String]>),
    (found, wanted): (&mut Vec<CaseSummary>, usize),
    left: &mut i64,
) -> Result<Option<CaseCursor>, StoreError> {
    let mut after: Option<Place> = after.map(|after| (after.at.map(|at| at.naive_utc()), after.id.to_string()));
    let mut at_once = i64::try_from(wanted).unwrap_or(AT_ONCE).saturating_add(1);
    while found.len() <= wanted {
        if *left <= 0 {
            return after
                .map(|(at, id)| Ok(CaseCursor { at: at.map(|at| at.and_utc()), id: parse_uuid(&id)? }))
                .transpose();
        }
        // The ids first: a planner would rather walk through what one of the filters fits.
        let many = at_once.min(AT_ONCE).min(*left);
        let places = match among {
            Some(ids) => leg.next_of(ids, after.as_ref(), many),
            None => leg.next(tx, filter, after.as_ref(), many)?,
        };
        let ids: Vec<String> = places.iter().map(|(_, id)| id.clone()).collect();
        let many = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        let Some(last) = places.into_iter().last() else { return Ok(None) };
        found.extend(leg.sorted(cases_of(tx, filter, Among::Ids(&ids), many)?, None));
        *left -= many;
        at_once = at_once.saturating_mul(4);
        after = Some(last);
    }
    Ok(None)
}

/// The one value of a filter that has one.
fn only(codes: &[String]) -> Option<&str> {
    match codes {
        [code] => Some(code),
        _ => None,
    }
}

/// The ids of what fits one of the filters, where few cases do; none where an index has all that fits in the order.
fn few(
    tx: &mut Tx<'_>,
    filter: &CaseFilter,
    order: CaseOrder,
    bounds: Bounds,
) -> Result<Option<Vec<String>>, StoreError> {
    if filter.has_index() && order.legs(filter).iter().all(|leg| leg.by == By::Id) {
        return Ok(None);
    }
    macro_rules! unless_many {
        ($is_asked:expr, |$query:ident| $narrowed:expr) => {
            if $is_asked {
                let ids: Vec<String> = on_backend!(tx, |connection| {
                    let mut $query = cases::table.into_boxed();
                    $narrowed;
                    $query.select(cases::id).limit(bounds.few).load(connection)
                })?;
                if i64::try_from(ids.len()).is_ok_and(|many| many < bounds.few) {
                    return Ok(Some(ids));
                }
            }
        };
    }
    let CaseFilter { certificate_serial, organization_code, closed_in, opened, updated, limit, overdue, .. } = filter;
    let is_short = |span: &Span| *span != Span::ALWAYS;
    unless_many!(certificate_serial.is_some(), |query| query =
        query.filter(cases::certificate_serial.eq(certificate_serial)));
    unless_many!(organization_code.is_some(), |query| query =
        query.filter(cases::organization_code.nullable().eq(organization_code)));
    let overdue = overdue.filter(|(is_overdue, _)| *is_overdue).map(|(_, now)| now.naive_utc());
    unless_many!(overdue.is_some(), |query| query = query.filter(cases::limit_at.lt(overdue)));
    unless_many!(is_short(closed_in), |query| within!(query, cases::closed_at, *closed_in));
    unless_many!(is_short(opened), |query| within!(query, cases::opened_at, *opened));
    unless_many!(is_short(updated), |query| within!(query, cases::updated_at, *updated));
    unless_many!(is_short(limit), |query| within!(query, cases::limit_at, *limit));
    unless_many!(filter.client_id.is_some(), |query| query = query.filter(cases::client_id.eq(&filter.client_id)));
    unless_many!(!filter.states.is_empty(), |query| query = query.filter(cases::state.eq_any(&filter.states)));
    unless_many!(!filter.case_types.is_empty(), |query| query =
        query.filter(cases::case_type.eq_any(&filter.case_types)));
    Ok(None)
}

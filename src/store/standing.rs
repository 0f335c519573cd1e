//! How cases stand now, or stood at the end of a day: counts for the board, and pages of what waits.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};
use uuid::Uuid;

use super::case_lists::{CaseSummary, SummaryRow};
use super::schema::{cases, clients, milestones, users};
use super::{StoreError, Tx, on_backend, parse_uuid};
use crate::domain::report::ageing::Bars;
use crate::domain::report::overdue::Stay;
use crate::domain::report::people::Load;
use crate::domain::workflow::Queue;

/// Which cases are meant; every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of this outlet.
    pub outlet: Option<String>,
    /// Of this case type.
    pub case_type: Option<String>,
    /// Assigned to this person.
    pub person: Option<String>,
}

/// The parts of a bar chart by age: cuts from the youngest bar on, as [`crate::domain::report::ageing::cuts`] gives them.
pub type Cuts = [DateTime<Utc>; 5];

#[derive(QueryableByName)]
struct BarRow {
    #[diesel(sql_type = Text)]
    queue: String,
    #[diesel(sql_type = BigInt)]
    bar_0: i64,
    #[diesel(sql_type = BigInt)]
    bar_1: i64,
    #[diesel(sql_type = BigInt)]
    bar_2: i64,
    #[diesel(sql_type = BigInt)]
    bar_3: i64,
    #[diesel(sql_type = BigInt)]
    bar_4: i64,
    #[diesel(sql_type = BigInt)]
    bar_5: i64,
}

/// The bars by cuts $1 to $5, each older than the one before.
const BARS: &str = "SUM(CASE WHEN opened_at >= $1 THEN 1 ELSE 0 END) AS bar_0,
    SUM(CASE WHEN opened_at >= $2 AND opened_at < $1 THEN 1 ELSE 0 END) AS bar_1,
    SUM(CASE WHEN opened_at >= $3 AND opened_at < $2 THEN 1 ELSE 0 END) AS bar_2,
    SUM(CASE WHEN opened_at >= $4 AND opened_at < $3 THEN 1 ELSE 0 END) AS bar_3,
    SUM(CASE WHEN opened_at >= $5 AND opened_at < $4 THEN 1 ELSE 0 END) AS bar_4,
    SUM(CASE WHEN opened_at < $5 THEN 1 ELSE 0 END) AS bar_5";

/// A case that was open at $6, with the list and the outlet it was at then: what it left or moved from since says so.
const OPEN_AT: &str = "SELECT c.opened_at, c.case_type,
        COALESCE((SELECT m.queue FROM milestones m WHERE m.case_id = c.id AND m.queue IS NOT NULL AND m.at >= $6
                  ORDER BY m.sequence LIMIT 1), c.queue) AS queue,
        COALESCE((SELECT m.place FROM milestones m WHERE m.case_id = c.id AND m.queue IS NOT NULL AND m.at >= $6
                  AND m.kind = 'moved' ORDER BY m.sequence LIMIT 1), c.outlet) AS outlet
    FROM cases c WHERE c.opened_at < $6 AND";

/// Cases that are open now.
const OPEN: &str = "SELECT opened_at, case_type, queue, outlet FROM cases WHERE queue IS NOT NULL AND opened_at < $6";

/// Cases that were open at an instant, by work list and age. Where nothing has happened since, `is_past` is false and
/// only open cases are looked at.
///
/// # Errors
/// The database's.
pub fn open_cases(
    tx: &mut Tx<'_>,
    selection: &Selection,
    cuts: &Cuts,
    at: DateTime<Utc>,
    is_past: bool,
) -> Result<Vec<(Queue, Bars)>, StoreError> {
    let from = match is_past {
        false => OPEN.to_owned(),
        true => format!("{OPEN_AT} c.queue IS NOT NULL UNION ALL {OPEN_AT} c.closed_at >= $6"),
    };
    let sql = format!(
        "SELECT queue, {BARS} FROM ({from}) found
         WHERE ($7 = '' OR outlet = $7) AND ($8 = '' OR case_type = $8) AND queue IS NOT NULL GROUP BY queue"
    );
    let [first, second, third, fourth, fifth] = cuts.map(|cut| cut.naive_utc());
    let rows: Vec<BarRow> = on_backend!(tx, |connection| {
        diesel::sql_query(&sql)
            .bind::<Timestamp, _>(first)
            .bind::<Timestamp, _>(second)
            .bind::<Timestamp, _>(third)
            .bind::<Timestamp, _>(fourth)
            .bind::<Timestamp, _>(fifth)
            .bind::<Timestamp, _>(at.naive_utc())
            .bind::<Text, _>(selection.outlet.as_deref().unwrap_or_default())
            .bind::<Text, _>(selection.case_type.as_deref().unwrap_or_default())
            .load(connection)
    })?;
    rows.into_iter()
        .map(|row| {
            let queue = Queue::from_code(&row.queue)
                .ok_or_else(|| StoreError::Corrupt(format!("cases holds the work list {}", row.queue)))?;
            Ok((queue, [row.bar_0, row.bar_1, row.bar_2, row.bar_3, row.bar_4, row.bar_5]))
        })
        .collect()
}

/// Where a page goes on: after the case with this time and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Its limit, or when its certificate was made.
    pub at: DateTime<Utc>,
    /// Its id.
    pub id: Uuid,
}

/// What a page of cases is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Those with a limit before an instant, the longest overdue first.
    Overdue(DateTime<Utc>),
    /// Those with a certificate to be collected, the longest made first.
    Uncollected,
}

/// A page of cases, and whether there are more.
///
/// # Errors
/// The database's.
pub fn waiting(
    tx: &mut Tx<'_>,
    waiting: Waiting,
    selection: &Selection,
    after: Option<Cursor>,
    most: i64,
) -> Result<Vec<CaseSummary>, StoreError> {
    let after = after.map(|after| (after.at.naive_utc(), after.id.to_string()));
    let rows: Vec<SummaryRow> = on_backend!(tx, |connection| {
        let mut query = cases::table.select(SummaryRow::as_select()).limit(most).into_boxed();
        if let Some(outlet) = &selection.outlet {
            query = query.filter(cases::outlet.eq(outlet));
        }
        if let Some(case_type) = &selection.case_type {
            query = query.filter(cases::case_type.eq(case_type));
        }
        if let Some(person) = &selection.person {
            query = query.filter(cases::assignee.eq(person));
        }
        match waiting {
            Waiting::Overdue(now) => {
                query = query.filter(cases::limit_at.lt(now.naive_utc())).order((cases::limit_at, cases::id));
                if let Some((at, id)) = &after {
                    let same = cases::limit_at.eq(*at).and(cases::id.gt(id));
                    query = query.filter(cases::limit_at.ge(*at)).filter(cases::limit_at.gt(*at).or(same));
                }
            }
            Waiting::Uncollected => {
                query =
                    query.filter(cases::uncollected_since.is_not_null()).order((cases::uncollected_since, cases::id));
                if let Some((at, id)) = &after {
                    let same = cases::uncollected_since.eq(*at).and(cases::id.gt(id));
                    let later = cases::uncollected_since.gt(*at);
                    query = query.filter(cases::uncollected_since.ge(*at)).filter(later.or(same));
                }
            }
        }
        query.load(connection)
    })?;
    rows.into_iter().map(CaseSummary::try_from).collect()
}

/// The states that cases were in and left, with their work lists: by case, in order.
///
/// # Errors
/// The database's.
pub fn stays(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<Vec<(Uuid, Stay)>, StoreError> {
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    type Row = (String, Option<String>, NaiveDateTime, Option<i64>);
    let rows: Vec<Row> = on_backend!(tx, |connection| {
        milestones::table
            .filter(milestones::case_id.eq_any(&ids))
            .filter(milestones::queue.is_not_null())
            .filter(milestones::kind.eq("left"))
            .order((milestones::case_id, milestones::sequence))
            .select((milestones::case_id, milestones::queue, milestones::at, milestones::seconds))
            .load(connection)
    })?;
    let mut found = Vec::new();
    for (id, queue, at, seconds) in rows {
        let Some(queue) = queue.as_deref().and_then(Queue::from_code) else { continue };
        let to = at.and_utc();
        let from = to - chrono::TimeDelta::seconds(seconds.unwrap_or_default());
        found.push((parse_uuid(&id)?, Stay { queue, from, to }));
    }
    Ok(found)
}

#[derive(QueryableByName)]
struct LoadRow {
    #[diesel(sql_type = Text)]
    person: String,
    #[diesel(sql_type = BigInt)]
    open: i64,
    #[diesel(sql_type = BigInt)]
    overdue: i64,
}

/// How many open cases are whose.
///
/// # Errors
/// The database's.
pub fn loads(tx: &mut Tx<'_>, selection: &Selection, now: DateTime<Utc>) -> Result<Vec<Load>, StoreError> {
    let sql = "SELECT assignee AS person, COUNT(*) AS open,
            SUM(CASE WHEN limit_at < $1 THEN 1 ELSE 0 END) AS overdue
        FROM cases WHERE queue IS NOT NULL AND assignee IS NOT NULL AND ($2 = '' OR outlet = $2)
            AND ($3 = '' OR case_type = $3) AND ($4 = '' OR assignee = $4)
        GROUP BY assignee";
    let rows: Vec<LoadRow> = on_backend!(tx, |connection| {
        diesel::sql_query(sql)
            .bind::<Timestamp, _>(now.naive_utc())
            .bind::<Text, _>(selection.outlet.as_deref().unwrap_or_default())
            .bind::<Text, _>(selection.case_type.as_deref().unwrap_or_default())
            .bind::<Text, _>(selection.person.as_deref().unwrap_or_default())
            .load(connection)
    })?;
    let load = |LoadRow { person, open, overdue }| Load { person, open, overdue };
    Ok(rows.into_iter().map(load).collect())
}

/// Names of people and systems by their id, of those that are known.
///
/// # Errors
/// The database's.
pub fn names(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>, StoreError> {
    let mut found: Vec<(String, String)> =
        on_backend!(tx, |connection| users::table.select((users::id, users::display_name)).load(connection))?;
    let systems: Vec<(String, String)> =
        on_backend!(tx, |connection| clients::table.select((clients::client_id, clients::name)).load(connection))?;
    found.extend(systems);
    Ok(found)
}

/// What the board counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tile {
    /// Running limits from an instant on, before another.
    Limits(DateTime<Utc>, DateTime<Utc>),
    /// Deadlines that stand still.
    Paused,
    /// Certificates to be collected.
    Uncollected,
    /// Open cases that are nobody's.
    Unassigned,
    /// Cases on a work list.
    On(Queue),
}

/// How many there are, counted no further than `most`.
///
/// # Errors
/// The database's.
pub fn count(tx: &mut Tx<'_>, tile: Tile, outlet: Option<&str>, most: i64) -> Result<i64, StoreError> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let (from, to) = match tile {
        Tile::Limits(from, to) => (from, to),
        _ => (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH),
    };
    // Each is one range of an index of its own; without an outlet nothing about outlets stands in the way of that.
    let condition = match tile {
        Tile::Limits(..) => "limit_at >= $1 AND limit_at < $2".to_owned(),
        Tile::Paused => "paused_since IS NOT NULL".to_owned(),
        Tile::Uncollected => "uncollected_since IS NOT NULL".to_owned(),
        Tile::Unassigned => "assignee IS NULL AND queue IS NOT NULL".to_owned(),
        Tile::On(queue) => format!("queue = '{}'", queue.code()),
    };
    let of_outlet = if outlet.is_some() { " AND outlet = $3" } else { "" };
    // SQLite binds parameters in the order in which they first appear, so each is named whether it narrows or not.
    let sql = format!(
        "SELECT COUNT(*) AS count FROM (SELECT 1 AS one FROM cases
         WHERE $1 <= $2 AND $3 = $3 AND {condition}{of_outlet} LIMIT $4) found"
    );
    let counted: Count = on_backend!(tx, |connection| {
        diesel::sql_query(&sql)
            .bind::<Timestamp, _>(from.naive_utc())
            .bind::<Timestamp, _>(to.naive_utc())
            .bind::<Text, _>(outlet.unwrap_or_default())
            .bind::<BigInt, _>(most)
            .get_result(connection)
    })?;
    Ok(counted.count)
}

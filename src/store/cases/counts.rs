//! How many cases wait, counted no further than is told.
//!
//! Guarantee: what a count costs depends on how far it counts, never on how many cases there are: each counts in one range of one index.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};

use super::worklists::{Selection, Waiting, page};
use crate::domain::case_types::codes::Queue;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::tx::Tx;

/// How many there are, counted no further than `most`.
///
/// # Errors
/// The database's.
pub fn count(tx: &mut Tx<'_>, waiting: &Waiting, outlet: Option<&str>, most: i64) -> Result<i64, StoreError> {
    count_on(tx, waiting, None, outlet, most)
}

/// How many of those there are on a work list, counted no further than `most`.
///
/// # Errors
/// The database's.
pub fn count_on(
    tx: &mut Tx<'_>,
    waiting: &Waiting,
    queue: Option<Queue>,
    outlet: Option<&str>,
    most: i64,
) -> Result<i64, StoreError> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let Some(condition) = condition(waiting, queue, outlet) else {
        let selection = Selection { outlet: outlet.map(str::to_owned), ..Selection::default() };
        return Ok(page(tx, waiting, &selection, None, most)?.len().try_into().unwrap_or(most));
    };
    let ((from, to), person) = (between(waiting), person(waiting));
    // SQLite binds parameters in the order in which they first appear, so each is named whether it narrows or not.
    let sql = format!(
        "SELECT COUNT(*) AS count FROM (SELECT 1 AS one FROM cases
         WHERE $1 <= $2 AND $3 = $3 AND $4 = $4 AND {condition} LIMIT $5) found"
    );
    let counted: Count = on_backend!(tx, |connection| {
        diesel::sql_query(&sql)
            .bind::<Timestamp, _>(from.naive_utc())
            .bind::<Timestamp, _>(to.naive_utc())
            .bind::<Text, _>(outlet.unwrap_or_default())
            .bind::<Text, _>(person)
            .bind::<BigInt, _>(most)
            .get_result(connection)
    })?;
    Ok(counted.count)
}

/// How many of a selection there are among the first `most` that wait, and whether those are all.
///
/// # Errors
/// The database's.
pub fn count_selected(
    tx: &mut Tx<'_>,
    waiting: &Waiting,
    selection: &Selection,
    most: i64,
) -> Result<(i64, bool), StoreError> {
    let queues: &[Queue] = if matches!(waiting, Waiting::Opened(..)) { &Queue::ALL } else { &[] };
    // An index has the open cases by list and receipt, and none has them by receipt alone.
    let queues = queues.iter().copied().map(Some).chain(queues.is_empty().then_some(None));
    let (mut looked_at, mut found) = (0, 0);
    for queue in queues {
        let (looked_at_here, found_here) = among_first(tx, (waiting, queue), selection, most + 1 - looked_at)?;
        (looked_at, found) = (looked_at + looked_at_here, found + found_here);
    }
    Ok((found.min(most), looked_at <= most))
}

/// How many of a selection there are among the first `most` that wait, and among how many they were looked for.
fn among_first(
    tx: &mut Tx<'_>,
    (waiting, queue): (&Waiting, Option<Queue>),
    selection: &Selection,
    most: i64,
) -> Result<(i64, i64), StoreError> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        looked_at: i64,
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let outlet = selection.outlet.as_deref();
    let narrows = [&selection.case_type, &selection.state, &selection.person].map(Option::as_deref);
    if narrows == [None; 3] || condition(waiting, queue, outlet).is_none() {
        let count = match condition(waiting, queue, outlet) {
            Some(_) => count_on(tx, waiting, queue, outlet, most)?,
            None => page(tx, waiting, selection, None, most)?.len().try_into().unwrap_or(most),
        };
        return Ok((count, count));
    }
    let condition = condition(waiting, queue, outlet).unwrap_or_default();
    let ((from, to), person) = (between(waiting), person(waiting));
    let sql = format!(
        "WITH found AS (SELECT case_type, state, assignee FROM cases
         WHERE $1 <= $2 AND $3 = $3 AND $4 = $4 AND {condition} LIMIT $5)
         SELECT COUNT(*) AS looked_at, COUNT(CASE WHEN ($6 = '' OR case_type = $6) AND ($7 = '' OR state = $7)
         AND ($8 = '' OR assignee = $8) THEN 1 END) AS count FROM found"
    );
    let [case_type, state, assignee] = narrows.map(Option::unwrap_or_default);
    let counted: Count = on_backend!(tx, |connection| {
        diesel::sql_query(&sql)
            .bind::<Timestamp, _>(from.naive_utc())
            .bind::<Timestamp, _>(to.naive_utc())
            .bind::<Text, _>(outlet.unwrap_or_default())
            .bind::<Text, _>(person)
            .bind::<BigInt, _>(most)
            .bind::<Text, _>(case_type)
            .bind::<Text, _>(state)
            .bind::<Text, _>(assignee)
            .get_result(connection)
    })?;
    Ok((counted.looked_at, counted.count))
}

/// What holds of those that wait, as one range of an index of its own: without an outlet nothing about outlets stands in the way of that.
/// None of what has no such range: the board has numbers of its own.
fn condition(waiting: &Waiting, queue: Option<Queue>, outlet: Option<&str>) -> Option<String> {
    let condition = match waiting {
        Waiting::Limits(..) => "limit_at >= $1 AND limit_at < $2".to_owned(),
        Waiting::Paused => "paused_since IS NOT NULL".to_owned(),
        Waiting::Uncollected => "uncollected_since IS NOT NULL".to_owned(),
        Waiting::Promised(_) => "commitment_due < $2".to_owned(),
        Waiting::Unassigned => "assignee IS NULL AND queue IS NOT NULL".to_owned(),
        Waiting::On(queue) => format!("queue = '{}'", queue.code()),
        Waiting::Of(_) => "assignee = $4 AND queue IS NOT NULL".to_owned(),
        Waiting::Opened(..) => "opened_at >= $1 AND opened_at < $2 AND queue IS NOT NULL".to_owned(),
        Waiting::Happened(_) | Waiting::StoodAt(..) => return None,
    };
    let of_queue = queue.map(|queue| format!(" AND queue = '{}'", queue.code())).unwrap_or_default();
    let of_outlet = if outlet.is_some() { " AND outlet = $3" } else { "" };
    Some(format!("{condition}{of_queue}{of_outlet}"))
}

/// Between which instants what orders them lies, the latter excluded.
fn between(waiting: &Waiting) -> (DateTime<Utc>, DateTime<Utc>) {
    match waiting {
        Waiting::Limits(from, to) | Waiting::Opened(from, to) => (*from, *to),
        Waiting::Promised(before) => (DateTime::UNIX_EPOCH, *before),
        _ => (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH),
    }
}

/// Whose they are.
fn person(waiting: &Waiting) -> &str {
    if let Waiting::Of(person) = waiting { person } else { "" }
}

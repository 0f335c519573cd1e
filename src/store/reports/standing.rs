//! The situation of cases now or at the end of a day: by age, by time spent, by assignee.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};
use uuid::Uuid;

use crate::domain::case_types::codes::Queue;
use crate::domain::reports::board::ageing::Bars;
use crate::domain::reports::facts::FactKind;
use crate::domain::reports::overdue::Stay;
use crate::domain::reports::people::Load;
use crate::store::cases::worklists::Selection;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{clients, report_facts, users};
use crate::store::engine::tx::{Tx, parse_uuid};

/// The parts of a bar chart by age: cuts from the youngest bar on, as [`crate::domain::reports::board::ageing::cuts`] gives them.
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
        COALESCE((SELECT m.queue FROM report_facts m WHERE m.case_id = c.id AND m.queue IS NOT NULL AND m.at >= $6
                  ORDER BY m.sequence LIMIT 1), c.queue) AS queue,
        COALESCE((SELECT m.place FROM report_facts m WHERE m.case_id = c.id AND m.queue IS NOT NULL AND m.at >= $6
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

/// Open cases with a running limit from an instant on and before another, by age.
///
/// # Errors
/// The database's.
pub fn limits(
    tx: &mut Tx<'_>,
    outlet: Option<&str>,
    cuts: &Cuts,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Bars, StoreError> {
    let sql = format!(
        "SELECT CAST('' AS TEXT) AS queue, {SUMS} FROM (SELECT {BARS} FROM cases
         WHERE limit_at >= $6 AND limit_at < $7 AND ($8 = '' OR outlet = $8)) found",
        SUMS = (0..6).map(|bar| format!("COALESCE(bar_{bar}, 0) AS bar_{bar}")).collect::<Vec<_>>().join(", "),
    );
    let [first, second, third, fourth, fifth] = cuts.map(|cut| cut.naive_utc());
    let row: BarRow = on_backend!(tx, |connection| {
        diesel::sql_query(&sql)
            .bind::<Timestamp, _>(first)
            .bind::<Timestamp, _>(second)
            .bind::<Timestamp, _>(third)
            .bind::<Timestamp, _>(fourth)
            .bind::<Timestamp, _>(fifth)
            .bind::<Timestamp, _>(from.naive_utc())
            .bind::<Timestamp, _>(to.naive_utc())
            .bind::<Text, _>(outlet.unwrap_or_default())
            .get_result(connection)
    })?;
    Ok([row.bar_0, row.bar_1, row.bar_2, row.bar_3, row.bar_4, row.bar_5])
}

/// The states that cases were in and left, with their work lists: by case, in order.
///
/// # Errors
/// The database's.
pub fn stays(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<Vec<(Uuid, Stay)>, StoreError> {
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    type Row = (String, Option<String>, NaiveDateTime, Option<i64>);
    let rows: Vec<Row> = on_backend!(tx, |connection| {
        report_facts::table
            .filter(report_facts::case_id.eq_any(&ids))
            .filter(report_facts::queue.is_not_null())
            .filter(report_facts::kind.eq(FactKind::Left.code()))
            .order((report_facts::case_id, report_facts::sequence))
            .select((report_facts::case_id, report_facts::queue, report_facts::at, report_facts::seconds))
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

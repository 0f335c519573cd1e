//! The situation of cases now or at the end of a day: by age, by time spent, by assignee.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamp};
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

#[derive(QueryableByName)]
struct BarRow {
    #[diesel(sql_type = Text)]
    queue: String,
    #[diesel(sql_type = Integer)]
    bar: i32,
    #[diesel(sql_type = BigInt)]
    cases: i64,
}

/// The bar of a case, by cuts from the youngest bar on, as [`crate::domain::reports::board::ageing::cuts`] gives them, and the cuts in the
/// order in which they are its parameters: SQLite numbers parameters as it reads them. Halving compares four times where a row of
/// conditions would fourteen times.
fn bar(cuts: &[DateTime<Utc>]) -> (String, Vec<NaiveDateTime>) {
    fn between(first: usize, last: usize, cuts: &[DateTime<Utc>], parameters: &mut Vec<NaiveDateTime>) -> String {
        if first == last {
            return first.to_string();
        }
        let middle = first + (last - first) / 2;
        parameters.push(cuts[middle].naive_utc());
        let parameter = parameters.len();
        let younger = between(first, middle, cuts, parameters);
        let older = between(middle + 1, last, cuts, parameters);
        format!("CASE WHEN opened_at >= ${parameter} THEN {younger} ELSE {older} END")
    }
    let mut parameters = Vec::new();
    (between(0, cuts.len(), cuts, &mut parameters), parameters)
}

/// A case that was open at `$at`, with the list and the outlet it was at then: what it left or moved from since says so.
const OPEN_AT: &str = "SELECT c.opened_at, c.case_type,
        COALESCE((SELECT m.queue FROM report_facts m WHERE m.case_id = c.id AND m.queue IS NOT NULL AND m.at >= $at
                  ORDER BY m.sequence LIMIT 1), c.queue) AS queue,
        COALESCE((SELECT m.place FROM report_facts m WHERE m.case_id = c.id AND m.queue IS NOT NULL AND m.at >= $at
                  AND m.kind = 'moved' ORDER BY m.sequence LIMIT 1), c.outlet) AS outlet
    FROM cases c WHERE c.opened_at < $at AND";

/// Cases that are open now.
const OPEN: &str = "SELECT opened_at, case_type, queue, outlet FROM cases WHERE queue IS NOT NULL AND opened_at < $at";

/// Cases that were open at an instant, by work list and age. Where nothing has happened since, `is_past` is false and
/// only open cases are looked at.
///
/// # Errors
/// The database's.
pub fn open_cases(
    tx: &mut Tx<'_>,
    selection: &Selection,
    cuts: &[DateTime<Utc>],
    at: DateTime<Utc>,
    is_past: bool,
) -> Result<Vec<(Queue, Bars)>, StoreError> {
    let from = match is_past {
        false => OPEN.to_owned(),
        true => format!("{OPEN_AT} c.queue IS NOT NULL UNION ALL {OPEN_AT} c.closed_at >= $at"),
    };
    let (bar, parameters) = bar(cuts);
    let [at_is, outlet_is, case_type_is] = [1, 2, 3].map(|behind| format!("${}", cuts.len() + behind));
    let sql = format!(
        "SELECT queue, bar, COUNT(*) AS cases FROM (SELECT queue, {bar} AS bar FROM ({}) found
         WHERE ({outlet_is} = '' OR outlet = {outlet_is}) AND ({case_type_is} = '' OR case_type = {case_type_is})
            AND queue IS NOT NULL) aged GROUP BY queue, bar",
        from.replace("$at", &at_is)
    );
    let rows: Vec<BarRow> = on_backend!(tx, |connection| {
        let mut query = diesel::sql_query(&sql).into_boxed();
        for cut in parameters {
            query = query.bind::<Timestamp, _>(cut);
        }
        query
            .bind::<Timestamp, _>(at.naive_utc())
            .bind::<Text, _>(selection.outlet.as_deref().unwrap_or_default())
            .bind::<Text, _>(selection.case_type.as_deref().unwrap_or_default())
            .load(connection)
    })?;
    let mut found: Vec<(Queue, Bars)> = Vec::new();
    for row in rows {
        let queue = queue_of(&row.queue)?;
        if found.iter().all(|(known, _)| *known != queue) {
            found.push((queue, vec![0; cuts.len() + 1]));
        }
        let bars = found.iter_mut().filter(|(known, _)| *known == queue).map(|(_, bars)| bars);
        let bar = usize::try_from(row.bar).unwrap_or(0);
        bars.filter_map(|bars| bars.get_mut(bar)).for_each(|count| *count += row.cases);
    }
    Ok(found)
}

#[derive(QueryableByName)]
struct OpenRow {
    #[diesel(sql_type = Text)]
    queue: String,
    #[diesel(sql_type = Nullable<Timestamp>)]
    limit_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Integer)]
    bar: i32,
    #[diesel(sql_type = BigInt)]
    cases: i64,
}

/// Open cases that have the same place, limit and age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alike {
    /// The work list.
    pub queue: Queue,
    /// The running limit.
    pub limit: Option<DateTime<Utc>>,
    /// The bar of their age.
    pub bar: usize,
    /// How many.
    pub count: i64,
}

/// All open cases.
///
/// # Errors
/// The database's.
pub fn open_now(tx: &mut Tx<'_>, outlet: Option<&str>, cuts: &[DateTime<Utc>]) -> Result<Vec<Alike>, StoreError> {
    let (bar, parameters) = bar(cuts);
    let outlet_is = format!("${}", parameters.len() + 1);
    let sql = format!(
        "SELECT queue, limit_at, bar, COUNT(*) AS cases FROM (SELECT queue, limit_at, {bar} AS bar FROM cases
         WHERE queue IS NOT NULL AND ({outlet_is} = '' OR outlet = {outlet_is})) aged
         GROUP BY queue, limit_at, bar"
    );
    let rows: Vec<OpenRow> = on_backend!(tx, |connection| {
        let mut query = diesel::sql_query(&sql).into_boxed();
        for cut in parameters {
            query = query.bind::<Timestamp, _>(cut);
        }
        query.bind::<Text, _>(outlet.unwrap_or_default()).load(connection)
    })?;
    let alike = |row: OpenRow| {
        let limit = row.limit_at.map(|limit| limit.and_utc());
        Ok(Alike { queue: queue_of(&row.queue)?, limit, bar: usize::try_from(row.bar).unwrap_or(0), count: row.cases })
    };
    rows.into_iter().map(alike).collect()
}

fn queue_of(code: &str) -> Result<Queue, StoreError> {
    Queue::from_code(code).ok_or_else(|| StoreError::Corrupt(format!("cases holds the work list {code}")))
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

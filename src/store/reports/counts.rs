//! Counts of report facts, summed by the database if the sum is exact on both.
//!
//! The SQL is written out: it is the same for both databases, and its plans are what keeps reports quick. A parameter
//! that is empty text narrows nothing.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text};

use crate::domain::case_types::codes::Queue;
use crate::domain::reports::cycle_times::{Percentiles, StepTimes};
use crate::domain::reports::facts::FactKind;
use crate::domain::reports::quality::DefectCount;
use crate::domain::reports::query::{Dimension, Query};
use crate::domain::reports::tally::DayTally;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::tx::Tx;

/// The column that a group is by.
fn group(of: Option<Dimension>) -> &'static str {
    match of {
        None => "CAST('' AS TEXT)",
        Some(Dimension::Outlet) => "outlet",
        Some(Dimension::CaseType) => "case_type",
        Some(Dimension::Person) => "actor_id",
    }
}

/// What narrows a report by its parameters $1 to $5.
const NARROWED: &str = "day >= $1 AND day <= $2 AND ($3 = '' OR outlet = $3) AND ($4 = '' OR case_type = $4)
     AND ($5 = '' OR actor_id = $5)";

/// A query with the parameters of [`NARROWED`].
macro_rules! narrowed {
    ($sql:expr, $query:expr) => {
        diesel::sql_query($sql)
            .bind::<Date, _>($query.period.from)
            .bind::<Date, _>($query.period.to)
            .bind::<Text, _>($query.outlet.as_deref().unwrap_or_default())
            .bind::<Text, _>($query.case_type.as_deref().unwrap_or_default())
            .bind::<Text, _>($query.person.as_deref().unwrap_or_default())
    };
}

#[derive(QueryableByName)]
struct TallyRow {
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Text)]
    group_key: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    ended: Option<String>,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    promised: i64,
    #[diesel(sql_type = BigInt)]
    by_ready: i64,
    #[diesel(sql_type = BigInt)]
    by_limit: i64,
    #[diesel(sql_type = BigInt)]
    in_time: i64,
    #[diesel(sql_type = BigInt)]
    provisional: i64,
    #[diesel(sql_type = BigInt)]
    without_notice: i64,
    #[diesel(sql_type = BigInt)]
    again: i64,
    #[diesel(sql_type = BigInt)]
    overlooked: i64,
}

/// Milestones of these kinds by day and group.
///
/// # Errors
/// The database's.
pub fn tallies(
    tx: &mut Tx<'_>,
    query: &Query,
    of: Option<Dimension>,
    kinds: &[FactKind],
) -> Result<Vec<DayTally>, StoreError> {
    let sql = tallies_sql(of, kinds);
    let rows: Vec<TallyRow> = on_backend!(tx, |connection| narrowed!(&sql, query).load(connection))?;
    rows.into_iter()
        .map(|row| {
            Ok(DayTally {
                day: row.day,
                key: row.group_key,
                kind: kind(&row.kind)?,
                end: row.ended,
                count: row.count,
                promised: row.promised,
                by_ready: row.by_ready,
                by_limit: row.by_limit,
                in_time: row.in_time,
                provisional: row.provisional,
                without_notice: row.without_notice,
                again: row.again,
                overlooked: row.overlooked,
            })
        })
        .collect()
}

fn tallies_sql(of: Option<Dimension>, kinds: &[FactKind]) -> String {
    format!(
        "SELECT day, {group} AS group_key, kind, CASE WHEN kind = 'closed' THEN place END AS ended,
                COUNT(*) AS count, COUNT(by_ready) AS promised, COALESCE(SUM(by_ready), 0) AS by_ready,
                COALESCE(SUM(by_limit), 0) AS by_limit, COALESCE(SUM(in_time), 0) AS in_time,
                COALESCE(SUM(provisional), 0) AS provisional,
                SUM(CASE WHEN notices = 0 THEN 1 ELSE 0 END) AS without_notice,
                SUM(CASE WHEN notices > 1 THEN 1 ELSE 0 END) AS again,
                SUM(CASE WHEN overlooked > 0 THEN 1 ELSE 0 END) AS overlooked
         FROM report_facts WHERE {NARROWED} AND kind IN ({kinds}) GROUP BY 1, 2, 3, 4",
        group = group(of),
        kinds = quoted(kinds),
    )
}

#[derive(QueryableByName)]
struct StepRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    group_key: String,
    #[diesel(sql_type = Nullable<Text>)]
    workflow: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    state: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    queue: Option<String>,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    seconds_50: i64,
    #[diesel(sql_type = BigInt)]
    seconds_85: i64,
    #[diesel(sql_type = BigInt)]
    seconds_95: i64,
    #[diesel(sql_type = BigInt)]
    days_50: i64,
    #[diesel(sql_type = BigInt)]
    days_85: i64,
    #[diesel(sql_type = BigInt)]
    days_95: i64,
}

/// How long steps took that ended in the period, and the whole way to the making and to the end, by nearest rank.
///
/// # Errors
/// The database's.
pub fn step_times(tx: &mut Tx<'_>, query: &Query) -> Result<Vec<StepTimes>, StoreError> {
    let sql = steps_sql(query.of);
    let rows: Vec<StepRow> = on_backend!(tx, |connection| narrowed!(&sql, query).load(connection))?;
    rows.into_iter()
        .map(|row| {
            Ok(StepTimes {
                kind: kind(&row.kind)?,
                key: row.group_key,
                workflow: row.workflow,
                state: row.state,
                queue: row.queue.as_deref().and_then(Queue::from_code),
                count: row.count,
                seconds: Percentiles { p50: row.seconds_50, p85: row.seconds_85, p95: row.seconds_95 },
                working_days: Percentiles { p50: row.days_50, p85: row.days_85, p95: row.days_95 },
            })
        })
        .collect()
}

fn steps_sql(of: Option<Dimension>) -> String {
    let ranked = |rank: &str, value: &str, percent: u32, name: &str| {
        format!(
            "CAST(MAX(CASE WHEN {rank} = (n * {percent} + 99) / 100 THEN {value} END) AS BIGINT) AS {name}_{percent}"
        )
    };
    let percentiles: Vec<String> = [("by_seconds", "seconds", "seconds"), ("by_days", "working_days", "days")]
        .iter()
        .flat_map(|(rank, value, name)| [50, 85, 95].map(|percent| ranked(rank, value, percent, name)))
        .collect();
    format!(
        "SELECT kind, group_key, workflow, state, queue, MAX(n) AS count, {percentiles}
         FROM (SELECT kind, group_key, workflow, state, queue, seconds, working_days,
                      ROW_NUMBER() OVER (PARTITION BY kind, group_key, workflow, state, queue ORDER BY seconds) AS by_seconds,
                      ROW_NUMBER() OVER (PARTITION BY kind, group_key, workflow, state, queue ORDER BY working_days) AS by_days,
                      COUNT(*) OVER (PARTITION BY kind, group_key, workflow, state, queue) AS n
               FROM (SELECT kind, {group} AS group_key, workflow, CASE WHEN kind = 'left' THEN place END AS state, queue,
                            seconds, working_days
                     FROM report_facts WHERE {NARROWED} AND kind IN ('left', 'made', 'closed')) steps) ranked
         GROUP BY kind, group_key, workflow, state, queue",
        percentiles = percentiles.join(", "),
        group = group(of),
    )
}

#[derive(QueryableByName)]
struct DefectRow {
    #[diesel(sql_type = Text)]
    case_type: String,
    #[diesel(sql_type = Text)]
    document: String,
    #[diesel(sql_type = Text)]
    defect: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    again: i64,
}

/// What notices named.
///
/// # Errors
/// The database's.
pub fn defects(tx: &mut Tx<'_>, query: &Query) -> Result<Vec<DefectCount>, StoreError> {
    let sql = format!(
        "SELECT case_type, document, defect, COUNT(*) AS count, SUM(CASE WHEN notice > 1 THEN 1 ELSE 0 END) AS again
         FROM notice_defects WHERE {NARROWED} GROUP BY case_type, document, defect
         ORDER BY case_type, document, defect"
    );
    let rows: Vec<DefectRow> = on_backend!(tx, |connection| narrowed!(&sql, query).load(connection))?;
    let count = |row: DefectRow| {
        let DefectRow { case_type, document, defect, count, again } = row;
        DefectCount { case_type, document, defect, count, again }
    };
    Ok(rows.into_iter().map(count).collect())
}

fn kind(code: &str) -> Result<FactKind, StoreError> {
    FactKind::from_code(code).ok_or_else(|| StoreError::Corrupt(format!("report_facts holds the kind {code}")))
}

/// Codes of ours, which hold no quotes, as a list.
fn quoted(kinds: &[FactKind]) -> String {
    kinds.iter().map(|kind| format!("'{}'", kind.code())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{DatabaseAddress, Db, DbOptions};

    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    #[tokio::test]
    async fn a_period_is_a_range_of_the_key_for_each_kind() -> Result<(), Box<dyn std::error::Error>> {
        let directory = tempfile::tempdir()?;
        let db = Db::open(&DatabaseAddress::sqlite(directory.path().join("casehall.db")), DbOptions::default())?;
        let day = NaiveDate::default();
        let period = crate::domain::reports::query::Period { from: day, to: day };
        let query = Query { period, outlet: None, case_type: None, person: None, window: None, unit: None, of: None };
        for sql in [
            tallies_sql(None, &FactKind::ALL),
            tallies_sql(Some(Dimension::Person), &[FactKind::Made]),
            steps_sql(None),
        ] {
            let (sql, query) = (format!("EXPLAIN QUERY PLAN {sql}"), query.clone());
            let steps: Vec<Step> = db
                .read("plan", move |tx| -> Result<_, StoreError> {
                    Ok(on_backend!(tx, |connection| narrowed!(&sql, query).load(connection))?)
                })
                .await?;
            let range = "SEARCH report_facts USING PRIMARY KEY (kind=? AND day>? AND day<?)";
            let details: Vec<&str> = steps.iter().map(|step| step.detail.as_str()).collect();
            assert!(details.contains(&range), "{details:?}");
        }
        Ok(())
    }
}

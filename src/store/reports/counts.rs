//! Counts of report facts, from the days that are summed and the facts of the others; and of what notices named.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};

use super::days;
use crate::domain::reports::counted::StepCount;
use crate::domain::reports::cycle_times::StepTimes;
use crate::domain::reports::facts::FactKind;
use crate::domain::reports::quality::DefectCount;
use crate::domain::reports::query::{Dimension, Query};
use crate::domain::reports::tally::DayTally;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::tx::Tx;

/// Report facts of these kinds by day and group.
///
/// # Errors
/// The database's.
pub fn tallies(
    tx: &mut Tx<'_>,
    query: &Query,
    of: Option<Dimension>,
    kinds: &[FactKind],
) -> Result<Vec<DayTally>, StoreError> {
    let mut found = Vec::new();
    days::each(tx, query.period, kinds, |day, counted| found.extend(counted.tallies(day, query, of, kinds)))?;
    Ok(found)
}

/// How long steps took that ended in the period, and the whole way to the making and to the end, by nearest rank.
///
/// # Errors
/// The database's.
pub fn step_times(tx: &mut Tx<'_>, query: &Query) -> Result<Vec<StepTimes>, StoreError> {
    let mut count = StepCount::default();
    days::each(tx, query.period, &StepCount::KINDS, |_, counted| count.add(counted, query))?;
    Ok(count.times())
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
    let sql =
        "SELECT case_type, document, defect, COUNT(*) AS count, SUM(CASE WHEN notice > 1 THEN 1 ELSE 0 END) AS again
         FROM notice_defects
         WHERE day >= $1 AND day <= $2 AND ($3 = '' OR outlet = $3) AND ($4 = '' OR case_type = $4)
           AND ($5 = '' OR actor_id = $5)
         GROUP BY case_type, document, defect
         ORDER BY case_type, document, defect";
    let rows: Vec<DefectRow> = on_backend!(tx, |connection| {
        diesel::sql_query(sql)
            .bind::<Date, _>(query.period.from)
            .bind::<Date, _>(query.period.to)
            .bind::<Text, _>(query.outlet.as_deref().unwrap_or_default())
            .bind::<Text, _>(query.case_type.as_deref().unwrap_or_default())
            .bind::<Text, _>(query.person.as_deref().unwrap_or_default())
            .load(connection)
    })?;
    let count = |row: DefectRow| {
        let DefectRow { case_type, document, defect, count, again } = row;
        DefectCount { case_type, document, defect, count, again }
    };
    Ok(rows.into_iter().map(count).collect())
}

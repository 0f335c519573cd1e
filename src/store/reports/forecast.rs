//! The inputs of the forecast: certificates made per day, and open cases per limit.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::domain::reports::facts::FactKind;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{cases, report_facts};
use crate::store::engine::tx::Tx;

/// How many certificates were made on each day from one to another, both included; days with none aren't there.
///
/// # Errors
/// The database's.
pub fn made_by_day(
    tx: &mut Tx<'_>,
    from: NaiveDate,
    to: NaiveDate,
    outlet: Option<&str>,
) -> Result<Vec<(NaiveDate, i64)>, StoreError> {
    Ok(on_backend!(tx, |connection| {
        let mut query = report_facts::table
            .filter(report_facts::day.between(from, to))
            .filter(report_facts::kind.eq(FactKind::Made.code()))
            .group_by(report_facts::day)
            .select((report_facts::day, count_star()))
            .into_boxed();
        if let Some(outlet) = outlet {
            query = query.filter(report_facts::outlet.eq(outlet));
        }
        query.order(report_facts::day).load(connection)
    })?)
}

/// How many cases with a running deadline have each limit, the earliest first.
///
/// # Errors
/// The database's.
pub fn open_by_limit(tx: &mut Tx<'_>, outlet: Option<&str>) -> Result<Vec<(DateTime<Utc>, i64)>, StoreError> {
    let rows: Vec<(Option<chrono::NaiveDateTime>, i64)> = on_backend!(tx, |connection| {
        let mut query = cases::table
            .filter(cases::limit_at.is_not_null())
            .group_by(cases::limit_at)
            .select((cases::limit_at, count_star()))
            .into_boxed();
        if let Some(outlet) = outlet {
            query = query.filter(cases::outlet.eq(outlet));
        }
        query.order(cases::limit_at).load(connection)
    })?;
    Ok(rows.into_iter().filter_map(|(limit, cases)| Some((limit?.and_utc(), cases))).collect())
}

/// A case whose deadline runs.
#[derive(Debug, Clone, Queryable)]
pub struct RunningCase {
    /// Its number.
    pub acceptance_number: String,
    /// Code of its state.
    pub state: String,
    /// The organization's name.
    pub organization_name: String,
    /// Name of who works on it.
    pub assignee_name: Option<String>,
}

/// Cases with a running limit from one instant to another, both included, the earliest received first.
///
/// # Errors
/// The database's.
pub fn with_limit(
    tx: &mut Tx<'_>,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    outlet: Option<&str>,
    skip: i64,
    most: i64,
) -> Result<Vec<RunningCase>, StoreError> {
    Ok(on_backend!(tx, |connection| {
        let mut query = cases::table
            .filter(cases::limit_at.is_not_null())
            .filter(cases::limit_at.between(from.naive_utc(), to.naive_utc()))
            .select((cases::acceptance_number, cases::state, cases::organization_name, cases::assignee_name))
            .into_boxed();
        if let Some(outlet) = outlet {
            query = query.filter(cases::outlet.eq(outlet));
        }
        query.order((cases::limit_at, cases::id)).offset(skip).limit(most).load(connection)
    })?)
}

/// The first day on which a certificate was made.
///
/// # Errors
/// The database's.
pub fn first_made(tx: &mut Tx<'_>, outlet: Option<&str>) -> Result<Option<NaiveDate>, StoreError> {
    Ok(on_backend!(tx, |connection| {
        let mut query = report_facts::table
            .filter(report_facts::kind.eq(FactKind::Made.code()))
            .select(report_facts::day)
            .into_boxed();
        if let Some(outlet) = outlet {
            query = query.filter(report_facts::outlet.eq(outlet));
        }
        query.order(report_facts::day).first(connection).optional()
    })?)
}

//! Numbers of the board's marks: cases, each once, of an outlet as it has them now, so that a mark counts what its list shows.
//!
//! The SQL is written out, as in [`super::counts`]. A parameter that is empty text narrows nothing. The lists behind the marks are
//! those of [`Waiting`](crate::store::cases::worklists::Waiting).

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};

use crate::domain::case_types::codes::Queue;
use crate::domain::reports::facts::FactKind;
use crate::domain::reports::query::Period;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{cases, report_facts};
use crate::store::engine::tx::Tx;

/// A query of the days $1 to $2 and the outlet $3.
macro_rules! of_days {
    ($sql:expr, $days:expr, $outlet:expr) => {
        diesel::sql_query($sql)
            .bind::<Date, _>($days.from)
            .bind::<Date, _>($days.to)
            .bind::<Text, _>($outlet.unwrap_or_default())
    };
}

/// Facts of an outlet's cases, in the days.
const OF_DAYS: &str = "day >= $1 AND day <= $2
     AND ($3 = '' OR EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id AND c.outlet = $3))";

/// Cases whose certificate was made on a day and took so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Makings {
    /// The day.
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    /// Working days from the receipt on, without those on which the clock stood still; of what was made twice on the day, the longer.
    #[diesel(sql_type = BigInt)]
    pub working_days: i64,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// How long the certificates made on each day took, in the order of days.
///
/// # Errors
/// The database's.
pub fn makings(tx: &mut Tx<'_>, days: Period, outlet: Option<&str>) -> Result<Vec<Makings>, StoreError> {
    let sql = format!(
        "SELECT day, working_days, COUNT(*) AS count
         FROM (SELECT day, case_id, CAST(MAX(working_days) AS BIGINT) AS working_days FROM report_facts
               WHERE kind = 'made' AND {OF_DAYS} GROUP BY day, case_id) made
         GROUP BY day, working_days ORDER BY 1, 2"
    );
    Ok(on_backend!(tx, |connection| of_days!(&sql, days, outlet).load(connection))?)
}

/// Cases whose papers were found complete in some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Acceptances {
    /// Without a notice before.
    #[diesel(sql_type = BigInt)]
    pub at_first_pass: i64,
    /// After a notice; the same case may be both, where its certificate was voided and its papers found complete again.
    #[diesel(sql_type = BigInt)]
    pub after_notice: i64,
}

/// How many papers were found complete in some days.
///
/// # Errors
/// The database's.
pub fn acceptances(tx: &mut Tx<'_>, days: Period, outlet: Option<&str>) -> Result<Acceptances, StoreError> {
    let sql = format!(
        "SELECT COUNT(DISTINCT CASE WHEN notices = 0 THEN case_id END) AS at_first_pass,
                COUNT(DISTINCT CASE WHEN notices > 0 THEN case_id END) AS after_notice
         FROM report_facts WHERE kind = 'accepted' AND {OF_DAYS}"
    );
    Ok(on_backend!(tx, |connection| of_days!(&sql, days, outlet).get_result(connection))?)
}

/// Cases of which a notice named the same.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Lacking {
    /// Code of the case type.
    #[diesel(sql_type = Text)]
    pub case_type: String,
    /// Code of the document.
    #[diesel(sql_type = Text)]
    pub document: String,
    /// What was missing: the code of a [`Lack`](crate::domain::cases::materials::checklist::Lack).
    #[diesel(sql_type = Text)]
    pub defect: String,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// What notices named, the most frequent first.
///
/// # Errors
/// The database's.
pub fn lacking(tx: &mut Tx<'_>, days: Period, outlet: Option<&str>) -> Result<Vec<Lacking>, StoreError> {
    let sql = format!(
        "SELECT case_type, document, defect, COUNT(DISTINCT case_id) AS count FROM notice_defects WHERE {OF_DAYS}
         GROUP BY case_type, document, defect ORDER BY 4 DESC, 1, 2, 3"
    );
    Ok(on_backend!(tx, |connection| of_days!(&sql, days, outlet).load(connection))?)
}

/// Cases that went from one work list to another on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moves {
    /// The day.
    pub day: NaiveDate,
    /// From where; none: they were received.
    pub from: Option<Queue>,
    /// Where to; none: they ended.
    pub to: Option<Queue>,
    /// How many.
    pub count: i64,
}

/// How cases went from list to list from a day until now. Where a case went is where it left from next, or is now. The steps are put in
/// order here, where that takes a fifth of the time that a window function takes, and days stay text, of which few differ.
///
/// # Errors
/// The database's.
pub fn moves(tx: &mut Tx<'_>, days: Period, outlet: Option<&str>) -> Result<Vec<Moves>, StoreError> {
    type Step = (String, i64, String, Option<String>);
    let mut steps: Vec<Step> = on_backend!(tx, |connection| {
        let mut query = report_facts::table
            .filter(report_facts::kind.eq_any([FactKind::Opened.code(), FactKind::Left.code()]))
            .filter(report_facts::day.between(days.from, days.to))
            .select((
                report_facts::case_id,
                report_facts::sequence,
                sql::<Text>("CAST(day AS TEXT)"),
                report_facts::queue,
            ))
            .into_boxed();
        if let Some(outlet) = outlet {
            let own = cases::table.filter(cases::outlet.eq(outlet)).select(cases::id);
            query = query.filter(report_facts::case_id.eq_any(own));
        }
        query.load(connection)
    })?;
    steps.sort_unstable_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    let open: Vec<(String, Option<String>)> = on_backend!(tx, |connection| {
        cases::table.filter(cases::queue.is_not_null()).select((cases::id, cases::queue)).load(connection)
    })?;
    let now: HashMap<&str, Option<&str>> = open.iter().map(|(id, on)| (id.as_str(), on.as_deref())).collect();
    let mut counts: BTreeMap<(&str, Option<&str>, Option<&str>), i64> = BTreeMap::new();
    for (at, (case, _, day, left)) in steps.iter().enumerate() {
        let came_to = match steps.get(at + 1) {
            Some((next, _, _, left_next)) if next == case => left_next.as_deref(),
            _ => now.get(case.as_str()).copied().flatten(),
        };
        *counts.entry((day, left.as_deref(), came_to)).or_default() += 1;
    }
    let corrupt = |what: String| StoreError::Corrupt(format!("report_facts holds {what}"));
    let list = |code: Option<&str>| -> Result<Option<Queue>, StoreError> {
        let Some(code) = code else { return Ok(None) };
        Queue::from_code(code).map(Some).ok_or_else(|| corrupt(format!("the work list {code}")))
    };
    let moves = |((day, from, to), count): ((&str, Option<&str>, Option<&str>), i64)| {
        let day = day.parse().map_err(|_| corrupt(format!("the day {day}")))?;
        Ok(Moves { day, from: list(from)?, to: list(to)?, count })
    };
    counts.into_iter().map(moves).collect()
}

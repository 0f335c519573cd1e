//! What reports count, row by row: as it is stored, and as it follows from report facts.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::count_star;
use diesel::prelude::*;
use uuid::Uuid;

use super::facts::{DefectRow, FactRow, StoredFact, defects};
use crate::domain::reports::facts::Fact;
use crate::store::engine::connection::legible::{Legible, legible};
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{notice_defects, report_facts};
use crate::store::engine::tx::Tx;

/// What the rows of the table of defects are called beside the kinds of facts.
const DEFECT: &str = "notice_defect";

/// A row of report facts, or of the defects that notices named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedRow {
    /// Code of the kind of fact, or `notice_defect`.
    pub kind: String,
    /// The day for which it counts.
    pub day: NaiveDate,
    /// Of which case.
    pub case_id: String,
    /// Sequence of the event; of a defect the number of the notice.
    pub number: i64,
    /// Of a defect its position on the notice.
    pub position: i32,
    /// The other columns, by their names.
    columns: Vec<(&'static str, String)>,
}

macro_rules! columns {
    ($row:expr; $($column:ident)+) => { vec![$((stringify!($column), format!("{:?}", $row.$column))),+] };
}

macro_rules! columns_of_fact {
    ($at:expr, $row:expr) => {
        std::iter::once(("at", format!("{:?}", $at)))
            .chain(columns!($row; outlet case_type actor_id workflow place queue seconds working_days notices overlooked by_ready by_limit
                in_time provisional))
            .collect()
    };
}

macro_rules! columns_of_defect {
    ($row:expr) => { columns!($row; document defect reason outlet case_type actor_id) };
}

impl CountedRow {
    /// The rows of a fact: its own, and those of the defects that it names.
    pub fn all_of(case_id: Uuid, fact: &Fact) -> Vec<Self> {
        let id = case_id.to_string();
        let row = FactRow::of(&id, fact);
        let own = Self {
            kind: row.kind.to_owned(),
            day: row.day,
            case_id: id.clone(),
            number: row.sequence,
            position: 0,
            columns: columns_of_fact!(row.at, row),
        };
        let named = defects(&id, fact).map(|row: DefectRow<'_>| Self {
            kind: DEFECT.to_owned(),
            day: row.day,
            case_id: id.clone(),
            number: i64::from(row.notice),
            position: row.position,
            columns: columns_of_defect!(row),
        });
        std::iter::once(own).chain(named).collect()
    }

    /// Whether another row is of the same event, whatever it says.
    pub fn is_of_same(&self, other: &Self) -> bool {
        (&self.kind, &self.case_id, self.number, self.position)
            == (&other.kind, &other.case_id, other.number, other.position)
    }

    /// The columns in which it differs from another one of the same event.
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let day = (self.day != other.day).then_some("day");
        let columns = self.columns.iter().zip(&other.columns).filter(|(one, other)| one != other);
        day.into_iter().chain(columns.map(|((name, _), _)| *name)).collect()
    }
}

/// The whole row: which event of which case it is of, too.
#[derive(Queryable, Selectable)]
#[diesel(table_name = report_facts)]
struct StoredRow {
    case_id: String,
    sequence: i64,
    at: NaiveDateTime,
    #[diesel(embed)]
    fact: StoredFact,
}

impl From<StoredRow> for CountedRow {
    fn from(StoredRow { case_id, sequence: number, at, fact }: StoredRow) -> Self {
        let columns = columns_of_fact!(at, fact);
        Self { kind: fact.kind, day: fact.day, case_id, number, position: 0, columns }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = notice_defects)]
struct StoredDefect {
    day: NaiveDate,
    case_id: String,
    notice: i32,
    position: i32,
    document: String,
    defect: String,
    reason: Option<String>,
    outlet: String,
    case_type: String,
    actor_id: String,
}

impl From<StoredDefect> for CountedRow {
    fn from(row: StoredDefect) -> Self {
        let (columns, number) = (columns_of_defect!(row), i64::from(row.notice));
        Self { kind: DEFECT.to_owned(), day: row.day, case_id: row.case_id, number, position: row.position, columns }
    }
}

/// The rows of a case that are of some kinds and count for some days: there is no way to them but by these.
///
/// # Errors
/// The database's.
pub fn of_case(
    tx: &mut Tx<'_>,
    case_id: Uuid,
    kinds: &[&str],
    days: &[NaiveDate],
) -> Result<Vec<CountedRow>, StoreError> {
    let id = case_id.to_string();
    let of_kinds = report_facts::table.filter(report_facts::kind.eq_any(kinds)).filter(report_facts::day.eq_any(days));
    let facts: Legible<StoredRow> = on_backend!(tx, |connection| {
        legible(of_kinds.filter(report_facts::case_id.eq(&id)).select(StoredRow::as_select()), connection)
    })?;
    let mut rows: Vec<CountedRow> = facts.rows.into_iter().map(CountedRow::from).collect();
    if kinds.contains(&DEFECT) {
        let on_days = notice_defects::table.filter(notice_defects::day.eq_any(days));
        let defects: Legible<StoredDefect> = on_backend!(tx, |connection| {
            legible(on_days.filter(notice_defects::case_id.eq(&id)).select(StoredDefect::as_select()), connection)
        })?;
        rows.extend(defects.rows.into_iter().map(CountedRow::from));
    }
    Ok(rows)
}

/// How many rows of each kind there are for each day that can be read.
///
/// # Errors
/// The database's.
pub fn amounts(tx: &mut Tx<'_>) -> Result<Vec<(String, NaiveDate, i64)>, StoreError> {
    let of_facts = report_facts::table.group_by((report_facts::kind, report_facts::day));
    let of_facts = of_facts.select((report_facts::kind, report_facts::day, count_star()));
    let of_defects = notice_defects::table.group_by(notice_defects::day);
    let of_defects = of_defects.select((notice_defects::day, count_star()));
    let mut facts: Vec<(String, NaiveDate, i64)> = on_backend!(tx, |connection| legible(of_facts, connection))?.rows;
    let defects: Vec<(NaiveDate, i64)> = on_backend!(tx, |connection| legible(of_defects, connection))?.rows;
    facts.extend(defects.into_iter().map(|(day, count)| (DEFECT.to_owned(), day, count)));
    Ok(facts)
}

/// Rows of a kind for a day, of cases after one, in the order of the cases: all of a case, or none.
///
/// # Errors
/// The database's.
pub fn on_day(
    tx: &mut Tx<'_>,
    kind: &str,
    day: NaiveDate,
    after: &str,
    limit: i64,
) -> Result<Vec<CountedRow>, StoreError> {
    if kind == DEFECT {
        let ids = notice_defects::table.filter(notice_defects::day.eq(day)).filter(notice_defects::case_id.gt(after));
        let ids = ids.select(notice_defects::case_id).distinct().order(notice_defects::case_id).limit(limit);
        let read: Legible<StoredDefect> = on_backend!(tx, |connection| {
            let ids: Vec<String> = legible(ids, connection)?.rows;
            let of_ids = notice_defects::table.filter(notice_defects::day.eq(day));
            let of_ids = of_ids.filter(notice_defects::case_id.eq_any(&ids)).order(notice_defects::case_id);
            legible(of_ids.select(StoredDefect::as_select()), connection)
        })?;
        return Ok(read.rows.into_iter().map(CountedRow::from).collect());
    }
    let ids = report_facts::table.filter(report_facts::kind.eq(kind)).filter(report_facts::day.eq(day));
    let ids = ids.filter(report_facts::case_id.gt(after)).select(report_facts::case_id).distinct();
    let ids = ids.order(report_facts::case_id).limit(limit);
    let read: Legible<StoredRow> = on_backend!(tx, |connection| {
        let ids: Vec<String> = legible(ids, connection)?.rows;
        let of_ids = report_facts::table.filter(report_facts::kind.eq(kind)).filter(report_facts::day.eq(day));
        let of_ids = of_ids.filter(report_facts::case_id.eq_any(&ids)).order(report_facts::case_id);
        legible(of_ids.select(StoredRow::as_select()), connection)
    })?;
    Ok(read.rows.into_iter().map(CountedRow::from).collect())
}

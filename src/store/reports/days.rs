//! Days of report facts, summed once they are over.
//!
//! Cast: a row of `counted_days` says what a [`CountedDay`] of its facts is; [`each`] goes over the days of a period, those that are summed
//! and those that aren't. A day is [`mark`]ed, read, and [`keep`]t, by whoever marked it last.
//!
//! Guarantees: what is kept is what the facts say. Whoever adds a fact takes the day's row away in the same statement, summed or only marked; and
//! a day is read when all have ended who were adding facts while it was marked, who may not have seen the mark. So a fact that comes late, of whatever day,
//! leaves the day without a row, and its facts are counted instead. Nobody waits, and no row is written by more than one on a day that isn't over.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Date, Nullable, Text};
use diesel::upsert::excluded;

use self::table::counted_days;
use super::facts::StoredFact;
use crate::domain::case_types::codes::Queue;
use crate::domain::reports::counted::{CountedDay, CountedFact};
use crate::domain::reports::facts::FactKind;
use crate::domain::reports::query::Period;
use crate::store::engine::connection::legible::legible;
use crate::store::engine::connection::{AnyConnection, on_backend};
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::report_facts;
use crate::store::engine::tx::Tx;

/// The macro writes public items of its own, hence a module that hides them.
mod table {
    #![allow(unreachable_pub, missing_docs)]
    diesel::table! {
        counted_days (day) {
            day -> Date,
            mark -> Text,
            counts -> Nullable<Binary>,
        }
    }
}

/// How many days are read at once: of facts, and of sums.
const DAYS_OF_FACTS: u64 = 31;
const DAYS_OF_SUMS: u64 = 92;

/// Goes over the days of a period that have facts of some kinds, in no order.
///
/// # Errors
/// The database's.
pub fn each(
    tx: &mut Tx<'_>,
    period: Period,
    kinds: &[FactKind],
    mut found: impl FnMut(NaiveDate, &CountedDay),
) -> Result<(), StoreError> {
    let Some(first) = first_day(tx, kinds)? else { return Ok(()) };
    let mut summed = BTreeSet::new();
    for part in parts(Period { from: period.from.max(first), ..period }, DAYS_OF_SUMS) {
        let rows: Vec<(NaiveDate, Option<Vec<u8>>)> = on_backend!(tx, |connection| {
            let of_part = counted_days::table.filter(counted_days::day.between(part.from, part.to));
            let of_part = of_part.filter(counted_days::counts.is_not_null());
            of_part.select((counted_days::day, counted_days::counts)).load(connection)
        })?;
        for (day, counts) in rows {
            // What a later version has written isn't known here: the facts are.
            if let Some(counted) = counts.as_deref().and_then(CountedDay::from_bytes) {
                found(day, &counted);
                summed.insert(day);
            }
        }
    }
    for gap in gaps(Period { from: period.from.max(first), ..period }, &summed) {
        for part in parts(gap, DAYS_OF_FACTS) {
            let facts = facts(tx, part, kinds)?;
            for of_day in facts.chunk_by(|one, next| one.day == next.day) {
                let day = of_day[0].day;
                let of_day: Vec<CountedFact> = of_day.iter().map(CountedFact::try_from).collect::<Result<_, _>>()?;
                found(day, &CountedDay::of(&of_day));
            }
        }
    }
    Ok(())
}

/// A period in parts of at most so many days; none where it ends before it begins.
fn parts(period: Period, days: u64) -> impl Iterator<Item = Period> {
    let part = move |from: NaiveDate| {
        let last = from.checked_add_days(Days::new(days - 1)).unwrap_or(period.to);
        (from <= period.to).then(|| Period { from, to: last.min(period.to) })
    };
    std::iter::successors(part(period.from), move |before| part(before.to.succ_opt()?))
}

/// What lies between some days of a period.
fn gaps(period: Period, days: &BTreeSet<NaiveDate>) -> Vec<Period> {
    let (mut found, mut from) = (Vec::new(), Some(period.from));
    for day in days {
        if let (Some(first), Some(last)) = (from, day.pred_opt())
            && first <= last
        {
            found.push(Period { from: first, to: last });
        }
        from = day.succ_opt();
    }
    let rest = from.filter(|from| *from <= period.to);
    found.extend(rest.map(|from| Period { from, to: period.to }));
    found
}

#[derive(QueryableByName)]
struct First {
    #[diesel(sql_type = Nullable<Date>)]
    day: Option<NaiveDate>,
}

/// The first day of all facts of some kinds: one look into the key for each.
fn first_day(tx: &mut Tx<'_>, kinds: &[FactKind]) -> Result<Option<NaiveDate>, StoreError> {
    let of_kind = |kind: &FactKind| format!("SELECT MIN(day) AS day FROM report_facts WHERE kind = '{}'", kind.code());
    let firsts: Vec<String> = kinds.iter().map(of_kind).collect();
    let sql = format!("SELECT MIN(day) AS day FROM ({}) firsts", firsts.join(" UNION ALL "));
    let first: First = on_backend!(tx, |connection| diesel::sql_query(&sql).get_result(connection))?;
    Ok(first.day)
}

impl TryFrom<&StoredFact> for CountedFact {
    type Error = StoreError;

    fn try_from(row: &StoredFact) -> Result<Self, StoreError> {
        let corrupt = |what: &str, code: &str| StoreError::Corrupt(format!("report_facts holds the {what} {code}"));
        let queue = row.queue.as_deref();
        let queue = queue.map(|code| Queue::from_code(code).ok_or_else(|| corrupt("work list", code)));
        let is_one = |flag: Option<i32>| flag.map(|flag| flag == 1);
        Ok(Self {
            kind: FactKind::from_code(&row.kind).ok_or_else(|| corrupt("kind", &row.kind))?,
            outlet: row.outlet.clone(),
            case_type: row.case_type.clone(),
            actor_id: row.actor_id.clone(),
            workflow: row.workflow.clone(),
            place: row.place.clone(),
            queue: queue.transpose()?,
            seconds: row.seconds,
            working_days: row.working_days.map(i64::from),
            notices: row.notices.map(i64::from),
            overlooked: row.overlooked.map(i64::from),
            by_ready: is_one(row.by_ready),
            by_limit: is_one(row.by_limit),
            in_time: is_one(row.in_time),
            provisional: is_one(row.provisional),
        })
    }
}

/// The facts of some kinds in a period, day by day: a range of the key for each kind.
fn facts(tx: &mut Tx<'_>, period: Period, kinds: &[FactKind]) -> Result<Vec<StoredFact>, StoreError> {
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.code()).collect();
    Ok(on_backend!(tx, |connection| {
        let of_period = report_facts::table.filter(report_facts::kind.eq_any(&kinds));
        let of_period = of_period.filter(report_facts::day.between(period.from, period.to));
        of_period.select(StoredFact::as_select()).order(report_facts::day).load(connection)
    })?)
}

/// Facts as a statement adds them, taking away on the way what is kept of a day of theirs. For PostgreSQL, where a statement more is a way more.
pub(super) struct Added<T> {
    pub(super) insert: T,
    pub(super) day: NaiveDate,
}

impl<T: QueryFragment<Pg>> QueryFragment<Pg> for Added<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH added AS (");
        self.insert.walk_ast(out.reborrow())?;
        out.push_sql(") DELETE FROM counted_days WHERE day = ");
        out.push_bind_param::<Date, _>(&self.day)
    }
}

impl<T> QueryId for Added<T> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> RunQueryDsl<PgConnection> for Added<T> {}

/// What takes away what is kept of a day, within another statement that adds facts of it.
pub(in crate::store) fn forgotten(day: NaiveDate) -> impl QueryFragment<Pg> {
    diesel::delete(counted_days::table.filter(counted_days::day.eq(day)))
}

/// Takes away what is kept of a day, or only marked: facts of it have been added.
///
/// # Errors
/// The database's.
pub(super) fn forget(tx: &mut Tx<'_>, day: NaiveDate) -> Result<(), StoreError> {
    on_backend!(tx, |connection| {
        diesel::delete(counted_days::table.filter(counted_days::day.eq(day))).execute(connection)
    })?;
    Ok(())
}

/// The first so many days before another one that nothing is kept of.
///
/// # Errors
/// The database's.
pub fn uncounted(tx: &mut Tx<'_>, before: NaiveDate, most: usize) -> Result<Vec<NaiveDate>, StoreError> {
    let Some((first, last)) = first_day(tx, &[FactKind::Opened])?.zip(before.pred_opt()) else { return Ok(Vec::new()) };
    let kept: Vec<NaiveDate> = on_backend!(tx, |connection| {
        let kept = counted_days::table.filter(counted_days::counts.is_not_null());
        kept.filter(counted_days::day.between(first, last)).select(counted_days::day).load(connection)
    })?;
    let gaps = gaps(Period { from: first, to: last }, &kept.into_iter().collect());
    let days = |gap: Period| gap.from.iter_days().take_while(move |day| *day <= gap.to);
    Ok(gaps.into_iter().flat_map(days).take(most).collect())
}

/// Marks days: who marks one last may keep it, unless a fact is added to it before.
///
/// # Errors
/// The database's.
pub fn mark(tx: &mut Tx<'_>, days: &[NaiveDate], with: &str) -> Result<(), StoreError> {
    for day in days {
        let row = (counted_days::day.eq(day), counted_days::mark.eq(with));
        on_backend!(tx, |connection| {
            diesel::insert_into(counted_days::table)
                .values(row)
                .on_conflict(counted_days::day)
                .do_update()
                .set((counted_days::mark.eq(excluded(counted_days::mark)), counted_days::counts.eq(None::<Vec<u8>>)))
                .execute(connection)
        })?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Adding {
    #[diesel(sql_type = Text)]
    writer: String,
}

/// Transactions that may be adding facts now; none on SQLite, whose one writer ends one before the next.
///
/// # Errors
/// The database's.
pub fn adding(tx: &mut Tx<'_>) -> Result<Vec<String>, StoreError> {
    let AnyConnection::Postgres(connection) = tx.connection() else { return Ok(Vec::new()) };
    let rows: Vec<Adding> = diesel::sql_query(
        "SELECT DISTINCT virtualtransaction AS writer FROM pg_locks
         WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND relation = 'report_facts'::regclass AND mode = 'RowExclusiveLock'",
    )
    .load(connection)?;
    Ok(rows.into_iter().map(|row| row.writer).collect())
}

/// A day, from its facts.
///
/// # Errors
/// The database's.
pub fn of_facts(tx: &mut Tx<'_>, day: NaiveDate) -> Result<CountedDay, StoreError> {
    let rows = facts(tx, Period { from: day, to: day }, &FactKind::ALL)?;
    let facts: Vec<CountedFact> = rows.iter().map(CountedFact::try_from).collect::<Result<_, _>>()?;
    Ok(CountedDay::of(&facts))
}

/// Keeps a day that is marked so; answers whether it still was.
///
/// # Errors
/// The database's.
pub fn keep(tx: &mut Tx<'_>, day: NaiveDate, mark: &str, counts: &[u8]) -> Result<bool, StoreError> {
    let marked = counted_days::table.filter(counted_days::day.eq(day)).filter(counted_days::mark.eq(mark));
    let kept = on_backend!(tx, |connection| {
        diesel::update(marked).set(counted_days::counts.eq(counts)).execute(connection)
    })?;
    Ok(kept > 0)
}

/// So many days that are kept, the first ones or those after one, as they are stored.
///
/// # Errors
/// The database's.
pub fn kept(tx: &mut Tx<'_>, after: Option<NaiveDate>, limit: i64) -> Result<Vec<(NaiveDate, Vec<u8>)>, StoreError> {
    let read = on_backend!(tx, |connection| {
        let mut kept = counted_days::table.filter(counted_days::counts.is_not_null()).into_boxed();
        if let Some(after) = after {
            kept = kept.filter(counted_days::day.gt(after));
        }
        let kept = kept.order(counted_days::day).limit(limit);
        legible(kept.select((counted_days::day, counted_days::counts)), connection)
    })?;
    Ok(read.rows.into_iter().filter_map(|(day, counts): (NaiveDate, Option<Vec<u8>>)| Some((day, counts?))).collect())
}

/// How many days are kept that are none: nothing else in the record would miss them.
///
/// # Errors
/// The database's.
pub fn unreadable(tx: &mut Tx<'_>) -> Result<usize, StoreError> {
    let days = on_backend!(tx, |connection| legible(counted_days::table.select(counted_days::day), connection))?;
    let _: Vec<NaiveDate> = days.rows;
    Ok(days.unread)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{DatabaseAddress, Db, DbOptions};

    fn date(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap_or_default()
    }

    #[test]
    fn what_isnt_summed_lies_between_what_is() {
        let period = Period { from: date(2), to: date(9) };
        let between = |days: &[u32]| {
            let gaps = gaps(period, &days.iter().map(|day| date(*day)).collect());
            gaps.iter().map(|gap| (gap.from, gap.to)).collect::<Vec<_>>()
        };
        assert_eq!(between(&[]), [(date(2), date(9))]);
        assert_eq!(between(&[2, 3, 5, 9]), [(date(4), date(4)), (date(6), date(8))]);
        assert_eq!(between(&[2, 3, 4, 5, 6, 7, 8, 9]), []);
        let cut = |days| parts(period, days).map(|part| (part.from, part.to)).collect::<Vec<_>>();
        assert_eq!(cut(3), [(date(2), date(4)), (date(5), date(7)), (date(8), date(9))]);
        assert_eq!(parts(Period { from: date(3), to: date(2) }, 3).count(), 0);
    }

    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    #[tokio::test]
    async fn a_day_is_a_range_of_the_key_for_each_kind() -> Result<(), Box<dyn std::error::Error>> {
        let directory = tempfile::tempdir()?;
        let db = Db::open(&DatabaseAddress::sqlite(directory.path().join("casehall.db")), DbOptions::default())?;
        let sql = "EXPLAIN QUERY PLAN SELECT day, kind, outlet FROM report_facts
                   WHERE kind IN ('made', 'left') AND day BETWEEN '2026-03-02' AND '2026-03-09' ORDER BY day";
        let steps: Vec<Step> = db
            .read("plan", move |tx| -> Result<_, StoreError> {
                Ok(on_backend!(tx, |connection| diesel::sql_query(sql).load(connection))?)
            })
            .await?;
        let details: Vec<&str> = steps.iter().map(|step| step.detail.as_str()).collect();
        let range = "SEARCH report_facts USING PRIMARY KEY (kind=? AND day>? AND day<?)";
        assert!(details.contains(&range), "{details:?}");
        Ok(())
    }
}

//! Report facts: appended in the transaction of the events and never changed. What is kept of their day, if anything, goes with them.

use diesel::prelude::*;
use uuid::Uuid;

use super::days;
use crate::domain::case_types::codes::Queue;
use crate::domain::reports::facts::{Fact, Promise};
use crate::store::engine::connection::{AnyConnection, on_backend};
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{notice_defects, report_facts};
use crate::store::engine::tx::Tx;

#[derive(Insertable)]
#[diesel(table_name = report_facts, treat_none_as_default_value = false)]
pub(in crate::store) struct FactRow<'a> {
    pub(in crate::store) day: chrono::NaiveDate,
    pub(super) kind: &'a str,
    pub(super) case_id: &'a str,
    pub(super) sequence: i64,
    pub(super) at: chrono::NaiveDateTime,
    pub(super) outlet: &'a str,
    pub(super) case_type: &'a str,
    pub(super) actor_id: &'a str,
    pub(super) workflow: Option<&'a str>,
    pub(super) place: Option<&'a str>,
    pub(super) queue: Option<&'a str>,
    pub(super) seconds: Option<i64>,
    pub(super) working_days: Option<i32>,
    pub(super) notices: Option<i32>,
    pub(super) overlooked: Option<i32>,
    pub(super) by_ready: Option<i32>,
    pub(super) by_limit: Option<i32>,
    pub(super) in_time: Option<i32>,
    pub(super) provisional: Option<i32>,
}

#[derive(Insertable)]
#[diesel(table_name = notice_defects, treat_none_as_default_value = false)]
pub(super) struct DefectRow<'a> {
    pub(in crate::store) day: chrono::NaiveDate,
    pub(super) case_id: &'a str,
    pub(super) notice: i32,
    pub(super) position: i32,
    pub(super) document: &'a str,
    pub(super) defect: &'a str,
    pub(super) reason: Option<&'a str>,
    pub(super) outlet: &'a str,
    pub(super) case_type: &'a str,
    pub(super) actor_id: &'a str,
}

impl<'a> FactRow<'a> {
    pub(in crate::store) fn of(case_id: &'a str, fact: &'a Fact) -> Self {
        let flag = |flag: fn(Promise) -> bool| fact.promise.map(|promise| i32::from(flag(promise)));
        Self {
            day: fact.day,
            kind: fact.kind.code(),
            case_id,
            sequence: fact.sequence,
            at: fact.at.naive_utc(),
            outlet: &fact.outlet,
            case_type: &fact.case_type,
            actor_id: &fact.actor_id,
            workflow: fact.workflow.as_deref(),
            place: fact.place.as_deref(),
            queue: fact.queue.map(Queue::code),
            seconds: fact.seconds,
            working_days: fact.working_days.map(small),
            notices: fact.notices.map(small),
            overlooked: fact.overlooked.map(small),
            by_ready: flag(|promise| promise.by_ready),
            by_limit: flag(|promise| promise.by_limit),
            in_time: flag(|promise| promise.in_time),
            provisional: flag(|promise| promise.provisional),
        }
    }
}

fn small<T: TryInto<i32>>(number: T) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

/// Appends the report facts of a case.
///
/// # Errors
/// The database's.
pub fn append(tx: &mut Tx<'_>, case_id: Uuid, added: &[Fact]) -> Result<(), StoreError> {
    if added.is_empty() {
        return Ok(());
    }
    let case_id = case_id.to_string();
    let rows: Vec<FactRow<'_>> = added.iter().map(|fact| FactRow::of(&case_id, fact)).collect();
    for rows in rows.chunk_by(|one, next| one.day == next.day) {
        let day = rows[0].day;
        match (tx.connection(), rows) {
            // A statement of one row is kept prepared. On SQLite there is no way to go either.
            (AnyConnection::Sqlite(connection), rows) => {
                for row in rows {
                    diesel::insert_into(report_facts::table).values(row).execute(connection)?;
                }
                days::forget(tx, day)?;
            }
            (AnyConnection::Postgres(connection), [row]) => {
                days::Added { insert: diesel::insert_into(report_facts::table).values(row), day }
                    .execute(connection)?;
            }
            (AnyConnection::Postgres(connection), rows) => {
                days::Added { insert: diesel::insert_into(report_facts::table).values(rows), day }
                    .execute(connection)?;
            }
        }
    }
    let defects: Vec<DefectRow<'_>> = added.iter().flat_map(|fact| defects(&case_id, fact)).collect();
    if !defects.is_empty() {
        on_backend!(tx, |connection| diesel::insert_into(notice_defects::table).values(&defects).execute(connection))?;
    }
    Ok(())
}

pub(super) fn defects<'a>(case_id: &'a str, fact: &'a Fact) -> impl Iterator<Item = DefectRow<'a>> {
    fact.defects.iter().zip(1..).map(move |(defect, position)| DefectRow {
        day: fact.day,
        case_id,
        notice: fact.notices.map_or(0, small),
        position,
        document: &defect.document,
        defect: defect.defect,
        reason: defect.reason.as_deref(),
        outlet: &fact.outlet,
        case_type: &fact.case_type,
        actor_id: &fact.actor_id,
    })
}

/// What is counted of a fact as it is stored.
#[derive(Queryable, Selectable)]
#[diesel(table_name = report_facts)]
pub(super) struct StoredFact {
    pub(super) kind: String,
    pub(super) day: chrono::NaiveDate,
    pub(super) outlet: String,
    pub(super) case_type: String,
    pub(super) actor_id: String,
    pub(super) workflow: Option<String>,
    pub(super) place: Option<String>,
    pub(super) queue: Option<String>,
    pub(super) seconds: Option<i64>,
    pub(super) working_days: Option<i32>,
    pub(super) notices: Option<i32>,
    pub(super) overlooked: Option<i32>,
    pub(super) by_ready: Option<i32>,
    pub(super) by_limit: Option<i32>,
    pub(super) in_time: Option<i32>,
    pub(super) provisional: Option<i32>,
}

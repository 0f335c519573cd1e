//! Milestones: what reports count, added in the transaction of the events and never changed.

use diesel::prelude::*;
use uuid::Uuid;

use crate::domain::case_types::codes::Queue;
use crate::domain::reports::facts::{Milestone, Promise};
use crate::store::engine::connection::{AnyConnection, on_backend};
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{milestones, notice_defects};
use crate::store::engine::tx::Tx;

#[derive(Insertable)]
#[diesel(table_name = milestones, treat_none_as_default_value = false)]
struct MilestoneRow<'a> {
    day: chrono::NaiveDate,
    kind: &'a str,
    case_id: &'a str,
    sequence: i64,
    at: chrono::NaiveDateTime,
    outlet: &'a str,
    case_type: &'a str,
    actor_id: &'a str,
    workflow: Option<&'a str>,
    place: Option<&'a str>,
    queue: Option<&'a str>,
    seconds: Option<i64>,
    working_days: Option<i32>,
    notices: Option<i32>,
    overlooked: Option<i32>,
    by_ready: Option<i32>,
    by_limit: Option<i32>,
    in_time: Option<i32>,
    provisional: Option<i32>,
}

#[derive(Insertable)]
#[diesel(table_name = notice_defects, treat_none_as_default_value = false)]
struct DefectRow<'a> {
    day: chrono::NaiveDate,
    case_id: &'a str,
    notice: i32,
    position: i32,
    document: &'a str,
    defect: &'a str,
    reason: Option<&'a str>,
    outlet: &'a str,
    case_type: &'a str,
    actor_id: &'a str,
}

impl<'a> MilestoneRow<'a> {
    fn of(case_id: &'a str, milestone: &'a Milestone) -> Self {
        let flag = |flag: fn(Promise) -> bool| milestone.promise.map(|promise| i32::from(flag(promise)));
        Self {
            day: milestone.day,
            kind: milestone.kind.code(),
            case_id,
            sequence: milestone.sequence,
            at: milestone.at.naive_utc(),
            outlet: &milestone.outlet,
            case_type: &milestone.case_type,
            actor_id: &milestone.actor_id,
            workflow: milestone.workflow.as_deref(),
            place: milestone.place.as_deref(),
            queue: milestone.queue.map(Queue::code),
            seconds: milestone.seconds,
            working_days: milestone.working_days.map(small),
            notices: milestone.notices.map(small),
            overlooked: milestone.overlooked.map(small),
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

/// Appends the milestones of a case.
///
/// # Errors
/// The database's.
pub fn append(tx: &mut Tx<'_>, case_id: Uuid, added: &[Milestone]) -> Result<(), StoreError> {
    if added.is_empty() {
        return Ok(());
    }
    let case_id = case_id.to_string();
    let rows: Vec<MilestoneRow<'_>> = added.iter().map(|milestone| MilestoneRow::of(&case_id, milestone)).collect();
    match tx.connection() {
        // One statement of one row is kept prepared, and there is no way to go.
        AnyConnection::Sqlite(connection) => {
            for row in &rows {
                diesel::insert_into(milestones::table).values(row).execute(connection)?;
            }
        }
        AnyConnection::Postgres(connection) => {
            diesel::insert_into(milestones::table).values(&rows).execute(connection)?;
        }
    }
    let defects: Vec<DefectRow<'_>> = added.iter().flat_map(|milestone| defects(&case_id, milestone)).collect();
    if !defects.is_empty() {
        on_backend!(tx, |connection| diesel::insert_into(notice_defects::table).values(&defects).execute(connection))?;
    }
    Ok(())
}

fn defects<'a>(case_id: &'a str, milestone: &'a Milestone) -> impl Iterator<Item = DefectRow<'a>> {
    milestone.defects.iter().zip(1..).map(move |(defect, position)| DefectRow {
        day: milestone.day,
        case_id,
        notice: milestone.notices.map_or(0, small),
        position,
        document: &defect.document,
        defect: defect.defect,
        reason: defect.reason.as_deref(),
        outlet: &milestone.outlet,
        case_type: &milestone.case_type,
        actor_id: &milestone.actor_id,
    })
}

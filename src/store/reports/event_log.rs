//! The event log in chunks: cases in the order of their opening, each with the actions taken on it.
//!
//! Guarantees: what was opened in a range of days costs what that range costs, however many cases there are, and memory
//! holds one chunk. Of an event's data only state changes are read: nothing that names a person leaves the database.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use diesel::dsl::{case_when, min};
use diesel::prelude::*;
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::case_types::pinned::Pinned;
use crate::domain::cases::event::Event;
use crate::domain::reports::event_log::{LoggedAction, LoggedCase, Movement, actions};
use crate::domain::reports::facts::FactKind;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{cases, events, report_facts};
use crate::store::engine::tx::{Tx, from_json, parse_uuid};

/// Which cases are asked for; every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventLogFilter {
    /// Opened on this day of the hall's calendar or later.
    pub opened_from: Option<NaiveDate>,
    /// Opened on this day or earlier.
    pub opened_to: Option<NaiveDate>,
    /// Of this outlet now.
    pub outlet: Option<String>,
    /// Of this case type.
    pub case_type: Option<String>,
}

/// Where the next chunk begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// On this day.
    day: NaiveDate,
    /// After this case of the day; none: with its first.
    after: Option<Uuid>,
}

impl Position {
    /// The day that it is on.
    pub fn day(&self) -> NaiveDate {
        self.day
    }
}

/// A part of the log.
#[derive(Debug, Clone, Default)]
pub struct Chunk {
    /// Its cases; none doesn't mean that the log ends here.
    pub cases: Vec<LoggedCase>,
    /// Where the next one begins; none: this is the last.
    pub next: Option<Position>,
}

/// A read looks through at most so many days on which something happened, lest one that finds little takes long.
const DAYS_OF_A_READ: usize = 62;

/// Reads at most `limit` cases from a position, or from the start.
///
/// # Errors
/// The database's, or a state change that can't be read.
pub fn read(
    tx: &mut Tx<'_>,
    filter: &EventLogFilter,
    position: Option<Position>,
    limit: usize,
) -> Result<Chunk, StoreError> {
    let mut found: Vec<CaseRow> = Vec::new();
    let mut here = match position {
        Some(position) => Some(position),
        None => day_with_cases(tx, filter, filter.opened_from)?,
    };
    let mut days = 0;
    while let Some(Position { day, after }) = here
        && found.len() < limit
        && days < DAYS_OF_A_READ
    {
        let wanted = limit - found.len();
        let rows = opened_on(tx, filter, day, after, wanted)?;
        here = match rows.last() {
            Some(last) if rows.len() == wanted => Some(Position { day, after: Some(parse_uuid(&last.id)?) }),
            _ => match day.checked_add_days(Days::new(1)) {
                Some(tomorrow) => day_with_cases(tx, filter, Some(tomorrow))?,
                None => None,
            },
        };
        found.extend(rows);
        days += 1;
    }
    let cases = if found.is_empty() { Vec::new() } else { with_actions(tx, found)? };
    Ok(Chunk { cases, next: here })
}

/// The first day from `from` on, within the filter, on which anything happened.
fn day_with_cases(
    tx: &mut Tx<'_>,
    filter: &EventLogFilter,
    from: Option<NaiveDate>,
) -> Result<Option<Position>, StoreError> {
    let day: Option<NaiveDate> = on_backend!(tx, |connection| match from {
        Some(from) =>
            report_facts::table.filter(report_facts::day.ge(from)).select(min(report_facts::day)).first(connection),
        None => report_facts::table.select(min(report_facts::day)).first(connection),
    })?;
    let day = day.filter(|day| filter.opened_to.is_none_or(|last| *day <= last));
    Ok(day.map(|day| Position { day, after: None }))
}

#[derive(Queryable)]
struct CaseRow {
    id: String,
    acceptance_number: String,
    case_type: String,
    edition: i32,
    workflow: String,
    workflow_edition: i32,
    outlet: String,
    state: String,
}

/// Cases that were opened on a day, in the order of their ids.
fn opened_on(
    tx: &mut Tx<'_>,
    filter: &EventLogFilter,
    day: NaiveDate,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<CaseRow>, StoreError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = on_backend!(tx, |connection| {
        let mut query = report_facts::table
            .inner_join(cases::table.on(cases::id.eq(report_facts::case_id)))
            .filter(report_facts::day.eq(day))
            .filter(report_facts::kind.eq(FactKind::Opened.code()))
            .filter(report_facts::case_id.gt(&after))
            .into_boxed();
        if let Some(outlet) = &filter.outlet {
            query = query.filter(cases::outlet.eq(outlet));
        }
        if let Some(case_type) = &filter.case_type {
            query = query.filter(cases::case_type.eq(case_type));
        }
        let columns = (
            cases::id,
            cases::acceptance_number,
            cases::case_type,
            cases::edition,
            cases::workflow,
            cases::workflow_edition,
            cases::outlet,
            cases::state,
        );
        query.select(columns).order(report_facts::case_id).limit(limit).load(connection)
    })?;
    Ok(rows)
}

type EventRow = (String, chrono::NaiveDateTime, String, String, Option<String>);

/// A state change, as an event's data has it.
#[derive(Deserialize)]
struct StateChange {
    from: String,
    to: String,
}

fn with_actions(tx: &mut Tx<'_>, found: Vec<CaseRow>) -> Result<Vec<LoggedCase>, StoreError> {
    let ids: Vec<&str> = found.iter().map(|row| row.id.as_str()).collect();
    let rows: Vec<EventRow> = on_backend!(tx, |connection| {
        let change = case_when(events::kind.eq(Event::STATE_CHANGED), events::data);
        events::table
            .filter(events::subject_kind.eq("case"))
            .filter(events::subject_id.eq_any(&ids))
            .order((events::subject_id, events::sequence))
            .select((events::subject_id, events::at, events::actor_id, events::action, change))
            .load(connection)
    })?;
    let mut of_case: HashMap<String, Vec<LoggedAction>> = HashMap::with_capacity(found.len());
    for (case, at, actor_id, action, change) in rows {
        let change: Option<StateChange> = change.as_deref().map(from_json).transpose()?;
        let movement = change.map(|change| Movement { from: Some(change.from), to: change.to });
        let event = LoggedAction { action, at: at.and_utc(), actor_id, movement };
        of_case.entry(case).or_default().push(event);
    }
    let cases = found.into_iter().map(|row| {
        let events = of_case.remove(&row.id).unwrap_or_default();
        LoggedCase {
            acceptance_number: row.acceptance_number,
            case_type: pinned(row.case_type, row.edition),
            workflow: pinned(row.workflow, row.workflow_edition),
            outlet: row.outlet,
            actions: actions(events, &row.state),
        }
    });
    Ok(cases.collect())
}

fn pinned(code: String, edition: i32) -> Pinned {
    Pinned { code, edition: u32::try_from(edition).unwrap_or(0) }
}

//! The calendar in force: kept in the database, so that all instances count alike, and changed with every date it moves.
//!
//! Cast: [`Calendars`] remembers the calendar between requests; [`Service::change_calendar`] puts a year in force and
//! recomputes every open case in one transaction; [`Service::adopt_calendar`] does so with the files at start.
//!
//! Guarantees: all or nothing, on both databases and with several instances; a case whose certificate is made or that has
//! ended keeps its dates; a year that is imported again changes nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chrono::NaiveDate;
use uuid::Uuid;

use crate::domain::calendar::{Calendar, CalendarYear};
use crate::domain::case::{Case, evolve};
use crate::domain::case_deadline::{self, CalendarInForce, Reckoning};
use crate::domain::command::{Event, Recorded};
use crate::domain::deadline::Deadlines;
use crate::store::calendars::{self, YearSource};
use crate::store::events::{self, Subject};
use crate::store::{Tx, cases};

use super::Service;
use super::caller::Caller;
use super::error::ServiceError;

/// The action by which the timeline of a case names a change of the calendar.
pub const CALENDAR_ACTION: &str = "change_calendar";

/// How many cases are recomputed at a time.
const CHUNK: i64 = 500;

/// The calendar as this instance knows it. What saves dates asks the database first whether that is still so.
#[derive(Default)]
pub(super) struct Calendars {
    in_force: RwLock<Arc<CalendarInForce>>,
    earlier: Mutex<HashMap<i64, Arc<CalendarInForce>>>,
}

/// What a change of the calendar does to open cases.
#[derive(Debug, Clone, Default)]
pub struct CalendarChange {
    /// The edition of the calendar after the change; unchanged where nothing changes.
    pub edition: i64,
    /// Whether anything of the year changes.
    pub changed: bool,
    /// The open cases whose dates move or become sure, oldest first.
    pub moves: Vec<Move>,
}

/// A case whose dates move.
#[derive(Debug, Clone)]
pub struct Move {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub acceptance_number: String,
    /// Its outlet.
    pub outlet: String,
    /// The dates before.
    pub before: Deadlines,
    /// The dates after.
    pub after: Deadlines,
}

impl Service {
    /// The calendar as this instance knows it.
    pub fn calendar(&self) -> Arc<CalendarInForce> {
        Arc::clone(&self.calendars.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The calendar by which dates may be saved in this transaction.
    pub(super) fn calendar_for_dates(&self, tx: &mut Tx<'_>) -> Result<Arc<CalendarInForce>, ServiceError> {
        let edition = calendars::edition_for_dates(tx)?;
        self.calendar_of(tx, edition)
    }

    /// The calendar in force, asked of the database.
    pub(super) fn calendar_now(&self, tx: &mut Tx<'_>) -> Result<Arc<CalendarInForce>, ServiceError> {
        let edition = calendars::edition(tx)?;
        self.calendar_of(tx, edition)
    }

    fn calendar_of(&self, tx: &mut Tx<'_>, edition: i64) -> Result<Arc<CalendarInForce>, ServiceError> {
        let known = self.calendar();
        if known.edition == edition {
            return Ok(known);
        }
        let loaded = Arc::new(CalendarInForce { edition, calendar: calendars::calendar(tx, edition)? });
        self.know(&loaded);
        Ok(loaded)
    }

    fn know(&self, calendar: &Arc<CalendarInForce>) {
        let mut known = self.calendars.in_force.write().unwrap_or_else(PoisonError::into_inner);
        if known.edition < calendar.edition {
            *known = Arc::clone(calendar);
        }
    }

    /// The calendar by which the dates of a case were settled, or the one in force where they aren't.
    pub(super) fn calendar_of_case(&self, tx: &mut Tx<'_>, case: &Case) -> Result<Arc<CalendarInForce>, ServiceError> {
        let Some(settled) = case.settled else { return self.calendar_now(tx) };
        let edition = settled.calendar;
        if self.calendar().edition == edition {
            return Ok(self.calendar());
        }
        let known = |found: &HashMap<i64, Arc<CalendarInForce>>| found.get(&edition).cloned();
        if let Some(found) = known(&self.calendars.earlier.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(found);
        }
        let loaded = Arc::new(CalendarInForce { edition, calendar: calendars::calendar(tx, edition)? });
        let mut earlier = self.calendars.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        earlier.insert(edition, Arc::clone(&loaded));
        Ok(loaded)
    }

    /// Notices what other instances changed.
    ///
    /// # Errors
    /// The database's.
    pub async fn refresh_calendar(&self) -> Result<(), ServiceError> {
        let service = self.clone();
        self.db.read("calendar", move |tx| service.calendar_now(tx).map(drop)).await
    }

    /// Takes the years of the files into force that the database doesn't know or knows from files only. What an
    /// administrator imported stays.
    ///
    /// # Errors
    /// The database's.
    pub async fn adopt_calendar(&self, files: &Calendar) -> Result<CalendarChange, ServiceError> {
        let years: Vec<CalendarYear> = files.years().cloned().collect();
        let service = self.clone();
        let change = self
            .db
            .write("adopt_calendar", move |tx| {
                let edition = calendars::edition_to_change(tx)?;
                let kept = calendars::years(tx, edition)?;
                let is_new = |year: &&CalendarYear| {
                    let known = kept.iter().find(|kept| kept.year.year() == year.year());
                    known.is_none_or(|known| known.source == YearSource::Files && known.year != **year)
                };
                let changed: Vec<CalendarYear> = years.iter().filter(is_new).cloned().collect();
                service.change_in(tx, edition, &changed, YearSource::Files, &Caller::hall(), false)
            })
            .await?;
        self.refresh_calendar().await?;
        Ok(change)
    }

    /// Puts a year in force and recomputes every open case, or, on a dry run, says what that would move.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn change_calendar(
        &self,
        caller: &Caller,
        year: CalendarYear,
        dry_run: bool,
    ) -> Result<CalendarChange, ServiceError> {
        let (service, caller) = (self.clone(), caller.clone());
        let changing = move |tx: &mut Tx<'_>| {
            let edition = if dry_run { calendars::edition(tx)? } else { calendars::edition_to_change(tx)? };
            let known = calendars::years(tx, edition)?.into_iter().any(|kept| kept.year == year);
            let years = if known { Vec::new() } else { vec![year.clone()] };
            service.change_in(tx, edition, &years, YearSource::Import, &caller, dry_run)
        };
        if dry_run {
            return self.db.read_snapshot("change_calendar_dry_run", changing).await;
        }
        let change = self.db.write("change_calendar", changing).await?;
        self.refresh_calendar().await?;
        Ok(change)
    }

    fn change_in(
        &self,
        tx: &mut Tx<'_>,
        edition: i64,
        years: &[CalendarYear],
        source: YearSource,
        caller: &Caller,
        dry_run: bool,
    ) -> Result<CalendarChange, ServiceError> {
        if years.is_empty() {
            return Ok(CalendarChange { edition, ..CalendarChange::default() });
        }
        let now = self.now();
        let before = CalendarInForce { edition, calendar: calendars::calendar(tx, edition)? };
        let mut after = CalendarInForce { edition: edition + 1, calendar: before.calendar.clone() };
        for year in years {
            after.calendar.insert(year.clone());
        }
        if !dry_run {
            calendars::put_in_force(tx, after.edition, years, source, &caller.actor.id, now)?;
        }
        let mut change = CalendarChange { edition: after.edition, changed: true, moves: Vec::new() };
        let first_day = years.iter().filter_map(|year| first_difference(&before.calendar, year)).min();
        let Some(first_day) = first_day else { return Ok(change) };
        let limit_from = self.hall.hours.start_of_business(first_day);
        let mut last = None;
        loop {
            let chunk = cases::with_deadline(tx, limit_from, last, CHUNK)?;
            let Some(end) = chunk.last() else { break };
            last = Some(end.id);
            for case in chunk {
                change.moves.extend(self.moved(tx, case, (&before, &after), years, caller, dry_run)?);
            }
        }
        Ok(change)
    }

    /// Moves the dates of one case, where the calendar does.
    fn moved(
        &self,
        tx: &mut Tx<'_>,
        case: Case,
        (before, after): (&CalendarInForce, &CalendarInForce),
        years: &[CalendarYear],
        caller: &Caller,
        dry_run: bool,
    ) -> Result<Option<Move>, ServiceError> {
        let (definition, hours, now) = (self.definition(&case)?, &self.hall.hours, self.now());
        let dates = |calendar| case_deadline::dates(definition, &case, Reckoning { calendar, hours }, now);
        let (Some(old), Some(new)) = (dates(before), dates(after)) else { return Ok(None) };
        if old == new {
            return Ok(None);
        }
        let moved = Move {
            id: case.id,
            acceptance_number: case.acceptance_number.clone(),
            outlet: case.application.outlet.clone(),
            before: old,
            after: new,
        };
        if !dry_run {
            let loaded = case.version;
            // What fell due by the old dates did fall due.
            let mut recorded = self.announced(definition, &case, before, now);
            let years = years.iter().map(CalendarYear::year).collect();
            let event = Event::CalendarChanged { years, before: old, after: new };
            let sequence = loaded + 1 + recorded.len() as i64;
            recorded.push(Recorded {
                sequence,
                at: now,
                actor_id: caller.actor.id.clone(),
                actor_name: caller.actor.name.clone(),
                action: CALENDAR_ACTION.to_owned(),
                event,
            });
            let case = recorded.iter().fold(case, evolve);
            cases::save(tx, &case, loaded, self.due(definition, &case, after, now))?;
            events::append(tx, Subject::Case(case.id), &recorded)?;
        }
        Ok(Some(moved))
    }
}

/// The first day of a year about which a calendar says something else; its first day where the year is new.
fn first_difference(before: &Calendar, year: &CalendarYear) -> Option<NaiveDate> {
    let Some(known) = before.year(year.year()) else { return NaiveDate::from_ymd_opt(year.year(), 1, 1) };
    let mut one = known.days().peekable();
    let mut other = year.days().peekable();
    loop {
        match (one.peek(), other.peek()) {
            (None, None) => return None,
            (Some(day), None) | (None, Some(day)) => return Some(day.date),
            (Some(old), Some(new)) if old == new => {
                one.next();
                other.next();
            }
            (Some(old), Some(new)) => return Some(old.date.min(new.date)),
        }
    }
}

//! The calendar in force: stored in the database, so that all instances count alike, and cached between requests.
//!
//! Cast: `CalendarMemory` is what this instance remembers; [`Service::calendar_years`] and [`Service::calendar_year`] say what is
//! known and where from; [`Service::calendar_warning`] says that a notice is late. What changes it is
//! [`super::change`].
//!
//! Guarantees: whatever is shown is counted by the edition that the database has in force, or, where dates stand, by the
//! one that they were counted by; only editions that were committed are remembered, since on SQLite a transaction may see
//! what another one of its group wrote, and that group may still come to nothing.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Datelike, Utc};

use crate::domain::base::words::Words;
use crate::domain::cases::case::Case;
use crate::domain::cases::deadlines::reckoning::CalendarInForce;
use crate::store::Tx;
use crate::store::calendar::years;

pub use crate::store::calendar::years::{KeptYear, YearSource};

use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;

/// The month from which on the next year's notice is missed: most years it comes in November.
const NOTICE_EXPECTED_FROM_MONTH: u32 = 11;

impl Service {
    /// The calendar as this instance remembers it, which another instance may have changed since.
    pub fn calendar(&self) -> Arc<CalendarInForce> {
        Arc::clone(&self.calendars.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every year that has a notice, with the edition of the calendar in force.
    ///
    /// # Errors
    /// The caller isn't of the staff; the database's.
    pub async fn calendar_years(&self, caller: &Caller) -> Result<(i64, Vec<KeptYear>), ServiceError> {
        caller.require_staff()?;
        let read = self.db.read_snapshot("calendar_years", |tx| {
            let edition = years::edition(tx)?;
            Ok::<_, ServiceError>((edition, years::years(tx, edition)?))
        });
        let (edition, years) = read.await?;
        if edition != self.calendar().edition {
            let calendar = years.iter().map(|kept| kept.year.clone()).collect::<Vec<_>>().into();
            self.remember_calendar(&Arc::new(CalendarInForce { edition, calendar }));
        }
        Ok((edition, years))
    }

    /// A year as it is in force; `None` without a notice.
    ///
    /// # Errors
    /// The caller isn't of the staff; the database's.
    pub async fn calendar_year(&self, caller: &Caller, year: i32) -> Result<Option<KeptYear>, ServiceError> {
        let (_, years) = self.calendar_years(caller).await?;
        Ok(years.into_iter().find(|kept| kept.year.year() == year))
    }

    /// That a notice is missing without which dates are provisional: this year's, or from November on the next one's.
    pub fn calendar_warning(&self, now: DateTime<Utc>) -> Option<Words> {
        let today = self.hall.hours.local_date(now);
        let (this, next) = (today.year(), today.year() + 1);
        let wanted = [(this, true), (next, today.month() >= NOTICE_EXPECTED_FROM_MONTH)];
        let calendar = self.calendar();
        let is_missing = |(year, is_wanted): &(i32, bool)| *is_wanted && !calendar.calendar.is_published(*year);
        let missing: Vec<String> =
            wanted.iter().filter(|year| is_missing(year)).map(|year| year.0.to_string()).collect();
        let (zh, en) = match missing.as_slice() {
            [] => return None,
            [year] => (
                format!("{year}年放假安排通知尚未导入；涉及{year}年的日期均为暂定"),
                format!("the holiday notice for {year} is not imported; dates that reach into {year} are provisional"),
            ),
            years => (
                format!("{}年放假安排通知均未导入；涉及这些年份的日期均为暂定", years.join("、")),
                format!(
                    "the holiday notices for {} are not imported; dates that reach into these years are provisional",
                    years.join(" and ")
                ),
            ),
        };
        Some(Words::new(zh, en))
    }

    /// The warning for the log: the first time on each of the hall's days, on this instance.
    pub fn calendar_warning_of_the_day(&self) -> Option<Words> {
        let now = self.now();
        let warning = self.calendar_warning(now)?;
        let today = self.hall.hours.local_date(now);
        let mut warned_on = self.calendars.warned_on.lock().unwrap_or_else(PoisonError::into_inner);
        (warned_on.replace(today) != Some(today)).then_some(warning)
    }

    /// Notices what other instances changed.
    ///
    /// # Errors
    /// The database's.
    pub async fn refresh_calendar(&self) -> Result<(), ServiceError> {
        let service = self.clone();
        let calendar = self.db.read("calendar", move |tx| service.calendar_now(tx)).await?;
        self.remember_calendar(&calendar);
        Ok(())
    }

    /// Remembers a calendar that a finished transaction has found in force.
    pub(in crate::service) fn remember_calendar(&self, calendar: &Arc<CalendarInForce>) {
        let mut known = self.calendars.in_force.write().unwrap_or_else(PoisonError::into_inner);
        if known.edition < calendar.edition {
            *known = Arc::clone(calendar);
        }
    }

    /// The calendar by which dates may be saved in this transaction.
    pub(in crate::service) fn calendar_for_dates(&self, tx: &mut Tx<'_>) -> Result<Arc<CalendarInForce>, ServiceError> {
        let edition = years::edition_for_dates(tx)?;
        self.calendar_of(tx, edition)
    }

    /// The calendar in force, asked of the database.
    pub(in crate::service) fn calendar_now(&self, tx: &mut Tx<'_>) -> Result<Arc<CalendarInForce>, ServiceError> {
        let edition = years::edition(tx)?;
        self.calendar_of(tx, edition)
    }

    /// The calendar that the dates of a case are counted by: by which they were settled, or else the one in force.
    pub(in crate::service) fn calendar_of_case(
        &self,
        tx: &mut Tx<'_>,
        case: &Case,
    ) -> Result<Arc<CalendarInForce>, ServiceError> {
        match case.settled {
            Some(settled) => self.calendar_of(tx, settled.calendar),
            None => self.calendar_now(tx),
        }
    }

    /// The calendar of an edition.
    pub(in crate::service) fn calendar_of(
        &self,
        tx: &mut Tx<'_>,
        edition: i64,
    ) -> Result<Arc<CalendarInForce>, ServiceError> {
        let known = self.calendar();
        if known.edition == edition {
            return Ok(known);
        }
        let earlier = |found: &HashMap<i64, Arc<CalendarInForce>>| found.get(&edition).cloned();
        if let Some(found) = earlier(&self.calendars.earlier.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(found);
        }
        let loaded = Arc::new(CalendarInForce { edition, calendar: years::calendar(tx, edition)? });
        // What comes before an edition that is in force was committed.
        if edition < known.edition {
            let mut earlier = self.calendars.earlier.lock().unwrap_or_else(PoisonError::into_inner);
            earlier.insert(edition, Arc::clone(&loaded));
        }
        Ok(loaded)
    }
}

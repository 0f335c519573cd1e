//! The deadline of a case, derived from its receipt, its ledger of pauses, its extensions and the calendar. Nothing of it
//! is stored while it runs.
//!
//! Guarantee: once the certificate is made or the case has ended, the dates stand ([`Settled`]) and no amendment of the
//! calendar moves them; making the certificate again sets them running again.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::base::vocabulary::vocabulary;
use crate::domain::calendar::deadline::{DeadlineRule, Deadlines, Pause, deadlines, explain};
use crate::domain::calendar::explanation::ExplainedDay;
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::{Case, Settled};
use crate::domain::cases::deadlines::reckoning::Reckoning;
use crate::domain::cases::event::Event;

vocabulary! {
    /// The status of a deadline.
    pub enum DeadlineStatus {
        /// It runs, with time left.
        OnTrack = "on_track";
        /// It runs, and its limit has passed.
        Overdue = "overdue";
        /// It is paused.
        Paused = "paused";
        /// The certificate was made.
        Met = "met";
        /// The case ended without one.
        Ended = "ended";
    }
}

/// The two dates of a case that produces something.
#[derive(Debug, Clone)]
pub struct DeadlineDetails {
    /// Ready from and limit, as they stand now.
    pub deadlines: Deadlines,
    /// How it stands.
    pub status: DeadlineStatus,
    /// Working days until the limit; negative when it has passed.
    pub working_days_left: i64,
    /// The start of the current pause.
    pub paused_since: Option<DateTime<Utc>>,
    /// When it was met.
    pub met_at: Option<DateTime<Utc>>,
    /// Working days that the limit was extended by.
    pub extended_by: u32,
    /// The pauses.
    pub pauses: Vec<Pause>,
}

/// The promises of a case with its extensions; `None` where nothing is produced.
pub fn rule(definition: Definition<'_>, case: &Case) -> Option<DeadlineRule> {
    let rule = definition.case_type.deadline?;
    Some(DeadlineRule { limit_after: rule.limit_after.saturating_add(case.extended_by), ..rule })
}

/// Until when the days of a case are counted: reached dates don't change.
fn counted_until(case: &Case, now: DateTime<Utc>) -> DateTime<Utc> {
    case.made_at.or(case.closed_at).unwrap_or(now)
}

/// The dates of a case at an instant; `None` where nothing is produced.
pub fn dates(
    definition: Definition<'_>,
    case: &Case,
    reckoning: Reckoning<'_>,
    now: DateTime<Utc>,
) -> Option<Deadlines> {
    let rule = rule(definition, case)?;
    if let Some(Settled { deadlines, .. }) = case.settled {
        return Some(deadlines);
    }
    let Reckoning { calendar, hours } = reckoning;
    Some(deadlines(rule, &calendar.calendar, hours, case.opened_at, &case.pauses, counted_until(case, now)))
}

/// The dates of a case and how they stand; `None` where nothing is produced.
pub fn report(
    definition: Definition<'_>,
    case: &Case,
    reckoning: Reckoning<'_>,
    now: DateTime<Utc>,
) -> Option<DeadlineDetails> {
    let deadlines = dates(definition, case, reckoning, now)?;
    let paused_since = case.pauses.iter().filter(|pause| pause.to.is_none()).map(|pause| pause.from).min();
    let status = if case.made_at.is_some() {
        DeadlineStatus::Met
    } else if case.closed_at.is_some() {
        DeadlineStatus::Ended
    } else if now > deadlines.limit.at {
        // A pause that began in time moves the limit; one that began later hides nothing.
        DeadlineStatus::Overdue
    } else if paused_since.is_some() {
        DeadlineStatus::Paused
    } else {
        DeadlineStatus::OnTrack
    };
    let today = reckoning.hours.local_date(counted_until(case, now));
    Some(DeadlineDetails {
        deadlines,
        status,
        working_days_left: reckoning.calendar.calendar.working_days_between(today, deadlines.limit.date),
        paused_since,
        met_at: case.made_at,
        extended_by: case.extended_by,
        pauses: case.pauses.clone(),
    })
}

/// Every day from the receipt to the limit, with its number or why it has none; `None` where nothing is produced.
///
/// For a case whose dates are settled, `reckoning` must hold the calendar of the edition that they were counted by.
pub fn explanation(
    definition: Definition<'_>,
    case: &Case,
    reckoning: Reckoning<'_>,
    now: DateTime<Utc>,
) -> Option<Vec<ExplainedDay>> {
    let rule = rule(definition, case)?;
    let Reckoning { calendar, hours } = reckoning;
    let until = counted_until(case, now);
    Some(explain(&calendar.calendar, hours, case.opened_at, rule.limit_after, &case.pauses, until))
}

/// The event by which the dates of a case stand from now on, where they have to and don't yet.
pub fn settlement(
    definition: Definition<'_>,
    case: &Case,
    reckoning: Reckoning<'_>,
    now: DateTime<Utc>,
) -> Option<Event> {
    let reached = case.made_at.is_some() || case.closed_at.is_some();
    if !reached || case.settled.is_some() {
        return None;
    }
    let deadlines = dates(definition, case, reckoning, now)?;
    Some(Event::DeadlineSettled { deadlines, calendar: reckoning.calendar.edition })
}

/// By how many working days the limit moves when it is put on a date; `None` when that isn't later than it stands, or
/// isn't a working day that could be a limit.
pub fn extension_to(
    definition: Definition<'_>,
    case: &Case,
    reckoning: Reckoning<'_>,
    now: DateTime<Utc>,
    date: NaiveDate,
) -> Option<u32> {
    let current = dates(definition, case, reckoning, now)?.limit.date;
    let calendar = &reckoning.calendar.calendar;
    if date <= current || !calendar.is_working_day(date) {
        return None;
    }
    u32::try_from(calendar.working_days_between(current, date)).ok().filter(|days| *days > 0)
}

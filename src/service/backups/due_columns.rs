//! Whether the dates by which lists and sweeps find a case are those that its document and the calendar lead to.
//!
//! Guarantee: nothing is said to be wrong that the hall could have written itself. A date was computed when its case was saved: by the
//! calendar of then, and where the hall's hours were other ones, within days of what today's come to.

use chrono::{DateTime, TimeDelta, Utc};

use super::report_facts::Counting;
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::Case;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::cases::{self, Due};

/// Other hours, or another zone, move an instant by less.
const OF_HOURS: TimeDelta = TimeDelta::days(2);
/// A case that can't be looked at is put off by less than this; instances' clocks may differ, too.
const PUT_OFF: TimeDelta = TimeDelta::minutes(15);

/// Names of the columns that differ.
pub(super) fn differing(
    service: &Service,
    tx: &mut Tx<'_>,
    definition: Definition<'_>,
    case: &Case,
    counting: &Counting<'_>,
) -> Result<Vec<&'static str>, ServiceError> {
    let (stored, saved_at, now) = (cases::stored_due(tx, case.id)?, case.updated_at, service.now());
    let by_other_hours = counting.is_of_other_hours(saved_at);
    let editions = match case.settled {
        Some(settled) => vec![settled.calendar],
        None => counting.editions_since(saved_at),
    };
    let mut least: Option<Vec<&'static str>> = None;
    for edition in editions {
        let calendar = service.calendar_of(tx, edition)?;
        let due = service.due(definition, case, &calendar, saved_at);
        let names = dates_differing(&stored, &due, case, by_other_hours);
        if least.as_ref().is_none_or(|least| names.len() < least.len()) {
            least = Some(names);
        }
    }
    let mut names = least.unwrap_or_default();
    // What is announced may be another thing since, by the settings.
    if !by_other_hours && !counting.is_of_other_announcements(saved_at) {
        let calendar = service.calendar_now(tx)?;
        let due = service.due(definition, case, &calendar, now).look_at;
        let in_time = |due: DateTime<Utc>| stored.look_at.is_some_and(|at| at <= due.max(now + PUT_OFF));
        if !due.is_none_or(in_time) {
            names.push("look_at");
        }
    }
    Ok(names)
}

fn dates_differing(stored: &Due, due: &Due, case: &Case, by_other_hours: bool) -> Vec<&'static str> {
    let same = |stored: Option<DateTime<Utc>>, due: Option<DateTime<Utc>>| match (stored, due) {
        (Some(stored), Some(due)) if by_other_hours => (stored - due).abs() <= OF_HOURS,
        // By other hours its limit may have passed before it stood still, or not.
        (Some(_), None) | (None, Some(_)) if by_other_hours => case.is_paused(),
        _ => stored == due,
    };
    let columns = [
        ("ready_from", same(stored.ready_from, due.ready_from)),
        ("limit_at", same(stored.limit_at, due.limit_at)),
        ("paused_since", same(stored.paused_since, due.paused_since)),
        ("provisional", by_other_hours || stored.provisional == due.provisional),
        ("work_by", same(Some(stored.work_by), Some(due.work_by))),
        ("commitment_due", same(stored.commitment_due, due.commitment_due)),
    ];
    columns.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}

//! Placing and lifting holds, which keep a case from the erasure of its persons: for supervisors, on open and on closed cases.

use chrono::{DateTime, Utc};

use crate::domain::base::form::Form;
use crate::domain::cases::case::Case;
use crate::domain::cases::event::Event;
use crate::domain::cases::refusal::Refusal;
use crate::domain::retention::hold::{Hold, MOST_HOLDS};

/// Places a hold.
///
/// # Errors
/// The faults of the reason; the persons are erased already; as many holds stand as may.
pub fn place_hold(case: &Case, reason: &str, now: DateTime<Utc>) -> Result<Event, Refusal> {
    if case.erased_at.is_some() {
        return Err(Refusal::PersonsErased);
    }
    if case.holds.iter().filter(|hold| hold.stands()).count() >= MOST_HOLDS {
        return Err(Refusal::TooManyHolds);
    }
    let number = u32::try_from(case.holds.len()).unwrap_or(u32::MAX).saturating_add(1);
    let hold = Hold { number, reason: checked(reason)?, placed_at: now, lifted_at: None };
    Ok(Event::HoldPlaced { hold })
}

/// Lifts a hold; `None` where the case has none of this number.
///
/// # Errors
/// The faults of the reason; it was lifted already.
pub fn lift_hold(case: &Case, number: u32, reason: &str) -> Option<Result<Event, Refusal>> {
    let hold = case.holds.iter().find(|hold| hold.number == number)?;
    if !hold.stands() {
        return Some(Err(Refusal::HoldLifted));
    }
    Some(checked(reason).map(|reason| Event::HoldLifted { number, reason }))
}

fn checked(reason: &str) -> Result<String, Refusal> {
    let mut form = Form::default();
    let reason = form.lasting_reason("/reason", reason);
    form.finish(reason).map_err(|faults| Refusal::InvalidInput { faults })
}

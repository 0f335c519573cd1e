//! What may be done so often within an hour, and no more.

use chrono::{DateTime, TimeDelta, Utc};

/// Over what time it is counted.
pub(in crate::service) const HOUR: TimeDelta = TimeDelta::hours(1);

/// In how many seconds it may be done once more; none: now. `nth` is when that was done which now has as many behind it as may be.
pub(in crate::service) fn seconds_until_next(nth: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<i64> {
    let left = nth.map(|at| at + HOUR - now).filter(|left| *left > TimeDelta::zero());
    left.map(|left| left.num_seconds() + 1)
}

//! When certificates are valid: what can be true of an instant that somebody types, and how terms are counted.

use chrono::{DateTime, Duration, Months, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::domain::base::form::Form;
use crate::domain::base::words::{Fault, Words};

/// Before this year no hall issued certificates (the Electronic Signature Law is of 2004).
const FIRST_YEAR: i32 = 2000;

/// A certificate ends at most so many years from now: terms are of one to three years, and one is added before the last ends.
const MOST_YEARS: u32 = 10;

/// How far the clock of another system may be ahead.
const TOLERANCE: Duration = Duration::minutes(2);

/// An instant as it is kept: in whole microseconds, since PostgreSQL keeps no more, and a leap second
/// (`2016-12-31T23:59:60Z`) as the second that follows, since no database has sixty-one in a minute.
pub fn kept(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}

/// The end of a validity of whole years, counted by the days of the hall's zone; a day that the month doesn't have is its last
/// one. Of a renewal, `from` is the end before: terms neither overlap nor leave a gap.
pub fn valid_until(from: DateTime<Utc>, years: u32, zone: Tz) -> DateTime<Utc> {
    let months = Months::new(years.saturating_mul(12));
    from.with_timezone(&zone).checked_add_months(months).map_or(DateTime::<Utc>::MAX_UTC, |end| end.to_utc())
}

impl Form {
    /// A validity that somebody recorded: both ends as they are kept.
    pub(crate) fn validity(
        &mut self,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> (DateTime<Utc>, DateTime<Utc>) {
        let (from, until) = (kept(from), kept(until));
        let last = now.checked_add_months(Months::new(MOST_YEARS * 12)).unwrap_or(DateTime::<Utc>::MAX_UTC);
        if from < earliest() || from > last {
            self.implausible("/valid_from");
        }
        if until < earliest() || until > last {
            self.implausible("/valid_until");
        } else if until <= from {
            let en = "must be later than valid_from";
            self.fault("/valid_until", "out_of_order", "须晚于有效期起始时间", en);
        }
        (from, until)
    }

    /// An instant at which something happened; one that is a little ahead is now.
    pub(crate) fn past(&mut self, pointer: &str, at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        let at = kept(at);
        if at > now + TOLERANCE {
            self.fault(pointer, "in_the_future", "不得晚于现在", "must not be later than now");
        } else if at < earliest() {
            self.implausible(pointer);
        }
        at.min(now)
    }

    fn implausible(&mut self, pointer: &str) {
        let zh = format!("年份不合理，应在{FIRST_YEAR}年至今后{MOST_YEARS}年之间");
        let en = format!("is not plausible: expected from {FIRST_YEAR} to {MOST_YEARS} years from now");
        self.fault(pointer, "implausible_date", &zh, &en);
    }
}

fn earliest() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1)
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .map_or(DateTime::<Utc>::MIN_UTC, |at| at.and_utc() - Duration::days(1)) // whatever the zone
}

/// The fault of a lock that began before the certificate's validity: nobody can have typed PINs into it then.
pub fn before_validity(locked_at: DateTime<Utc>, valid_from: DateTime<Utc>) -> Option<Fault> {
    let words = || Words::new("不得早于证书有效期的开始", "must not be before the certificate's validity began");
    (locked_at < valid_from).then(|| Fault::new("/locked_at", "out_of_order", words()))
}

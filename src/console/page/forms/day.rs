//! Days and times as browsers send them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use crate::domain::base::words::{Fault, Words};

/// A day; none where nothing was typed.
///
/// # Errors
/// It is none.
pub fn day(text: &str, pointer: &str) -> Result<Option<NaiveDate>, Fault> {
    let words = || Words::new("日期格式须为2026-06-01", "a date must be written as in 2026-06-01");
    given(text).map(|text| text.parse().map_err(|_| Fault::new(pointer, "bad_date", words()))).transpose()
}

/// A time of the hall's zone; none where nothing was typed.
///
/// # Errors
/// It is none.
pub fn moment(text: &str, pointer: &str, zone: Tz) -> Result<Option<DateTime<Utc>>, Fault> {
    let words = || Words::new("时间格式须为2026-06-01T09:30", "a time must be written as in 2026-06-01T09:30");
    let read = |text: &str| {
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok()?;
        Some(zone.from_local_datetime(&local).earliest()?.with_timezone(&Utc))
    };
    given(text).map(|text| read(text).ok_or_else(|| Fault::new(pointer, "bad_time", words()))).transpose()
}

fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

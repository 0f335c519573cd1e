//! The calendar.

pub(crate) mod calendars;

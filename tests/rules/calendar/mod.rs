//! The calendar.

pub(crate) mod change;
pub(crate) mod clock;
pub(crate) mod deadlines;
pub(crate) mod feeds;
pub(crate) mod formats;
pub(crate) mod formats_properties;
pub(crate) mod working_days;

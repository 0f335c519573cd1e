//! Reports, exports and the forecast.

pub(crate) mod counted;
pub(crate) mod counts;
pub(crate) mod event_log;
pub(crate) mod forecast;
pub(crate) mod tables;

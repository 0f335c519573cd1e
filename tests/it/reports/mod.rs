//! Reports, exports and the forecast.

pub(crate) mod counted_days;
pub(crate) mod counts;
pub(crate) mod exports;
pub(crate) mod forecast;
pub(crate) mod process_mining;
pub(crate) mod simulation;

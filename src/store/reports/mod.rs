//! Report facts and other data of reports.

pub mod counted;
pub mod counts;
pub mod days;
pub mod event_log;
pub mod facts;
pub mod forecast;
pub mod marks;
pub mod standing;

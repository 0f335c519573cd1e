//! What reports count.

pub mod counts;
pub mod event_log;
pub mod facts;
pub mod forecast;
pub mod standing;

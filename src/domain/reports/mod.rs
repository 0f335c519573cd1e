//! Report facts, the reports that count them, the forecast, and the event log.

pub mod board;
pub mod cash_up;
pub mod counted;
pub mod cycle_times;
pub mod event_log;
pub mod facts;
pub mod forecast;
pub mod overdue;
pub mod people;
pub mod quality;
pub mod query;
pub mod report;
pub mod tally;
pub mod throughput;
pub mod uncollected;

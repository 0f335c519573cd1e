//! The supervisor's board, reports, the forecast, and the event log.

pub mod board;
pub mod cash_up_prints;
pub mod counted_days;
pub mod exports;
pub mod forecast;
pub mod marks;
pub mod report;

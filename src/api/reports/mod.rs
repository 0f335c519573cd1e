//! Routes of the board, the reports, the forecast and the event log.

pub mod board;
pub mod exports;
pub mod forecast;
pub mod report;
mod rows;

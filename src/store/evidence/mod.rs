//! Evidence: the hashes of rows that have none yet, the log over all rows, its seals, and what checks them; accounts as the trail and their tables have them.

pub mod accounts;
pub mod clocks;
pub mod columns;
pub mod guards;
pub mod keys;
pub mod log;
pub mod missing;
pub mod persons;
pub mod settled;

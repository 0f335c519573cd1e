//! The check sheet: its page, its rows, what is sent from it, and what stands beside it.

pub mod check_sheet;
mod entry;
pub mod help;
pub mod row;

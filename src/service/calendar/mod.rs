//! The calendar in force, and its changes.

pub mod calendars;
pub mod change;
pub mod kept;
pub(in crate::service) mod memory;

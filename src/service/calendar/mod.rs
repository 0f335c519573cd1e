//! The calendar in force, and its changes.

pub mod calendars;
pub mod change;
pub(in crate::service) mod memory;

//! The calendar in force, and how it changes.

pub mod calendars;
pub mod change;
pub(in crate::service) mod memory;

//! The working-day calendar: a year as a grid, and its import with what that would move.

mod grid;
pub mod import;
pub mod year;

//! The calendar's years, with their sources.

pub mod years;

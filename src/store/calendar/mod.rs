//! The calendar's years, with where they come from.

pub mod years;

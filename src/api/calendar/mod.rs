//! Routes of the calendar.

pub mod body;
pub mod view;
pub mod year;

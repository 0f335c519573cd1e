//! The dates of a case, and their announcements.

pub mod announcement;
pub mod dates;
pub mod extension;
pub mod plan;
pub mod reckoning;

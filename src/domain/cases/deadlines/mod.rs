//! A case's dates, and what is announced about them.

pub mod announcement;
pub mod dates;
pub mod plan;
pub mod reckoning;

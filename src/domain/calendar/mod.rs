//! Working days, deadlines counted by them, and how a date is explained.

pub mod change;
pub mod deadline;
pub mod explanation;
pub mod faults;
pub mod span;
pub mod working_days;

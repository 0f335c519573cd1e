//! Opening cases, acting on them, and what people look at of them.

pub mod actions;
pub mod assignment;
pub mod batches;
pub mod case;
pub mod deadlines;
pub mod report;
pub mod sweeps;
pub mod worklists;

//! Use cases of cases: open, read, take actions, assign, batches, sweeps.

pub mod actions;
pub mod assignment;
pub mod batches;
pub mod case;
pub mod colleagues;
pub mod deadlines;
pub mod details;
pub mod filters;
pub mod glance;
pub mod labels;
pub mod presence;
pub mod search;
pub mod sweeps;
pub mod worklists;

//! The dates of cases, and what is announced of them.

pub(crate) mod suspensions;
pub(crate) mod sweeps;

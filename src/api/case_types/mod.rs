//! Routes of case types.

pub mod case_type;

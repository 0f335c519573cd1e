//! Stored editions of case types and workflows.

pub mod editions;

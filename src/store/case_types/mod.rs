//! Editions of case types, workflows and prices that cases are on.

pub mod editions;

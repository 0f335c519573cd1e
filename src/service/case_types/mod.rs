//! Editions of case types and workflows, and moving cases between them.

pub mod edition_moves;
pub mod editions;
pub(in crate::service) mod kept;
pub(in crate::service) mod known;

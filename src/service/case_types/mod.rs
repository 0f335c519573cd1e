//! Editions of case types and workflows, and moving cases between them; looking up what the guide says.

pub mod edition_moves;
pub mod editions;
pub mod guide;
pub(in crate::service) mod kept;
pub(in crate::service) mod known;

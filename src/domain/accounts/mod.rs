//! Actors, roles, entries of the audit trail, and when a sign-in is evaluated.

pub mod actor;
pub mod audit;
pub mod disclosure;
pub mod role;
pub mod sign_in;

//! Actors, roles, entries of the audit trail, when a sign-in is evaluated, and by which cryptography.

pub mod actor;
pub mod audit;
pub mod role;
pub mod sign_in;
pub mod suite;

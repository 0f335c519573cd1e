//! Actors, roles, and when a sign-in is evaluated.

pub mod actor;
pub mod role;
pub mod sign_in;

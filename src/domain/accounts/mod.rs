//! Actors and roles.

pub mod actor;
pub mod role;

//! Users, their sessions and second factors, clients, attempts to sign in, and the audit trail.

pub mod attempts;
pub mod audit;
pub mod clients;
pub mod second_factors;
pub mod sessions;
mod users;

pub use users::*;

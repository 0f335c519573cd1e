//! Users, clients, attempts to sign in, and the audit trail.

pub mod attempts;
pub mod audit;
pub mod clients;
mod rows;

pub use rows::*;

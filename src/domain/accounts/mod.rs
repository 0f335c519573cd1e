//! Actors, accounts, roles, sessions, entries of the audit trail and what they say of accounts, and when a sign-in is evaluated.

pub mod account;
pub mod actor;
pub mod audit;
pub mod client;
pub mod disclosure;
pub mod entered;
pub mod issuer;
pub mod refusal;
pub mod role;
pub mod session;
pub mod sign_in;

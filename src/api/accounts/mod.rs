//! Signing in, tokens for systems, who calls and what they may do, and the audit trail.

pub mod audit;
pub mod auth;
pub mod client_tokens;
pub mod clients;
pub(in crate::api) mod limited;
pub mod locks;
pub mod metadata;
pub mod own;
pub mod rights;
pub mod seals;
pub mod sessions;
pub mod used_keys;
pub mod users;

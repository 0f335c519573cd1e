//! Signing in, tokens for systems, who calls and what they may do.

pub mod auth;
pub mod client_address;
pub mod client_tokens;
pub mod clients;
pub mod locks;
pub(in crate::api) mod others;
pub mod rights;
pub mod used_keys;

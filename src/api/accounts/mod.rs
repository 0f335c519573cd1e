//! Signing in, tokens for systems, who calls and what they may do.

pub mod auth;
pub mod rights;
pub(in crate::api) mod used_keys;

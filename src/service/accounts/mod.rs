//! Signing in, tokens, and who calls.

pub mod account;
pub mod caller;
pub(in crate::service) mod caller_cache;
pub mod passwords;
pub mod sign_in_policy;
pub mod signing_keys;
pub mod tokens;
pub(in crate::service) mod verified_tokens;

//! Signing in, tokens, and who calls.

pub mod account;
pub mod caller;
pub mod passwords;
pub mod signing_keys;
pub mod tokens;
pub(in crate::service) mod verified_tokens;

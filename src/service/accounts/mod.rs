//! Sign-in, tokens and callers.

pub mod account;
pub mod caller;
pub(in crate::service) mod caller_cache;
pub mod hashing;
pub mod passwords;
pub mod sign_in;
pub mod sign_in_setup;
pub mod signing_keys;
pub mod tokens;
pub(in crate::service) mod verified_tokens;

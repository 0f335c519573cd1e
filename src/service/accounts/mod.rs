//! Sign-in, tokens, callers, and the audit trail.

pub mod account;
pub mod audit;
pub mod caller;
pub(in crate::service) mod caller_cache;
pub mod disclosures;
pub mod hashing;
pub mod passwords;
pub mod sign_in;
pub mod sign_in_setup;
pub mod signing_keys;
mod system_user;
pub mod tokens;
pub(in crate::service) mod verified_tokens;

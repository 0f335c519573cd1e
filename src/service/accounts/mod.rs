//! People and their sign-ins, systems, tokens, callers, and the audit trail.

pub mod account;
pub mod audit;
pub mod audit_asked;
pub mod caller;
pub mod caller_cache;
pub mod clients;
pub mod disclosures;
pub mod hashing;
pub mod passwords;
pub mod people;
pub mod sign_in;
pub mod sign_in_setup;
pub mod signing_keys;
mod system_user;
pub mod tokens;

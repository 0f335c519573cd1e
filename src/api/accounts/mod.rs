//! Signing in, tokens for systems, and who calls.

pub mod auth;

//! Signing in and out, and the language.

pub mod language;
pub mod own;
pub mod sign_in;

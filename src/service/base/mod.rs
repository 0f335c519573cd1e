//! Shared by all use cases: errors, idempotency, clean-up.

pub mod clean_up;
pub mod error;
pub mod idempotency;

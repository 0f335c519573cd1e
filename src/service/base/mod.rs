//! What all use-cases share: errors, idempotency, forgetting what is old.

pub mod clean_up;
pub mod error;
pub mod idempotency;

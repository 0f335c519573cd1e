//! Shared by all use cases: errors, idempotency, clean-up, digests.

pub mod clean_up;
pub(in crate::service) mod digest;
pub mod error;
pub(in crate::service) mod hourly;
pub mod idempotency;

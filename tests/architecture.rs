//! The architecture.

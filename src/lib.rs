//! Casehall.

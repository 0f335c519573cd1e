//! The store from outside, on both databases.
#![allow(clippy::unwrap_used)] // a test that can't go on should fail

mod parity;
mod places;
mod postgres;
mod postgres_failures;
mod store;
mod store_sqlite;

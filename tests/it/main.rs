//! The service from outside: its store on both databases, and its requests over HTTP.
#![allow(clippy::unwrap_used)] // a test that can't go on should fail

mod crashes;
mod hall;
mod http;
mod invariants;
mod load;
mod parity;
mod places;
mod postgres;
mod postgres_failures;
mod races;
mod services;
mod store;
mod store_sqlite;

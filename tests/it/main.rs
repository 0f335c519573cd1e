//! The service from outside: its store on both databases, and its requests over HTTP.
#![allow(clippy::unwrap_used)] // a test that can't go on should fail

mod access;
mod calendars;
mod certificates;
mod configuration;
mod contract;
mod crashes;
mod documents;
mod editions;
mod exports;
mod forecast;
mod hall;
mod http;
mod invariants;
mod load;
mod parity;
mod places;
mod postgres;
mod postgres_failures;
mod process_mining;
mod program;
mod races;
mod reports;
mod requests;
mod secrets;
mod services;
mod sign_in;
mod simulation;
mod store;
mod store_sqlite;
mod suspensions;
mod sweeps;

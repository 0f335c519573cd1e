//! The service from outside: its store on both databases, and its requests over HTTP.
#![allow(clippy::unwrap_used)] // a test that can't go on should fail

mod accounts;
mod calendar;
mod case_types;
mod cases;
mod certificates;
mod console;
mod databases;
mod evidence;
mod hall;
mod http;
mod money;
mod program;
mod reports;
mod store;

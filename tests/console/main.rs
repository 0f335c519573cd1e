//! The console in a real browser: Chromium, driven over WebDriver, with script and without.
#![allow(clippy::unwrap_used)] // a test that can't go on should fail

mod accessibility;
mod browser;
mod counter;
mod desk;
mod expiry;
mod keys;
mod layout;
mod life;
mod pictures;
mod scans;
mod sheet;
mod states;

// The hall that the other suite tests, on the same databases.
#[allow(dead_code, unused_imports, unused_macros)]
#[path = "../it/databases/mod.rs"]
mod databases;
#[allow(dead_code, unused_imports, unused_macros)]
#[path = "../it/hall/mod.rs"]
mod hall;

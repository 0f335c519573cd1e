//! The rules of the hall, pure: no I/O, no clock, no async, no database.

pub mod words;

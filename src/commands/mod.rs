//! The commands for those who run a hall: one file a subject, each with its arguments and what it does.
//!
//! Guarantee: a command is a thin skin over a use case, as a route is. It reads what it needs from standard input, prints to
//! standard output what other programs may want to read, and all else to standard error.

pub(crate) mod certificates;
pub(crate) mod clients;
pub(crate) mod data_key;
pub(crate) mod editions;
pub(crate) mod terminal;
pub(crate) mod users;

//! The cash journal.

pub mod cash_journal;

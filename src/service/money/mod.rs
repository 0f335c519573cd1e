//! The cash journal.

pub(in crate::service) mod cash_journal;

//! The cash journal and corrections of payments.

pub(in crate::service) mod cash_journal;

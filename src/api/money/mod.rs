//! Fees and payments in requests and answers.

pub(in crate::api) mod fee_view;
pub mod payment_corrections;

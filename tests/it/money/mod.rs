//! Fees, receipts and the cash-up.

pub(crate) mod fees;

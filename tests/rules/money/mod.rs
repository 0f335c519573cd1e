//! Fees, receipts and the cash-up.

pub(crate) mod cash_up;
pub(crate) mod price_lists;

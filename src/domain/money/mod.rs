//! Prices, fees, payments, and the cash journal.

pub mod capitals;
pub mod cash_journal;
pub mod fee;
pub mod payment;
pub mod payment_correction;
pub mod price_list;
pub mod window;
pub mod yuan;

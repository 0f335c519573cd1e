//! Money at the window: a payment is taken, and the drawer counted at the end of the day.

pub mod cash_up;
pub mod payment;

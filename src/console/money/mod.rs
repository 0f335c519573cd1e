//! Money at the window: which window it is today, a payment that is taken, and the drawer counted at the end of the day.

pub mod cash_up;
pub mod cash_up_sheet;
pub mod payment;
pub mod window;

//! Evidence: sealing what was recorded, and verifying that nothing of it was changed.

pub mod check_accounts;
mod check_log;
mod check_persons;
pub mod check_records;
mod check_rows;
pub mod kept_seal;
mod once;
pub mod seal;
pub mod sealing_keys;
pub mod verify;

//! Accounts of people, for the security administrator.
//!
//! A one-time password stands in one answer, that to the request that made it. A repeated request makes no second one: it finds the
//! name taken, or another version of the account.

pub mod add;
mod draft;
pub mod list;
pub mod one;

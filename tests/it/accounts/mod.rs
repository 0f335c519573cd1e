//! Who may do what.

pub(crate) mod access;
pub(crate) mod secrets;
pub(crate) mod sign_in;

//! Who may do what.

pub(crate) mod access;
pub(crate) mod audit;
pub(crate) mod floods;
pub(crate) mod guessing;
pub(crate) mod matrix;
pub(crate) mod secrets;
pub(crate) mod sign_in;

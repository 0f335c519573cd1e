//! Who may do what.

pub(crate) mod access;
pub(crate) mod disclosures;
pub(crate) mod floods;
pub(crate) mod guessing;
pub(crate) mod secrets;
pub(crate) mod sign_in;

//! Who may do what, and who they are: accounts, sessions, second factors.

pub(crate) mod access;
pub(crate) mod audit;
pub(crate) mod disclosures;
pub(crate) mod floods;
pub(crate) mod guessing;
pub(crate) mod matrix;
pub(crate) mod passwords;
pub(crate) mod second_factor;
pub(crate) mod secrets;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod systems;
pub(crate) mod users;

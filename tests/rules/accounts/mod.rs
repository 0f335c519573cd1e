//! Who may do what.

pub(crate) mod disclosures;
pub(crate) mod entered;
pub(crate) mod hashing;
pub(crate) mod issuers;
pub(crate) mod kinds;
pub(crate) mod passwords;
pub(crate) mod second_factor;
pub(crate) mod sign_in;
pub(crate) mod signing_keys;
pub(crate) mod tokens;

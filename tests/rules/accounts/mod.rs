//! Who may do what.

pub(crate) mod passwords;
pub(crate) mod signing_keys;
pub(crate) mod tokens;

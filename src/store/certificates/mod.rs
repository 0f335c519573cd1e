//! The register of certificates: rows, searches, and what only one may hold.

pub mod claims;
pub(in crate::store) mod lists;
pub(in crate::store) mod names;
mod rows;

pub use lists::*;
pub use rows::*;

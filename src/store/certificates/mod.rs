//! The register of certificates: rows, searches, exclusive claims.

pub mod claims;
pub(in crate::store) mod lists;
pub(in crate::store) mod names;
mod rows;

pub use lists::*;
pub use rows::*;

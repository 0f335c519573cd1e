//! The register of certificates: rows, searches, exclusive claims, imports, and what systems reported.

pub mod claims;
pub mod imports;
pub(in crate::store) mod lists;
pub mod lock_reports;
pub(in crate::store) mod names;
mod rows;
pub mod usable;

pub use lists::*;
pub use names::are_missing;
pub use rows::*;

//! Cases as rows, in lists and in work lists.

pub(in crate::store) mod lists;
mod rows;
pub mod worklists;

pub use lists::*;
pub use rows::*;

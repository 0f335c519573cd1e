//! Who acts, and what their roles permit.

pub mod actor;
pub mod role;

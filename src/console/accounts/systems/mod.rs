//! Other systems, for the security administrator.
//!
//! A secret stands in one answer, that to the request that made it. The same request again makes no second one: it finds the id
//! taken, or another version of the system.

pub mod add;
mod draft;
pub mod list;
pub mod one;

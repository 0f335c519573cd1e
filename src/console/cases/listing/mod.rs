//! Cases one looks through: filtered, in the order of what is due, and reassigned from there.

pub mod asked;
pub mod assign;
pub mod list;
pub mod takers;

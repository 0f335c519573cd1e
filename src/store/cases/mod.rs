//! Cases as rows, in lists and in work lists.

pub mod counts;
pub(in crate::store) mod lists;
mod load;
mod names;
mod near;
mod opening;
mod openings;
mod rows;
mod slips;
pub mod worklists;

pub use lists::*;
pub use load::*;
pub use names::{are_missing, enter_missing, rename};
pub use near::*;
pub use opening::open;
pub use openings::nth_newest_opening;
pub use rows::*;
pub use slips::cases_of_slip;

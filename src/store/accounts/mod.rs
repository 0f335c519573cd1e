//! Users, clients and failed sign-ins.

mod rows;

pub use rows::*;

//! Users, clients, and attempts to sign in.

pub mod attempts;
mod rows;

pub use rows::*;

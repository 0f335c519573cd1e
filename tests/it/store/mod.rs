//! The store on both databases.

pub(crate) mod additive;
pub(crate) mod bindings;
mod both;
pub(crate) mod crashes;
pub(crate) mod encryption;
pub(crate) mod load;
mod numbers;
pub(crate) mod parity;
mod point_in_time;
pub(crate) mod postgres_failures;
pub(crate) mod serving;
pub(crate) mod sqlite;
pub(crate) mod standby;
pub(crate) mod upgrade;
mod waiting;

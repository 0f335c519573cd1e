//! What is kept, and for how long: backups, and the terms of persons' data.

pub mod backups;
pub(in crate::configuration) mod retention;

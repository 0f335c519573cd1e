//! Case types, workflows and their editions.

pub(crate) mod configuration;
pub(crate) mod editions;
pub(crate) mod shipped;

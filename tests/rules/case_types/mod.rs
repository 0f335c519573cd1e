//! Case types, workflows and their editions.

pub(crate) mod inheritance;
pub(crate) mod pages;
pub(crate) mod roles;
pub(crate) mod settings;
pub(crate) mod told;
pub(crate) mod vocabularies;

//! The register of certificates.

pub(crate) mod register;
pub(crate) mod register_life;
pub(crate) mod validity;

//! The register of certificates.

pub(crate) mod files;
pub(crate) mod life;

//! The register of certificates: entries, reports, corrections, imports, and answers to other systems.

pub mod authorizations;
pub mod certificate;
pub mod corrections;
pub mod import;
pub(in crate::service) mod register;
pub mod reports;
pub mod services;

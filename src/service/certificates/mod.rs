//! The register of certificates: entries, lock and loss reports, corrections, imports, and answers to other systems.

pub mod authorizations;
pub mod certificate;
pub mod corrections;
pub mod eligibility;
pub mod holding;
pub mod import;
mod import_table;
pub mod imports;
pub(in crate::service) mod kept;
pub mod lock_and_loss;
pub(in crate::service) mod register;
pub mod registrations;
pub mod services;
pub mod usable;
pub mod withdrawals;

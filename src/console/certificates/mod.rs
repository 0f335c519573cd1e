//! The register: certificates, what can be done with them at once, and what enters it without a case.

pub mod acts;
pub mod certificate;
pub mod changes;
pub mod entering;
pub mod happenings;
pub mod history;
pub mod list;
pub mod names;
mod proposals;
pub mod withdrawals;

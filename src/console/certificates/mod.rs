//! The register: certificates, what can be done with them at once, and what waits for a second person.

pub mod acts;
pub mod certificate;
pub mod changes;
pub mod history;
pub mod list;
pub mod registrations;
pub mod withdrawals;

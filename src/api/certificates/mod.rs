//! Routes of the register and of what other systems ask.

pub mod authorizations;
pub mod certificate;
pub mod corrections;
pub mod eligibility;
pub mod imports;
pub mod lock_and_loss;
pub mod registrations;
pub mod services;
pub mod view;
pub mod withdrawals;

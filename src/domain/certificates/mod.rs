//! Certificates in the register, the services opened on them, where their media are, and the 24-hour answer.
//!
//! Cast: a [`certificate::Certificate`] is its events folded ([`event`]); what can be done with it are the verbs of [`verb`],
//! each held against the table of [`state`] and refused with a reason of [`refusal`]; [`authorization`] answers whether it
//! may be used for a login.
//!
//! Guarantee: what people see is computed from stored facts and an instant. No job has to run for a certificate to be
//! expired, or for an application to become usable.

pub mod authorization;
pub mod certificate;
pub mod correction;
pub mod custody;
pub mod event;
pub mod import;
pub mod particulars;
pub mod pending_correction;
pub mod pending_registration;
pub mod refusal;
pub mod registration;
pub mod services;
pub mod state;
pub mod validity;
pub mod verb;

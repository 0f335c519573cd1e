//! Casehall: the back office of a service hall that issues organizations' digital certificates and e-seals.

pub mod api;
pub mod clock;
pub mod configuration;
pub mod domain;
pub mod service;
pub mod store;

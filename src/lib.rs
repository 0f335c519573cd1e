//! Casehall: the back office of a service hall that issues organizations' digital certificates and e-seals.
//!
//! A REST service over one database: SQLite built in, PostgreSQL when one machine isn't enough. The floors, from below:
//!
//! - [`domain`]: the rules, pure. A case is its events folded; decisions give events or refusals.
//! - [`store`]: the only floor that knows SQL and which database it is.
//! - [`service`]: the use cases, the only writers: load → decide → evolve → save → events, one transaction.
//! - [`http`]: what the skins over the service share: bodies, problems, versions, languages.
//! - [`api`] and [`console`]: thin skins over the service.
//! - [`startup`] puts it together; [`configuration`] reads what a hall sets; [`demo`] plays a made-up hall.

pub mod api;
pub mod clock;
pub mod configuration;
pub mod console;

pub mod demo;
pub mod domain;
pub mod formats;
pub mod http;
pub mod jobs;
pub mod service;
pub mod startup;
pub mod store;

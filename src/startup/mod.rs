//! Start-up: settings and files → hall and catalog → database → service → server.
//!
//! Every step that fails says what to do. Nothing listens before everything it needs is there, and nothing is put in force before it is known that
//! the hall can be served: addresses, files and keys come first. Only the hall that is served puts files, settings and tables in force; a command
//! beside it does its one thing.

mod adopting;
mod assembly;
mod backups;
mod beside;
mod configuration;
mod disks;
mod error;
mod exit;
mod log;
mod metrics;
mod probe;
mod readiness;
mod serving;
mod stopping;

pub use self::adopting::adopt_calendar;
pub use self::assembly::{dispatcher, make, migrate, sender, serve_alone, service, service_beside, tokens};
pub use self::backups::{Aside, page_faults, places, restored_aside};
pub use self::beside::Needs;
pub use self::configuration::{Configuration, Named};
pub use self::error::StartError;
pub use self::exit::Exit;
pub use self::log::{Log, start_log};
pub use self::serving::{Doors, ExtraRoutes, Running, ServiceManager, listen, start};
pub use self::stopping::{Stopping, hear_signals};
pub use crate::store::backups::schema;

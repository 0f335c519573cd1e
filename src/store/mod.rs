//! The store: the only floor that knows SQL, diesel and which database it is.
//!
//! Cast: a [`Db`] is SQLite or PostgreSQL behind one face. [`Db::read`] and its siblings give a [`Tx`] that can't
//! change anything; [`Db::write`], the only way to write, gives one that can. Repository functions, a module for each
//! subject, take the `Tx` and are all that can run SQL on it.
//!
//! Guarantees: what `write` answered with `Ok` is on disk; what it answered with `Err` left nothing behind, except for
//! [`StoreError::OutcomeUnknown`], which says so. A transaction sees no other half done. Rules hold on both databases:
//! SQLite has one writer, PostgreSQL checks versions and retries.

pub mod accounts;
pub mod backups;
pub mod calendar;
pub mod case_types;
pub mod cases;
pub mod certificates;
pub mod encryption;
pub mod engine;
pub mod evidence;
pub mod feed;
pub mod money;
pub mod private_files;
pub mod reports;
pub mod retention;

pub use engine::connection::address::DatabaseAddress;
pub use engine::connection::beginning::Beginning;
pub use engine::connection::meter::{DatabaseReport, PlaceReport};
pub use engine::connection::options::{DbOptions, Opening};
pub use engine::db::Db;
pub use engine::error::{FromStore, StoreError};
pub use engine::sqlite::serving::Serving;
pub use engine::sqlite::watch::WriterReport;
pub use engine::tx::Tx;
pub use engine::vault::data_keys::DataKeySource;

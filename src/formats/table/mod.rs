//! A report's [`Table`](crate::domain::base::table::Table) for programs and for people.
//!
//! Cast: [`to_json`] for programs: rows as objects, in the units that the rules count in. [`to_csv`] and [`to_xlsx`] for people
//! with a spreadsheet program: in the hall's zone, in yuan and hours.
//!
//! Guarantees: the same table gives the same bytes; no cell becomes a formula in anybody's spreadsheet program.

mod as_csv;
mod as_json;
mod as_xlsx;
mod file;
mod shown;

pub(super) use crate::formats::table::as_csv::guarded;
pub use crate::formats::table::as_csv::to_csv;
pub use crate::formats::table::as_json::to_json;
pub use crate::formats::table::as_xlsx::{TableError, to_xlsx};
pub use crate::formats::table::file::TableFile;
pub use crate::formats::table::shown::{heading, shown};

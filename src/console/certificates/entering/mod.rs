//! What enters the register without a case: registered by hand or imported, and what waits for a second person.

pub mod batch;
pub mod import;
mod import_rows;
pub mod registration;
pub mod registrations;

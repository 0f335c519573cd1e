//! Shared by all subjects: words and faults, typed text, identifiers, running numbers, tables.

pub mod form;
pub mod named;
pub mod organization_code;
pub mod person;
pub mod recorded;
pub mod running_number;
pub mod search_key;
pub mod table;
pub mod words;

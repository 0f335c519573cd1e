//! What every subject needs: words and faults, text as it is typed, identifiers, running numbers, tables, closed vocabularies.

pub mod country;
pub mod form;
pub mod identity_document;
pub mod named;
pub mod organization;
pub mod organization_code;
pub mod person;
pub mod phone;
pub mod recorded;
pub mod running_number;
pub mod search_key;
pub mod table;
pub mod text;
pub(crate) mod vocabulary;
pub mod words;

//! What every route of the skins shares: bodies, queries, problems, versions, languages, pages, the OpenAPI document.

pub mod answers;
pub mod authenticated;
pub mod body;
pub mod change;
pub mod client_address;
pub mod conditional;
pub mod envelope;
pub mod headers;
pub mod keys;
pub mod language;
pub mod openapi;
pub(crate) mod others;
pub mod problem;
pub mod query;
pub(crate) mod schema;

//! What every route shares: bodies, queries, problems, versions, languages, pages, the OpenAPI document.

pub mod answers;
pub mod body;
pub mod change;
pub mod conditional;
pub mod envelope;
pub(in crate::api) mod faults;
pub(in crate::api) mod json;
pub mod keys;
pub mod language;
pub mod openapi;
pub mod problem;
pub mod problem_kinds;
pub mod query;
pub(in crate::api) mod refusals;
pub(in crate::api) mod schema;

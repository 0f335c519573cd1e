//! Cases: application ([`intake`]), action data ([`input`]), decisions ([`decide`]), events ([`event`]),
//! and allowed actions ([`actions`]).
//!
//! Types that are stored lie below [`case::Case`]; what is computed of a case lies above it.

pub mod actions;
pub mod assignment;
pub mod case;
pub mod context;
pub mod custody;
pub mod deadlines;
pub mod decide;
pub mod event;
pub mod held;
pub mod input;
pub mod intake;
pub mod materials;
pub mod money;
pub mod refusal;
pub mod worklist;

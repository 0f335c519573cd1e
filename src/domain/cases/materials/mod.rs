//! The papers of a case: its checklist, one-time notices, documents promised for later, and where the copies go.

pub mod checklist;
pub mod commitment;
pub mod copies;
pub mod notice;
pub mod outstanding;
pub mod patch;
pub mod sheet_command;

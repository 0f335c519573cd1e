//! The desk, the search box, a case, the check sheet, and what is done at the counter.

pub mod action;
mod action_fields;
pub mod case;
pub mod check_sheet;
mod corrected;
pub mod counter;
pub mod deadline;
pub mod desk;
pub mod done;
mod events;
mod facts;
pub mod foreseen;
pub mod listing;
pub mod search;
mod sheet_entry;
pub mod sheet_help;
pub mod sheet_row;
pub mod steps;
pub mod timeline;

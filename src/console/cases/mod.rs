//! The desk, the search box, a case, the check sheet, and what is done at the counter.

pub mod action;
mod action_fields;
pub mod case;
pub mod check_sheet;
pub mod counter;
pub mod desk;
pub mod done;
mod facts;
pub mod listing;
pub mod search;
mod sheet_entry;
pub mod sheet_help;
pub mod sheet_row;
pub mod steps;
pub mod timeline;

//! The desk, the search box, a case, and the check sheet.

pub mod action;
mod action_fields;
pub mod case;
pub mod check_sheet;
pub mod desk;
pub mod listing;
pub mod search;
pub mod sheet_row;
mod steps;

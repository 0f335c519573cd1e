//! The desk, the search box, a case, and the check sheet.

pub mod case;
pub mod check_sheet;
pub mod desk;
pub mod listing;
pub mod search;
pub mod sheet_row;

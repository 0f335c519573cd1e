//! The desk, the search box, a case, the check sheet, and what is done at the counter.

pub mod action;
mod action_fields;
pub mod case;
pub mod counter;
pub mod deadline;
pub mod desk;
pub mod done;
mod facts;
pub mod foreseen;
pub mod listing;
pub mod search;
pub mod sheet;
pub mod steps;
pub mod timeline;

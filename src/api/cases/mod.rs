//! Routes of cases: opening, one or many at once, reading, lists, materials, actions, batches, assignment.

pub mod application_view;
pub mod assignment;
pub mod batches;
pub mod bulk;
pub mod case;
pub mod custody_view;
pub mod deadlines;
pub(in crate::api) mod event_data;
pub mod handover_view;
pub mod lists;
pub mod material_view;
pub mod materials;
pub mod persons;
pub mod view;
pub mod worklists;

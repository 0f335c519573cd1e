//! Case types with their checklists and workflows with their actions, in editions.

pub mod case_type;
pub mod catalog;
pub mod codes;
pub mod definition;
pub mod destination;
pub mod diagram;
pub mod edition_move;
pub mod faults;
pub mod file;
pub mod inheritance;
pub mod material_file;
pub mod pinned;
pub mod published_text;
mod reachability;
pub mod workflow;

//! What can be applied for: checklists, deadlines and fees, and the state machine of each workflow as a picture.

pub mod list;
mod machine;
mod materials;
pub mod one;

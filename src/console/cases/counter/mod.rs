//! At the counter and behind it: an application comes in, a certificate is made, and handed over.

pub mod advice;
pub mod hand_over;
pub mod hand_over_lines;
pub mod intake;
pub mod intake_draft;
pub mod intake_fields;
pub mod intake_held;
pub mod intake_offer;
mod intake_scanned;
pub mod production;
pub mod production_rows;
mod production_tasks;
pub mod scanned;

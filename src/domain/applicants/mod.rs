//! What applicants are told: on paper, and of how far their case has come.

pub mod bring;
pub mod paper;
pub mod progress;

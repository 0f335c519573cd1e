//! What applicants get: papers, and the public page that says how far their case has come.

pub mod paper;
pub mod papers;
pub mod prints;
pub mod progress;

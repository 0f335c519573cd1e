//! What applicants get to see of their cases: papers, and how far they have come.

pub mod guesses;
pub mod papers;
pub mod progress;

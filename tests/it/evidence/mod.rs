//! Evidence: what was recorded stays, is sealed, and is found where it was changed.

mod append_only;
mod foreign;
mod sealing;
mod tampering;

//! Evidence: what was recorded stays, is sealed, and is found where it was changed.
#![allow(clippy::print_stdout)] // `--nocapture` shows the figures

mod append_only;
mod backups;
mod commands;
mod foreign;
mod kept;
pub(crate) mod retention;
mod sealing;
mod size;
mod tampering;

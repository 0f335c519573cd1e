//! Evidence: what was recorded stays, is sealed, and is found where it was changed.
#![allow(clippy::print_stdout)] // `--nocapture` shows the figures

mod append_only;

mod commands;
mod foreign;
mod kept;
mod sealing;
mod size;
mod tampering;

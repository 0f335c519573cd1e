//! Evidence: what was recorded stays, is sealed, and is found where it was changed.
#![allow(clippy::print_stdout)] // `--nocapture` shows the figures

mod accounts;
mod append_only;
pub(crate) mod backups;

mod columns;
mod commands;
mod foreign;
mod guards;
mod kept;
mod records;
pub(crate) mod retention;
mod sealing;
mod settings_told;
mod size;
mod tampering;
mod unreadable;

use casehall::domain::evidence::finding::{Finding, FindingKind, Verification};

/// What is found of rows: to change one, a test has dropped triggers, which is found, too.
fn of_rows(found: Verification) -> Vec<Finding> {
    found.findings.into_iter().filter(|finding| finding.kind != FindingKind::GuardDiffers).collect()
}

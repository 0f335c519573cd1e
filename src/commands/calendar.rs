//! The calendar of the files.

use std::sync::Arc;

use clap::Subcommand;
use serde_json::json;

use super::terminal::{Answer, Terminal, counted};
use casehall::clock::SystemClock;
use casehall::startup::{self, Configuration, StartError};

/// What is done with it.
#[derive(Subcommand)]
pub(crate) enum CalendarCommand {
    /// Put the years of the files in force that the database doesn't have, or has from files only, as a start of the hall does: open
    /// cases get new dates by them.
    Adopt {
        /// Only say how many cases would get other dates.
        #[arg(long)]
        dry_run: bool,
        /// So many cases may get other dates, where they are more than calendar.moves_at_start.
        #[arg(long, value_name = "CASES")]
        accept_moves: Option<usize>,
    },
}

/// Runs a command.
///
/// # Errors
/// Why it wasn't done, in words.
pub(crate) async fn run(
    terminal: &Terminal,
    mut configuration: Configuration,
    command: CalendarCommand,
) -> Result<Answer, StartError> {
    let CalendarCommand::Adopt { dry_run, accept_moves } = command;
    configuration.accept_moves = accept_moves;
    let (service, moves) =
        startup::adopt_calendar(configuration, Arc::new(SystemClock), dry_run, &super::name()).await?;
    super::is_running(&service);
    let (would, nothing) = if dry_run { ("would get", "; nothing was changed") } else { ("got", "") };
    terminal.say(&format!("{} {would} other dates{nothing}.", counted(moves, "open case")));
    Ok(Answer::done(json!({ "moved": moves, "dry_run": dry_run })))
}

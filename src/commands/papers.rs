//! What is made of the commands' own descriptions: what shells complete, and the manual.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{CommandFactory, ValueEnum};
use clap_complete::generate;
use clap_complete::shells::{Bash, Fish, Zsh};
use serde_json::json;

use super::terminal::{Answer, Terminal, counted};
use casehall::startup::{Exit, StartError};

/// What a page begins with that was made of a command's description.
const MADE: &str = ".ie \\n(.g .ds Aq";
const EXIT_STATUS: &str = ".SH \"EXIT STATUS\"";

/// A shell that completes.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Fish,
    Zsh,
}

/// Prints what a shell needs to complete the commands, whoever reads.
///
/// # Errors
/// It isn't text.
pub(crate) fn completions(terminal: &Terminal, shell: Shell) -> Result<Answer, StartError> {
    let (mut command, mut written) = (crate::Arguments::command(), Vec::new());
    let name = command.get_name().to_owned();
    match shell {
        Shell::Bash => generate(Bash, &mut command, name, &mut written),
        Shell::Fish => generate(Fish, &mut command, name, &mut written),
        Shell::Zsh => generate(Zsh, &mut command, name, &mut written),
    }
    let text = String::from_utf8(written).map_err(|error| StartError::Other(error.to_string()))?;
    terminal.say(text.trim_end());
    Ok(Answer::done(json!({ "script": text })))
}

/// Writes a manual page for the program and one for each command.
///
/// # Errors
/// The directory can't be written.
pub(crate) fn manual(terminal: &Terminal, directory: &Path) -> Result<Answer, StartError> {
    let failed = |error: std::io::Error| StartError::Other(format!("{}: {error}", directory.display()));
    std::fs::create_dir_all(directory).map_err(failed)?;
    clap_mangen::generate_to(crate::Arguments::command().disable_help_subcommand(true), directory).map_err(failed)?;
    let pages = pages(directory).map_err(failed)?;
    for page in &pages {
        add_exit_status(page).map_err(failed)?;
    }
    let count = pages.len();
    terminal.say(&format!("{} in {}.", counted(count, "page"), directory.display()));
    Ok(Answer::done(json!({ "directory": directory, "pages": count })))
}

fn pages(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let of_ours = |name: &std::ffi::OsStr| name.to_str().is_some_and(|name| name.starts_with("casehall"));
    let found = std::fs::read_dir(directory)?.flatten().filter(|entry| of_ours(&entry.file_name()));
    Ok(found.map(|entry| entry.path()).collect())
}

/// Adds the numbers with which a command ends to its page, where it is one that was just made.
fn add_exit_status(page: &Path) -> std::io::Result<()> {
    let made = std::fs::read_to_string(page)?;
    if !made.starts_with(MADE) || made.contains(EXIT_STATUS) {
        return Ok(());
    }
    let numbers = Exit::ALL.map(|exit| format!(".TP\n\\fB{}\\fR\n{}\n", exit.status(), exit.meaning()));
    let mut page = std::fs::File::options().append(true).open(page)?;
    page.write_all(format!("{EXIT_STATUS}\n{}", numbers.concat()).as_bytes())
}

//! What every command says and asks in the terminal.

use std::io::Write;

use casehall::configuration::ConfigFault;
use casehall::domain::accounts::refusal::AccountRefusal;
use casehall::domain::base::words::{Fault, Language};
use casehall::service::base::error::ServiceError;
use casehall::startup::StartError;

/// Prints a line to standard output. A reader that has gone is no fault of the command.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Says something to whoever sits there that no other program reads, on standard error.
pub(crate) fn remark(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// So many of something: `1 row`, `2 rows`.
pub(crate) fn counted(count: impl TryInto<u64>, one: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    let plural = match one.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u'])) {
        Some(stem) => format!("{stem}ies"),
        None => format!("{one}s"),
    };
    if count == 1 { format!("1 {one}") } else { format!("{count} {plural}") }
}

/// Prints why the program ends without having done what it was to do.
pub(crate) fn complain(error: &StartError) {
    let mut stderr = std::io::stderr().lock();
    let _ = match error {
        StartError::Configuration(faults) => {
            let shown: Vec<String> = faults.iter().map(ConfigFault::to_string).collect();
            writeln!(stderr, "The configuration has {}:\n{}", counted(faults.len(), "fault"), shown.join("\n"))
        }
        other => writeln!(stderr, "{other}"),
    };
}

/// Asks for a password on standard error and reads it from standard input.
///
/// # Errors
/// Standard input can't be read.
pub(crate) fn read_password() -> Result<String, StartError> {
    let _ = write!(std::io::stderr(), "Password (8 to 128 characters, then Enter): ");
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    read.map_err(|error| StartError::Other(format!("the password can't be read from standard input: {error}")))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Faults of a command's arguments, in words.
pub(crate) fn explained(error: ServiceError) -> StartError {
    let message = match error {
        ServiceError::Invalid(faults) => {
            let words = |fault: &Fault| {
                format!("{}: {}", fault.pointer.trim_start_matches('/'), fault.words.text(Language::English))
            };
            faults.iter().map(words).collect::<Vec<_>>().join("\n")
        }
        ServiceError::NotFound => "there is no such account".to_owned(),
        ServiceError::Account(AccountRefusal::LastSecurityAdministrator) => {
            "the last active security administrator stays".to_owned()
        }
        other => other.to_string(),
    };
    StartError::Other(message)
}

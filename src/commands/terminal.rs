//! What every command says and asks: to people in words, with `--json` to programs.
//!
//! Guarantee: with `--json`, standard output has one object on one line and nothing else: `command`, `exit` with the number with which the program
//! ends, `result` or `error`, and `remarks`.

use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use casehall::configuration::ConfigFault;
use casehall::domain::accounts::refusal::AccountRefusal;
use casehall::domain::base::words::{Fault, Language};
use casehall::domain::progress::Progress;
use casehall::service::base::error::ServiceError;
use casehall::startup::{Exit, StartError};
use serde_json::{Value, json};

use super::progress::Watch;

/// Where a command speaks.
pub(crate) struct Terminal {
    json: bool,
    remarks: Mutex<Vec<String>>,
    /// Why something of what was to be printed wasn't.
    unprinted: Mutex<Option<String>>,
    watch: Arc<Watch>,
}

/// What a command answers.
pub(crate) struct Answer {
    /// What programs read; null: it was said already.
    result: Value,
    /// What is wrong with what the command looked at, for people.
    found: Option<String>,
}

impl Answer {
    /// It did what it was told.
    pub(crate) fn done(result: Value) -> Self {
        Self { result, found: None }
    }

    /// It looked, and found something wrong.
    pub(crate) fn found(result: Value, words: String) -> Self {
        Self { result, found: Some(words) }
    }

    /// All was said already.
    pub(crate) fn said() -> Self {
        Self::done(Value::Null)
    }
}

impl Terminal {
    /// One for people, or for programs.
    pub(crate) fn new(json: bool, every: Duration) -> Self {
        Self { json, remarks: Mutex::default(), unprinted: Mutex::default(), watch: Arc::new(Watch::every(every)) }
    }

    /// Who hears how far long work is.
    pub(crate) fn progress(&self) -> Arc<dyn Progress> {
        self.watch.clone()
    }

    /// Prints a line for people to standard output; programs get the result. A reader that has gone is no fault of the command.
    pub(crate) fn say(&self, text: &str) {
        if !self.json {
            self.print(text);
        }
    }

    /// Prints to standard output, whoever reads. What can't be printed is told at the end.
    pub(crate) fn print(&self, text: &str) {
        self.watch.aside(|| {
            self.print_part(format!("{text}\n").as_bytes());
        });
    }

    /// Prints a part of something long. Answers whether somebody still reads.
    pub(crate) fn print_part(&self, part: &[u8]) -> bool {
        let mut out = std::io::stdout().lock();
        let Err(error) = out.write_all(part).and_then(|()| out.flush()) else { return true };
        if error.kind() != ErrorKind::BrokenPipe {
            *self.unprinted.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        }
        false
    }

    /// Says something beside the result.
    pub(crate) fn remark(&self, text: &str) {
        if self.json {
            self.remarks.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
        } else {
            self.watch.aside(|| drop(writeln!(std::io::stderr(), "{text}")));
        }
    }

    /// Says how a command ended; answers with what the program ends.
    pub(crate) fn end(&self, command: &str, ended: Result<Answer, StartError>) -> Exit {
        self.watch.clear();
        let complain = |words: &str| drop(writeln!(std::io::stderr(), "{words}"));
        match ended {
            Ok(Answer { result, found }) => {
                let exit = if found.is_some() { Exit::Found } else { Exit::Done };
                if self.json && !result.is_null() {
                    self.answer(command, exit, "result", result);
                } else {
                    found.iter().for_each(|words| complain(words));
                }
                match self.unprinted.lock().unwrap_or_else(PoisonError::into_inner).take() {
                    // What they print is told when they listen, long ago.
                    Some(error) if !matches!(command, "serve" | "demo") => {
                        complain(&lost(command, &error));
                        Exit::Failed
                    }
                    _ => exit,
                }
            }
            Err(error) => {
                let is_stopped = error.is_stopped();
                let exit = if is_stopped { self.watch.exit() } else { error.exit() };
                let words = if is_stopped { stopped(command) } else { complaint(&error) };
                if self.json {
                    let faults: Vec<String> = match &error {
                        StartError::Configuration(faults) => faults.iter().map(ToString::to_string).collect(),
                        _ => Vec::new(),
                    };
                    self.answer(
                        command,
                        exit,
                        "error",
                        json!({ "code": exit.code(), "words": words, "faults": faults }),
                    );
                } else {
                    complain(&words);
                }
                exit
            }
        }
    }

    /// Tells programs something, now.
    pub(crate) fn answer(&self, command: &str, exit: Exit, member: &str, value: Value) {
        if self.json {
            let remarks = self.remarks.lock().unwrap_or_else(PoisonError::into_inner);
            self.print(
                &json!({ "command": command, "exit": exit.status(), member: value, "remarks": *remarks }).to_string(),
            );
        }
    }
}

/// Why the program ends without having done what it was to do.
fn complaint(error: &StartError) -> String {
    match error {
        StartError::Configuration(faults) => {
            let shown: Vec<String> = faults.iter().map(ConfigFault::to_string).collect();
            format!("The configuration has {}:\n{}", counted(faults.len(), "fault"), shown.join("\n"))
        }
        other => other.to_string(),
    }
}

/// What is lost where standard output took nothing of what a command printed, though it did what it was told.
fn lost(command: &str, error: &str) -> String {
    let more = match command {
        "user add" | "user reset" => {
            "; if it printed a one-time password, nobody knows it: make another one with `casehall user reset NAME`"
        }
        "client add" | "client rotate" => {
            "; if it printed a secret, nobody knows it: make another one with `casehall client rotate ID`"
        }
        _ => "",
    };
    format!("It was done, but what it says can't be written to standard output ({error}){more}.")
}

/// What a command leaves that was told to stop.
fn stopped(command: &str) -> String {
    let left = match command {
        "backup" => "nothing is left of the backup",
        "restore" => "nothing was restored",
        "certificates import" => "nothing was imported",
        "migrate" => "what was done stays, and running it again goes on",
        "retention" => "what was erased stays so, and the next run goes on",
        "rotate-data-key" => "everything can be read as before, and running it again goes on",
        _ => "nothing was changed",
    };
    format!("Stopped: {left}.")
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

/// Reads a password from standard input; where somebody sits there, asks for it on standard error.
///
/// # Errors
/// Standard input can't be read.
pub(crate) fn read_password() -> Result<String, StartError> {
    if std::io::stdin().is_terminal() {
        let _ = write!(std::io::stderr(), "Password (8 to 128 characters, then Enter): ");
    }
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    read.map_err(|error| StartError::Other(format!("the password can't be read from standard input: {error}")))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Why a command wasn't done, in words for whoever typed it.
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
        other => return StartError::Service(other),
    };
    StartError::Other(message)
}

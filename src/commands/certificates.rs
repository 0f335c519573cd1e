//! The register of certificates.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Subcommand;
use serde_json::{Value, json};

use super::terminal::{Answer, Terminal, counted, explained};
use casehall::domain::base::words::{Fault, Language};
use casehall::service::accounts::caller::Caller;
use casehall::startup::{Configuration, StartError};

/// What is done with it.
#[derive(Subcommand)]
pub(crate) enum CertificatesCommand {
    /// Enter certificates from before Casehall, all of a file or none.
    Import {
        /// CSV with a header, in UTF-8, UTF-16 with a byte order mark, or GB18030.
        file: PathBuf,
        /// Only check, and list every fault.
        #[arg(long)]
        dry_run: bool,
        /// Whose account enters them: the name that you sign in with, of a supervisor. Somebody else approves what you entered.
        #[arg(long, value_name = "USERNAME", required_unless_present = "dry_run")]
        entered_by: Option<String>,
    },
}

/// Runs a command.
///
/// # Errors
/// Why it wasn't done, in words.
pub(crate) async fn run(
    terminal: &Terminal,
    configuration: Configuration,
    command: CertificatesCommand,
) -> Result<Answer, StartError> {
    match command {
        CertificatesCommand::Import { file, dry_run, entered_by } => {
            import(terminal, configuration, file, dry_run, entered_by).await
        }
    }
}

async fn import(
    terminal: &Terminal,
    configuration: Configuration,
    file: PathBuf,
    dry_run: bool,
    entered_by: Option<String>,
) -> Result<Answer, StartError> {
    let service = super::service(terminal, configuration).await?;
    let caller = match entered_by {
        Some(username) => service.entering_as(&username).await.map_err(explained)?,
        // Nothing is entered.
        None => Caller::operator(),
    };
    let shown = file.display().to_string();
    let opened = std::fs::File::open(&file).map(drop);
    opened.map_err(|error| StartError::Other(format!("{shown} can't be opened: {error}")))?;
    let source = move || std::fs::File::open(&file).map(|file| Box::new(file) as Box<dyn std::io::Read>);
    let done = service.import_certificates(&caller, Arc::new(source), dry_run).await;
    let done = done.map_err(explained)?;
    let certificates = counted(done.lines, "certificate");
    let fault = |fault: &Fault| {
        let column = fault.pointer.trim_start_matches('/');
        json!({ "line": fault.line, "column": column, "code": fault.code, "words": fault.words.text(Language::English) })
    };
    let faults: Vec<Value> = done.faults.iter().map(fault).collect();
    let result = json!({
        "lines": done.lines, "import": done.import, "dry_run": dry_run, "faults": faults, "fault_count": done.fault_count
    });
    if done.fault_count > 0 {
        let words = |fault: &Fault| {
            let (line, column) = (fault.line.unwrap_or_default(), fault.pointer.trim_start_matches('/'));
            let between = if column.is_empty() { "" } else { ": " };
            format!("line {line}: {column}{between}{}", fault.words.text(Language::English))
        };
        let mut shown: Vec<String> = done.faults.iter().map(words).collect();
        let further = done.fault_count - done.faults.len();
        if further > 0 {
            shown.push(format!("and {}", counted(further, "further fault")));
        }
        let count = counted(done.fault_count, "fault");
        return Ok(Answer::found(result, format!("{}\n{count}; nothing was imported.", shown.join("\n"))));
    }
    terminal.say(&match done.import {
        None => format!("No fault in {certificates}; nothing was imported."),
        Some(id) => format!(
            "Imported: {certificates}, which can't be used until another supervisor approves import {id}:\n  \
             POST /api/v1/certificates/imports/{id}/approve"
        ),
    });
    Ok(Answer::done(result))
}

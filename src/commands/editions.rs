//! Editions of case types.

use clap::Subcommand;
use serde_json::{Value, json};

use super::terminal::{Answer, Terminal, counted, explained};
use casehall::service::case_types::edition_moves::EditionMove;
use casehall::startup::{Configuration, StartError};

/// What is done with them.
#[derive(Subcommand)]
pub(crate) enum EditionsCommand {
    /// Move the open cases of a case type to its current edition, all of them or none.
    Move {
        /// Code of the case type.
        case_type: String,
        /// Only say what would change for whom.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Runs a command.
///
/// # Errors
/// Why it wasn't done, in words.
pub(crate) async fn run(
    terminal: &Terminal,
    configuration: Configuration,
    command: EditionsCommand,
) -> Result<Answer, StartError> {
    match command {
        EditionsCommand::Move { case_type, dry_run } => {
            move_editions(terminal, configuration, &case_type, dry_run).await
        }
    }
}

async fn move_editions(
    terminal: &Terminal,
    configuration: Configuration,
    case_type: &str,
    dry_run: bool,
) -> Result<Answer, StartError> {
    let service = super::service(terminal, configuration).await?;
    let found = service.move_to_current_edition(case_type, dry_run).await.map_err(explained)?;
    for one in &found.moves {
        let what = one.change.as_ref().map_or_else(
            || "stays: the new edition does not support its workflow".to_owned(),
            |change| {
                let part =
                    |name: &str, rows: &[String]| (!rows.is_empty()).then(|| format!("{name} {}", rows.join(", ")));
                let parts = [
                    part("asks for", &change.added),
                    part("no longer for", &change.removed),
                    part("differently for", &change.changed),
                ];
                let parts: Vec<String> = parts.into_iter().flatten().collect();
                if parts.is_empty() { "its checklist does not change".to_owned() } else { parts.join("; ") }
            },
        );
        terminal.say(&format!("{} (edition {}): {what}", one.acceptance_number, one.from));
    }
    let (moving, to) = (found.moves.iter().filter(|one| one.change.is_some()).count(), found.to);
    let (staying, would) = (found.moves.len() - moving, if dry_run { "Would move" } else { "Moved" });
    terminal.say(&format!(
        "{would} to edition {to}: {} of {case_type}. On their edition: {staying}.",
        counted(moving, "open case")
    ));
    let case = |one: &EditionMove| {
        let change = one.change.as_ref();
        let change =
            change.map(|change| json!({ "added": change.added, "removed": change.removed, "changed": change.changed }));
        json!({ "acceptance_number": one.acceptance_number, "from": one.from, "moves": change.is_some(), "change": change })
    };
    let cases: Vec<Value> = found.moves.iter().map(case).collect();
    let result = json!({ "case_type": case_type, "to": to, "dry_run": dry_run, "moved": moving, "staying": staying, "cases": cases });
    Ok(Answer::done(result))
}

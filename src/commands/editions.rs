//! Editions of case types.

use clap::Subcommand;

use super::terminal::{counted, explained, say};
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
pub(crate) async fn run(configuration: Configuration, command: EditionsCommand) -> Result<(), StartError> {
    match command {
        EditionsCommand::Move { case_type, dry_run } => move_editions(configuration, &case_type, dry_run).await,
    }
}

async fn move_editions(configuration: Configuration, case_type: &str, dry_run: bool) -> Result<(), StartError> {
    let service = super::service(configuration).await?;
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
        say(&format!("{} (edition {}): {what}", one.acceptance_number, one.from));
    }
    let (moving, to) = (found.moves.iter().filter(|one| one.change.is_some()).count(), found.to);
    let (staying, would) = (found.moves.len() - moving, if dry_run { "Would move" } else { "Moved" });
    say(&format!(
        "{would} to edition {to}: {} of {case_type}. On their edition: {staying}.",
        counted(moving, "open case")
    ));
    Ok(())
}

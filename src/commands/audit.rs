//! `casehall audit`: the audit trail, the seals, and whether what was recorded is as it was.

use std::path::{Path, PathBuf};

use chrono::{NaiveDate, TimeDelta};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use casehall::domain::accounts::audit::{AuditKind, RecordedEntry};
use casehall::domain::base::words::sentence;
use casehall::domain::calendar::span::Span;
use casehall::domain::evidence::finding::Verification;
use casehall::formats::audit::{csv_header, csv_rows, json_lines};
use casehall::service::Service;
use casehall::service::accounts::audit::AuditFilter;
use casehall::service::accounts::caller::Caller;
use casehall::service::evidence::sealing_keys::LostKey;
use casehall::startup::{Configuration, Needs, StartError};

use super::terminal::{Answer, Terminal, counted, explained};

/// The audit trail, and what proves that it and the events are whole.
#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Print the trail, newest first.
    List(ListArguments),
    /// Check every event, every entry and every seal, and name each row that was changed, deleted or put in. Ends with an error if
    /// there is one.
    Verify {
        /// A seal that was exported before: check that nothing before it has changed since.
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
    /// Take the database as it is though the newest seal, which is kept beside the sealing keys, isn't in it: after an older backup was put
    /// back. Stands in the audit trail.
    AcceptRestore,
    /// Begin with a new sealing key where the one before is lost. Stands in the audit trail; what was sealed before can't be verified.
    NewKey,
    /// Seal what was recorded since the last seal.
    Seal {
        /// Write the newest seal to this file, to be kept where nobody can change it together with the database.
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
    },
}

/// Which entries are printed; all that is given must hold.
#[derive(Args)]
pub(crate) struct ListArguments {
    /// Kind of entry, such as sign_in_failed.
    #[arg(long)]
    kind: Option<String>,
    /// Id of the account or system that did it.
    #[arg(long)]
    actor: Option<String>,
    /// Id of what it is about.
    #[arg(long)]
    subject: Option<String>,
    /// Address that it came from.
    #[arg(long)]
    address: Option<String>,
    /// First day, in the hall's zone.
    #[arg(long)]
    from: Option<NaiveDate>,
    /// Last day.
    #[arg(long)]
    to: Option<NaiveDate>,
    /// How it is printed: an entry is a line. With --json it is jsonl.
    #[arg(long, value_enum, default_value_t = Format::Jsonl, conflicts_with = "json")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Jsonl,
    Csv,
}

/// Runs it.
///
/// # Errors
/// What stands in the way; what a verification found.
pub(crate) async fn run(
    terminal: &Terminal,
    configuration: Configuration,
    command: AuditCommand,
) -> Result<Answer, StartError> {
    let sealed_every = configuration.settings.audit.seal.and_then(|every| TimeDelta::from_std(every).ok());
    let lost = if matches!(command, AuditCommand::NewKey) { LostKey::GoOn } else { LostKey::Refuse };
    let service = super::service_with(terminal, configuration, lost, Needs::None).await?;
    match command {
        AuditCommand::List(arguments) => list(terminal, &service, arguments).await,
        AuditCommand::Verify { against } => verify(terminal, &service, against.as_deref(), sealed_every).await,
        AuditCommand::AcceptRestore => accept_restore(terminal, &service).await,
        AuditCommand::NewKey => new_key(terminal, &service).await,
        AuditCommand::Seal { export } => {
            if let Some(file) = &export {
                may_replace(&service, file).await?;
            }
            let rows = service.seal().await.map_err(explained)?;
            let newest = service.newest_seal().await.map_err(explained)?;
            let Some(newest) = newest else { return Err(StartError::Other("there is nothing to seal".to_owned())) };
            if let Some(file) = export {
                let failed = |error| StartError::Other(format!("{} can't be written: {error}", file.display()));
                std::fs::write(&file, &newest.note).map_err(failed)?;
            }
            let were = if rows == 1 { "was" } else { "were" };
            terminal.say(&format!("{} {were} sealed. Seal {} is the newest.", counted(rows, "row"), newest.number));
            Ok(Answer::done(json!({ "rows": rows, "seal": newest.number })))
        }
    }
}

/// A seal that was kept is the only witness of what was taken away from the database since; so it is replaced only by a later one of the
/// same history.
async fn may_replace(service: &Service, file: &Path) -> Result<(), StartError> {
    let failed = |why: &str| StartError::Other(format!("{}: {} Nothing was written", file.display(), sentence(why)));
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(&format!("what stands there can't be read: {error}"))),
    };
    let kept = service.kept_seal(&text).map_err(|error| failed(&error.to_string()))?;
    if service.has_kept(&kept).await.map_err(explained)? {
        return Ok(());
    }
    Err(failed(
        "the seal that stands there isn't in the database, so it may be what proves that rows were taken away; give another name",
    ))
}

async fn list(terminal: &Terminal, service: &Service, arguments: ListArguments) -> Result<Answer, StartError> {
    let ListArguments { kind, actor, subject, address, from, to, format } = arguments;
    let unknown = || StartError::Other(format!("--kind must be one of: {}", AuditKind::CODES.join(", ")));
    let kind = kind.map(|kind| AuditKind::from_code(&kind).ok_or_else(unknown)).transpose()?;
    let filter = AuditFilter {
        kinds: kind.into_iter().collect(),
        actors: actor.into_iter().collect(),
        subjects: subject.into_iter().collect(),
        address,
        at: Span::of_days(&service.hall().hours, from, to),
    };
    let mut trail = service.audit_export(&Caller::operator(), filter).await.map_err(explained)?;
    let printed = |part: std::io::Result<Vec<u8>>| part.map_err(|error| StartError::Other(error.to_string()));
    let mut is_read = true;
    if matches!(format, Format::Csv) {
        is_read = terminal.print_part(&printed(csv_header())?);
    }
    let mut is_empty = true;
    while is_read && let Some(entries) = trail.next().await.map_err(explained)? {
        is_empty &= entries.is_empty();
        let part = |entries: &[RecordedEntry]| match format {
            Format::Jsonl => Ok(json_lines(entries)),
            Format::Csv => csv_rows(entries, service.hall().hours.zone),
        };
        is_read = terminal.print_part(&printed(part(&entries))?);
    }
    if is_empty && is_read {
        terminal.remark("There is no such entry.");
    }
    Ok(Answer::said())
}

async fn accept_restore(terminal: &Terminal, service: &Service) -> Result<Answer, StartError> {
    let Some((seal, file)) = service.accept_restore(&Caller::operator()).await.map_err(explained)? else {
        let why = "there is nothing to accept: the seal that is kept beside the sealing keys is in the database";
        return Err(StartError::Other(why.to_owned()));
    };
    let given_up = seal.map_or_else(|| "A file that holds no seal".to_owned(), |seal| format!("Seal {seal}"));
    let file = file.display().to_string();
    terminal.say(&format!("{given_up} is given up, and kept in {file}. That stands in the audit trail and is sealed."));
    Ok(Answer::done(json!({ "seal": seal, "file": file })))
}

async fn new_key(terminal: &Terminal, service: &Service) -> Result<Answer, StartError> {
    if !service.begin_sealing_key(&Caller::operator()).await.map_err(explained)? {
        let why = "the key that sealed last is here. To replace it, stop, rename it to a name such as international-2026.pem, and start";
        return Err(StartError::Other(why.to_owned()));
    }
    terminal.say(
        "A new key seals from now on, and the audit trail says so. If the old key is found, put it back under another name.",
    );
    Ok(Answer::done(json!({})))
}

async fn verify(
    terminal: &Terminal,
    service: &Service,
    against: Option<&Path>,
    sealed_every: Option<TimeDelta>,
) -> Result<Answer, StartError> {
    let kept = against.map(|file| {
        let failed = |why: String| StartError::Other(format!("{}: {why}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
        service.kept_seal(&text).map_err(|error| failed(error.to_string()))
    });
    let found = service.verify(&Caller::operator(), kept.transpose()?.as_ref()).await.map_err(explained)?;
    if let Some(since) = found.unsealed_since(sealed_every) {
        terminal.remark(&format!(
            "Rows from {since} on aren't sealed, though the hall has worked for long since: see `seal_failed` in the log."
        ));
    }
    let result = found_in(&found);
    let Verification { events, entries, leaves, seals, unsealed, findings, finding_count, newest_seal, .. } = found;
    let newest = newest_seal.map_or_else(|| "none".to_owned(), |(number, at)| format!("seal {number} of {at}"));
    let summary = format!(
        "{}, {}, {leaves} of them in the log under {} (newest: {newest}), {unsealed} not sealed yet",
        counted(events, "event"),
        counted(entries, "audit entry"),
        counted(seals, "seal"),
    );
    if finding_count == 0 {
        terminal.say(&format!("{summary}: everything recorded is as it was."));
        return Ok(Answer::done(result));
    }
    let mut shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let further = finding_count - shown.len() as u64;
    if further > 0 {
        shown.push(format!("and {further} further"));
    }
    Ok(Answer::found(result, format!("{}\n{summary}: {}.", shown.join("\n"), counted(finding_count, "finding"))))
}

fn found_in(found: &Verification) -> Value {
    let Verification { events, entries, leaves, seals, unsealed, findings, finding_count, newest_seal, .. } = found;
    let newest = newest_seal.map(|(number, at)| json!({ "number": number, "at": at }));
    let findings: Vec<Value> =
        findings.iter().map(|finding| json!({ "code": finding.kind.code(), "words": finding.to_string() })).collect();
    json!({
        "events": events, "entries": entries, "leaves": leaves, "seals": seals, "unsealed": unsealed, "newest_seal": newest,
        "findings": findings, "finding_count": finding_count,
    })
}

//! The commands for those who run a hall: one file a subject, each with its arguments and what it does.
//!
//! Guarantees: a command is a thin skin over a use case, as a route is. It reads what it needs from standard input and speaks through [`terminal`],
//! to people or to programs; how far it is goes through [`progress`]. Before it does anything it stands in the audit trail; at its
//! end, what it entered there is sealed (what `init` and `migrate` enter, by the first start after them).

use std::sync::{Arc, OnceLock};

use casehall::clock::SystemClock;
use casehall::domain::base::words::sentence;
use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::evidence::sealing_keys::LostKey;
use casehall::startup::{self, Configuration, Needs, StartError};
use clap::CommandFactory;

use terminal::{Terminal, explained};

pub(crate) mod audit;
pub(crate) mod backups;
pub(crate) mod calendar;
pub(crate) mod certificates;
pub(crate) mod clients;
pub(crate) mod data_key;
pub(crate) mod editions;
pub(crate) mod papers;
pub(crate) mod progress;
pub(crate) mod retention;
pub(crate) mod terminal;
pub(crate) mod users;

/// The service, for the command that runs, which stands in the audit trail from here on.
///
/// # Errors
/// What is missing.
pub(crate) async fn service(terminal: &Terminal, configuration: Configuration) -> Result<Service, StartError> {
    service_with(terminal, configuration, LostKey::Refuse, Needs::TheHalls).await
}

/// The same for a command that may go on without the sealing key, or with other settings than the hall's.
///
/// # Errors
/// What is missing.
pub(crate) async fn service_with(
    terminal: &Terminal,
    configuration: Configuration,
    lost: LostKey,
    needs: Needs,
) -> Result<Service, StartError> {
    let (service, differs) =
        startup::service_beside(configuration, Arc::new(SystemClock), lost, needs, &name()).await?;
    is_running(&service);
    differs.iter().for_each(|words| terminal.remark(words));
    Ok(service)
}

/// Of the command that runs, once it stands in the audit trail.
static RUNNING: OnceLock<Service> = OnceLock::new();

/// Enters a start of the hall in the audit trail.
///
/// # Errors
/// The database's: then the command must not run.
pub(crate) async fn enter(service: &Service) -> Result<(), StartError> {
    service.record_command(&Caller::operator(), &name()).await.map_err(explained)
}

/// Remembers the service of a command beside the hall: what it enters there is sealed at its end.
pub(crate) fn is_running(service: &Service) {
    let _ = RUNNING.set(service.clone());
}

/// Seals what the command has entered: beside a hall that is stopped nobody else would, and what isn't sealed can be taken away unseen.
pub(crate) async fn seal_what_was_entered(terminal: &Terminal) {
    let Some(service) = RUNNING.get() else { return };
    if let Err(error) = service.seal().await {
        let error = explained(error);
        terminal.remark(&format!(
            "What this command entered in the audit trail could not be sealed: {} The hall does it when it works.",
            sentence(&error.to_string())
        ));
    }
}

/// What the command is called, such as `user add`. What it was told beyond that stands in what it does.
pub(crate) fn name() -> String {
    let Ok(matches) = crate::Arguments::command().try_get_matches() else { return String::new() };
    let (mut names, mut here) = (Vec::new(), &matches);
    while let Some((name, inner)) = here.subcommand() {
        names.push(name);
        here = inner;
    }
    names.join(" ")
}

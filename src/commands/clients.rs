//! Other systems.

use std::sync::Arc;

use clap::Subcommand;

use super::terminal::{explained, say};
use casehall::clock::SystemClock;
use casehall::domain::accounts::role::Scope;
use casehall::startup::{self, Configuration, StartError};

/// What is done with them.
#[derive(Subcommand)]
pub(crate) enum ClientCommand {
    /// Add a client; its secret is printed this once.
    Add {
        /// Its id.
        client_id: String,
        /// Name on the timeline.
        #[arg(long)]
        name: String,
        /// cases:open, cases:read, cases:write, eligibility:read, certificates:read, certificates:report, authorizations:read.
        #[arg(long = "scope", required = true)]
        scopes: Vec<Scope>,
    },
}

/// Runs a command.
///
/// # Errors
/// Why it wasn't done, in words.
pub(crate) async fn run(configuration: Configuration, command: ClientCommand) -> Result<(), StartError> {
    let service = startup::service(configuration, Arc::new(SystemClock)).await?;
    match command {
        ClientCommand::Add { client_id, name, scopes } => {
            let secret = service.add_client(&client_id, &name, scopes, None).await.map_err(explained)?;
            say(&format!(
                "client_id     {client_id}\nclient_secret {secret}\nThe secret is not stored and will not be shown again."
            ));
            Ok(())
        }
    }
}

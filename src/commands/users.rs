//! People who sign in.

use std::sync::Arc;

use clap::Subcommand;

use super::terminal::{explained, read_password, say};
use casehall::clock::SystemClock;
use casehall::domain::accounts::role::Role;
use casehall::service::accounts::account::NewUser;
use casehall::startup::{self, Configuration, StartError};

/// What is done with them.
#[derive(Subcommand)]
pub(crate) enum UserCommand {
    /// Add a user; the password is read from standard input.
    Add {
        /// Name to sign in with.
        username: String,
        /// Name on the timeline; the name to sign in with where it is left out.
        #[arg(long)]
        name: Option<String>,
        /// clerk, producer, supervisor, administrator, security_administrator or auditor; may stand several times.
        #[arg(long = "role", required = true)]
        roles: Vec<Role>,
        /// The outlet that the user works in.
        #[arg(long)]
        outlet: Option<String>,
        /// The user works for the whole hall. Whoever works on cases has an outlet or this.
        #[arg(long, conflicts_with = "outlet")]
        all_outlets: bool,
    },
    /// Let nobody sign in as this user any more.
    Deactivate {
        /// Name to sign in with.
        username: String,
    },
    /// Let the user sign in again.
    Activate {
        /// Name to sign in with.
        username: String,
    },
}

/// Runs a command.
///
/// # Errors
/// Why it wasn't done, in words.
pub(crate) async fn run(configuration: Configuration, command: UserCommand) -> Result<(), StartError> {
    let service = startup::service(configuration, Arc::new(SystemClock)).await?;
    match command {
        UserCommand::Add { username, name, roles, outlet, all_outlets } => {
            let works_on_cases = roles.iter().any(|role| !role.is_administrator());
            if works_on_cases && outlet.is_none() && !all_outlets {
                let known: Vec<&str> = service.hall().outlets.iter().map(|outlet| outlet.code.as_str()).collect();
                let known = known.join(", ");
                return Err(StartError::Other(format!(
                    "say where {username} works: --outlet CODE (known: {known}), or --all-outlets for the whole hall"
                )));
            }
            let password = read_password()?;
            let display_name = name.unwrap_or_else(|| username.clone());
            let new = NewUser { username: username.clone(), display_name, password, roles, outlet };
            service.add_user(new).await.map_err(explained)?;
            say(&format!("User {username} can sign in."));
        }
        UserCommand::Deactivate { username } => {
            service.set_active(&username, false).await.map_err(explained)?;
            say(&format!("User {username} can no longer sign in."));
        }
        UserCommand::Activate { username } => {
            service.set_active(&username, true).await.map_err(explained)?;
            say(&format!("User {username} can sign in again."));
        }
    }
    Ok(())
}

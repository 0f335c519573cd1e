//! Other systems.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::{Value, json};

use super::terminal::{Answer, Terminal, explained};
use casehall::domain::accounts::client::{Client, ClientChange, ClientDraft, ClientKey, ClientSecret, PublicKey};
use casehall::domain::accounts::role::Scope;
use casehall::domain::base::words::Language;
use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::accounts::clients::WithSecret;
use casehall::service::base::error::ServiceError;
use casehall::startup::{Configuration, StartError};

/// What is done with them.
#[derive(Subcommand)]
pub(crate) enum ClientCommand {
    /// List every client with its scopes, secrets and keys.
    List,
    /// Add a client; its secret is printed this once.
    Add {
        /// Its id: lower-case letters, digits, dots, hyphens and underscores.
        client_id: String,
        /// Name on the timeline.
        #[arg(long)]
        name: String,
        /// cases:open, cases:read, cases:write, eligibility:read, certificates:read, certificates:report, authorizations:read, webhooks:manage.
        #[arg(long = "scope", required = true)]
        scopes: Vec<Scope>,
        /// File with a public key as JWK: then it gets no secret.
        #[arg(long)]
        key: Option<PathBuf>,
    },
    /// Change the name or the scopes of a client; what is left out stays.
    Change {
        /// Its id.
        client_id: String,
        /// Name on the timeline.
        #[arg(long)]
        name: Option<String>,
        /// All scopes that it has from now on.
        #[arg(long = "scope")]
        scopes: Vec<Scope>,
    },
    /// Make a new secret, which is printed this once. Earlier ones stay valid for a day, or as long as --old-valid-until says.
    Rotate {
        /// Its id.
        client_id: String,
        /// When earlier secrets end, such as 2026-12-01T08:00:00Z; at most 30 days from now.
        #[arg(long)]
        old_valid_until: Option<DateTime<Utc>>,
    },
    /// End a secret at once.
    EndSecret {
        /// Its id.
        client_id: String,
        /// Number of the secret, as `client list` shows it.
        number: i64,
    },
    /// Give the client no more tokens, and refuse those that it has.
    Deactivate {
        /// Its id.
        client_id: String,
    },
    /// Let the client get tokens again.
    Activate {
        /// Its id.
        client_id: String,
    },
    /// Keys that a client signs with.
    #[command(subcommand)]
    Key(KeyCommand),
}

/// What is done with the keys of a client.
#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Add a key.
    Add {
        /// Id of the client.
        client_id: String,
        /// File with the public key as JWK, Ed25519 or P-256, with a `kid`.
        file: PathBuf,
    },
    /// Remove a key.
    Remove {
        /// Id of the client.
        client_id: String,
        /// Its `kid`.
        kid: String,
    },
}

/// Runs a command.
///
/// # Errors
/// Why it wasn't done, in words.
pub(crate) async fn run(
    terminal: &Terminal,
    configuration: Configuration,
    command: ClientCommand,
) -> Result<Answer, StartError> {
    let service = super::service(terminal, configuration).await?;
    let operator = Caller::operator();
    match command {
        ClientCommand::List => {
            let clients = service.clients(&operator).await.map_err(refused)?;
            clients.iter().for_each(|client| terminal.say(&described(client)));
            if clients.is_empty() {
                terminal.remark("There are no clients yet; `casehall client add` adds one.");
            }
            let clients: Vec<Value> = clients.iter().map(member).collect();
            Ok(Answer::done(json!({ "clients": clients })))
        }
        ClientCommand::Add { client_id, name, scopes, key } => {
            let key = key.map(|file| read_key(&file)).transpose()?;
            let draft = ClientDraft { client_id, name, scopes, outlet: None, key };
            Ok(said_secret(terminal, &service.add_client(&operator, draft).await.map_err(refused)?))
        }
        ClientCommand::Change { client_id, name, scopes } => {
            let known = service.client(&operator, &client_id).await.map_err(refused)?;
            let scopes = if scopes.is_empty() { known.scopes } else { scopes };
            let change = ClientChange { name: name.unwrap_or(known.name), scopes, outlet: known.outlet };
            let changed = service.change_client(&operator, &client_id, known.version, change).await;
            Ok(said(terminal, &changed.map_err(refused)?))
        }
        ClientCommand::Rotate { client_id, old_valid_until } => {
            let rotated = service.rotate_client_secret(&operator, &client_id, None, old_valid_until).await;
            Ok(said_secret(terminal, &rotated.map_err(refused)?))
        }
        ClientCommand::EndSecret { client_id, number } => {
            match service.end_client_secret(&operator, &client_id, number).await {
                Ok(client) => Ok(said(terminal, &client)),
                Err(error) => {
                    let what = format!("valid secret {number}; `casehall client list` shows those that it has");
                    Err(refused_of(&service, &client_id, &what, error).await)
                }
            }
        }
        ClientCommand::Deactivate { client_id } => {
            service.set_client_active(&operator, &client_id, false).await.map_err(refused)?;
            terminal.say(&format!("Client {client_id} gets no more tokens."));
            Ok(Answer::done(json!({ "client_id": client_id })))
        }
        ClientCommand::Activate { client_id } => {
            service.set_client_active(&operator, &client_id, true).await.map_err(refused)?;
            terminal.say(&format!("Client {client_id} can get tokens again."));
            Ok(Answer::done(json!({ "client_id": client_id })))
        }
        ClientCommand::Key(KeyCommand::Add { client_id, file }) => {
            let key = read_key(&file)?;
            Ok(said(terminal, &service.add_client_key(&operator, &client_id, key).await.map_err(refused)?))
        }
        ClientCommand::Key(KeyCommand::Remove { client_id, kid }) => {
            match service.remove_client_key(&operator, &client_id, &kid).await {
                Ok(client) => Ok(said(terminal, &client)),
                Err(error) => {
                    let what = format!("key {kid}; `casehall client list` shows those that it has");
                    Err(refused_of(&service, &client_id, &what, error).await)
                }
            }
        }
    }
}

fn read_key(file: &PathBuf) -> Result<PublicKey, StartError> {
    let shown = file.display();
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| StartError::Other(format!("{shown} can't be read: {error}")))?;
    let key = serde_json::from_str(&text);
    key.map_err(|error| StartError::Other(format!("{shown} holds no public key as JWK: {error}")))
}

fn said(terminal: &Terminal, client: &Client) -> Answer {
    terminal.say(&described(client));
    Answer::done(json!({ "client": member(client) }))
}

fn said_secret(terminal: &Terminal, WithSecret { client, secret }: &WithSecret) -> Answer {
    terminal.say(&format!("client_id     {}", client.id));
    if let Some(secret) = secret {
        terminal.say(&format!("client_secret {secret}\nThe secret is not stored and will not be shown again."));
    }
    Answer::done(json!({ "client": member(client), "client_secret": secret }))
}

fn member(client: &Client) -> Value {
    let secret = |secret: &ClientSecret| json!({ "number": secret.number, "created_at": secret.created_at, "valid_until": secret.valid_until });
    let key = |key: &ClientKey| json!({ "kid": key.key.kid, "crv": key.key.crv, "created_at": key.created_at });
    json!({
        "client_id": client.id,
        "name": client.name,
        "active": client.active,
        "scopes": client.scopes.iter().map(|scope| scope.code()).collect::<Vec<_>>(),
        "secrets": client.secrets.iter().map(secret).collect::<Vec<_>>(),
        "keys": client.keys.iter().map(key).collect::<Vec<_>>(),
    })
}

/// A client in lines: what it is and may do, then each of its secrets and keys.
fn described(client: &Client) -> String {
    let state = if client.active { "" } else { ", deactivated" };
    let mut lines = vec![format!("{} ({}{state}): {}", client.id, client.name, Scope::list(&client.scopes))];
    for secret in &client.secrets {
        let until =
            secret.valid_until.map_or_else(String::new, |until| format!(", valid until {}", until.to_rfc3339()));
        lines.push(format!("  secret {} of {}{until}", secret.number, secret.created_at.to_rfc3339()));
    }
    for key in &client.keys {
        lines.push(format!("  key {} ({}) of {}", key.key.kid, key.key.crv, key.created_at.to_rfc3339()));
    }
    lines.join("\n")
}

/// Why a command wasn't done.
fn refused(error: ServiceError) -> StartError {
    match error {
        ServiceError::NotFound => StartError::Other("there is no such client".to_owned()),
        ServiceError::Refused(refusals) => {
            let words: Vec<String> =
                refusals.iter().map(|refusal| refusal.words().text(Language::English).to_owned()).collect();
            StartError::Other(words.join("; "))
        }
        other => explained(other),
    }
}

/// The same of something that a client has: `what` of the one that is there.
async fn refused_of(service: &Service, client_id: &str, what: &str, error: ServiceError) -> StartError {
    let is_there = service.client(&Caller::operator(), client_id).await.is_ok();
    match error {
        ServiceError::NotFound if is_there => StartError::Other(format!("{client_id} has no {what}")),
        other => refused(other),
    }
}

//! The program: `serve` is the real thing, `demo` a hall in the middle of its week, the rest is for those who run it.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use casehall::clock::{Clock, SystemClock};
use casehall::configuration::ConfigFault;
use casehall::configuration::settings::{Settings, process_environment};
use casehall::demo;
use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::base::words::{Fault, Language};
use casehall::service::Service;
use casehall::service::accounts::account::NewUser;
use casehall::service::accounts::caller::Caller;
use casehall::service::base::error::ServiceError;
use casehall::service::certificates::import::Progress;
use casehall::startup::{self, Configuration, StartError};

#[path = "main/audit.rs"]
mod audit;

use crate::audit::AuditCommand;

/// The back office of a service hall that issues organizations' digital certificates and e-seals.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// Settings file; without it casehall.toml in the working directory, if there is one.
    #[arg(long, global = true, env = "CASEHALL_CONFIG")]
    config: Option<PathBuf>,
    /// Directory with case-types, workflows, calendar and prices over the built-in ones.
    #[arg(long, global = true, env = "CASEHALL_CONFIG_DIR")]
    config_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the hall.
    Serve,
    /// Serve a made-up hall in the middle of its week, with a clock that can be moved. Settings and files count; the database,
    /// the keys and the port of the settings are left alone.
    Demo {
        /// Port to listen on; 0 takes a free one.
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
    /// Bring the database's tables up to date and stop.
    Migrate,
    /// Explain every fault of settings, case types, workflows, prices and calendar.
    CheckConfig {
        /// Print this case type or workflow as it is together with what it extends, such as workflows/renew.toml.
        #[arg(long, value_name = "FILE")]
        show: Option<String>,
    },
    /// People who sign in.
    #[command(subcommand)]
    User(UserCommand),
    /// Other systems.
    #[command(subcommand)]
    Client(ClientCommand),
    /// The register of certificates.
    #[command(subcommand)]
    Certificates(CertificatesCommand),
    /// Editions of case types.
    #[command(subcommand)]
    Editions(EditionsCommand),
    /// The audit trail, and what proves that it and the events are whole.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Make a new key to sign tokens with; tokens signed with the old one stay valid until they expire.
    RotateKey,
}

#[derive(Subcommand)]
enum CertificatesCommand {
    /// Enter certificates from before Casehall, all of a file or none.
    Import {
        /// CSV with a header, in UTF-8, UTF-16 with a byte order mark, or GB18030.
        file: PathBuf,
        /// Only check, and list every fault.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Subcommand)]
enum EditionsCommand {
    /// Move the open cases of a case type to its current edition, all of them or none.
    Move {
        /// Code of the case type.
        case_type: String,
        /// Only say what would change for whom.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Subcommand)]
enum UserCommand {
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

#[derive(Subcommand)]
enum ClientCommand {
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

#[actix_web::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), StartError> {
    let Arguments { config, config_dir, command } = arguments;
    let settings = Settings::load(config.as_deref(), process_environment());
    if let Command::Demo { port } = command {
        return demo::run(port, settings, config_dir.as_deref()).await;
    }
    let configuration = Configuration::load(settings, config_dir.as_deref())?;
    match command {
        Command::Demo { .. } => Ok(()),
        Command::CheckConfig { show } => {
            configuration.check_prices(SystemClock.now())?;
            let whole = show.map(|file| configuration.whole(&file)).transpose()?;
            say(whole.as_deref().map_or("The configuration has no faults.", str::trim_end));
            Ok(())
        }
        Command::Serve => serve(configuration).await,
        Command::Migrate => {
            startup::migrate(&configuration.settings, SystemClock.now()).await?;
            say("The database schema is up to date.");
            Ok(())
        }
        Command::Audit(command) => {
            let said = audit::run(service(configuration, "audit").await?, command).await?;
            let _ = write!(std::io::stdout(), "{said}");
            Ok(())
        }
        Command::RotateKey => {
            let service = service(configuration, "rotate-key").await?;
            service.tokens().rotate().map_err(|error| StartError::Keys(error.to_string()))?;
            say("A new signing key is active. Restart the other instances so that they use it, too.");
            Ok(())
        }
        Command::Certificates(CertificatesCommand::Import { file, dry_run }) => {
            import(configuration, file, dry_run).await
        }
        Command::Editions(EditionsCommand::Move { case_type, dry_run }) => {
            move_editions(configuration, &case_type, dry_run).await
        }
        Command::User(command) => user(configuration, command).await,
        Command::Client(ClientCommand::Add { client_id, name, scopes }) => {
            let service = service(configuration, "client add").await?;
            let secret = service.add_client(&client_id, &name, scopes, None).await.map_err(explained)?;
            say(&format!(
                "client_id     {client_id}\nclient_secret {secret}\nThe secret is not stored and will not be shown again."
            ));
            Ok(())
        }
    }
}

async fn serve(configuration: Configuration) -> Result<(), StartError> {
    startup::start_log(&configuration.settings.log);
    let running = startup::start(configuration, Arc::new(SystemClock)).await?;
    running.service.record_command(&Caller::operator(), "serve").await.map_err(explained)?;
    if running.service.count_users().await.map_err(explained)? == 0 {
        say("No user can sign in yet. Create the first ones, each with a password of their own:\n  \
             casehall user add NAME --role security_administrator\n  casehall user add NAME --role clerk --outlet CODE\n");
    }
    say(&format!("Casehall listens on http://{}", running.address));
    running.until_stopped().await
}

/// The service, for a command that stands in the audit trail before it does anything.
async fn service(configuration: Configuration, command: &str) -> Result<Service, StartError> {
    let service = startup::service(configuration, Arc::new(SystemClock)).await?;
    service.record_command(&Caller::operator(), command).await.map_err(explained)?;
    Ok(service)
}

async fn user(configuration: Configuration, command: UserCommand) -> Result<(), StartError> {
    let named = match command {
        UserCommand::Add { .. } => "user add",
        UserCommand::Deactivate { .. } => "user deactivate",
        UserCommand::Activate { .. } => "user activate",
    };
    let service = service(configuration, named).await?;
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

async fn move_editions(configuration: Configuration, case_type: &str, dry_run: bool) -> Result<(), StartError> {
    let service = service(configuration, &format!("editions move {case_type}{}", dry(dry_run))).await?;
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
    let (staying, would) = (found.moves.len() - moving, if dry_run { "would move" } else { "moved" });
    say(&format!("{moving} open cases of {case_type} {would} to edition {to}; {staying} stay on their edition."));
    Ok(())
}

fn dry(dry_run: bool) -> &'static str {
    if dry_run { " --dry-run" } else { "" }
}

async fn import(configuration: Configuration, file: PathBuf, dry_run: bool) -> Result<(), StartError> {
    let service = service(configuration, &format!("certificates import{}", dry(dry_run))).await?;
    let shown = file.display().to_string();
    let opened = std::fs::File::open(&file).map(drop);
    opened.map_err(|error| StartError::Other(format!("{shown} can't be opened: {error}")))?;
    let source = move || std::fs::File::open(&file).map(|file| Box::new(file) as Box<dyn std::io::Read>);
    let done = service.import_certificates(&Caller::operator(), Arc::new(source), dry_run, Arc::new(progress)).await;
    let done = done.map_err(explained)?;
    let lines = done.lines;
    if done.fault_count > 0 {
        let words = |fault: &Fault| {
            let (line, column) = (fault.line.unwrap_or_default(), fault.pointer.trim_start_matches('/'));
            let between = if column.is_empty() { "" } else { ": " };
            format!("line {line}: {column}{between}{}", fault.words.text(Language::English))
        };
        let mut shown: Vec<String> = done.faults.iter().map(words).collect();
        let further = done.fault_count - done.faults.len();
        if further > 0 {
            shown.push(format!("and {further} further faults"));
        }
        let count = done.fault_count;
        return Err(StartError::Other(format!("{}\n{count} fault(s); nothing was imported.", shown.join("\n"))));
    }
    say(&if dry_run {
        format!("{lines} certificates have no faults; nothing was imported.")
    } else {
        format!("{lines} certificates were imported.")
    });
    Ok(())
}

fn progress(progress: Progress) {
    let _ = match progress {
        Progress::Checked(lines) if lines % 10_000 == 0 => writeln!(std::io::stderr(), "{lines} lines checked"),
        Progress::Entered(lines) if lines % 10_000 == 0 => writeln!(std::io::stderr(), "{lines} lines imported"),
        _ => Ok(()),
    };
}

fn read_password() -> Result<String, StartError> {
    let _ = write!(std::io::stderr(), "Password (10 to 128 characters, then Enter): ");
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    read.map_err(|error| StartError::Other(format!("the password can't be read from standard input: {error}")))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Faults of a command's arguments, in words.
fn explained(error: ServiceError) -> StartError {
    let message = match error {
        ServiceError::Invalid(faults) => {
            let words = |fault: &Fault| {
                format!("{}: {}", fault.pointer.trim_start_matches('/'), fault.words.text(Language::English))
            };
            faults.iter().map(words).collect::<Vec<_>>().join("\n")
        }
        ServiceError::NotFound => "there is no such account".to_owned(),
        other => other.to_string(),
    };
    StartError::Other(message)
}

fn complain(error: &StartError) {
    let mut stderr = std::io::stderr().lock();
    let _ = match error {
        StartError::Configuration(faults) => {
            let shown: Vec<String> = faults.iter().map(ConfigFault::to_string).collect();
            writeln!(stderr, "The configuration has {} fault(s):\n{}", faults.len(), shown.join("\n"))
        }
        other => writeln!(stderr, "{other}"),
    };
}

fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

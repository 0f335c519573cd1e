//! The program: `serve` is the real thing, `demo` a hall in the middle of its week, the rest is for those who run it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

mod commands;

use casehall::clock::{Clock, SystemClock};
use casehall::configuration::settings::{Settings, process_environment};
use casehall::demo;
use casehall::startup::{self, Configuration, StartError, Stopping};
use commands::audit::AuditCommand;
use commands::backups::BackupArguments;
use commands::calendar::CalendarCommand;
use commands::certificates::CertificatesCommand;
use commands::clients::ClientCommand;
use commands::editions::EditionsCommand;
use commands::terminal::{complain, explained, say};
use commands::users::UserCommand;
use commands::{audit, backups, calendar, certificates, clients, data_key, editions, retention, users};

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
    /// Make the database of a new hall, and stop.
    Init,
    /// Serve the hall.
    Serve {
        /// Make the database where there is none. Not for a service that starts by itself: a lost disk would become an empty hall.
        #[arg(long)]
        create: bool,
        /// So many open cases may get other dates by the calendar of the files, where they are more than calendar.moves_at_start.
        #[arg(long, value_name = "CASES")]
        accept_moves: Option<usize>,
    },
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
    /// The calendar of the files.
    #[command(subcommand)]
    Calendar(CalendarCommand),
    /// Editions of case types.
    #[command(subcommand)]
    Editions(EditionsCommand),
    /// The audit trail, and what proves that it and the events are whole.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Erase the persons in cases and certificates whose retention is over, while the hall works.
    Retention {
        /// Only list what would be erased.
        #[arg(long)]
        dry_run: bool,
    },
    /// Back the hall up while it works: the database as it is at one moment, the keys, and a manifest with the hash of each file.
    Backup(BackupArguments),
    /// Check everything: the database's file, cases and certificates against their events, claims, running numbers, and the evidence. Ends with an
    /// error if anything is wrong.
    Verify {
        /// A backup: it is restored aside, checked there, and removed again.
        backup: Option<PathBuf>,
        /// The data keys of a backup that is without them; by default the hall's own.
        #[arg(long, value_name = "FILE", requires = "backup")]
        data_keys: Option<PathBuf>,
    },
    /// Put a backup where the settings say the hall is. Nothing is overwritten.
    Restore {
        /// The backup's directory.
        backup: PathBuf,
        /// The data keys, where the backup is without them.
        #[arg(long, value_name = "FILE")]
        data_keys: Option<PathBuf>,
    },
    /// Make a new key to sign tokens with; tokens signed with the old one stay valid until they expire.
    RotateKey,
    /// Put a new data key in force and wrap the keys of all persons' data by it, while the hall works.
    RotateDataKey {
        /// Only make the key, so that its file can be copied to other machines first.
        #[arg(long)]
        only_make: bool,
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
        Command::Init => {
            startup::make(&configuration.settings, SystemClock.now()).await?;
            say(
                "The database is made. Keep a copy of the file of data keys apart from it: without it nobody can read persons' data.",
            );
            Ok(())
        }
        Command::Serve { create, accept_moves } => {
            let mut configuration = if create { configuration.making_what_is_missing() } else { configuration };
            configuration.accept_moves = accept_moves;
            serve(configuration).await
        }
        Command::Calendar(command) => calendar::run(configuration, command).await,
        Command::Migrate => {
            startup::migrate(&configuration.settings, SystemClock.now()).await?;
            say("The database schema is up to date.");
            Ok(())
        }
        Command::Audit(command) => audit::run(configuration, command).await,
        Command::RotateKey => {
            let service = commands::service(configuration).await?;
            service.tokens().rotate().map_err(|error| StartError::Keys(error.to_string()))?;
            say("A new signing key is active. Restart the other instances so that they use it, too.");
            Ok(())
        }
        Command::Backup(arguments) => backups::back_up(configuration, arguments).await,
        Command::Verify { backup, data_keys } => backups::verify(configuration, backup, data_keys).await,
        Command::Restore { backup, data_keys } => {
            backups::put_back(&configuration.settings, &backup, data_keys.as_deref())
        }
        Command::RotateDataKey { only_make } => data_key::rotate(configuration, only_make).await,
        Command::Retention { dry_run } => retention::run(configuration, dry_run).await,
        Command::Certificates(command) => certificates::run(configuration, command).await,
        Command::Editions(command) => editions::run(configuration, command).await,
        Command::User(command) => users::run(configuration, command).await,
        Command::Client(command) => clients::run(configuration, command).await,
    }
}

async fn serve(configuration: Configuration) -> Result<(), StartError> {
    let _log = startup::start_log(&configuration.settings.log);
    let server = configuration.settings.server.clone();
    let _serving = startup::serve_alone(&configuration)?;
    let running = startup::start(configuration, Arc::new(SystemClock)).await?;
    commands::record(&running.service).await?;
    if running.service.count_users().await.map_err(explained)? == 0 {
        say("No user can sign in yet. Create the first one, who adds the others:\n  \
             casehall user add NAME --role security_administrator\n");
    }
    let stopping = Stopping::by_signals(&server)?;
    say(&format!("Casehall listens on http://{}", running.address));
    running.until_stopped(stopping).await
}

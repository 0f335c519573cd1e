//! The program: `serve` is the real thing, `demo` a hall in the middle of its week, the rest is for those who run it.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use serde_json::json;

mod commands;

use casehall::clock::{Clock, SystemClock};
use casehall::configuration::settings::{Settings, process_environment};
use casehall::demo;
use casehall::startup::{self, Configuration, Exit, Named, ServiceManager, StartError, Stopping};
use commands::audit::AuditCommand;
use commands::backups::BackupArguments;
use commands::calendar::CalendarCommand;
use commands::certificates::CertificatesCommand;
use commands::clients::ClientCommand;
use commands::editions::EditionsCommand;
use commands::papers::Shell;
use commands::terminal::{Answer, Terminal, explained};
use commands::users::UserCommand;
use commands::{audit, backups, calendar, certificates, clients, data_key, editions, papers, retention, users};

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
    /// Answer one JSON object on one line instead of words.
    #[arg(long, global = true)]
    json: bool,
    /// Where no bar can be drawn: say at most every so many seconds how far long work is.
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 10)]
    progress: u32,
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
        /// Erase though nothing was recorded in the hall for a month: it was closed, and the machine's clock is right.
        #[arg(long)]
        after_silence: bool,
    },
    /// Back the hall up while it works: the database as it is at one moment without sessions, the private keys if they are to be in it, and a manifest with
    /// the hash of each file.
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
    /// Print what a shell needs to complete the commands.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the manual pages into a directory.
    Man {
        /// The directory, such as /usr/local/share/man/man1.
        directory: PathBuf,
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
async fn main() -> Infallible {
    let arguments = Arguments::try_parse().unwrap_or_else(|error| misunderstood(&error));
    let Arguments { config, config_dir, json, progress, command } = arguments;
    let terminal = Terminal::new(json, Duration::from_secs(progress.into()));
    let ended = run(&terminal, config, config_dir, command).await;
    commands::seal_what_was_entered(&terminal).await;
    let exit = terminal.end(&commands::name(), ended);
    // What a command that was stopped has left to a thread of its own is worth nothing: nobody waits for it.
    std::process::exit(exit.status().into())
}

/// Says what is wrong with what was typed, or the help that was asked for.
fn misunderstood(error: &clap::Error) -> ! {
    let asked = std::env::args_os().any(|argument| argument == "--json");
    if asked && error.use_stderr() {
        let words = error.to_string();
        let terminal = Terminal::new(true, Duration::ZERO);
        terminal.answer(
            "",
            Exit::Usage,
            "error",
            json!({ "code": Exit::Usage.code(), "words": words.trim(), "faults": [] }),
        );
        std::process::exit(Exit::Usage.status().into())
    }
    error.exit()
}

async fn run(
    terminal: &Terminal,
    config: Option<PathBuf>,
    config_dir: Option<PathBuf>,
    command: Command,
) -> Result<Answer, StartError> {
    let settings = Settings::load(config.as_deref(), process_environment());
    let files = Named { settings: config.as_deref(), directory: config_dir.as_deref() };
    match command {
        Command::Demo { port } => {
            let introduce = |hall: &demo::Introduction| {
                terminal.say(&hall.words());
                terminal.answer("demo", Exit::Done, "result", json!(hall));
            };
            return demo::run(port, settings, files, introduce).await.map(|()| Answer::said());
        }
        Command::Completions { shell } => return papers::completions(terminal, shell),
        Command::Man { directory } => return papers::manual(terminal, &directory),
        _ => {}
    }
    let mut configuration = Configuration::load(settings, files)?;
    match command {
        Command::Demo { .. } | Command::Completions { .. } | Command::Man { .. } => Ok(Answer::said()),
        Command::CheckConfig { show } => {
            configuration.check_prices(SystemClock.now())?;
            let whole = show.map(|file| configuration.whole(&file)).transpose()?;
            terminal.say(whole.as_deref().map_or("The configuration has no faults.", str::trim_end));
            Ok(Answer::done(json!({ "definition": whole })))
        }
        Command::Init => {
            startup::make(&configuration, SystemClock.now()).await?;
            terminal.say(
                "The database is made. Keep a copy of the file of data keys apart from it: without it nobody can read persons' data.",
            );
            Ok(Answer::done(json!({ "data_keys": configuration.settings.data_key_file() })))
        }
        Command::Serve { create, accept_moves } => {
            let mut configuration = if create { configuration.making_what_is_missing() } else { configuration };
            configuration.accept_moves = accept_moves;
            serve(terminal, configuration).await
        }
        other => {
            configuration.progress = terminal.progress();
            run_beside(terminal, configuration, other).await
        }
    }
}

/// Runs a command that may take long, and that works beside the hall or without it.
async fn run_beside(terminal: &Terminal, configuration: Configuration, command: Command) -> Result<Answer, StartError> {
    match command {
        Command::Migrate => {
            startup::migrate(&configuration, SystemClock.now()).await?;
            terminal.say("The database schema is up to date.");
            Ok(Answer::done(json!({ "schema": startup::schema() })))
        }
        Command::RotateKey => {
            let service = commands::service(terminal, configuration).await?;
            service.tokens().rotate().map_err(|error| StartError::Keys(error.to_string()))?;
            terminal.say(
                "A new signing key is made. Each instance signs with it from its next start, and with the one before until then: restart them, one after \
                 the other.",
            );
            Ok(Answer::done(json!({})))
        }
        Command::Backup(arguments) => backups::back_up(terminal, configuration, arguments).await,
        Command::Verify { backup, data_keys } => backups::verify(terminal, configuration, backup, data_keys).await,
        Command::Restore { backup, data_keys } => {
            backups::put_back(terminal, &configuration, &backup, data_keys.as_deref())
        }
        Command::RotateDataKey { only_make } => data_key::rotate(terminal, configuration, only_make).await,
        Command::Retention { dry_run, after_silence } => {
            retention::run(terminal, configuration, dry_run, after_silence).await
        }
        Command::Calendar(command) => calendar::run(terminal, configuration, command).await,
        Command::Audit(command) => audit::run(terminal, configuration, command).await,
        Command::Certificates(command) => certificates::run(terminal, configuration, command).await,
        Command::Editions(command) => editions::run(terminal, configuration, command).await,
        Command::User(command) => users::run(terminal, configuration, command).await,
        Command::Client(command) => clients::run(terminal, configuration, command).await,
        _ => Ok(Answer::said()),
    }
}

async fn serve(terminal: &Terminal, configuration: Configuration) -> Result<Answer, StartError> {
    let _log = startup::start_log(&configuration.settings.log);
    let server = configuration.settings.server.clone();
    let _serving = startup::serve_alone(&configuration)?;
    let running = startup::start(configuration, Arc::new(SystemClock)).await?;
    commands::enter(&running.service).await?;
    if running.service.count_users().await.map_err(explained)? == 0 {
        terminal.say(
            "No user can sign in yet. Create the first one, who adds the others:\n  \
             casehall user add NAME --role security_administrator\n",
        );
    }
    let stopping = Stopping::by_signals(&server)?;
    let address = format!("http://{}", running.address);
    terminal.say(&format!("Casehall listens on {address}"));
    terminal.answer("serve", Exit::Done, "result", json!({ "address": address }));
    let manager = ServiceManager::ready(&running);
    running.until_stopped(stopping, manager).await?;
    Ok(Answer::said())
}

//! Start-up: settings and files → hall and catalog → database → service → server.
//!
//! Every step that fails says what to do. Nothing listens before everything it needs is there.

mod configuration;
mod readiness;
mod signals;

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use tracing_subscriber::EnvFilter;

pub use self::configuration::Configuration;
use crate::api::Api;
use crate::api::connections::{Connections, attend, raised_limit};
use crate::clock::Clock;
use crate::configuration::ConfigFault;
use crate::configuration::log::{LogFormat, LogSettings};
use crate::configuration::settings::{ForwardedHeader, ServerSettings, Settings, SignInSettings};
use crate::console;
use crate::domain::accounts::audit::{AuditEntry, AuditKind};
use crate::domain::accounts::sign_in::SignInRules;
use crate::http::body::BodyLimits;
use crate::http::client_address::TrustedProxies;
use crate::http::envelope::envelope;
use crate::jobs::{self, Intervals, Jobs};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::accounts::hashing::HashingLimits;
use crate::service::accounts::sign_in_setup::SignInSetup;
use crate::service::accounts::signing_keys::KeySource;
use crate::service::accounts::tokens::Tokens;
use crate::service::base::error::ServiceError;
use crate::service::case_types::editions::{PinError, pin};
use crate::service::evidence::sealing_keys::{LostKey, SealingKeys};
use crate::store::accounts::audit;
use crate::store::encryption::encrypt_older;
use crate::store::evidence::log::seals_before;
use crate::store::evidence::missing::hash_missing;
use crate::store::{DataKeySource, DatabaseAddress, Db, DbOptions, Serving, StoreError, cases};

/// Why the program doesn't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Everything that is wrong with settings and files.
    #[error("the configuration has faults")]
    Configuration(Vec<ConfigFault>),
    /// The database.
    #[error("The database can't be used: {0}")]
    Store(#[from] StoreError),
    /// A use case failed.
    #[error("{0}")]
    Service(#[from] ServiceError),
    /// The signing keys.
    #[error("The signing keys can't be used: {0}")]
    Keys(String),
    /// The keys that seals are signed with.
    #[error("The sealing keys can't be used: {0}")]
    SealingKeys(String),
    /// The address can't be listened on.
    #[error("Can't listen on {address}: {error}. Is another program using the port? Choose one with [server] port.")]
    Listen {
        /// Host and port.
        address: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

/// Holds the database file for this process alone, as long as the answer lives; before anything in it is changed.
///
/// # Errors
/// Another process serves it.
pub fn serve_alone(settings: &Settings) -> Result<Option<Serving>, StartError> {
    let address: DatabaseAddress = settings.database.url.reveal().parse()?;
    Ok(Db::serve_alone(&address)?)
}

/// Opens the database and brings its tables up to date.
///
/// # Errors
/// Why it can't be used, and what to do.
pub async fn database(settings: &Settings) -> Result<Db, StartError> {
    let address = settings.database.url.reveal().parse()?;
    let options = DbOptions {
        pool_size: settings.database.pool_size,
        statement_timeout: std::time::Duration::from_secs(settings.database.statement_timeout_seconds.into()),
        writes_per_commit: settings.database.writes_per_commit,
        data_keys: match &settings.cryptography.data_keys {
            Some(text) => DataKeySource::Text(text.reveal().clone()),
            None => DataKeySource::File(settings.data_key_file()),
        },
        suite: settings.cryptography.suite,
        ..DbOptions::default()
    };
    let db = Db::open(&address, options)?;
    let entered = cases::enter_missing(&db).await?;
    if entered > 0 {
        tracing::info!(cases = entered, "the names of older cases can be searched now");
    }
    let encrypted = encrypt_older(&db).await?;
    if encrypted > 0 {
        tracing::info!(rows = encrypted, "persons' data that were stored in clear are encrypted now");
    }
    let hashed = hash_missing(&db).await?;
    if hashed > 0 {
        tracing::info!(events = hashed, "older events have hashes now");
    }
    Ok(db)
}

/// Brings the database's tables up to date, and enters in the audit trail who had it done.
///
/// # Errors
/// Why it can't be used, and what to do.
pub async fn migrate(settings: &Settings, now: chrono::DateTime<chrono::Utc>) -> Result<(), StartError> {
    let db = database(settings).await?;
    let entry = AuditEntry::new(AuditKind::CommandRun, now, Caller::operator().audit_actor());
    let entry = entry.with("command", "migrate");
    Ok(db.write("migrated", move |tx| audit::append(tx, &entry)).await?)
}

/// Opens the signing keys; makes the first one.
///
/// # Errors
/// Why they can't be used, and what to do.
pub fn tokens(settings: &Settings) -> Result<Tokens, StartError> {
    let lifetime = settings.tokens.access_token_lifetime;
    Tokens::open(KeySource::of(settings), settings.tokens.issuer.clone(), lifetime)
        .map(|tokens| tokens.asked_for_at(settings.tokens.address.as_deref()))
        .map_err(|error| StartError::Keys(error.to_string()))
}

/// So many of the newest seals are looked at for one that a key has signed: more than one, since somebody may have changed it.
const NEWEST_SEALS: i64 = 100;

/// Opens the keys that seals are signed with; makes the first one where nothing was sealed yet.
async fn sealing_keys(settings: &Settings, db: &Db, lost: LostKey) -> Result<SealingKeys, StartError> {
    let seals = db.read("newest_seals", |tx| seals_before(tx, None, NEWEST_SEALS)).await?;
    // The name of the log: nothing that parts a name from what follows in a signed note.
    let origin: String =
        settings.tokens.issuer.chars().map(|c| if c.is_whitespace() || c == '+' { '-' } else { c }).collect();
    let origin = origin.trim_start_matches("https://").trim_end_matches('/');
    let (directory, suite) = (settings.sealing_key_directory(), settings.cryptography.suite);
    let keys = SealingKeys::open(&directory, suite, format!("{origin}/log"), &seals, lost);
    keys.map_err(|error| StartError::SealingKeys(error.to_string()))
}

/// Puts the service together, without a server.
///
/// # Errors
/// What is missing.
pub async fn service(configuration: Configuration, clock: Arc<dyn Clock>) -> Result<Service, StartError> {
    service_with(configuration, clock, LostKey::Refuse).await
}

/// The same, and says what becomes of it where the sealing key is lost.
///
/// # Errors
/// What is missing.
pub async fn service_with(
    configuration: Configuration,
    clock: Arc<dyn Clock>,
    lost: LostKey,
) -> Result<Service, StartError> {
    configuration.check_prices(clock.now())?;
    let Configuration { settings, definitions, hall, calendar, prices } = configuration;
    let (sections, lists) = (settings.digests(), prices.digests());
    let db = database(&settings).await?;
    let catalog = pin(&db, definitions, clock.now()).await.map_err(|error| match error {
        PinError::Faults(faults) => StartError::Configuration(faults),
        PinError::Service(error) => StartError::Service(error),
    })?;
    let tokens = Arc::new(tokens(&settings)?);
    let sealing = sealing_keys(&settings, &db, lost).await?;
    let service = Service::new(db, catalog, hall, clock, tokens, sealing, sign_in(&settings));
    service.keep_newest_seal().await?;
    service.note_in_force(AuditKind::SettingsChanged, sections).await?;
    service.note_in_force(AuditKind::PricesChanged, lists).await?;
    let change = service.adopt_calendar(&calendar).await?;
    if change.changed {
        tracing::info!(edition = change.edition, moved = change.moves.len(), "the calendar of the files is in force");
    }
    Ok(service)
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

fn sign_in(settings: &Settings) -> SignInSetup {
    let sessions = settings.sessions;
    let SignInSettings { failures, lock, failures_from_elsewhere, slowest, hashing_slots, queue, second_factor_roles } =
        settings.sign_in.clone();
    // The other half of the processors is for everybody else.
    let half = || processors().div_ceil(2);
    SignInSetup {
        rules: SignInRules { failures, lock, failures_from_elsewhere, slowest },
        hashing: HashingLimits { slots: hashing_slots.unwrap_or_else(half), queue },
        sessions,
        second_factor_roles,
    }
}

/// A running server.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// The service behind it.
    pub service: Service,
    /// What runs beside it.
    pub jobs: Option<Jobs>,
    handle: ServerHandle,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Waits until a signal stops the server; accepted requests are finished first.
    ///
    /// # Errors
    /// What ended it.
    pub async fn until_stopped(self) -> Result<(), StartError> {
        let ended = self.server.await.map_err(|error| StartError::Other(error.to_string()))?;
        if let Some(jobs) = self.jobs {
            jobs.stop().await;
        }
        ended.map_err(|error| StartError::Other(format!("the server ended: {error}")))
    }

    /// Stops it; accepted requests are finished first.
    pub async fn stop(self) {
        self.handle.stop(true).await;
        let _ = self.server.await;
        if let Some(jobs) = self.jobs {
            jobs.stop().await;
        }
    }
}

/// Starts the server.
///
/// # Errors
/// What is missing.
pub async fn start(configuration: Configuration, clock: Arc<dyn Clock>) -> Result<Running, StartError> {
    let Settings { server, jobs, audit, .. } = configuration.settings.clone();
    let service = service(configuration, clock).await?;
    let mut running = listen(&server, service.clone(), None).await?;
    running.jobs = Some(jobs::start(service, Intervals { sweep: jobs.sweep, seal: audit.seal, verify: audit.verify }));
    Ok(running)
}

/// Routes beside those of the API: the demo's.
pub type ExtraRoutes = Arc<dyn Fn(&mut web::ServiceConfig) + Send + Sync>;

/// Listens with a service; `demo` adds the demo's own routes.
///
/// # Errors
/// The address can't be listened on.
pub async fn listen(
    settings: &ServerSettings,
    service: Service,
    extra: Option<ExtraRoutes>,
) -> Result<Running, StartError> {
    let address = (settings.host.as_str(), settings.port);
    let shown = format!("{}:{}", settings.host, settings.port);
    let error = |error| StartError::Listen { address: shown.clone(), error };
    let limits = BodyLimits { bytes: settings.body_limit_bytes, patience: settings.body_timeout };
    let proxies = TrustedProxies {
        networks: settings.trusted_proxies.clone(),
        by_forwarded: settings.forwarded_header == ForwardedHeader::Forwarded,
    };
    let api = Api::new(readiness::of(service.clone())).limits(limits).proxies(proxies);
    let behind = web::Data::new(service.clone());
    let app = move || {
        let (api, extra) = (api.clone(), extra.clone());
        let routes = move |config: &mut web::ServiceConfig| {
            extra.iter().for_each(|extra| extra(config));
            api.configure(config);
            console::configure(config);
        };
        App::new().app_data(behind.clone()).configure(routes).wrap(from_fn(envelope)).wrap(from_fn(attend))
    };
    let most = raised_limit(settings.connections);
    let (connections, workers) = (Connections::new(most), settings.workers.unwrap_or_else(processors));
    connections.watch();
    let server = HttpServer::new(app)
        .shutdown_timeout(settings.shutdown_seconds)
        .workers(workers)
        .max_connections(most.div_ceil(workers))
        .on_connect(move |stream, with| connections.opened(stream, with));
    let told_to_stop = signals::told_to_stop()
        .map_err(|error| StartError::Other(format!("signals to stop can't be received: {error}")))?;
    let server = server.shutdown_signal(told_to_stop);
    let bound = server.bind(address).map_err(error)?;
    let address = bound.addrs().first().copied().ok_or_else(|| StartError::Other("no address".to_owned()))?;
    let server = bound.run();
    let handle = server.handle();
    // The first poll starts the workers and listens for signals: whoever is told the address may stop it at once.
    let mut server = Box::pin(server);
    if let Poll::Ready(ended) = poll_fn(|context| Poll::Ready(server.as_mut().poll(context))).await {
        let why = ended.err().map(|error| error.to_string()).unwrap_or_default();
        return Err(StartError::Other(format!("the server ended: {why}")));
    }
    Ok(Running { address, service, jobs: None, handle, server: tokio::spawn(server) })
}

/// Starts the log: one line an event, as text or JSON, to standard error.
pub fn start_log(settings: &LogSettings) {
    // Of a path that can't be read actix would log the whole request path, and callers have typed persons' numbers there.
    let filter = EnvFilter::new(format!("{},actix_server=warn,actix_web::types::path=off", settings.level.code()));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match settings.format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.try_init(),
    };
    if let Err(error) = started {
        tracing::warn!(%error, "the log was started before");
    }
}

//! Settings and files → database → service: of the hall that is served, and of a command beside it.

use std::sync::Arc;
use std::time::Duration;

use super::adopting::{accepted_moves, put_in_force};
use super::beside::{self, Needs};
use super::configuration::Configuration;
use super::error::StartError;
use crate::api::feed::webhooks::body::write_body;
use crate::clock::Clock;
use crate::configuration::settings::{Settings, SignInSettings};
use crate::configuration::systems::issuers::{IssuerSettings, KeysAt};
use crate::configuration::systems::webhooks::WebhookSettings;
use crate::configuration::told::is_the_halls;
use crate::domain::accounts::audit::{AuditEntry, AuditKind};
use crate::domain::base::words::sentence;
use crate::domain::case_types::catalog::Catalog;
use crate::domain::hall::address_of;
use crate::domain::progress::Progress;
use crate::jobs::issuers::{at_address, in_file};
use crate::jobs::webhooks::Dispatcher;
use crate::jobs::webhooks::sender::{Patience, Sender};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::accounts::hashing::HashingLimits;
use crate::service::accounts::passwords::Cost;
use crate::service::accounts::sign_in_setup::SignInSetup;
use crate::service::accounts::signing_keys::KeySource;
use crate::service::accounts::tokens::issuers::Issuers;
use crate::service::accounts::tokens::{TOKEN_PATH, Tokens};
use crate::service::base::error::ServiceError;
use crate::service::calendar::kept;
use crate::service::case_types::editions::{Forged, PinError, known, pin};
use crate::service::evidence::check_accounts::hold_accounts;
use crate::service::evidence::check_records::hold_records;
use crate::service::evidence::sealing_keys::{LostKey, SealingKeys};
use crate::service::feed::webhooks::targets::{Targets, WebhookRules};
use crate::store::accounts::audit;
use crate::store::encryption::encrypt_older;
use crate::store::evidence::log::{newest_of, seals_before};
use crate::store::evidence::missing::hash_missing;
use crate::store::{DataKeySource, DatabaseAddress, Db, DbOptions, Opening, Serving, StoreError, Tx, cases};

/// Holds the database file for this process alone, as long as the answer lives; before anything in it is changed.
///
/// # Errors
/// Another process serves it, or it isn't there.
pub fn serve_alone(configuration: &Configuration) -> Result<Option<Serving>, StartError> {
    let address: DatabaseAddress = configuration.settings.database.url.reveal().parse()?;
    Ok(Db::serve_alone(&address, configuration.opening)?)
}

/// Opens the database as it is.
async fn database_as_it_is(
    settings: &Settings,
    opening: Opening,
    migrates: bool,
    names_faults: bool,
    progress: &Arc<dyn Progress>,
) -> Result<Db, StartError> {
    let address = settings.database.url.reveal().parse()?;
    let options = DbOptions {
        pool_size: settings.database.pool_size,
        statement_timeout: std::time::Duration::from_secs(settings.database.statement_timeout_seconds.into()),
        writes_per_commit: settings.database.writes_per_commit,
        data_keys: match &settings.cryptography.data_keys {
            Some(text) => DataKeySource::Text(text.reveal().clone()),
            None => DataKeySource::File(settings.data_key_file()),
        },
        names_faults,
        suite: settings.cryptography.suite,
        opening,
        migrates,
        progress: progress.clone(),
        ..DbOptions::default()
    };
    Ok(Db::open(&address, options)?)
}

/// Opens the database and brings its tables up to date.
async fn database(settings: &Settings, opening: Opening, progress: &Arc<dyn Progress>) -> Result<Db, StartError> {
    let db = database_as_it_is(settings, opening, true, false, progress).await?;
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
/// Why it can't be used, and what to do; it was told to stop.
pub async fn migrate(configuration: &Configuration, now: chrono::DateTime<chrono::Utc>) -> Result<(), StartError> {
    tables_by_command(configuration, Opening::Existing, now, "migrate").await
}

/// Makes the database of a new hall, and enters in its audit trail who had it done.
///
/// # Errors
/// There is one already; why none can be made.
pub async fn make(configuration: &Configuration, now: chrono::DateTime<chrono::Utc>) -> Result<(), StartError> {
    tables_by_command(configuration, Opening::New, now, "init").await
}

async fn tables_by_command(
    configuration: &Configuration,
    opening: Opening,
    now: chrono::DateTime<chrono::Utc>,
    command: &str,
) -> Result<(), StartError> {
    let db = database(&configuration.settings, opening, &configuration.progress).await?;
    enter_command(&db, now, command).await?;
    Ok(hold(&db, now).await?)
}

/// Enters in the audit trail that somebody runs a command on the program's own machine, as soon as the database is open: also one that is
/// refused then stands there.
async fn enter_command(db: &Db, now: chrono::DateTime<chrono::Utc>, command: &str) -> Result<(), StartError> {
    let entry = AuditEntry::new(AuditKind::CommandRun, now, Caller::operator().audit_actor());
    let entry = entry.with("command", command);
    Ok(db.write("command_run", move |tx| audit::append(tx, &entry)).await?)
}

/// From the first start of a version that does so, rows are held against the audit trail.
async fn hold(db: &Db, now: chrono::DateTime<chrono::Utc>) -> Result<(), ServiceError> {
    hold_accounts(db, now).await?;
    hold_records(db, now).await
}

/// Refuses a calendar by which nothing may be counted.
async fn check_calendar(db: &Db) -> Result<(), StartError> {
    let fault = db.read_long("calendar_fault", kept::fault).await?;
    fault.map_or(Ok(()), |fault| Err(StartError::Other(fault)))
}

/// Opens the signing keys; makes the first one.
///
/// # Errors
/// Why they can't be used, and what to do.
pub fn tokens(settings: &Settings) -> Result<Tokens, StartError> {
    let lifetime = settings.tokens.access_token_lifetime;
    let at_hall = || Some(format!("{}{TOKEN_PATH}", address_of(settings.hall.public_address.as_deref()?)));
    let address = settings.tokens.address.clone().or_else(at_hall);
    Tokens::open(KeySource::of(settings), settings.tokens.issuer.clone(), lifetime)
        .map(|tokens| tokens.asked_for_at(address.as_deref()))
        .map_err(|error| StartError::Keys(error.to_string()))
}

/// So many of the newest seals are looked at for one that a key has signed: more than one, since somebody may have changed it.
const NEWEST_SEALS: i64 = 100;

/// Opens the keys that seals are signed with; makes the first one where nothing was sealed yet.
async fn sealing_keys(settings: &Settings, db: &Db, lost: LostKey) -> Result<SealingKeys, StartError> {
    let suite = settings.cryptography.suite;
    let read = move |tx: &mut Tx<'_>| {
        Ok::<_, StoreError>((seals_before(tx, None, NEWEST_SEALS)?, newest_of(tx, suite, NEWEST_SEALS)?))
    };
    let (seals, of_suite) = db.read_snapshot("newest_seals", read).await?;
    // The name of the log: nothing that parts a name from what follows in a signed note.
    let origin: String =
        settings.tokens.issuer.chars().map(|c| if c.is_whitespace() || c == '+' { '-' } else { c }).collect();
    let origin = origin.trim_start_matches("https://").trim_end_matches('/');
    let directory = settings.sealing_key_directory();
    let keys = SealingKeys::open(&directory, suite, format!("{origin}/log"), &seals, &of_suite, lost);
    keys.map_err(|error| StartError::SealingKeys(error.to_string()))
}

/// Puts the service of the hall together, without a server, and puts its settings and files in force.
///
/// # Errors
/// What is missing; files that would move more dates than may be moved without a word.
pub async fn service(configuration: Configuration, clock: Arc<dyn Clock>) -> Result<Service, StartError> {
    service_with(configuration, clock, LostKey::Refuse).await
}

/// The same, with what becomes of it where the key that has sealed isn't there.
pub(super) async fn service_with(
    configuration: Configuration,
    clock: Arc<dyn Clock>,
    lost: LostKey,
) -> Result<Service, StartError> {
    configuration.check_prices(clock.now())?;
    let issuers = issuers(&configuration.settings.issuers)?;
    let db = database(&configuration.settings, configuration.opening, &configuration.progress).await?;
    check_pages(&db, configuration.settings.database.check).await?;
    let (sections, lists) = (configuration.settings.in_force(), configuration.prices.digests());
    let (calendar, accepted) = (configuration.calendar.clone(), configuration.accepted_moves());
    let definitions = configuration.definitions.clone();
    let (catalog, _) = known(&db, definitions.clone(), Forged::Refused).await.map_err(unpinned)?;
    check_calendar(&db).await?;
    let held = db.clone();
    let service = assembled(configuration, db, catalog, clock, lost).await?.with_issuers(issuers);
    let moves = accepted_moves(&service, &calendar, accepted).await?;
    // From here on things are put in force, and nothing is refused any more.
    pin(&held, definitions, service.now()).await.map_err(unpinned)?;
    put_in_force(&service, &calendar, moves).await?;
    service.note_in_force(AuditKind::SettingsChanged, sections).await?;
    service.note_in_force(AuditKind::PricesChanged, lists).await?;
    hold(&held, service.now()).await?;
    Ok(service)
}

/// The same for a command beside the hall, which stands in the audit trail before it does anything: it puts nothing in force, neither files nor
/// settings nor tables. Also answers what is to be said about settings that differ from the hall's, and, where the command looks for such faults, about a calendar that can't be read.
///
/// # Errors
/// What is missing; settings or files that aren't those of the hall, where the command needs the hall's.
pub async fn service_beside(
    configuration: Configuration,
    clock: Arc<dyn Clock>,
    lost: LostKey,
    needs: Needs,
    command: &str,
) -> Result<(Service, Option<String>), StartError> {
    let Configuration { settings, progress, .. } = &configuration;
    let forged = if needs == Needs::TheHalls { Forged::Refused } else { Forged::Named };
    let names_faults = matches!(needs, Needs::ToVerify | Needs::None);
    let db = database_as_it_is(settings, Opening::Existing, false, names_faults, progress).await?;
    enter_command(&db, clock.now(), command).await?;
    let (sections, lists) = (configuration.settings.in_force(), configuration.prices.digests());
    let (catalog, mut others) = known(&db, configuration.definitions.clone(), forged).await.map_err(unpinned)?;
    if forged == Forged::Refused {
        check_calendar(&db).await?;
    }
    let service = assembled(configuration, db, catalog, clock, lost).await?;
    let unread = match service.refresh_calendar().await {
        Err(error) if forged == Forged::Named && error.is_of_stored_data() => Some(format!(
            "The calendar in the database can't be counted by: {} `casehall audit verify` names its years.",
            sentence(&error.to_string())
        )),
        refreshed => refreshed.map(|()| None)?,
    };
    others.extend(service.other_than_in_force(AuditKind::SettingsChanged, &sections, is_the_halls).await?);
    others.extend(service.other_than_in_force(AuditKind::PricesChanged, &lists, |_| true).await?);
    let differs = beside::judge(&others, needs)?;
    let remarks: Vec<String> = unread.into_iter().chain(differs).collect();
    Ok((service, (!remarks.is_empty()).then(|| remarks.join("\n"))))
}

/// Looks for damaged pages; what isn't looked at when the time is over is looked at beside the work.
async fn check_pages(db: &Db, patience: Duration) -> Result<(), StartError> {
    if patience.is_zero() {
        return Ok(());
    }
    let looking = db.clone();
    let mut looked = tokio::spawn(async move {
        let found = looking.check_pages().await;
        found.inspect_err(|error| tracing::error!(code = "database_damaged", %error, "the database was looked at"))
    });
    match tokio::time::timeout(patience, &mut looked).await {
        Ok(Ok(found)) => Ok(found?),
        Ok(Err(_)) => Ok(()),
        Err(_) => {
            tracing::info!(?patience, "the pages of the database are looked at beside the work: that takes longer");
            Ok(())
        }
    }
}

fn unpinned(error: PinError) -> StartError {
    match error {
        PinError::Faults(faults) => StartError::Configuration(faults),
        PinError::Service(error) => StartError::Service(error),
    }
}

async fn assembled(
    configuration: Configuration,
    db: Db,
    catalog: Catalog,
    clock: Arc<dyn Clock>,
    lost: LostKey,
) -> Result<Service, StartError> {
    let Configuration { settings, hall, password_cost, .. } = configuration;
    let tokens = Arc::new(tokens(&settings)?);
    let sealing = sealing_keys(&settings, &db, lost).await?;
    let service = Service::new(db, catalog, hall, clock, tokens, sealing, sign_in(&settings, password_cost));
    let service = service.with_webhooks(webhook_rules(&settings.webhooks));
    service.keep_newest_seal().await?;
    Ok(service)
}

pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

fn webhook_rules(settings: &WebhookSettings) -> WebhookRules {
    let WebhookSettings { most, most_of_one, allow_http, allowed_networks, .. } = settings.clone();
    WebhookRules { targets: Targets { allow_http, allowed_networks }, most, most_of_one }
}

/// The other issuers whose tokens are taken.
fn issuers(all: &[IssuerSettings]) -> Result<Issuers, StartError> {
    let one = |settings: &IssuerSettings| -> Result<_, String> {
        let fetch = match &settings.keys {
            KeysAt::File(path) => in_file(path.clone()),
            KeysAt::Address(url) => at_address(url.clone(), settings.authorities_file.as_deref())?,
        };
        Ok((settings.issuer.clone(), fetch))
    };
    Ok(Issuers::new(all.iter().map(one).collect::<Result<_, String>>().map_err(StartError::Other)?))
}

/// By what is sent to webhooks.
///
/// # Errors
/// The file of authorities can't be read.
pub fn sender(settings: &WebhookSettings) -> Result<Sender, StartError> {
    let WebhookSettings { connect, total, authorities_file, .. } = settings;
    let patience = Patience { connect: *connect, total: *total };
    let WebhookRules { targets, .. } = webhook_rules(settings);
    Sender::new(targets, patience, authorities_file.as_deref()).map_err(StartError::Other)
}

/// Who sends to webhooks.
pub fn dispatcher(sender: Sender, service: Service) -> Dispatcher {
    Dispatcher::new(service.clone(), Arc::new(write_body(service)), sender)
}

fn sign_in(settings: &Settings, cost: Cost) -> SignInSetup {
    let sessions = settings.sessions;
    let SignInSettings { rules, hashing_slots, queue, second_factor_roles } = settings.sign_in.clone();
    // The other half of the processors is for everybody else.
    let half = || processors().div_ceil(2);
    SignInSetup {
        rules,
        hashing: HashingLimits { slots: hashing_slots.unwrap_or_else(half), queue, cost },
        sessions,
        second_factor_roles,
    }
}

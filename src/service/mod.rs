//! The use cases: the only writers. Each is one transaction: load → decide → evolve → save → events.
//!
//! Cast: [`Service`] holds what every use case needs, and each room adds its use cases to it; a `Caller` says who may see what.
//! A function whose name ends in `_in` runs inside a transaction that is already open.

pub mod accounts;
pub mod applicants;
pub mod backups;
pub mod base;
pub mod calendar;
pub mod case_types;
pub mod cases;
pub mod certificates;
pub mod encryption;
pub mod evidence;
pub mod feed;
pub mod money;
pub mod reports;
pub mod retention;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::Clock;
use crate::domain::accounts::role::Role;
use crate::domain::accounts::session::SessionRules;
use crate::domain::accounts::sign_in::SignInRules;
use crate::domain::case_types::catalog::Catalog;
use crate::domain::hall::Hall;
use crate::domain::progress::Progress;
use crate::service::accounts::caller_cache::CallerCache;
use crate::service::accounts::clients::refusals::Refusals;
use crate::service::accounts::hashing::{Hashing, HashingReport};
use crate::service::accounts::sign_in_setup::SignInSetup;
use crate::service::accounts::tokens::Tokens;
use crate::service::accounts::tokens::issuers::Issuers;
use crate::service::applicants::guesses::Guesses;
use crate::service::base::error::ServiceError;
use crate::service::calendar::memory::CalendarMemory;
use crate::service::case_types::known::KnownEditions;
use crate::service::cases::presence::Presence;
use crate::service::evidence::sealing_keys::SealingKeys;
use crate::service::feed::webhooks::meter::AttemptMeter;
use crate::service::feed::webhooks::targets::WebhookRules;
use crate::store::evidence::clocks;
use crate::store::feed::Horizon;
use crate::store::{DatabaseReport, Db, WriterReport};

/// How far the clock is from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReport {
    /// How far it is ahead of the database server's; SQLite has none.
    pub ahead_of_server: Option<TimeDelta>,
    /// How far it is behind the latest instant that was recorded; negative where that is past, as it should be.
    pub behind_newest: Option<TimeDelta>,
}

/// Everything the use cases need; cheap to clone.
#[derive(Clone)]
pub struct Service {
    db: Db,
    editions: Arc<KnownEditions>,
    hall: Arc<Hall>,
    clock: Arc<dyn Clock>,
    tokens: Arc<Tokens>,
    issuers: Arc<Issuers>,
    sealing: Arc<SealingKeys>,
    sign_in: SignInRules,
    sessions: SessionRules,
    second_factor_roles: Arc<[Role]>,
    hashing: Hashing,
    callers: CallerCache,
    refusals: Refusals,
    guesses: Guesses,
    presence: Presence,
    calendars: Arc<CalendarMemory>,
    horizon: Arc<Horizon>,
    webhook_rules: Arc<WebhookRules>,
    webhook_attempts: AttemptMeter,
}

impl Service {
    /// Puts a service together; [`editions::known`](case_types::editions::known) has checked the catalog against the database.
    pub fn new(
        db: Db,
        catalog: Catalog,
        hall: Hall,
        clock: Arc<dyn Clock>,
        tokens: Arc<Tokens>,
        sealing: SealingKeys,
        sign_in: SignInSetup,
    ) -> Self {
        let (editions, hall, sealing) = (Arc::new(KnownEditions::new(catalog)), Arc::new(hall), Arc::new(sealing));
        let (callers, refusals, calendars) = (CallerCache::default(), Refusals::default(), Arc::default());
        let (guesses, presence) = (Guesses::default(), Presence::default());
        let SignInSetup { rules: sign_in, hashing, sessions, second_factor_roles } = sign_in;
        let (hashing, second_factor_roles) = (Hashing::new(hashing), second_factor_roles.into());
        Self {
            db,
            editions,
            hall,
            clock,
            tokens,
            issuers: Arc::default(),
            sealing,
            sign_in,
            sessions,
            second_factor_roles,
            hashing,
            callers,
            refusals,
            guesses,
            presence,
            calendars,
            horizon: Arc::default(),
            webhook_rules: Arc::default(),
            webhook_attempts: AttemptMeter::default(),
        }
    }

    /// The same use cases, of which none changes anything: where one would, it answers [`ServiceError::ReadOnly`].
    #[must_use]
    pub fn read_only(&self) -> Self {
        Self { db: self.db.read_only(), ..self.clone() }
    }

    /// The same use cases, which tell somebody else how far long work is.
    #[must_use]
    pub fn told_to(&self, progress: Arc<dyn Progress>) -> Self {
        Self { db: self.db.told_to(progress), ..self.clone() }
    }

    /// The same use cases, with rules for webhooks; without them there are none.
    #[must_use]
    pub fn with_webhooks(self, rules: WebhookRules) -> Self {
        Self { webhook_rules: Arc::new(rules), ..self }
    }

    /// The same use cases, which tokens of other issuers open, too; without them only the hall's own do.
    #[must_use]
    pub fn with_issuers(self, issuers: Issuers) -> Self {
        Self { issuers: Arc::new(issuers), ..self }
    }

    /// What webhooks are bound by.
    pub fn webhook_rules(&self) -> &WebhookRules {
        &self.webhook_rules
    }

    /// The current instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The hall's rules and names.
    pub fn hall(&self) -> &Hall {
        &self.hall
    }

    /// Signing keys and tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The keys that seals are signed with.
    pub fn sealing_keys(&self) -> &SealingKeys {
        &self.sealing
    }

    /// How many cases and certificates had persons that couldn't be read, since the start.
    pub fn unreadable_persons(&self) -> usize {
        self.db.unreadable()
    }

    /// How SQLite's writer fares; PostgreSQL has none.
    pub fn writer(&self) -> Option<WriterReport> {
        self.db.writer()
    }

    /// Looks at every page of SQLite's file, beside the work.
    ///
    /// # Errors
    /// What is damaged.
    pub async fn check_pages(&self) -> Result<(), ServiceError> {
        Ok(self.db.check_pages().await?)
    }

    /// How the database has fared since the start.
    pub fn database_report(&self) -> DatabaseReport {
        self.db.report()
    }

    /// Who signs in, and who waits for it.
    pub fn hashing_report(&self) -> HashingReport {
        self.hashing.report()
    }

    /// How far this clock is from others.
    ///
    /// # Errors
    /// The database's.
    pub async fn clock_report(&self) -> Result<ClockReport, ServiceError> {
        let read = self.db.read("clocks", |tx| Ok::<_, ServiceError>((clocks::of_server(tx)?, clocks::latest(tx)?)));
        let (of_server, latest) = read.await?;
        let now = self.now();
        Ok(ClockReport { ahead_of_server: of_server.map(|at| now - at), behind_newest: latest.map(|at| at - now) })
    }

    /// How often the database was found damaged since the start.
    pub fn damages(&self) -> u64 {
        self.db.damages()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Why it doesn't.
    pub async fn ready(&self) -> Result<(), ServiceError> {
        Ok(self.db.ping().await?)
    }
}

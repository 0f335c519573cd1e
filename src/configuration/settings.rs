//! The settings of the program: addresses, database, hours, outlets, tokens.
//!
//! Cast: [`Settings`] and its sections. [`Settings::load`] lays the hall's file over the built-in [`DEFAULTS`] and the
//! environment over both, and answers either settings in which everything has been checked, or every fault at once.
//! The defaults' own text explains each key. Nothing here prints a secret: see [`DatabaseUrl`](crate::configuration::database::url::DatabaseUrl).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use crate::configuration::database::DatabaseSettings;
use crate::configuration::keeping::backups::BackupSettings;
use crate::configuration::layers::{Node, Place, Section};
use crate::configuration::log::{LogSettings, MonitoringSettings};
use crate::configuration::secret_text::SecretText;
use crate::configuration::server::ServerSettings;
use crate::configuration::systems::issuers::IssuerSettings;
use crate::configuration::systems::webhooks::WebhookSettings;
use crate::configuration::{ConfigFault, ConfigFile, sections};
use crate::domain::accounts::disclosure::DisclosureRules;
use crate::domain::accounts::role::Role;
use crate::domain::accounts::session::SessionRules;
use crate::domain::accounts::sign_in::SignInRules;
use crate::domain::base::words::Words;
use crate::domain::calendar::deadline::AfterHoursReceipt;
use crate::domain::cases::deadlines::announcement::AnnouncementPolicy;
use crate::domain::evidence::suite::Suite;
use crate::domain::hall::{HourlyLimits, LoginApplication, Outlet};
use crate::domain::retention::RetentionRules;

/// Every key with its default and what it means, as TOML.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");

/// The file that is read from the working directory, if it is there and no other is named.
pub const FILE: &str = "casehall.toml";

/// What the names of environment variables begin with; levels are parted by two underscores.
pub const PREFIX: &str = "CASEHALL__";

/// Everything that a hall sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where what isn't the database is kept.
    pub data_directory: PathBuf,
    /// The HTTP server.
    pub server: ServerSettings,
    /// The database.
    pub database: DatabaseSettings,
    /// The hall's name, hours and rules of time.
    pub hall: HallSettings,
    /// Where certificates are handed over; at least one, each code once.
    pub outlets: Vec<Outlet>,
    /// What a certificate can be opened for; each code once.
    pub applications: Vec<LoginApplication>,
    /// Case type → workflow, where it isn't the one that the case type's own file names. Whether both exist is for
    /// whoever reads the workflows to say.
    pub workflows: BTreeMap<String, String>,
    pub(super) workflow_places: BTreeMap<String, Place>,
    /// Of how many open cases the dates may be moved by a start without somebody's word.
    pub calendar_moves_at_start: usize,
    /// Answers about certificates.
    pub authorizations: AuthorizationSettings,
    /// The most certificates that somebody may lock and suspend within an hour.
    pub lock_reports: HourlyLimits,
    /// The most cases that somebody may open within an hour.
    pub openings: HourlyLimits,
    /// Access tokens.
    pub tokens: TokenSettings,
    /// Whose access tokens are taken beside the hall's own; each name once.
    pub issuers: Vec<IssuerSettings>,
    /// When things are announced about deadlines.
    pub announcements: AnnouncementPolicy,
    /// What runs beside the server.
    pub jobs: JobSettings,
    /// Sealing and verifying of what was recorded.
    pub audit: AuditSettings,
    /// By which suite rows are hashed and sealed from now on.
    pub cryptography: CryptographySettings,
    /// Who may have persons' numbers shown in clear.
    pub disclosures: DisclosureRules,
    /// How long persons' data are kept.
    pub retention: RetentionRules,
    /// Backups.
    pub backups: BackupSettings,
    /// Signing in.
    pub sign_in: SignInSettings,
    /// How long people stay signed in.
    pub sessions: SessionRules,
    /// The log.
    pub log: LogSettings,
    /// Metrics, and when room on disks is told.
    pub monitoring: MonitoringSettings,
    /// Events that are sent to other systems.
    pub webhooks: WebhookSettings,
}

/// `[hall]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HallSettings {
    /// What stands on receipts and notices.
    pub name: Words,
    /// Its website, as people type it.
    pub website: Option<String>,
    /// The telephone where holders turn with questions.
    pub customer_line: Option<String>,
    /// Where applicants reach the public pages, as people type it.
    pub public_address: Option<String>,
    /// How to object to a refusal.
    pub remedy: Words,
    /// The zone in which days begin and end.
    pub zone: Tz,
    /// Start of business, in the hall's zone.
    pub opens: NaiveTime,
    /// Close of business, in the hall's zone; later than `opens`. Terms end here (Civil Code, article 203).
    pub closes: NaiveTime,
    /// What becomes of an application received after closing time or on a day off.
    pub after_hours_receipt: AfterHoursReceipt,
    /// Clock hours, not working hours, from activation until a certificate can be used.
    pub authorization_delay: TimeDelta,
    /// The code of the outlet of an application that names none; always one of [`Settings::outlets`].
    pub default_outlet: String,
    /// Every step of a case by another person than the one before, as the workflows say.
    pub four_eyes: bool,
}

/// `[authorizations]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationSettings {
    /// The most seconds for which whoever asks may keep an answer about a certificate.
    pub max_age_seconds: u32,
}

/// `[tokens]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSettings {
    /// The `iss` and `aud` claims.
    pub issuer: String,
    /// The address of `/oauth/token` as other systems call it.
    pub address: Option<String>,
    /// How long an access token is valid.
    pub access_token_lifetime: TimeDelta,
    /// One key to sign with, in place of the directory of keys.
    pub signing_key_file: Option<PathBuf>,
}

/// `[audit]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSettings {
    /// How often this instance seals; none: it leaves that to others.
    pub seal: Option<Duration>,
    /// How often this instance verifies everything; none: it leaves that to others.
    pub verify: Option<Duration>,
    /// The directory of the keys that seals are signed with, where it isn't beside the database.
    pub key_directory: Option<PathBuf>,
}

/// `[cryptography]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CryptographySettings {
    /// The suite of what is written from now on; what stands stays verifiable by its own.
    pub suite: Suite,
    /// The file of data keys, where it isn't beside the database.
    pub data_key_file: Option<PathBuf>,
    /// The data keys themselves, in place of a file.
    pub data_keys: Option<SecretText>,
}

/// `[jobs]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobSettings {
    /// How often a sweep looks for what is to be announced; none: not by this instance.
    pub sweep: Option<Duration>,
}

/// `[sign_in]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInSettings {
    /// How many attempts, and how long to wait after them.
    pub rules: SignInRules,
    /// Passwords that are hashed at once; `None` is one for every two processors.
    pub hashing_slots: Option<usize>,
    /// Sign-ins that may wait for a slot.
    pub queue: usize,
    /// Roles whose holders must have a second factor.
    pub second_factor_roles: Vec<Role>,
}

impl Settings {
    /// Reads the settings: built-in defaults, over them the file, over it the environment. Without `file`,
    /// [`FILE`] is read if the working directory has one. Variables of others are passed over;
    /// [`process_environment`] gives those of the process.
    ///
    /// # Errors
    /// Every fault at once, in order of file and line: what isn't TOML, keys and variables that don't exist, wrong
    /// types, values out of bounds, codes that stand twice, texts missing in a language, an unknown time zone. A file
    /// that isn't TOML shows all its slips in writing first, and its values are looked at once those are mended.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Vec<ConfigFault>> {
        let mut found = Vec::new();
        let defaults = ConfigFile::new("default.toml", DEFAULTS);
        let mut tree = Node::parse(&defaults)?;
        match read(file) {
            Ok(None) => {}
            Ok(Some(file)) => match Node::parse(&file) {
                Ok(later) => tree.overlay("", later, &mut found),
                Err(mut faults) => found.append(&mut faults),
            },
            Err(fault) => found.push(fault),
        }
        let mut variables: Vec<_> = environment.filter(|(name, _)| is_meant(name)).collect();
        variables.sort();
        for (name, text) in variables {
            match path_of(&name) {
                Some(path) => tree.overlay("", Node::of_variable(&path, text, &Place::variable(&name)), &mut found),
                None => found.push(Place::variable(&name).fault(NOT_A_PATH)),
            }
        }
        let faults = RefCell::new(found);
        let settings = sections::decode(Section::root(tree, &faults));
        let mut faults = faults.into_inner();
        faults.sort();
        if faults.is_empty() { Ok(settings) } else { Err(faults) }
    }

    /// Where signing keys are made and kept unless `tokens.signing_key_file` names one: `keys` beside the SQLite
    /// database, because they belong together in a backup, or in the data directory with PostgreSQL.
    pub fn key_directory(&self) -> PathBuf {
        let beside = self.database.url.sqlite_path().and_then(Path::parent);
        beside.unwrap_or(&self.data_directory).join("keys")
    }

    /// Where the data keys are made and kept unless `cryptography.data_key_file` names another file: `data_keys` beside the SQLite
    /// database, or in the data directory with PostgreSQL.
    pub fn data_key_file(&self) -> PathBuf {
        let beside = self.database.url.sqlite_path().and_then(Path::parent);
        let usual = || beside.unwrap_or(&self.data_directory).join("data_keys");
        self.cryptography.data_key_file.clone().unwrap_or_else(usual)
    }

    /// Where the keys are kept that seals are signed with: `sealing-keys` beside the keys of tokens, unless the settings name another
    /// directory.
    pub fn sealing_key_directory(&self) -> PathBuf {
        let beside = || self.key_directory().with_file_name("sealing-keys");
        self.audit.key_directory.clone().unwrap_or_else(beside)
    }

    /// A fault of the workflow chosen for a case type, where it was chosen.
    pub fn workflow_fault(&self, case_type: &str, message: impl Into<String>) -> ConfigFault {
        let place = self.workflow_places.get(case_type).cloned();
        place.unwrap_or_else(|| Place::variable("[workflows]")).fault(message)
    }

    /// A digest of each section, to tell later whether it was another. Of secrets nothing goes into it: they are printed as such.
    pub fn digests(&self) -> BTreeMap<String, String> {
        // Taken apart, so that no section can be left out.
        let Self {
            data_directory,
            server,
            database,
            hall,
            outlets,
            applications,
            workflows,
            workflow_places: _,
            authorizations,
            lock_reports,
            openings,
            tokens,
            issuers,
            announcements,
            calendar_moves_at_start,
            jobs,
            audit,
            cryptography,
            disclosures,
            retention,
            backups,
            sign_in,
            sessions,
            log,
            monitoring,
            webhooks,
        } = self;
        let sections: [(&str, &dyn std::fmt::Debug); 25] = [
            ("data_directory", data_directory),
            ("server", server),
            ("database", database),
            ("hall", hall),
            ("outlets", outlets),
            ("applications", applications),
            ("workflows", workflows),
            ("authorizations", authorizations),
            ("lock_reports", lock_reports),
            ("openings", openings),
            ("tokens", tokens),
            ("issuers", issuers),
            ("announcements", announcements),
            ("calendar", calendar_moves_at_start),
            ("jobs", jobs),
            ("audit", audit),
            ("cryptography", cryptography),
            ("disclosures", disclosures),
            ("retention", retention),
            ("backups", backups),
            ("sign_in", sign_in),
            ("sessions", sessions),
            ("log", log),
            ("monitoring", monitoring),
            ("webhooks", webhooks),
        ];
        sections.into_iter().map(|(name, section)| (name.to_owned(), digest(section))).collect()
    }

    /// An outlet by its code.
    pub fn outlet(&self, code: &str) -> Option<&Outlet> {
        self.outlets.iter().find(|outlet| outlet.code == code)
    }

    /// An application by its code.
    pub fn application(&self, code: &str) -> Option<&LoginApplication> {
        self.applications.iter().find(|application| application.code == code)
    }
}

/// The process's variables for [`Settings::load`]. What isn't Unicode doesn't stop the program, as [`std::env::vars`]
/// would.
pub fn process_environment() -> impl Iterator<Item = (String, String)> {
    let text = |text: OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(move |(name, value)| (text(name), text(value)))
}

/// A digest of what something prints as.
pub(super) fn digest(of: &dyn std::fmt::Debug) -> String {
    hex::encode(Sha256::digest(format!("{of:?}")))
}

const NOT_A_PATH: &str = "unknown variable; write CASEHALL__SECTION__KEY in upper case, as in CASEHALL__SERVER__PORT";

fn read(file: Option<&Path>) -> Result<Option<ConfigFile>, ConfigFault> {
    let path = file.unwrap_or(Path::new(FILE));
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(ConfigFile::new(name, text))),
        Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigFault { file: name, line: None, message: format!("can't be read: {error}") }),
    }
}

/// Whether a variable is a setting, or was meant to be one. Those with single underscores belong to others: `CASEHALL_CONFIG` to the command
/// line, `CASEHALL_SERVICE_PORT` and its like to a cluster that runs the hall under this name.
fn is_meant(name: &str) -> bool {
    name.strip_prefix("CASEHALL_").is_some_and(|rest| rest.contains("__") || rest.starts_with('_'))
}

/// `CASEHALL__SERVER__PORT` → `server`, `port`. Case types have hyphens, which variables can't have.
fn path_of(name: &str) -> Option<Vec<String>> {
    let rest = name.strip_prefix(PREFIX)?;
    if rest.chars().any(char::is_lowercase) || rest.split("__").any(str::is_empty) {
        return None;
    }
    let mut path: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
    if let [section, case_type] = path.as_mut_slice()
        && section == "workflows"
    {
        *case_type = case_type.replace('_', "-");
    }
    Some(path)
}

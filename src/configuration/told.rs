//! Which settings the audit trail tells with their values, where a start finds others than the last one.
//!
//! Guarantees: every setting is in `told` or, with the reason, in [`NOT_TOLD`], which a test holds against the built-in file; no secret is told.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

use crate::configuration::settings::Settings;
use crate::configuration::systems::issuers::{IssuerSettings, KeysAt};
use crate::domain::accounts::role::Scope;

/// Settings whose values aren't told, each with the reason; one that ends with a dot is all of a section.
pub const NOT_TOLD: &[(&str, &str)] = &[
    ("server.workers", SPEED),
    ("server.shutdown_seconds", SPEED),
    ("server.drain_seconds", SPEED),
    ("database.pool_size", SPEED),
    ("database.statement_timeout_seconds", SPEED),
    ("database.check_seconds", SPEED),
    ("database.writes_per_commit", SPEED),
    ("hall.name.zh", WORDS),
    ("hall.name.en", WORDS),
    ("hall.website", WORDS),
    ("hall.customer_line", WORDS),
    ("hall.remedy.zh", WORDS),
    ("hall.remedy.en", WORDS),
    ("hall.zone", HOURS),
    ("hall.opens", HOURS),
    ("hall.closes", HOURS),
    ("hall.after_hours_receipt", HOURS),
    ("hall.default_outlet", "an application that names no outlet goes there; who sees it is its outlet's"),
    ("outlets.zh", WORDS),
    ("outlets.en", WORDS),
    ("outlets.address.zh", WORDS),
    ("outlets.address.en", WORDS),
    ("outlets.telephone", WORDS),
    ("outlets.opening_hours", WORDS),
    ("outlets.map", WORDS),
    ("applications.zh", WORDS),
    ("applications.en", WORDS),
    ("applications.login_address", WORDS),
    ("applications.support_line", WORDS),
    ("calendar.moves_at_start", "what a start moves is said then, and stands in the trail as calendar_changed"),
    ("announcements.due_soon_working_days", HOURS),
    ("announcements.uncollected_after_days", HOURS),
    ("announcements.unanswered_after_days", HOURS),
    ("jobs.sweep_seconds", SPEED),
    ("cryptography.data_keys", SECRET),
    ("sign_in.hashing_slots", SPEED),
    ("sign_in.queue", SPEED),
    ("log.level", "of what happened the trail is the record, not the log"),
    ("log.format", "of what happened the trail is the record, not the log"),
    ("monitoring.token", SECRET),
    ("monitoring.low_disk_mib", SPEED),
    ("monitoring.full_disk_mib", SPEED),
    ("webhooks.deliver_seconds", SPEED),
    ("webhooks.connect_seconds", SPEED),
    ("webhooks.timeout_seconds", SPEED),
    ("issuers.allow_http", "what it allows stands in issuers.jwks_url"),
];

const SPEED: &str = "how fast or how long the program works, not who may do what";
const WORDS: &str = "words and addresses that people read";
const HOURS: &str = "when terms end and what is announced, not who may do what";
const SECRET: &str = "a secret";

/// Settings by which no command decides: they say where one instance runs, how, and what of the work it does, and may be others on the
/// next one. One that ends with a dot is all of a section. By all the others a command beside the hall may decide, so it needs the hall's.
pub const OF_AN_INSTANCE: &[&str] = &[
    "data_directory",
    "server.",
    "database.",
    "tokens.",
    "jobs.",
    "audit.",
    "cryptography.",
    "backups.",
    "sign_in.",
    "log.",
    "monitoring.",
    "webhooks.deliver_seconds",
    "webhooks.connect_seconds",
    "webhooks.timeout_seconds",
    "webhooks.authorities_file",
];

/// Whether what the audit trail tells under this name must be the same for a command beside the hall as for the hall: the digest of a section
/// that is all the hall's, or a value of the hall's in a section that is so in parts.
pub fn is_the_halls(name: &str) -> bool {
    let section = name.split('.').next();
    let mut of_an_instance = OF_AN_INSTANCE.iter().filter(|listed| listed.split('.').next() == section).peekable();
    match (name.contains('.'), of_an_instance.peek().is_some()) {
        (false, in_parts) => !in_parts,
        (true, in_parts) => in_parts && of_an_instance.all(|listed| !name.starts_with(listed)),
    }
}

impl Settings {
    /// What the audit trail tells of them: the digests, and the values of those on which security depends.
    pub fn in_force(&self) -> BTreeMap<String, String> {
        told(self).into_iter().chain(self.digests()).collect()
    }
}

/// The settings on which security depends, by section and key, as the audit trail tells them.
fn told(settings: &Settings) -> BTreeMap<String, String> {
    let Settings { server, hall, lock_reports, openings, sign_in, sessions, cryptography, tokens, .. } = settings;
    let (audit, retention, webhooks, disclosures) =
        (&settings.audit, &settings.retention, &settings.webhooks, &settings.disclosures);
    let schedule = settings.backups.schedule.as_ref();
    let chosen = settings.workflows.iter().map(|(case_type, workflow)| format!("{case_type}={workflow}"));
    let all: [(&str, String); 54] = [
        ("data_directory", path(Some(&settings.data_directory))),
        ("server.host", server.host.clone()),
        ("server.port", server.port.to_string()),
        ("server.body_limit_bytes", server.body_limit_bytes.to_string()),
        ("server.body_timeout_seconds", server.body_timeout.as_secs().to_string()),
        ("server.write_timeout_seconds", server.write_timeout.as_secs().to_string()),
        ("server.connections", server.connections.to_string()),
        ("server.trusted_proxies", list(&server.trusted_proxies)),
        ("server.forwarded_header", format!("{:?}", server.forwarded_header)),
        ("server.system_requests_per_minute", maybe(server.system_requests_per_minute.as_ref())),
        ("server.cors_origins", list(&server.cors_origins)),
        // Without its password.
        ("database.url", settings.database.url.to_string()),
        ("hall.public_address", maybe(hall.public_address.as_ref())),
        ("hall.authorization_delay_hours", hall.authorization_delay.num_hours().to_string()),
        ("hall.four_eyes", hall.four_eyes.to_string()),
        ("outlets.code", list(settings.outlets.iter().map(|outlet| &outlet.code))),
        ("applications.code", list(settings.applications.iter().map(|application| &application.code))),
        ("workflows.chosen", list(chosen)),
        ("authorizations.max_age_seconds", settings.authorizations.max_age_seconds.to_string()),
        ("lock_reports.per_system_and_hour", lock_reports.per_system.to_string()),
        ("lock_reports.per_account_and_hour", lock_reports.per_account.to_string()),
        ("openings.per_system_and_hour", openings.per_system.to_string()),
        ("openings.per_account_and_hour", openings.per_account.to_string()),
        ("tokens.issuer", tokens.issuer.clone()),
        ("tokens.address", maybe(tokens.address.as_ref())),
        ("tokens.access_token_minutes", tokens.access_token_lifetime.num_minutes().to_string()),
        ("tokens.signing_key_file", path(tokens.signing_key_file.as_deref())),
        ("cryptography.suite", cryptography.suite.code().to_owned()),
        ("cryptography.data_key_file", path(cryptography.data_key_file.as_deref())),
        ("audit.seal_seconds", audit.seal.map_or(0, |every| every.as_secs()).to_string()),
        ("audit.verify_hours", audit.verify.map_or(0, |every| every.as_secs() / 3600).to_string()),
        ("audit.key_directory", path(audit.key_directory.as_deref())),
        ("disclosures.roles", list(disclosures.roles.iter().map(|role| role.code()))),
        ("disclosures.most_per_hour", disclosures.most_per_hour.to_string()),
        ("retention.certificate_years", retention.certificate_years.to_string()),
        ("retention.without_certificate_years", retention.without_certificate_years.to_string()),
        ("retention.backups_kept_days", retention.backups_kept_days.to_string()),
        ("backups.directory", path(schedule.map(|schedule| schedule.directory.as_path()))),
        ("backups.every_hours", maybe(schedule.map(|schedule| schedule.every.num_hours()).as_ref())),
        ("backups.keys", schedule.map_or_else(none, |schedule| format!("{:?}", schedule.keys).to_lowercase())),
        ("backups.postgres_programs", path(settings.backups.postgres_programs.as_deref())),
        ("sign_in.failures", sign_in.rules.failures.to_string()),
        ("sign_in.lock_minutes", sign_in.rules.lock.num_minutes().to_string()),
        ("sign_in.failures_from_elsewhere", sign_in.rules.failures_from_elsewhere.to_string()),
        ("sign_in.failures_from_address", sign_in.rules.failures_from_address.to_string()),
        ("sign_in.slowest_seconds", sign_in.rules.slowest.num_seconds().to_string()),
        ("sign_in.second_factor_roles", list(sign_in.second_factor_roles.iter().map(|role| role.code()))),
        ("sessions.idle_minutes", sessions.idle.num_minutes().to_string()),
        ("sessions.longest_hours", sessions.longest.num_hours().to_string()),
        ("monitoring.address", maybe(settings.monitoring.address.as_ref())),
        ("webhooks.most", webhooks.most.to_string()),
        ("webhooks.most_of_one_system", webhooks.most_of_one.to_string()),
        ("webhooks.allow_http", webhooks.allow_http.to_string()),
        ("webhooks.allowed_networks", list(&webhooks.allowed_networks)),
    ];
    let authorities = ("webhooks.authorities_file", path(webhooks.authorities_file.as_deref()));
    let all = all.into_iter().chain([authorities]).chain(issuers(&settings.issuers));
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Whose tokens are taken, and for what. Each value says of which issuer it is, so that what moves from one to another is told as well; what
/// others may name as they like is quoted, so that no name looks like two.
fn issuers(trusted: &[IssuerSettings]) -> [(&'static str, String); 7] {
    let of_each = |value: &dyn Fn(&IssuerSettings) -> String| {
        list(trusted.iter().map(|trusted| format!("{:?}: {}", trusted.issuer.name, value(trusted))))
    };
    let keys = |trusted: &IssuerSettings| match &trusted.keys {
        KeysAt::File(file) => path(Some(file)),
        KeysAt::Address(address) => address.clone(),
    };
    let clients = |trusted: &IssuerSettings| {
        list(trusted.issuer.clients.iter().map(|(subject, client)| format!("{subject:?}={client}")))
    };
    let scopes = |trusted: &IssuerSettings| {
        let codes = |scopes: &[Scope]| scopes.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(" ");
        list(trusted.issuer.scopes.iter().map(|(word, scopes)| format!("{word:?}={}", codes(scopes))))
    };
    [
        ("issuers.issuer", list(trusted.iter().map(|trusted| format!("{:?}", trusted.issuer.name)))),
        ("issuers.audience", of_each(&|trusted| format!("{:?}", trusted.issuer.audience))),
        ("issuers.jwks_url", of_each(&keys)),
        ("issuers.authorities_file", of_each(&|trusted| path(trusted.authorities_file.as_deref()))),
        ("issuers.algorithms", of_each(&|trusted| list(trusted.issuer.algorithms.iter().map(|it| it.code())))),
        ("issuers.clients", of_each(&clients)),
        ("issuers.scopes", of_each(&scopes)),
    ]
}

/// What stands for nothing.
fn none() -> String {
    "-".to_owned()
}

fn maybe(value: Option<&impl Display>) -> String {
    value.map_or_else(none, ToString::to_string)
}

fn path(path: Option<&Path>) -> String {
    path.map_or_else(none, |path| path.display().to_string())
}

fn list(values: impl IntoIterator<Item = impl Display>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    if values.is_empty() { none() } else { values.join(", ") }
}

//! Validation of each section of the settings: types, bounds, and consistency.
//!
//! Cast: [`decode`] and a function for each section, in the order of the built-in file. They read through
//! [`Section`], which notes the faults, and go on with a value that nobody will see.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Tz;

use crate::configuration::database::{calendar, database};
use crate::configuration::keeping::backups::backups;
use crate::configuration::keeping::retention::retention;
use crate::configuration::layers::checks::not_blank;
use crate::configuration::layers::{Place, Section};
use crate::configuration::log::{log, monitoring};
use crate::configuration::secret_text::SecretText;
use crate::configuration::server::server;
use crate::configuration::settings::{
    AuditSettings, AuthorizationSettings, CryptographySettings, HallSettings, JobSettings, Settings, SignInSettings,
    TokenSettings,
};
use crate::configuration::systems::issuers::issuers;
use crate::configuration::systems::webhooks::webhooks;
use crate::domain::accounts::disclosure::DisclosureRules;
use crate::domain::accounts::role::Role;
use crate::domain::accounts::session::SessionRules;
use crate::domain::accounts::sign_in::SignInRules;
use crate::domain::base::text;
use crate::domain::base::words::Words;
use crate::domain::calendar::deadline::AfterHoursReceipt;
use crate::domain::cases::deadlines::announcement::AnnouncementPolicy;
use crate::domain::evidence::suite::Suite;
use crate::domain::hall::{HourlyLimits, LoginApplication, Outlet};

/// The longest text about the hall that fits a line of its papers.
const LINE_CHARACTERS: usize = 200;

/// Reads every section, noting faults where the tree keeps them. What is answered is right if there are none.
pub(super) fn decode(mut root: Section<'_>) -> Settings {
    let data_directory = PathBuf::from(root.text("data_directory"));
    let server = server(root.section("server"));
    let database = database(root.section("database"));
    let outlets_at = root.place_of("outlets");
    let outlets = root.sections("outlets");
    if outlets.as_ref().is_some_and(Vec::is_empty) {
        root.fault_at(&outlets_at, "`outlets`: at least one is needed");
    }
    let outlets = coded(outlets.unwrap_or_default(), |code, words, section| Outlet {
        code,
        words,
        address: optional_words(section, "address"),
        telephone: section.optional("telephone", telephone),
        opening_hours: optional_words(section, "opening_hours"),
        map: optional_words(section, "map"),
    });
    let hall = hall(root.section("hall"), &outlets);
    let applications = root.sections("applications").unwrap_or_default();
    let applications = coded(applications, |code, words, section| LoginApplication {
        code,
        words,
        login_address: section.optional("login_address", web_address),
        support_line: section.optional("support_line", telephone),
    });
    let chosen = workflows(root.section("workflows"));
    let workflows = chosen.iter().map(|(case_type, (workflow, _))| (case_type.clone(), workflow.clone())).collect();
    let workflow_places = chosen.into_iter().map(|(case_type, (_, place))| (case_type, place)).collect();
    let calendar_moves_at_start = calendar(root.section("calendar"));
    let authorizations = authorizations(root.section("authorizations"));
    let lock_reports = hourly(root.section("lock_reports"));
    let openings = hourly(root.section("openings"));
    let tokens = tokens(root.section("tokens"));
    let issuers = issuers(root.sections("issuers").unwrap_or_default(), &tokens.issuer);
    let announcements = announcements(root.section("announcements"));
    let jobs = jobs(root.section("jobs"));
    let audit = audit(root.section("audit"));
    let cryptography = cryptography(root.section("cryptography"));
    let disclosures = disclosures(root.section("disclosures"));
    let retention = retention(root.section("retention"));
    let backups = backups(root.section("backups"));
    let sign_in = sign_in(root.section("sign_in"));
    let sessions = sessions(root.section("sessions"), tokens.access_token_lifetime);
    let log = log(root.section("log"));
    let monitoring = monitoring(root.section("monitoring"), &server);
    let webhooks = webhooks(root.section("webhooks"));
    root.finish();
    Settings {
        data_directory,
        server,
        database,
        hall,
        outlets,
        applications,
        workflows,
        workflow_places,
        calendar_moves_at_start,
        authorizations,
        lock_reports,
        openings,
        tokens,
        issuers,
        announcements,
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
    }
}

fn hall(mut section: Section<'_>, outlets: &[Outlet]) -> HallSettings {
    let mut name = section.section("name");
    let hall_name = words(&mut name);
    name.finish();
    let mut remedy = section.section("remedy");
    let remedy_words = words(&mut remedy);
    remedy.finish();
    // The built-in values are those of one hall: another one must be able to say that it has none.
    let website = section.optional("website", unless_blank(web_address)).flatten();
    let customer_line = section.optional("customer_line", unless_blank(telephone)).flatten();
    let public_address = section.optional("public_address", unless_blank(web_address)).flatten();
    let zone = section.required("zone", Tz::UTC, |zone: String| {
        zone.parse().map_err(|_| format!("unknown time zone {zone:?}; write an IANA name such as \"Asia/Shanghai\""))
    });
    let closes_at = section.place_of("closes");
    let opens = section.required("opens", NaiveTime::MIN, time);
    let closes = section.required("closes", NaiveTime::MIN, time);
    let first = outlets.first().map(|outlet| outlet.code.clone()).unwrap_or_default();
    let default_outlet = section.optional("default_outlet", |code: String| {
        let known = outlets.iter().any(|outlet| outlet.code == code);
        if known { Ok(code) } else { Err(format!("there is no outlet {code:?} in [[outlets]]")) }
    });
    let settings = HallSettings {
        name: hall_name,
        website,
        customer_line,
        public_address,
        remedy: remedy_words,
        zone,
        opens,
        closes,
        after_hours_receipt: section.required("after_hours_receipt", AfterHoursReceipt::SameDay, Ok),
        authorization_delay: TimeDelta::hours(section.integer("authorization_delay_hours", 0..=720)),
        default_outlet: default_outlet.unwrap_or(first),
        four_eyes: section.required("four_eyes", false, Ok),
    };
    // A time that couldn't be read has its own fault and stands at midnight.
    if closes != NaiveTime::MIN && closes <= opens {
        section.fault_at(&closes_at, "`hall.closes` must be later than `hall.opens`");
    }
    section.finish();
    settings
}

fn time(text: String) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(&text, "%H:%M")
        .map_err(|_| format!("{text:?} is not a time of day; write HH:MM, such as \"09:00\""))
}

/// A text in both languages, each on one line.
fn words(section: &mut Section<'_>) -> Words {
    let zh = section.required("zh", String::new(), line);
    Words::new(zh, section.required("en", String::new(), line))
}

fn optional_words(section: &mut Section<'_>, key: &'static str) -> Option<Words> {
    let mut inner = section.optional_section(key)?;
    let words = words(&mut inner);
    inner.finish();
    Some(words)
}

fn line(typed: String) -> Result<String, String> {
    let typed = not_blank(typed)?;
    text::line(&typed, LINE_CHARACTERS).ok_or_else(|| {
        format!("must be one line of at most {LINE_CHARACTERS} characters, without characters that can't be printed")
    })
}

/// As people dial it, such as `020-38828393` or `(020) 3882 8393 转 2`.
fn telephone(typed: String) -> Result<String, String> {
    let number = line(typed)?;
    if number.chars().any(|c| c.is_ascii_digit()) { Ok(number) } else { Err(format!("{number:?} has no digits")) }
}

/// As people type it: with or without `https://`.
fn web_address(typed: String) -> Result<String, String> {
    let address = line(typed)?;
    if address.contains(char::is_whitespace) || !address.contains('.') {
        return Err(format!(
            "{address:?} is not a web address; write it as www.example.gov.cn or https://www.example.gov.cn/"
        ));
    }
    Ok(address)
}

/// An empty text says that there is none.
fn unless_blank(
    check: impl FnOnce(String) -> Result<String, String>,
) -> impl FnOnce(String) -> Result<Option<String>, String> {
    move |typed| if typed.trim().is_empty() { Ok(None) } else { check(typed).map(Some) }
}

fn workflows(section: Section<'_>) -> BTreeMap<String, (String, Place)> {
    section.texts(|case_type, workflow| {
        checked_code(case_type.to_owned())?;
        checked_code(workflow)
    })
}

/// Codes go into addresses, file names and prints.
fn checked_code(code: String) -> Result<String, String> {
    let allowed = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    let right = code.len() <= 64 && code.starts_with(|first: char| first.is_ascii_lowercase());
    if right && code.chars().all(allowed) {
        Ok(code)
    } else {
        Err(format!(
            "{code:?} is not a valid code; write at most 64 lower-case letters, digits and hyphens, starting with a letter"
        ))
    }
}

/// A list of things with a code and a name in both languages, each code once.
fn coded<T>(sections: Vec<Section<'_>>, make: impl Fn(String, Words, &mut Section<'_>) -> T) -> Vec<T> {
    let mut seen: Vec<String> = Vec::new();
    let mut things = Vec::new();
    for mut section in sections {
        let at = section.place_of("code");
        let code = section.required("code", String::new(), checked_code);
        if !code.is_empty() && seen.contains(&code) {
            section.fault_at(&at, format!("the code {code:?} is given twice"));
        }
        seen.push(code.clone());
        let words = words(&mut section);
        things.push(make(code, words, &mut section));
        section.finish();
    }
    things
}

fn authorizations(mut section: Section<'_>) -> AuthorizationSettings {
    let settings = AuthorizationSettings { max_age_seconds: section.integer("max_age_seconds", 0..=86_400) };
    section.finish();
    settings
}

fn hourly(mut section: Section<'_>) -> HourlyLimits {
    let limits = HourlyLimits {
        per_system: section.integer("per_system_and_hour", 1..=1_000_000),
        per_account: section.integer("per_account_and_hour", 1..=1_000_000),
    };
    section.finish();
    limits
}

fn tokens(mut section: Section<'_>) -> TokenSettings {
    let settings = TokenSettings {
        issuer: section.text("issuer"),
        address: section.optional("address", not_blank),
        access_token_lifetime: TimeDelta::minutes(section.integer("access_token_minutes", 1..=720)),
        signing_key_file: section.optional("signing_key_file", not_blank).map(PathBuf::from),
    };
    section.finish();
    settings
}

fn cryptography(mut section: Section<'_>) -> CryptographySettings {
    let settings = CryptographySettings {
        suite: section.required("suite", Suite::International, Ok),
        data_key_file: section.optional("data_key_file", not_blank).map(PathBuf::from),
        data_keys: section.optional("data_keys", |text: String| Ok(SecretText::new(text))),
    };
    section.finish();
    settings
}

fn announcements(mut section: Section<'_>) -> AnnouncementPolicy {
    let policy = AnnouncementPolicy {
        due_soon_working_days: section.integer("due_soon_working_days", 0..=60),
        uncollected_after_days: section.integer("uncollected_after_days", 1..=3650),
        unanswered_after_days: section.integer("unanswered_after_days", 1..=3650),
    };
    section.finish();
    policy
}

fn jobs(mut section: Section<'_>) -> JobSettings {
    let seconds: u64 = section.integer("sweep_seconds", 0..=3600);
    section.finish();
    JobSettings { sweep: (seconds > 0).then(|| Duration::from_secs(seconds)) }
}

fn audit(mut section: Section<'_>) -> AuditSettings {
    let every = |seconds: u64| (seconds > 0).then(|| Duration::from_secs(seconds));
    let settings = AuditSettings {
        seal: every(section.integer("seal_seconds", 0..=3600)),
        verify: every(section.integer::<u64>("verify_hours", 0..=8760) * 3600),
        key_directory: section.optional("key_directory", not_blank).map(PathBuf::from),
    };
    section.finish();
    settings
}

fn disclosures(mut section: Section<'_>) -> DisclosureRules {
    let rules = DisclosureRules {
        roles: section.required("roles", Vec::new(), |roles: Vec<String>| {
            roles.iter().map(|role| disclosing_role(role)).collect()
        }),
        most_per_hour: section.integer("most_per_hour", 1..=10_000),
    };
    section.finish();
    rules
}

fn disclosing_role(code: &str) -> Result<Role, String> {
    let works_on_cases = [Role::Clerk, Role::Producer, Role::Supervisor, Role::Auditor];
    let role = Role::from_code(code).filter(|role| works_on_cases.contains(role));
    role.ok_or_else(|| format!("{code:?} is none of clerk, producer, supervisor, auditor"))
}

fn sign_in(mut section: Section<'_>) -> SignInSettings {
    let settings = SignInSettings {
        rules: SignInRules {
            failures: section.integer("failures", 1..=100),
            lock: TimeDelta::minutes(section.integer("lock_minutes", 1..=1440)),
            failures_from_elsewhere: section.integer("failures_from_elsewhere", 1..=10_000),
            failures_from_address: section.integer("failures_from_address", 1..=100_000),
            slowest: TimeDelta::seconds(section.integer("slowest_seconds", 1..=3600)),
        },
        hashing_slots: Some(section.integer("hashing_slots", 0..=1024)).filter(|slots| *slots > 0),
        queue: section.integer("queue", 0..=10_000),
        second_factor_roles: section.required("second_factor_roles", Vec::new(), |codes: Vec<String>| {
            codes.iter().map(|code| staff_role(code)).collect()
        }),
    };
    section.finish();
    settings
}

fn staff_role(code: &str) -> Result<Role, String> {
    let known = Role::ALL.into_iter().filter(|role| *role != Role::Client);
    let codes: Vec<&str> = known.clone().map(Role::code).collect();
    let found = known.into_iter().find(|role| role.code() == code);
    found.ok_or_else(|| format!("{code:?} is no role of staff; the roles are {}", codes.join(", ")))
}

fn sessions(mut section: Section<'_>, access_token: TimeDelta) -> SessionRules {
    let (idle_at, longest_at) = (section.place_of("idle_minutes"), section.place_of("longest_hours"));
    let rules = SessionRules {
        idle: TimeDelta::minutes(section.integer("idle_minutes", 1..=10_080)),
        longest: TimeDelta::hours(section.integer("longest_hours", 1..=720)),
    };
    // Whoever works on with a token that is still valid isn't idle.
    if rules.idle < access_token {
        section.fault_at(&idle_at, "`sessions.idle_minutes` must be at least `tokens.access_token_minutes`");
    }
    if rules.longest < rules.idle {
        section.fault_at(&longest_at, "`sessions.longest_hours` must not be shorter than `sessions.idle_minutes`");
    }
    section.finish();
    rules
}

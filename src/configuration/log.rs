//! `[log]` and `[monitoring]`: what operators see of the running program.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use crate::configuration::layers::Section;
use crate::configuration::secret_text::SecretText;
use crate::configuration::server::ServerSettings;

/// `[log]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// The least important event that is written.
    pub level: LogLevel,
    /// For machines or for people.
    pub format: LogFormat,
}

/// How important an event must be to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Failures of the program itself.
    Error,
    /// What somebody should look at.
    Warn,
    /// What happens in the hall.
    #[default]
    Info,
    /// How the program does it.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The name, as in the settings and in `tracing` filters.
    pub fn code(self) -> &'static str {
        match self {
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
            LogLevel::Trace => "trace",
        }
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    #[default]
    Text,
}

/// Reads `[log]`.
pub(super) fn log(mut section: Section<'_>) -> LogSettings {
    let settings = LogSettings {
        level: section.required("level", LogLevel::default(), Ok),
        format: section.required("format", LogFormat::default(), Ok),
    };
    section.finish();
    settings
}

/// `[monitoring]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitoringSettings {
    /// Where metrics are told; none: nowhere.
    pub address: Option<SocketAddr>,
    /// What must be shown there; always one where others than this machine reach the address.
    pub token: Option<SecretText>,
    /// Less room than this on a disk is told, in bytes.
    pub low_disk: u64,
    /// Less than this on the disk of an SQLite database makes the program not ready, in bytes.
    pub full_disk: u64,
}

/// The shortest token that isn't guessed.
const TOKEN_CHARACTERS: usize = 20;
const MEBIBYTE: u64 = 1024 * 1024;

/// Reads `[monitoring]`.
pub(super) fn monitoring(mut section: Section<'_>, hall: &ServerSettings) -> MonitoringSettings {
    let place = section.place_of("address");
    let settings = MonitoringSettings {
        address: section.optional("address", |text: String| {
            let wrong =
                |_| format!("{text:?} is not an address with a port; write it as \"127.0.0.1:9464\" or \"[::1]:9464\"");
            text.trim().parse().map_err(wrong)
        }),
        token: section.optional("token", |text: String| {
            let is_sound = text.len() >= TOKEN_CHARACTERS && text.bytes().all(|byte| byte.is_ascii_graphic());
            let words = format!("must have at least {TOKEN_CHARACTERS} characters, of ASCII and without spaces");
            if is_sound { Ok(SecretText::new(text)) } else { Err(words) }
        }),
        low_disk: section.integer("low_disk_mib", 0..=MEBIBYTE * MEBIBYTE) * MEBIBYTE,
        full_disk: section.integer("full_disk_mib", 0..=MEBIBYTE * MEBIBYTE) * MEBIBYTE,
    };
    if settings.token.is_none() && settings.address.is_some_and(|address| !address.ip().is_loopback()) {
        let words =
            "others than this machine reach this address: set `monitoring.token`, best in CASEHALL__MONITORING__TOKEN";
        section.fault_at(&place, words);
    }
    if settings.address.is_some_and(|address| is_the_halls(address, hall)) {
        section.fault_at(
            &place,
            "the hall is reached there ([server] host and port): metrics have an address and port of their own",
        );
    }
    section.finish();
    settings
}

/// Whether the hall listens there, as far as that is known without asking what a name stands for.
fn is_the_halls(address: SocketAddr, hall: &ServerSettings) -> bool {
    let covers =
        |one: IpAddr, other: IpAddr| one == other || (one.is_unspecified() && (one.is_ipv6() || other.is_ipv4()));
    let host = hall.host.trim_start_matches('[').trim_end_matches(']');
    let is_there = match host.parse::<IpAddr>() {
        Ok(ip) => covers(ip, address.ip()) || covers(address.ip(), ip),
        Err(_) => host == "localhost" && (address.ip().is_loopback() || address.ip().is_unspecified()),
    };
    address.port() != 0 && address.port() == hall.port && is_there
}

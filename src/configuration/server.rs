//! `[server]`: where the program listens, and what it takes from whoever calls.

use std::num::NonZeroU32;
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;

use crate::configuration::layers::Section;
use crate::configuration::layers::checks::{network, origin};

/// `[server]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// Address or host name to listen on.
    pub host: String,
    /// 0 lets the system choose a free port.
    pub port: u16,
    /// Threads that serve requests; `None` is one for each processor.
    pub workers: Option<usize>,
    /// The largest request body that is read, in bytes.
    pub body_limit_bytes: usize,
    /// How long the body of a request may take to arrive.
    pub body_timeout: Duration,
    /// A connection that takes nothing of its answers for so long ends.
    pub write_timeout: Duration,
    /// The most connections at once; fewer where the system gives fewer descriptors.
    pub connections: usize,
    /// Where the reverse proxies are whose header says who calls.
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which they say it.
    pub forwarded_header: ForwardedHeader,
    /// The most requests that another system may send to this instance in a minute; none: as many as it likes.
    pub system_requests_per_minute: Option<NonZeroU32>,
    /// Of which other hosts' pages a browser may call the API, each as browsers write it in `Origin`.
    pub cors_origins: Vec<String>,
    /// How long requests under way may finish after a signal to stop.
    pub shutdown_seconds: u64,
    /// How long `/readyz` says before that the program stops, while everything is still answered.
    pub drain_seconds: u64,
}

/// The header in which a reverse proxy says for whom it calls. Only one is believed: a proxy passes on what callers wrote into the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, which most write.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Reads `[server]`.
pub(super) fn server(mut section: Section<'_>) -> ServerSettings {
    let settings = ServerSettings {
        host: section.text("host"),
        port: section.integer("port", 0..=u16::MAX),
        workers: Some(section.integer("workers", 0..=1024)).filter(|workers| *workers > 0),
        body_limit_bytes: section.integer("body_limit_bytes", 1024..=16 * 1024 * 1024),
        body_timeout: Duration::from_secs(section.integer("body_timeout_seconds", 1..=3600)),
        write_timeout: Duration::from_secs(section.integer("write_timeout_seconds", 1..=3600)),
        connections: section.integer("connections", 16..=1_000_000),
        trusted_proxies: section.required("trusted_proxies", Vec::new(), |networks: Vec<String>| {
            networks.iter().map(|text| network(text)).collect()
        }),
        forwarded_header: section.required("forwarded_header", ForwardedHeader::default(), Ok),
        system_requests_per_minute: NonZeroU32::new(section.integer("system_requests_per_minute", 0..=10_000_000)),
        cors_origins: section.required("cors_origins", Vec::new(), |origins: Vec<String>| {
            origins.iter().map(|text| origin(text)).collect()
        }),
        shutdown_seconds: section.integer("shutdown_seconds", 0..=3600),
        drain_seconds: section.integer("drain_seconds", 0..=3600),
    };
    section.finish();
    settings
}

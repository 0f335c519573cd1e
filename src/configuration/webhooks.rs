//! `[webhooks]`: how events are sent to other systems, and where to.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::configuration::layers::{Section, not_blank};

/// `[webhooks]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// How often this instance looks for what is to be delivered; none: it leaves that to others.
    pub every: Option<Duration>,
    /// The most webhooks of the hall.
    pub most: i64,
    /// How long a connection may take.
    pub connect: Duration,
    /// How long a request may take altogether.
    pub total: Duration,
    /// Whether `http://` is taken, too.
    pub allow_http: bool,
    /// Networks to which something may be sent although they aren't public.
    pub allowed_networks: Vec<IpNet>,
    /// The authorities that are trusted in place of the system's.
    pub authorities_file: Option<PathBuf>,
}

/// Reads `[webhooks]`.
pub(super) fn webhooks(mut section: Section<'_>) -> WebhookSettings {
    let seconds: u64 = section.integer("deliver_seconds", 0..=3600);
    let settings = WebhookSettings {
        every: (seconds > 0).then(|| Duration::from_secs(seconds)),
        most: section.integer("most", 1..=1000),
        connect: Duration::from_secs(section.integer("connect_seconds", 1..=30)),
        total: Duration::from_secs(section.integer("timeout_seconds", 1..=30)),
        allow_http: section.required("allow_http", false, Ok),
        allowed_networks: section.required("allowed_networks", Vec::new(), |networks: Vec<String>| {
            networks.iter().map(|text| network(text)).collect()
        }),
        authorities_file: section.optional("authorities_file", not_blank).map(PathBuf::from),
    };
    section.finish();
    settings
}

/// A network such as `10.0.0.0/8`, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let one = text.parse::<IpAddr>().map(IpNet::from);
    one.or_else(|_| text.parse()).map_err(|_| {
        format!(
            "{text:?} is neither an address nor a network; write it as \"192.0.2.7\", \"10.0.0.0/8\" or \"fd00::/8\""
        )
    })
}

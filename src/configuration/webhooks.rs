//! `[webhooks]`: how events are sent to other systems, and where to.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::configuration::layers::Section;
use crate::configuration::layers::checks::{network, not_blank};

/// The longest that a request may take, in seconds: an instance has a webhook for longer.
pub const LONGEST_SECONDS: u64 = 30;

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
        connect: Duration::from_secs(section.integer("connect_seconds", 1..=LONGEST_SECONDS)),
        total: Duration::from_secs(section.integer("timeout_seconds", 1..=LONGEST_SECONDS)),
        allow_http: section.required("allow_http", false, Ok),
        allowed_networks: section.required("allowed_networks", Vec::new(), |networks: Vec<String>| {
            networks.iter().map(|text| network(text)).collect()
        }),
        authorities_file: section.optional("authorities_file", not_blank).map(PathBuf::from),
    };
    section.finish();
    settings
}

//! `[webhooks]`: how events are sent to other systems, and where to.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net};

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
    /// And of one system.
    pub most_of_one: i64,
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
pub(in crate::configuration) fn webhooks(mut section: Section<'_>) -> WebhookSettings {
    let seconds: u64 = section.integer("deliver_seconds", 0..=3600);
    let settings = WebhookSettings {
        every: (seconds > 0).then(|| Duration::from_secs(seconds)),
        most: section.integer("most", 1..=1000),
        most_of_one: section.integer("most_of_one_system", 1..=1000),
        connect: Duration::from_secs(section.integer("connect_seconds", 1..=LONGEST_SECONDS)),
        total: Duration::from_secs(section.integer("timeout_seconds", 1..=LONGEST_SECONDS)),
        allow_http: section.required("allow_http", false, Ok),
        allowed_networks: section.required("allowed_networks", Vec::new(), |networks: Vec<String>| {
            networks.iter().map(|text| network(text).map(canonical)).collect()
        }),
        authorities_file: section.optional("authorities_file", not_blank).map(PathBuf::from),
    };
    section.finish();
    settings
}

/// A network of IPv4 that is written as one of IPv6, as what it is: that is how addresses are looked at.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let v4 = v6.addr().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(96));
    v4.and_then(|(address, length)| Ipv4Net::new(address, length).ok()).map_or(network, IpNet::V4)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may end so
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv4_is_the_same_however_it_is_written() {
        let read = |text: &str| canonical(network(text).unwrap()).to_string();
        assert_eq!(read("::ffff:127.0.0.1"), "127.0.0.1/32");
        assert_eq!(read("::ffff:10.20.0.0/112"), "10.20.0.0/16");
        assert_eq!(
            (read("::/0"), read("fd00::/8"), read("10.1.0.0/16")),
            ("::/0".into(), "fd00::/8".into(), "10.1.0.0/16".into())
        );
    }
}

//! To which addresses anything may be sent.
//!
//! Guarantee: what is asked is whether an address may be connected to, not whether a name sounds right: names are resolved by whoever owns
//! them, at each attempt anew. The hall's own network, its machines' loopback and the metadata services of clouds aren't reached, in whatever
//! way they are written, unless a setting names their network.
//!
//! Source: IANA's registries of special-purpose addresses, RFC 6890.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::{Host, Url};

use crate::domain::base::words::{Fault, Words};

/// The longest address that is taken.
pub const LONGEST_URL: usize = 500;

/// IPv4 that isn't public: this network, private, carriers', loopback, link-local, protocols, documentation, relays of 6to4, benchmarks,
/// multicast and reserved.
const NOT_PUBLIC_V4: [([u8; 4], u8); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Of the public part of IPv6, 2000::/3: protocols with Teredo, documentation, 6to4, documentation again.
const NOT_PUBLIC_V6: [([u16; 2], u8); 4] =
    [([0x2001, 0], 23), ([0x2001, 0xdb8], 32), ([0x2002, 0], 16), ([0x3fff, 0], 20)];

/// Where anything may be sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    /// Whether `http://` is taken, too.
    pub allow_http: bool,
    /// Networks that are allowed although they aren't public.
    pub allowed_networks: Vec<IpNet>,
}

/// What webhooks are bound by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookRules {
    /// Where anything may be sent.
    pub targets: Targets,
    /// The most webhooks of the hall.
    pub most: i64,
    /// And of one system.
    pub most_of_one: i64,
}

impl Targets {
    /// Whether an address may be connected to.
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.allowed_networks.iter().any(|network| network.contains(&address))
    }

    /// An address of a webhook as browsers read it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn checked(&self, text: &str) -> Result<Url, Fault> {
        let schemes = if self.allow_http { "http:// 或 https://" } else { "https://" };
        let zh = format!("须为以 {schemes} 开头的网址，不含用户名、密码和 #，最长 {LONGEST_URL} 个字符");
        let en = format!(
            "an address that begins with https://{}, without user, password and #, of at most {LONGEST_URL} characters",
            if self.allow_http { " or http://" } else { "" }
        );
        let bad = || Fault::new("/url", "bad_url", Words::new(zh.clone(), en.clone()));
        let url = Url::parse(text.trim()).map_err(|_| bad())?;
        let is_known = url.scheme() == "https" || (self.allow_http && url.scheme() == "http");
        let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let Some(host) = url.host().filter(|_| is_known && is_plain && url.as_str().len() <= LONGEST_URL) else {
            return Err(bad());
        };
        let literal = match host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::from(address)),
            Host::Ipv6(address) => Some(IpAddr::from(address)),
        };
        if literal.is_some_and(|address| !self.allows(address)) {
            let zh = "不得为内网、本机或保留地址；确有需要请系统管理员在 webhooks.allowed_networks 中列出";
            let en = "not an address of a private network, of this machine or a reserved one; a network that is meant stands in the setting \
                      webhooks.allowed_networks";
            return Err(Fault::new("/url", "target_refused", Words::new(zh, en)));
        }
        Ok(url)
    }
}

/// Whether everybody on the internet would reach the same thing by it.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    let lies_in = |(network, length): &([u8; 4], u8)| {
        let mask = u32::MAX << (32 - u32::from(*length));
        bits & mask == u32::from(Ipv4Addr::from(*network))
    };
    !NOT_PUBLIC_V4.iter().any(lies_in)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // NAT64 leads to the address of IPv4 that is in it (RFC 6052).
    if segments[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        let [.., high, low] = segments;
        return is_public_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    }
    let first = u32::from(segments[0]) << 16 | u32::from(segments[1]);
    let lies_in = |([high, low], length): &([u16; 2], u8)| {
        let mask = u32::MAX << (32 - u32::from(*length));
        first & mask == (u32::from(*high) << 16 | u32::from(*low))
    };
    segments[0] & 0xe000 == 0x2000 && !NOT_PUBLIC_V6.iter().any(lies_in)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may end so
mod tests {
    use super::*;

    fn allows(targets: &Targets, address: &str) -> bool {
        targets.allows(address.parse().unwrap())
    }

    #[test]
    fn only_what_is_public_is_reached() {
        let targets = Targets::default();
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!allows(&targets, address), "{address}");
        }
        for address in
            ["1.1.1.1", "100.63.0.1", "100.128.0.1", "172.32.0.1", "192.0.1.1", "223.5.5.5", "64:ff9b::101:101"]
        {
            assert!(allows(&targets, address), "{address}");
        }
        for address in ["2400:3200::1", "2606:4700::1111", "2001:200::1", "::ffff:1.1.1.1"] {
            assert!(allows(&targets, address), "{address}");
        }
    }

    #[test]
    fn a_network_that_the_hall_names_is_reached_however_its_addresses_are_written() {
        let targets = Targets { allow_http: false, allowed_networks: vec!["10.1.0.0/16".parse().unwrap()] };
        assert!(allows(&targets, "10.1.2.3") && allows(&targets, "::ffff:10.1.2.3"));
        assert!(!allows(&targets, "10.2.0.1") && !allows(&targets, "127.0.0.1"));
    }

    #[test]
    fn an_address_is_read_as_browsers_read_it() {
        let code = |text: &str| Targets::default().checked(text).map_err(|fault| fault.code.to_string());
        for loopback in [
            "https://127.0.0.1/x",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://0/",
            "https://[::1]/",
            "https://[::ffff:7f00:1]/",
            "https://１２７.0.0.1/",
            "https://192.168.0.1:8443/",
        ] {
            assert_eq!(code(loopback), Err("target_refused".to_owned()), "{loopback}");
        }
        for bad in [
            "http://example.org/",
            "ftp://example.org/",
            "https://user@example.org/",
            "https://user:pass@example.org/",
            "https://example.org/#part",
            "example.org",
            "https://",
            "https://[::1",
            "https://exa mple.org/",
        ] {
            assert_eq!(code(bad), Err("bad_url".to_owned()), "{bad}");
        }
        assert!(code(&format!("https://example.org/{}", "x".repeat(600))).is_err());
        let open = Targets { allow_http: true, allowed_networks: vec!["127.0.0.0/8".parse().unwrap()] };
        // A host that stands behind three slashes is a host, says the URL standard.
        for good in [
            "http://127.0.0.1:8080/hook",
            "https://Example.org",
            "https:///example.org",
            "https://政务.example.org/x?y=1",
        ] {
            assert!(open.checked(good).is_ok(), "{good}");
        }
    }
}

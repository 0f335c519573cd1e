//! The address of whoever calls.
//!
//! Cast: a handler takes a [`ClientAddress`]; [`TrustedProxies`], which the program gives at start, says whose word about it is believed.
//!
//! Guarantees: the address is the peer's, unless the peer is a trusted proxy. Of what proxies wrote, the last is believed that isn't
//! a trusted proxy's own: everything before it may have been written by the caller. What can't be read ends the walk at
//! the proxy that sent it, so that nobody gets an address that they made up.

use std::future::{Ready, ready};
use std::net::{IpAddr, SocketAddr};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::{FromRequest, HttpRequest, web};
use ipnet::IpNet;

use crate::http::problem::Problem;

/// The proxies whose word is believed, and where they write it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    /// Their networks.
    pub networks: Vec<IpNet>,
    /// Whether they write `Forwarded` (RFC 7239); otherwise `X-Forwarded-For`.
    pub by_forwarded: bool,
}

/// The address of whoever calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl FromRequest for ClientAddress {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let peer = request.peer_addr().ok_or_else(|| Problem::internal("a request from nowhere"));
        let proxies = request.app_data::<web::Data<TrustedProxies>>();
        ready(peer.map(|peer| {
            let peer = peer.ip().to_canonical();
            Self(proxies.map_or(peer, |proxies| proxies.client(peer, request.headers())))
        }))
    }
}

impl TrustedProxies {
    /// Whose request it is that a peer sent with headers.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trust(peer) {
            return peer;
        }
        let name = HeaderName::from_static(if self.by_forwarded { "forwarded" } else { "x-forwarded-for" });
        let mut client = peer;
        // Each proxy adds the address of its peer at the end.
        let lines: Vec<_> = headers.get_all(name).collect();
        for line in lines.into_iter().rev() {
            let Ok(line) = line.to_str() else { return client };
            for element in line.rsplit(',') {
                let node = if self.by_forwarded { parameter(element, "for") } else { Some(element) };
                let Some(address) = node.and_then(address_of) else { return client };
                client = address;
                if !self.trust(client) {
                    return client;
                }
            }
        }
        client
    }

    /// Whether a peer with whose headers a request came is one of them, and says that it was asked over TLS. Where several have written that, the
    /// last is the one next to the hall.
    pub fn say_tls(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let name = HeaderName::from_static(if self.by_forwarded { "forwarded" } else { "x-forwarded-proto" });
        let line = headers.get_all(name).last().and_then(|line| line.to_str().ok());
        let last = line.and_then(|line| line.rsplit(',').next());
        let scheme = if self.by_forwarded { last.and_then(|element| parameter(element, "proto")) } else { last };
        self.trust(peer) && scheme.is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }
}

/// The `for` or `proto` of an element of `Forwarded`, such as `for="[2001:db8::7]:4711";proto=https`.
fn parameter<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, node) = pairs.find(|(of, _)| of.trim().eq_ignore_ascii_case(name))?;
    let node = node.trim();
    Some(node.strip_prefix('"').and_then(|node| node.strip_suffix('"')).unwrap_or(node))
}

/// An address with or without brackets and port.
fn address_of(node: &str) -> Option<IpAddr> {
    let node = node.trim();
    let alone = node.strip_prefix('[').and_then(|node| node.strip_suffix(']')).unwrap_or(node);
    let address = alone.parse().or_else(|_| node.parse().map(|node: SocketAddr| node.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn client(by_forwarded: bool, peer: &str, lines: &[(&'static str, &'static str)]) -> String {
        let networks = ["10.0.0.0/8", "fd00::/8"].iter().filter_map(|network| network.parse().ok()).collect();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let proxies = TrustedProxies { networks, by_forwarded };
        peer.parse().map_or_else(|_| String::new(), |peer| proxies.client(peer, &headers).to_string())
    }

    #[test]
    fn only_trusted_proxies_say_that_a_request_came_over_tls() {
        let (x, f) = ("x-forwarded-proto", "forwarded");
        for (by_forwarded, peer, name, value, expected) in [
            (false, "10.0.0.1", x, "https", true),
            (false, "10.0.0.1", x, "http, HTTPS", true),
            (false, "10.0.0.1", x, "https, http", false),
            (false, "10.0.0.1", f, "proto=https", false),
            (false, "192.0.2.1", x, "https", false),
            (true, "10.0.0.1", f, "for=203.0.113.9;Proto=\"https\"", true),
            (true, "10.0.0.1", f, "for=203.0.113.9;proto=https, for=10.2.0.1;proto=http", false),
            (true, "10.0.0.1", x, "https", false),
            (true, "192.0.2.1", f, "proto=https", false),
        ] {
            let networks = "10.0.0.0/8".parse().into_iter().collect();
            let mut headers = HeaderMap::new();
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            let proxies = TrustedProxies { networks, by_forwarded };
            let says = peer.parse().is_ok_and(|peer| proxies.say_tls(peer, &headers));
            assert_eq!(says, expected, "{peer} {name}: {value}");
        }
    }

    #[test]
    fn only_trusted_proxies_are_believed_and_only_as_far_as_they_saw() {
        let x = "x-forwarded-for";
        for (peer, lines, expected) in [
            ("192.0.2.1", vec![(x, "203.0.113.9")], "192.0.2.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec![(x, "203.0.113.9")], "203.0.113.9"),
            ("10.0.0.1", vec![(x, "198.51.100.1, 203.0.113.9")], "203.0.113.9"),
            ("10.0.0.1", vec![(x, "198.51.100.1, 203.0.113.9, 10.2.0.1")], "203.0.113.9"),
            ("10.0.0.1", vec![(x, "198.51.100.1"), (x, "203.0.113.9")], "203.0.113.9"),
            ("10.0.0.1", vec![(x, "198.51.100.1, nonsense")], "10.0.0.1"),
            ("10.0.0.1", vec![(x, "198.51.100.1, nonsense, 10.2.0.1")], "10.2.0.1"),
            ("10.0.0.1", vec![(x, "203.0.113.9:4711")], "203.0.113.9"),
            ("10.0.0.1", vec![(x, "")], "10.0.0.1"),
            ("10.0.0.1", vec![(x, "::ffff:203.0.113.9")], "203.0.113.9"),
            ("fd00::1", vec![(x, "[2001:db8::7]:4711")], "2001:db8::7"),
            ("10.0.0.1", vec![("forwarded", "for=203.0.113.9")], "10.0.0.1"),
        ] {
            assert_eq!(client(false, peer, &lines), expected, "{peer} {lines:?}");
        }
        let f = "forwarded";
        for (lines, expected) in [
            (vec![(f, "for=203.0.113.9")], "203.0.113.9"),
            (vec![(f, "for=198.51.100.1, For=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.1")], "2001:db8::7"),
            (vec![(f, "for=198.51.100.1, for=unknown")], "10.0.0.1"),
            (vec![(f, "for=198.51.100.1, for=_hidden, for=10.3.0.1")], "10.3.0.1"),
            (vec![(f, "proto=https")], "10.0.0.1"),
            (vec![(x, "203.0.113.9")], "10.0.0.1"),
        ] {
            assert_eq!(client(true, "10.0.0.1", &lines), expected, "{lines:?}");
        }
    }
}

//! What sections ask of a value: a text with something in it, a network, an origin.

use std::net::IpAddr;

use ipnet::IpNet;

/// Refuses a text of nothing but white space.
pub(in crate::configuration) fn not_blank(text: String) -> Result<String, String> {
    if text.trim().is_empty() { Err("must not be blank".to_owned()) } else { Ok(text) }
}

/// A network such as `10.0.0.0/8`, or one address.
pub(in crate::configuration) fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let one = text.parse::<IpAddr>().map(IpNet::from);
    one.or_else(|_| text.parse()).map_err(|_| {
        format!(
            "{text:?} is neither an address nor a network; write it as \"192.0.2.7\", \"10.0.0.0/8\" or \"fd00::/8\""
        )
    })
}

/// The origin of pages, as browsers write it in `Origin` (RFC 6454): `https://portal.example.org`, with the port where it isn't the usual one.
pub(in crate::configuration) fn origin(text: &str) -> Result<String, String> {
    let ways = [("https://", "443"), ("http://", "80")];
    let (rest, usual) = ways.into_iter().find_map(|(scheme, usual)| Some((text.strip_prefix(scheme)?, usual))).unzip();
    let (host, port) = rest.map(|rest| rest.split_once(':').unwrap_or((rest, ""))).unwrap_or_default();
    let is_host = !host.is_empty()
        && host.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
        && !host.starts_with('.')
        && !host.ends_with('.');
    let is_port = Some(port) != usual && port.parse::<u16>().is_ok_and(|number| number.to_string() == port);
    let has_port = rest.is_some_and(|rest| rest.contains(':'));
    if is_host && (is_port || !has_port) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "{text:?} is no origin; write it as browsers do, in small letters and without a path: \"https://portal.example.org\", \
         \"https://portal.example.org:8443\"; there is no wildcard"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_do_and_never_for_all() {
        for fine in [
            "https://portal.example.org",
            "https://portal.example.org:8443",
            "http://10.0.0.7:3000",
            "http://localhost",
        ] {
            assert_eq!(origin(fine).as_deref(), Ok(fine));
        }
        for wrong in [
            "*",
            "https://*",
            "https://*.example.org",
            "null",
            "",
            "portal.example.org",
            "https://",
            "https://.example.org",
            "https://portal.example.org/",
            "https://portal.example.org/page",
            "https://Portal.example.org",
            "https://portal.example.org:443",
            "http://portal.example.org:80",
            "https://portal.example.org:",
            "https://portal.example.org:08443",
            "https://portal.example.org:99999",
            "https://portal.example.org:1:2",
            "https://user@portal.example.org",
            "ftp://portal.example.org",
        ] {
            assert!(origin(wrong).is_err_and(|words| words.contains("wildcard")), "{wrong}");
        }
    }
}

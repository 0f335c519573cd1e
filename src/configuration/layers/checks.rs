//! What several sections ask of a value: a text with something in it, a network.

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

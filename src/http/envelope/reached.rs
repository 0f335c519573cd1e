//! How a browser reaches the hall: over TLS or not, and whether a page of the hall made it send what it sends.
//!
//! Guarantees: that a request came over TLS is known from the hall's own address in the settings, or from a trusted proxy, and from nobody else.
//! A browser that says from where a request comes is believed; one that doesn't, as those of before 2020, is let in.
//!
//! Source: Fetch Metadata Request Headers (W3C); Fetch, "origin" of requests (WHATWG); OWASP ASVS 5.0, 3.3 and 3.5.

use actix_web::http::Uri;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, web};

use crate::http::client_address::TrustedProxies;
use crate::service::Service;

/// What a browser says of the site whose page made it send a request.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Where a proxy writes which host it was asked for. No page can make a browser send it.
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Whether the browser reaches the hall over TLS.
pub fn is_over_tls(request: &HttpRequest) -> bool {
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    let proxies = request.app_data::<web::Data<TrustedProxies>>();
    let is_said = proxies.zip(peer).is_some_and(|(proxies, peer)| proxies.say_tls(peer, request.headers()));
    is_said || public(request).is_some_and(|address| is_https(&address) && host_of(&address) == asked_for(request))
}

/// Whether the page of another site made the browser send a request.
pub fn is_of_another_site(request: &HttpRequest) -> bool {
    match (said(request, &SITE), said(request, &header::ORIGIN)) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, None) => false,
        (None, Some(origin)) => {
            let from = origin.parse().ok().as_ref().and_then(host_of);
            let beside = said(request, &FORWARDED_HOST).and_then(|hosts| host(hosts.split(',').next()?.trim()));
            let ours = [asked_for(request), beside, public(request).as_ref().and_then(host_of)];
            from.is_none() || !ours.contains(&from)
        }
    }
}

fn said<'a>(request: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// Where the settings say that the hall is reached.
fn public(request: &HttpRequest) -> Option<Uri> {
    let service = request.app_data::<web::Data<Service>>()?;
    service.hall().public_address.as_ref()?.parse().ok()
}

fn is_https(address: &Uri) -> bool {
    address.scheme_str() == Some("https")
}

/// The host that the browser asked for, as far as no proxy has put its own there.
fn asked_for(request: &HttpRequest) -> Option<String> {
    said(request, &header::HOST).map_or_else(|| host_of(request.uri()), host)
}

/// A name with or without a port; cookies know no ports, and proxies leave them out.
fn host(authority: &str) -> Option<String> {
    Some(authority.parse::<actix_web::http::uri::Authority>().ok()?.host().to_ascii_lowercase())
}

fn host_of(address: &Uri) -> Option<String> {
    address.host().map(str::to_ascii_lowercase)
}

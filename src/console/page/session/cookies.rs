//! Cookies of the console: no script reads one, none comes with what another site asks for. Over TLS none goes without it, and by their names
//! browsers hold nobody else than this host to have set them: neither a neighbour of the same domain, nor whoever answers in its name without TLS
//! (`__Host-`, RFC 6265bis, 4.1.3.2).

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, CookieBuilder, SameSite};

use crate::http::envelope::reached::is_over_tls;

/// A cookie for every page.
pub(in crate::console::page) fn cookie(
    name: &'static str,
    value: String,
    request: &HttpRequest,
) -> CookieBuilder<'static> {
    let (name, is_secure) = named(name, request);
    Cookie::build(name, value).path("/").http_only(true).same_site(SameSite::Strict).secure(is_secure)
}

/// What a cookie says.
pub(in crate::console::page) fn said(name: &'static str, request: &HttpRequest) -> Option<String> {
    let (name, _) = named(name, request);
    request.cookie(&name).map(|cookie| cookie.value().to_owned()).filter(|value| !value.is_empty())
}

/// A cookie's name as this request has it, and whether it came over TLS.
fn named(name: &'static str, request: &HttpRequest) -> (Cow<'static, str>, bool) {
    match is_over_tls(request) {
        true => (format!("__Host-{name}").into(), true),
        false => (name.into(), false),
    }
}

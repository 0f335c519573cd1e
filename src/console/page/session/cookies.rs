//! Cookies of the console: no script reads one, none comes with what another site asks for, and over TLS none goes without it.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, CookieBuilder, SameSite};

/// A cookie for every page.
pub(in crate::console::page) fn cookie(
    name: &'static str,
    value: String,
    request: &HttpRequest,
) -> CookieBuilder<'static> {
    let is_secure = request.connection_info().scheme() == "https";
    Cookie::build(name, value).path("/").http_only(true).same_site(SameSite::Strict).secure(is_secure)
}

/// What a cookie says.
pub(in crate::console::page) fn said(name: &str, request: &HttpRequest) -> Option<String> {
    request.cookie(name).map(|cookie| cookie.value().to_owned()).filter(|value| !value.is_empty())
}

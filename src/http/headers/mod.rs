//! The headers that every answer has, and those that belong together.
//!
//! Cast: `dress` puts on what every answer has; `vary` makes one header of what several have said an answer varies with. [`packing`] says what
//! goes packed, `accept` refuses who takes no answer of the kind there is, [`cross_origin`] lets pages of other
//! hosts in, [`rate_limit`] tells a system how many requests it has left, and [`deprecation`] that it had better ask in another way.

pub(crate) mod accept;
pub mod cross_origin;
pub mod deprecation;
pub mod packing;
pub mod rate_limit;
mod vary;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::language;
use crate::domain::base::words::Language;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// That a request with an Idempotency-Key had been done before, and what is answered is the answer of then.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Of a case that was changed, where it isn't sent itself: its acceptance number, its state and its version.
pub(crate) const CASE_NUMBER: HeaderName = HeaderName::from_static("case-number");
pub(crate) const CASE_STATE: HeaderName = HeaderName::from_static("case-state");
pub(crate) const CASE_VERSION: HeaderName = HeaderName::from_static("case-version");

/// The media types of what a PATCH may say.
pub(crate) const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");

/// The headers that every answer has. What a handler has set stays.
pub(crate) fn dress(headers: &mut HeaderMap, language: Language, request_id: &str) {
    const ALWAYS: [(HeaderName, &str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in ALWAYS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
    let is_json =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if is_json && !headers.contains_key(header::CONTENT_LANGUAGE) {
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language::tag(language)));
        headers.append(header::VARY, HeaderValue::from_static("Accept-Language"));
    }
    packing::settle(headers);
    vary::settle(headers);
}

//! What goes packed to callers who take that: the framework's middleware (`Compress`) packs, and this says what.
//!
//! From the length of a packed answer that mixes a secret with what a stranger chose one can guess the secret (BREACH, 2013). Secrets are answered
//! to what changes something (tokens, one-time passwords, secrets of systems and webhooks). So only answers to `GET` go packed, and others that
//! whoever asks may keep, in which no secret is. The console's pages are packed where they are made, and why stands there.
//!
//! Guarantees: what carries a secret is never packed; what is short isn't either; a packed answer has a tag of its own, because its bytes are
//! others; and whatever might go packed says that it varies with `Accept-Encoding`, whether it did or not.

use actix_web::Error;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;

use crate::http::conditional::tags;

/// From how many bytes on an answer goes packed: below, it would hardly be shorter on the wire.
const LEAST_BYTES: u64 = 1024;
const IDENTITY: &str = "identity";

/// The middleware inside of `Compress`, which leaves alone what says already how it is coded.
///
/// # Errors
/// Those of what it wraps.
pub async fn choose<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let reads = request.method() == Method::GET;
    let mut answer = next.call(request).await?;
    if answer.headers().contains_key(header::CONTENT_ENCODING) {
        return Ok(answer);
    }
    let (status, size) = (answer.status(), answer.response().body().size());
    let headers = answer.headers_mut();
    let is_secret = !(reads || may_be_kept(headers));
    let bytes = match (status, size) {
        (StatusCode::OK, BodySize::Sized(bytes)) if !is_secret && is_text(headers) => Some(bytes),
        (StatusCode::NOT_MODIFIED, _) if !is_secret => Some(0),
        _ => None, // streams, too: they are read as they come
    };
    if bytes.is_some() {
        headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if bytes.is_none_or(|bytes| bytes < LEAST_BYTES) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(IDENTITY));
    }
    Ok(answer)
}

/// Takes the mark off what wasn't packed, and puts one on the tag of what was.
pub(super) fn settle(headers: &mut HeaderMap) {
    let coding = headers.get(header::CONTENT_ENCODING).and_then(|coding| coding.to_str().ok()).map(str::to_owned);
    let Some(coding) = coding else { return };
    if coding == IDENTITY {
        headers.remove(header::CONTENT_ENCODING);
        return;
    }
    let tag = headers.get(header::ETAG).and_then(|tag| tags::of_packed(tag.to_str().ok()?, &coding));
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        headers.insert(header::ETAG, tag);
    }
}

/// Whether the answer itself says that it may be kept.
fn may_be_kept(headers: &HeaderMap) -> bool {
    let said = headers.get(header::CACHE_CONTROL).and_then(|said| said.to_str().ok());
    said.is_some_and(|said| !said.contains("no-store"))
}

/// Whether it is of a kind that packing shortens.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.starts_with("text/") || ["json", "javascript", "xml"].iter().any(|end| essence.ends_with(end))
}

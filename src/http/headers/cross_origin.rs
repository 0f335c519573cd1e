//! Pages of other hosts that call the API from a browser (CORS), where a setting names them.
//!
//! Guarantees: without the setting no answer says anything of it, and browsers let nobody in. There is no wildcard. Cookies are never let
//! through, so that a page can do no more than whoever gave it a token; and the console isn't reached at all. What an answer varies with
//! besides stays said: caches would hand on what is another caller's.

use actix_cors::{Cors, CorsError};
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName};
use actix_web::middleware::{Condition, Next};

use super::vary;
use crate::domain::base::words::Words;
use crate::http::answers::preference::{APPLIED, PREFER};

/// Where what other programs call begins.
const PATHS: [&str; 5] = ["/api/", "/oauth/", "/.well-known/", "/openapi.json", "/asyncapi.json"];
/// What requests have beyond what browsers let pass anyway.
const SENT: [HeaderName; 11] = [
    header::ACCEPT,
    header::ACCEPT_LANGUAGE,
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("last-event-id"),
    PREFER,
    HeaderName::from_static("traceparent"),
    super::REQUEST_ID,
];
/// What pages may read of answers beyond that.
const READ: [HeaderName; 17] = [
    super::ACCEPT_PATCH,
    header::ALLOW,
    super::CASE_NUMBER,
    super::CASE_STATE,
    super::CASE_VERSION,
    super::deprecation::SINCE,
    super::deprecation::UNTIL,
    header::ETAG,
    header::LINK,
    header::LOCATION,
    APPLIED,
    header::RETRY_AFTER,
    header::WWW_AUTHENTICATE,
    super::REQUEST_ID,
    super::REPLAYED,
    super::rate_limit::POLICY,
    super::rate_limit::LEFT,
];
/// For how many seconds a browser needn't ask again.
const KEPT_SECONDS: usize = 3600;

/// The middleware that lets in pages of these origins; of none: nobody.
pub fn of(origins: &[String]) -> Condition<Cors> {
    let known = origins.to_vec();
    let cors = Cors::default()
        .allowed_origin_fn(move |origin, request| {
            let path = request.uri.path();
            let is_known = known.iter().any(|known| known.as_bytes() == origin.as_bytes());
            is_known && PATHS.iter().any(|begin| path.starts_with(begin))
        })
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers(SENT)
        .expose_headers(READ)
        .max_age(KEPT_SECONDS);
    Condition::new(!origins.is_empty(), cors)
}

/// The middleware inside of [`of`], which adds its own names to the first header `Vary` and drops all others.
///
/// # Errors
/// Those of what it wraps.
pub async fn keep_vary<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut answer = next.call(request).await?;
    vary::settle(answer.headers_mut());
    Ok(answer)
}

/// Why a page isn't let in, in words; none: the error is another one.
pub(crate) fn refusal(error: &Error) -> Option<Words> {
    let error = error.as_error::<CorsError>()?;
    let zh = match error {
        CorsError::OriginNotAllowed => "来源（Origin）不在 server.cors_origins 之列",
        CorsError::MethodNotAllowed => "跨源请求不得使用该方法",
        CorsError::HeadersNotAllowed => "跨源请求不得使用该标头",
        _ => "跨源预检请求有误",
    };
    Some(Words::new(format!("{zh}。"), format!("{error}.")))
}

//! The limit of other systems' requests.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};

use crate::http::authenticated::Authenticated;
use crate::http::headers::rate_limit::RateLimit;
use crate::http::problem::{Problem, kinds};

/// The middleware behind `authenticate`: refuses with 429 what another system sends beyond what it may, and tells it what is
/// left and, at the end, after which time it is let in. Of people nothing is
/// counted.
///
/// # Errors
/// Those of what is behind it.
pub(in crate::api) async fn limit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let limit = request.app_data::<web::Data<Option<RateLimit>>>().and_then(|limit| limit.get_ref().as_ref());
    let left = limit.and_then(|limit| {
        let extensions = request.extensions();
        let Authenticated(caller) = extensions.get()?;
        caller.client_id().map(|system| limit.count(system))
    });
    let Some(left) = left else { return next.call(request).await.map(ServiceResponse::map_into_boxed_body) };
    let mut response = match left.wait {
        Some(wait) => {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            request.error_response(Problem::of(&kinds::TOO_MANY_REQUESTS).retry_after(seconds))
        }
        None => next.call(request).await?.map_into_boxed_body(),
    };
    for (name, value) in left.headers() {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

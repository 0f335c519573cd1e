//! The limit of other systems' requests.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};

use crate::http::authenticated::Authenticated;
use crate::http::headers::rate_limit::RateLimit;
use crate::http::problem::{Problem, kinds};

/// The middleware behind `authenticate`: refuses what another system sends beyond what it may, and tells it what is left. Of people nothing is
/// counted.
///
/// # Errors
/// 429, with the time after which it is let in.
pub(in crate::api) async fn limit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let limit = request.app_data::<web::Data<Option<RateLimit>>>().cloned();
    let caller = request.extensions().get::<Authenticated>().map(|Authenticated(caller)| caller.clone());
    let system = caller.as_ref().and_then(|caller| caller.client_id());
    let left = limit
        .as_ref()
        .and_then(|limit| limit.get_ref().as_ref())
        .zip(system)
        .map(|(limit, system)| limit.count(system));
    let Some(left) = left else { return next.call(request).await.map(ServiceResponse::map_into_boxed_body) };
    let headers = left.headers();
    if let Some(wait) = left.wait {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let refused = Problem::of(&kinds::TOO_MANY_REQUESTS).retry_after(seconds);
        return Err(headers.into_iter().fold(refused, |refused, (name, value)| refused.header(name, value)).into());
    }
    let mut response = next.call(request).await?.map_into_boxed_body();
    for (name, value) in headers {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}
